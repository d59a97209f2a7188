import { describe, expect, it } from "vitest";
import type { Draft } from "./change.ts";
import { forecastOf } from "./forecast.ts";
import { FIXTURE_NOW_MS, fixtureRoom } from "./room-fixture.ts";

const room = fixtureRoom("tax", "Skat", "Tax", {
  settings: { outflowPerMinute: 1_000, capacity: 0 },
  state: { waiting: 47_030, showRate: 1, admittedPerMinute: 800 },
});
const { settings } = room;

describe("what a draft means", () => {
  const minutesUntil = (atMs: number) => (atMs - FIXTURE_NOW_MS) / 60_000;

  it("is when those who wait are through, at the outflow that it names", () => {
    const now = forecastOf(room, {}, FIXTURE_NOW_MS);
    const faster = forecastOf(room, { outflowPerMinute: 2_000 }, FIXTURE_NOW_MS);
    expect(now).toMatchObject({ kind: "through", boundByCapacity: false });
    expect([now, faster].map((one) => (one.kind === "through" ? minutesUntil(one.atMs) : null))).toEqual([
      expect.closeTo(47.03, 3),
      expect.closeTo(23.515, 3),
    ]);
  });

  it("reckons with those who do not come", () => {
    const half = forecastOf({ ...room, state: { ...room.state, showRate: 0.5 } }, {}, FIXTURE_NOW_MS);
    expect(half.kind === "through" && minutesUntil(half.atMs)).toBeCloseTo(23.515, 3);
  });

  it("reckons with a capacity that frees too little, by how long people stay", () => {
    const paceWith = (sessions: number, admittedPerMinute: number, outflowPerMinute: number) =>
      forecastOf(
        { ...room, state: { ...room.state, sessions, admittedPerMinute } },
        { capacity: 9_000, outflowPerMinute },
        FIXTURE_NOW_MS,
      );
    expect(paceWith(8_000, 1_000, 3_000)).toMatchObject({ perMinute: 1_125, boundByCapacity: true });
    expect(paceWith(2_000, 1_000, 3_000)).toMatchObject({ perMinute: 3_000, boundByCapacity: false });
    expect(paceWith(0, 0, 3_000)).toMatchObject({ perMinute: 900, boundByCapacity: true });
  });

  it("begins when a rebuilt line lets people in, or at once where its mode is set", () => {
    const paused = (until: number | null) => ({ ...room, state: { ...room.state, pause: { until } } });
    const later = forecastOf(paused(FIXTURE_NOW_MS + 600_000), {}, FIXTURE_NOW_MS);
    expect(later.kind === "through" && minutesUntil(later.atMs)).toBeCloseTo(57.03, 3);
    expect(forecastOf(paused(null), { outflowPerMinute: 5 }, FIXTURE_NOW_MS).kind).toBe("stands-still");
    const now = forecastOf(paused(null), { mode: "queue" }, FIXTURE_NOW_MS);
    expect(now.kind === "through" && minutesUntil(now.atMs)).toBeCloseTo(47.03, 3);
  });

  it("is not a time where nobody is let in, nobody waits, or all come in", () => {
    expect(forecastOf(room, { mode: "hold" }, FIXTURE_NOW_MS).kind).toBe("stands-still");
    expect(forecastOf(room, { mode: "open" }, FIXTURE_NOW_MS).kind).toBe("all-come-in");
    const empty = { ...room, state: { ...room.state, waiting: 0 } };
    expect(forecastOf(empty, {}, FIXTURE_NOW_MS).kind).toBe("nobody-waits");
  });

  it("begins at the opening time, the one that is set or the one that is about to be", () => {
    const inAnHour = new Date(FIXTURE_NOW_MS + 3_600_000).toISOString();
    const unopened = {
      ...room,
      settings: { ...settings, opensAt: inAnHour },
      state: { ...room.state, mode: "hold" as const },
    };
    const minutes = (from: typeof unopened | typeof room, draft: Draft) => {
      const forecast = forecastOf(from, draft, FIXTURE_NOW_MS);
      return forecast.kind === "through" ? minutesUntil(forecast.atMs) : forecast.kind;
    };
    expect(minutes(unopened, { outflowPerMinute: 2_000 })).toBeCloseTo(60 + 23.515, 3);
    expect(minutes(room, { opensAt: inAnHour })).toBeCloseTo(60 + 47.03, 3);
    expect(minutes(unopened, { opensAt: null })).toBeCloseTo(47.03, 3);
    expect(minutes(room, { mode: "open", opensAt: inAnHour })).toBeCloseTo(60, 3);
    expect(minutes(unopened, { mode: "hold" })).toBe("stands-still");
    const past = new Date(FIXTURE_NOW_MS - 1_000).toISOString();
    expect(minutes(room, { mode: "open", opensAt: past })).toBe("all-come-in");
  });
});
