import { describe, expect, it } from "vitest";
import { Coalescer, lingerMs, type Settled } from "./coalescer.ts";

/** Virtual timers: calls run when the test turns the clock. */
function virtualTimers() {
  const due: { call: () => void; ms: number }[] = [];
  return {
    setTimer: (call: () => void, ms: number) => due.push({ call, ms }),
    fire: () => {
      const now = due.splice(0);
      for (const { call } of now) call();
      return now.map(({ ms }) => ms);
    },
  };
}

/** Lets promises that are settled run on. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

function openCoalescer(mostEntries = 1_000) {
  const timers = virtualTimers();
  const batches: { id: number; entries: readonly string[]; answer: (o: readonly string[] | null) => void }[] =
    [];
  const coalescer = new Coalescer<string, string>({
    setTimer: timers.setTimer,
    now: () => 0,
    firstId: 1,
    mostEntries,
    send: (id, entries) => new Promise((answer) => batches.push({ id, entries, answer })),
  });
  const results: Settled<string>[] = [];
  return {
    timers,
    batches,
    coalescer,
    results,
    add: (e: string) => coalescer.add(e, (r) => results.push(r)),
  };
}

describe("coalescer", () => {
  it("sends what came meanwhile as one batch, in the order in which it came", async () => {
    const { timers, batches, results, add } = openCoalescer();
    for (const entry of ["a", "b", "c"]) add(entry);
    expect(batches).toHaveLength(0);
    timers.fire();
    expect(batches.map(({ entries }) => entries)).toEqual([["a", "b", "c"]]);
    batches[0]?.answer(["A", "B", "C"]);
    await settle();
    expect(results).toEqual(["A", "B", "C"].map((outcome) => ({ ok: true, outcome })));
  });

  it("has one call in flight, and ids that grow", async () => {
    const { timers, batches, add } = openCoalescer();
    add("a");
    timers.fire();
    add("b");
    add("c");
    expect(timers.fire()).toEqual([]);
    expect(batches).toHaveLength(1);
    batches[0]?.answer(["A"]);
    await settle();
    timers.fire();
    expect(batches.map(({ id, entries }) => [id, entries])).toEqual([
      [1, ["a"]],
      [2, ["b", "c"]],
    ]);
  });

  const rates: [perSecond: number, lingerMs: number][] = [
    [1, 2],
    [39, 2],
    [40, 25],
    [200, 25],
    [1_000, 5],
    [2_500, 2],
    [40_000, 2],
  ];
  for (const [perSecond, expected] of rates) {
    it(`lingers ${expected} ms at ${perSecond} a second`, () => {
      expect(lingerMs(perSecond / 1_000)).toBeCloseTo(expected);
    });
  }

  it("splits what is more than one batch may hold", async () => {
    const { timers, batches, add } = openCoalescer(2);
    for (const entry of ["a", "b", "c"]) add(entry);
    timers.fire();
    batches[0]?.answer(["A", "B"]);
    await settle();
    timers.fire();
    expect(batches.map(({ entries }) => entries)).toEqual([["a", "b"], ["c"]]);
  });

  it("says store-down to each of a batch of which nothing could be learned", async () => {
    const { timers, batches, results, add } = openCoalescer();
    add("a");
    add("b");
    timers.fire();
    batches[0]?.answer(null);
    await settle();
    expect(results).toEqual([
      { ok: false, code: "store-down" },
      { ok: false, code: "store-down" },
    ]);
  });
});
