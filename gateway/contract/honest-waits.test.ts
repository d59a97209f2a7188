import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestVisitor } from "../testing/visitor.ts";
import { configure, type Deployed, deploy, joinInTurn, QUIET, roomTimePasses } from "./deployment.ts";

let at: Deployed;

beforeAll(async () => {
  at = await deploy({
    line: { outflowPerMinute: 300 },
    bounded: { ...QUIET, capacity: 2 },
    held: { ...QUIET, mode: "hold" },
    soon: { ...QUIET, mode: "queue", opensAt: new Date(Date.now() + 3_600_000).toISOString() },
  });
});

afterAll(() => at?.close());

async function statusOf(room: string) {
  return (await at.visitor(room).status()).json();
}

describe("`waits`", () => {
  // PROTOCOL: empty = not known, never 0
  it("is empty before a full service has been watched for long enough to tell", async () => {
    await joinInTurn(at, "bounded", 6);
    const body = await (await at.visitor("bounded").join()).json();
    expect(body).toMatchObject({ state: "waiting", waitSeconds: null });
    expect((await statusOf("bounded")).waits).toEqual([]);
  });

  it("is empty while nobody is let in", async () => {
    await joinInTurn(at, "held", 2);
    expect((await statusOf("held")).waits).toEqual([]);
  });

  it("is as far as it goes where somebody waits, and grows with the place", async () => {
    await joinInTurn(at, "line", 60);
    const { waits, serving, issued } = await statusOf("line");
    const ahead = issued - serving;
    expect(ahead).toBeGreaterThan(10);
    const [furthest, lowSeconds, highSeconds] = waits.at(-1);
    expect(furthest).toBeGreaterThanOrEqual(ahead);
    // Five a second are let in.
    expect(lowSeconds).toBeLessThanOrEqual(ahead / 5);
    expect(highSeconds).toBeGreaterThanOrEqual(ahead / 5);
  });
});

describe("a shown position never goes up", () => {
  it("whatever others do and an operator says", async () => {
    const visitors = await joinInTurn(at, "line", 60);
    const watched = at.visitor("line");
    const { number, position } = await (await watched.join()).json();
    const shown: number[] = [position];
    const look = async () => {
      const { serving } = await statusOf("line");
      shown.push(number - serving);
      shown.push((await (await watched.join()).json()).position);
    };
    const steps: (() => Promise<unknown>)[] = [
      () => joinInTurn(at, "line", 5),
      () => Promise.all(visitors.slice(40, 50).map((visitor) => visitor.leave())),
      () => Promise.all(visitors.slice(0, 20).map((visitor) => visitor.claim())),
      () => configure(at, "line", { outflowPerMinute: 60 }),
      () => configure(at, "line", { capacity: 1 }),
      () => configure(at, "line", { mode: "hold" }),
      () => roomTimePasses(at, "line", 600),
      () => configure(at, "line", { mode: "closed" }),
      () => configure(at, "line", { mode: "queue", capacity: 0, outflowPerMinute: 1_200 }),
      () => Promise.all(visitors.slice(20, 40).map((visitor: TestVisitor) => visitor.claim())),
      () => roomTimePasses(at, "line", 1_000),
    ];
    for (const step of steps) {
      await step();
      if ((await statusOf("line")).mode !== "closed") await look();
    }
    expect(shown).toEqual([...shown].sort((a, b) => b - a));
    expect(shown.at(-1)).toBeLessThan(position);
  });
});

describe("`opensAt`", () => {
  // PROTOCOL: until then the room is as in `hold`
  it("opens by itself, and calls those who came before, in order", async () => {
    const early = await joinInTurn(at, "soon", 3);
    for (const visitor of early) expect((await visitor.claim()).status).toBe(409);
    expect((await at.visitor("soon").fetch("/soon/data")).status).toBe(503);
    const { serving, updatedAt } = await statusOf("soon");
    expect(serving).toBe(0);
    await configure(at, "soon", { opensAt: new Date(updatedAt + 1_000).toISOString() });
    expect((await statusOf("soon")).mode).toBe("hold");
    await roomTimePasses(at, "soon", 1_500);
    expect(await statusOf("soon")).toMatchObject({ mode: "queue", serving: 3 });
    for (const visitor of early) expect((await visitor.claim()).status).toBe(200);
  });
});
