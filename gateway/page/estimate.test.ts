import fc from "fast-check";
import { expect, test } from "vitest";
import { estimateWait, type WaitRow } from "./estimate.ts";

const ROWS: readonly WaitRow[] = [
  [100, 60, 120],
  [1_000, 600, 900],
];

test("between rows the wait is interpolated, at a row it is the row's", () => {
  expect(estimateWait(ROWS, 100)).toEqual({ lowSeconds: 60, highSeconds: 120 });
  expect(estimateWait(ROWS, 550)).toEqual({ lowSeconds: 330, highSeconds: 510 });
  expect(estimateWait(ROWS, 1_000)).toEqual({ lowSeconds: 600, highSeconds: 900 });
});

test("before the first row it grows from nobody, no wait; a row for nobody ahead wins", () => {
  expect(estimateWait(ROWS, 50)).toEqual({ lowSeconds: 30, highSeconds: 60 });
  expect(estimateWait([[0, 5, 10], ...ROWS], 0)).toEqual({ lowSeconds: 5, highSeconds: 10 });
});

test("it is not known without rows or behind the last one", () => {
  expect(estimateWait([], 0)).toBeNull();
  expect(estimateWait(ROWS, 1_001)).toBeNull();
});

test("never negative, low never over high, further back never less", () => {
  const rows = fc
    .array(
      fc.tuple(
        fc.integer({ min: 1, max: 999 }),
        fc.integer({ min: 0, max: 99 }),
        fc.integer({ min: 0, max: 99 }),
      ),
      {
        minLength: 1,
        maxLength: 16,
      },
    )
    .map((steps) => {
      let [ahead, low, extra] = [0, 0, 0];
      return steps.map(([a, l, e]): WaitRow => {
        [ahead, low, extra] = [ahead + a, low + l, extra + e];
        return [ahead, low, low + extra];
      });
    });
  fc.assert(
    fc.property(rows, fc.nat(), fc.nat(), (waits, a, b) => {
      const last = waits.at(-1)?.[0] ?? 0;
      const [near, far] = [a % (last + 1), b % (last + 1)].sort((x, y) => x - y);
      const nearer = estimateWait(waits, near ?? 0);
      const further = estimateWait(waits, far ?? 0);
      if (!nearer || !further) throw new Error("within the rows the wait is known");
      expect(nearer.lowSeconds).toBeGreaterThanOrEqual(0);
      expect(nearer.lowSeconds).toBeLessThanOrEqual(nearer.highSeconds + 1e-6);
      expect(nearer.highSeconds).toBeLessThanOrEqual(further.highSeconds + 1e-6);
    }),
  );
});
