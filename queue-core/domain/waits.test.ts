import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { newLine } from "./line.ts";
import type { RoomSettings } from "./settings.ts";
import { type Snapshot, snapshotOf } from "./snapshot.ts";
import { TEST_SETTINGS } from "./test-settings.ts";
import { estimateWait, MEASURED_AFTER_MS, type WaitRow, waitRows } from "./waits.ts";

const T0 = 1_800_000_000_000;
const settings: RoomSettings = {
  ...TEST_SETTINGS,
  outflowPerMinute: 600,
  sessionSeconds: 120,
  claimWindowSeconds: 600,
};

/** 6,000 people in line: ten minutes at 600 a minute. */
function busyLine(change: Partial<RoomSettings> = {}, seen: Partial<Snapshot> = {}): Snapshot {
  const line = newLine({ ...settings, ...change }, T0, T0);
  line.issued = 6_000;
  return { ...snapshotOf(line), ...seen };
}

describe("waits", () => {
  it("promise a range around what the outflow gives, before anything is measured", () => {
    const wait = estimateWait(waitRows(busyLine(), 0), 6_000);
    expect(wait?.lowSeconds).toBeLessThan(600);
    expect(wait?.highSeconds).toBeGreaterThan(600);
    expect(wait?.highSeconds).toBeLessThan(800);
  });

  it("are not known while a rebuilt line admits nobody, nor before anybody says when it will", () => {
    expect(waitRows(busyLine(), 0)).not.toEqual([]);
    expect(waitRows(busyLine({}, { admitsInMs: 1 }), 0)).toEqual([]);
    expect(waitRows(busyLine({}, { admitsInMs: null }), 0)).toEqual([]);
  });

  it("go by the last minute's admissions once there was a busy one", () => {
    const rows = waitRows(busyLine({}, { admittedLastMinute: 300 }), MEASURED_AFTER_MS);
    const wait = estimateWait(rows, 6_000);
    expect(wait?.lowSeconds).toBeGreaterThan(800);
    expect(wait?.highSeconds).toBeGreaterThan(1_200);
  });

  it("take a lowered outflow in at once", () => {
    const lowered = busyLine({ outflowPerMinute: 60 }, { admittedLastMinute: 600 });
    expect(estimateWait(waitRows(lowered, 300_000), 6_000)?.lowSeconds).toBeGreaterThan(4_000);
  });

  it("are shorter where many do not come when called", () => {
    const all = estimateWait(waitRows(busyLine(), 0), 6_000);
    const some = estimateWait(waitRows(busyLine({}, { showPermille: 500 }), 0), 6_000);
    expect(some?.lowSeconds).toBeLessThan((all?.lowSeconds ?? 0) * 0.6);
    expect(some?.highSeconds).toBeLessThan((all?.highSeconds ?? 0) * 0.8);
  });

  it("reckon with a bounded service that frees no place before a session's full length", () => {
    const bounded = busyLine({ capacity: 300 }, { admittedLastMinute: 600 });
    // 300 places of two minutes: 150 a minute is all that is sure, forty minutes and more.
    expect(estimateWait(waitRows(bounded, MEASURED_AFTER_MS), 6_000)?.highSeconds).toBeGreaterThan(2_400);
    // After two busy minutes the last one's pace has proved itself.
    expect(estimateWait(waitRows(bounded, 120_000), 6_000)?.highSeconds).toBeLessThan(800);
  });

  it("are not known in a held room, where nobody gets in, and where a bounded service fills unwatched", () => {
    expect(waitRows(busyLine({ mode: "hold" }), 0)).toEqual([]);
    expect(waitRows(busyLine({}, { admittedLastMinute: 0 }), MEASURED_AFTER_MS)).toEqual([]);
    expect(waitRows(busyLine({ capacity: 100 }, { sessions: 60 }), 0)).toEqual([]);
    expect(estimateWait([], 10)).toBeNull();
  });

  it("count nobody where a filled line has skipped numbers: ahead of those, behind them, and where they end it", () => {
    const all = waitRows(busyLine(), 0);
    const filled = (issued: number) =>
      waitRows(busyLine({}, { issued, skipped: 2_000, waitingBeforeSkipped: 1_000 }), 0);
    for (const [ahead, people] of [
      [0, 0],
      [500, 500],
      [1_000, 1_000],
      [2_000, 1_000],
      [3_000, 1_000],
      [5_000, 3_000],
      [8_000, 6_000],
    ] as const) {
      const wait = estimateWait(filled(8_000), ahead);
      const same = estimateWait(all, people);
      expect(Math.abs((wait?.lowSeconds ?? -99) - (same?.lowSeconds ?? 99))).toBeLessThan(2);
      expect(Math.abs((wait?.highSeconds ?? -99) - (same?.highSeconds ?? 99))).toBeLessThan(2);
    }
    expect(filled(3_000).map(([ahead]) => ahead)).toEqual([0, 1_000, 3_000]);
    const nobodyBefore = { issued: 3_000, skipped: 2_000, waitingBeforeSkipped: 0 };
    expect(waitRows(busyLine({}, nobodyBefore), 0).map(([ahead]) => ahead)).toEqual([0, 2_000, 3_000]);
  });

  it("grow with the number ahead", () => {
    const rows = waitRows(busyLine(), 0);
    const highs = [0, 1, 10, 1_000, 6_000].map((ahead) => estimateWait(rows, ahead)?.highSeconds ?? -1);
    expect(highs).toEqual([...highs].sort((a, b) => a - b));
    expect(highs[0]).toBeGreaterThan(0);
  });
});

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
