import { describe, expect, it } from "vitest";
import { CapacityModel, capacityFor } from "./capacity.ts";

/** Virtual people: each asks every `everyMs`, `asks` times, and comes again `againMs` after being refused. */
interface Asker {
  name: string;
  nextMs: number;
  asksLeft: number;
  patience: number;
}

function liveThrough(people: number, arriveMs: number, model: CapacityModel) {
  const askers: Asker[] = Array.from({ length: people }, (_, index) => ({
    name: `p${index}`,
    nextMs: Math.floor((index * arriveMs) / people),
    asksLeft: 6,
    patience: 5,
  }));
  const byRequest = new Map<number, Asker>();
  let requests = 0;
  let worstState = "well";
  const turnAway = (asker: Asker, nowMs: number) => {
    asker.patience -= 1;
    asker.nextMs = asker.patience > 0 ? nowMs + 3_000 : Number.POSITIVE_INFINITY;
  };
  for (let nowMs = 0; nowMs < 300_000; nowMs += 10) {
    for (const { request, result } of model.settle(nowMs)) {
      const asker = byRequest.get(request);
      byRequest.delete(request);
      if (!asker) continue;
      if (result === "crashed") {
        turnAway(asker, nowMs);
        continue;
      }
      asker.asksLeft -= 1;
      asker.nextMs = asker.asksLeft > 0 ? nowMs + 1_000 : Number.POSITIVE_INFINITY;
      if (asker.asksLeft === 0) model.leave(asker.name);
    }
    for (const asker of askers) {
      if (asker.nextMs > nowMs) continue;
      asker.nextMs = Number.POSITIVE_INFINITY;
      requests += 1;
      if (model.enter(requests, asker.name, nowMs) === "accepted") byRequest.set(requests, asker);
      else turnAway(asker, nowMs);
    }
    const { state } = model.health(nowMs);
    if (state === "down" || (state === "strained" && worstState === "well")) worstState = state;
  }
  return { content: askers.filter(({ asksLeft }) => asksLeft === 0).length, worstState };
}

describe("the capacity model", () => {
  it("serves everybody while no more are inside than it carries", () => {
    const model = new CapacityModel(capacityFor(200));
    // 2,000 people over 100 s who stay about 5 s: some 100 inside at once.
    const day = liveThrough(2_000, 100_000, model);
    expect(day).toEqual({ content: 2_000, worstState: "well" });
    expect(model.health(300_000)).toMatchObject({
      inside: 0,
      queued: 0,
      failedTotal: 0,
      servedTotal: 12_000,
    });
  });

  it("falls over, again and again, when the same people come in ten seconds", () => {
    const model = new CapacityModel(capacityFor(200));
    const day = liveThrough(2_000, 10_000, model);
    expect(day.worstState).toBe("down");
    expect(model.crashes).toBeGreaterThan(1);
    expect(day.content).toBeLessThan(1_000);
  });

  it("gives the same results for the same calls", () => {
    const days = [0, 1].map(() => {
      const model = new CapacityModel(capacityFor(50));
      return { day: liveThrough(400, 8_000, model), health: model.health(300_000), crashes: model.crashes };
    });
    expect(days[0]).toEqual(days[1]);
  });

  it("takes longer the more people are inside than it carries", () => {
    const tookMs = [10, 20, 30].map((people) => {
      const model = new CapacityModel({
        ...capacityFor(10),
        workers: 100,
        crashesAbove: 100,
        queueLimit: 100,
      });
      for (let person = 1; person <= people; person += 1) model.enter(person, `p${person}`, 0);
      model.settle(20_000);
      model.enter(0, "p1", 20_000);
      return (model.nextEventAtMs() ?? 0) - 20_000;
    });
    expect(tookMs).toEqual([25, 125, 425]);
  });

  it("refuses what the queue does not hold, and says so in its health", () => {
    const model = new CapacityModel({ ...capacityFor(100), workers: 1, queueLimit: 2 });
    const outcomes = [1, 2, 3, 4].map((request) => model.enter(request, "one", 0));
    expect(outcomes).toEqual(["accepted", "accepted", "accepted", "busy"]);
    expect(model.health(0)).toMatchObject({ inside: 1, queued: 2, failedTotal: 1, state: "well" });
    expect(model.settle(50).map(({ request }) => request)).toEqual([1, 2]);
  });

  it("crashes when memory is full, loses what it worked on, and comes back cold", () => {
    const settings = { ...capacityFor(2), crashesAbove: 3, queueLimit: 10 };
    const model = new CapacityModel(settings);
    for (let person = 1; person <= 3; person += 1) model.enter(person, `p${person}`, 0);
    expect(model.nextEventAtMs()).toBe(Number.NEGATIVE_INFINITY);
    expect(model.settle(0)).toEqual([1, 2, 3].map((request) => ({ request, result: "crashed" })));
    expect(model.health(1)).toMatchObject({ inside: 0, queued: 0, failedTotal: 3, state: "down" });
    expect(model.enter(4, "p4", settings.restartMs - 1)).toBe("down");
    expect(model.enter(5, "p4", settings.restartMs)).toBe("accepted");
    expect(model.nextEventAtMs()).toBe(settings.restartMs + settings.requestMs * settings.coldFactor);
  });

  it("forgets people who are silent, and at once those who leave", () => {
    const model = new CapacityModel(capacityFor(10));
    model.enter(1, "stays", 0);
    model.enter(2, "leaves", 0);
    model.leave("leaves");
    expect(model.health(model.settings.idleMs - 1).inside).toBe(1);
    expect(model.health(model.settings.idleMs).inside).toBe(0);
  });
});
