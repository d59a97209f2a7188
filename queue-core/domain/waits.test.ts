import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { newLine } from "./line.ts";
import type { RoomSettings } from "./settings.ts";
import { type Snapshot, snapshotOf } from "./snapshot.ts";
import { TEST_SETTINGS } from "./test-settings.ts";
import { estimateWait, type WaitRow, type Watched, waitRows, watchLine } from "./waits.ts";

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

/** What a gateway has seen after so long. */
function watchedFor(seconds: number, seen: Partial<Watched> = {}): Watched {
  return { busyMs: seconds * 1000, insideMs: 0, gone: 0, roomTimeMs: 0, goneTotal: 0, ...seen };
}

describe("waits", () => {
  it("promise a range around what the outflow gives, before anything is measured", () => {
    const wait = estimateWait(waitRows(busyLine(), null), 6_000);
    expect(wait?.lowSeconds).toBeLessThan(600);
    expect(wait?.highSeconds).toBeGreaterThan(600);
    expect(wait?.highSeconds).toBeLessThan(800);
  });

  it("count those who were called early and stand at the gate: they all go first", () => {
    const wait = estimateWait(waitRows(busyLine({}, { registered: 6_000, serving: 5_999 }), null), 1);
    expect(wait?.lowSeconds).toBeGreaterThan(500);
    expect(wait?.highSeconds).toBeGreaterThan(600);
  });

  it("are not known while a rebuilt line admits nobody, nor before anybody says when it will", () => {
    expect(waitRows(busyLine(), null)).not.toEqual([]);
    expect(waitRows(busyLine({}, { admitsInMs: 1 }), null)).toEqual([]);
    expect(waitRows(busyLine({}, { admitsInMs: null }), null)).toEqual([]);
  });

  it("go by the last minute's admissions once there was a busy one", () => {
    const rows = waitRows(busyLine({}, { admittedLastMinute: 300 }), watchedFor(60));
    const wait = estimateWait(rows, 6_000);
    expect(wait?.lowSeconds).toBeGreaterThan(800);
    expect(wait?.highSeconds).toBeGreaterThan(1_200);
  });

  it("take a lowered outflow in at once", () => {
    const lowered = busyLine({ outflowPerMinute: 60 }, { admittedLastMinute: 600 });
    expect(estimateWait(waitRows(lowered, watchedFor(300)), 6_000)?.lowSeconds).toBeGreaterThan(4_000);
  });

  it("are shorter where many do not come when called", () => {
    const all = estimateWait(waitRows(busyLine(), null), 6_000);
    const some = estimateWait(waitRows(busyLine({}, { showPermille: 500 }), null), 6_000);
    expect(some?.lowSeconds).toBeLessThan((all?.lowSeconds ?? 0) * 0.6);
    expect(some?.highSeconds).toBeLessThan((all?.highSeconds ?? 0) * 0.8);
  });

  it("reckon with a bounded service that frees no place before a session's full length, until some have gone", () => {
    // 300 places of two minutes: 150 a minute is all that is sure, forty minutes and more.
    const bounded = busyLine({ capacity: 300 }, { admittedLastMinute: 600, sessions: 300 });
    const sure = waitRows(busyLine({ capacity: 300 }, { admittedLastMinute: 600 }), watchedFor(180));
    expect(estimateWait(sure, 6_000)?.highSeconds).toBeGreaterThan(2_400);
    // Stays of 30 s: ten a second go, and 600 a minute is what the service really frees.
    const shownAfter = (seconds: number) => {
      const seen = { insideMs: 300 * seconds * 1000, gone: 10 * seconds };
      return estimateWait(waitRows(bounded, watchedFor(seconds, seen)), 6_000);
    };
    expect(shownAfter(20)).toBeNull();
    expect(shownAfter(30)?.highSeconds).toBeLessThan(1_800);
    expect(shownAfter(120)?.highSeconds).toBeLessThan(1_200);
    for (const seconds of [30, 60, 120, 300]) {
      expect(shownAfter(seconds)?.lowSeconds).toBeLessThan(600);
      expect(shownAfter(seconds)?.highSeconds).toBeGreaterThan(600);
    }
  });

  it("are not known at a bounded service rather than up to so long that it frightens, while that may narrow", () => {
    const filling = (issued: number) => busyLine({ capacity: 300 }, { issued, sessions: 100 });
    expect(waitRows(filling(6_000), null)).toEqual([]);
    // Wide, but soon over: at 150 a minute at least, or 600.
    expect(estimateWait(waitRows(filling(100), null), 100)?.highSeconds).toBeLessThan(60);
    // For a session's length and a minute at most.
    expect(waitRows(filling(6_000), watchedFor(179))).toEqual([]);
    const measured = busyLine({ capacity: 300 }, { sessions: 100, admittedLastMinute: 600 });
    expect(waitRows(measured, watchedFor(180))).not.toEqual([]);
    // Ten minutes where sessions are long.
    const long = busyLine(
      { capacity: 3_000, sessionSeconds: 7_200 },
      { sessions: 100, admittedLastMinute: 600 },
    );
    expect(waitRows(long, watchedFor(599))).toEqual([]);
    expect(waitRows(long, watchedFor(600))).not.toEqual([]);
    // Where it carries most of the outflow the range is narrow at once.
    expect(waitRows(busyLine({ capacity: 900 }, { sessions: 100 }), null)).not.toEqual([]);
  });

  it("of a full service are told by its stays, also in a minute that lets nobody in", () => {
    const between = busyLine({ capacity: 300 }, { sessions: 300, admittedLastMinute: 0 });
    const whole = { insideMs: 300 * 240_000, gone: 600 };
    const wait = estimateWait(waitRows(between, watchedFor(240, whole)), 6_000);
    // 150 a minute: forty minutes.
    expect(wait?.lowSeconds).toBeLessThan(2_400);
    expect(wait?.highSeconds).toBeGreaterThan(2_400);
    expect(wait?.highSeconds).toBeLessThan(3_600);
    // Half empty it is the gate that lets nobody in.
    expect(waitRows({ ...between, sessions: 140 }, watchedFor(240, whole))).toEqual([]);
  });

  it("are watched only while somebody waits and is let in: who goes is counted, what is long ago is forgotten", () => {
    const look = (second: number, seen: Partial<Snapshot> = {}) =>
      busyLine({ capacity: 300 }, { roomTimeMs: second * 1000, sessions: 100, ...seen });
    const began = watchLine(null, look(10, { admittedTotal: 500 }));
    const tenLater = watchLine(began, look(20, { admittedTotal: 530 }));
    expect(tenLater).toMatchObject({ busyMs: 10_000, insideMs: 1_000_000, gone: 30 });
    // A store that lost its last writes.
    expect(watchLine(tenLater, look(19, { admittedTotal: 520 }))).toMatchObject({ busyMs: 10_000, gone: 30 });
    // Half of the six minutes that three sessions take.
    const later = watchLine(tenLater, look(200, { admittedTotal: 530 }));
    expect(later).toMatchObject({ busyMs: 190_000, gone: 15, insideMs: 500_000 + 18_000_000 });
    expect(watchLine(later, look(201, { mode: "hold" }))).toBeNull();
    expect(watchLine(later, look(201, { admitsInMs: 1 }))).toBeNull();
    expect(watchLine(later, look(201, { serving: 6_000 }))).toBeNull();
  });

  it("are not known in a held room, where nobody gets in, and where a bounded service fills unwatched", () => {
    expect(waitRows(busyLine({ mode: "hold" }), null)).toEqual([]);
    expect(waitRows(busyLine({}, { admittedLastMinute: 0 }), watchedFor(60))).toEqual([]);
    expect(waitRows(busyLine({ capacity: 100 }, { sessions: 60 }), null)).toEqual([]);
    const full = busyLine({ capacity: 100 }, { sessions: 100, admittedLastMinute: 100 });
    expect(waitRows(full, watchedFor(180))).toEqual([]);
    expect(waitRows(full, watchedFor(180, { insideMs: 18_000_000, gone: 1 }))).not.toEqual([]);
    expect(estimateWait([], 10)).toBeNull();
  });

  it("count nobody where a filled line has skipped numbers: ahead of those, behind them, and where they end it", () => {
    const all = waitRows(busyLine(), null);
    const filled = (issued: number) =>
      waitRows(busyLine({}, { issued, skipped: 2_000, waitingBeforeSkipped: 1_000 }), null);
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
    expect(waitRows(busyLine({}, nobodyBefore), null).map(([ahead]) => ahead)).toEqual([0, 2_000, 3_000]);
  });

  it("grow with the number ahead", () => {
    const rows = waitRows(busyLine(), null);
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
