import { describe, expect, it } from "vitest";
import { newLine } from "./line.ts";
import type { RoomSettings } from "./settings.ts";
import { type Snapshot, snapshotOf } from "./snapshot.ts";
import { MEASURED_AFTER_MS, waitFor, waitRows } from "./waits.ts";

const T0 = 1_800_000_000_000;
const settings: RoomSettings = {
  mode: "queue",
  outflowPerMinute: 600,
  capacity: 0,
  sessionSeconds: 120,
  sessionGraceSeconds: 1800,
  claimWindowSeconds: 600,
  opensAtMs: 0,
  message: null,
  messageRevision: 0,
  passesNotBeforeMs: 0,
  version: 1,
};

/** 6,000 people in line: ten minutes at 600 a minute. */
function busyLine(change: Partial<RoomSettings> = {}, seen: Partial<Snapshot> = {}): Snapshot {
  const line = newLine({ ...settings, ...change }, T0, T0);
  line.issued = 6_000;
  return { ...snapshotOf(line), ...seen };
}

describe("waits", () => {
  it("promise a range around what the outflow gives, before anything is measured", () => {
    const wait = waitFor(waitRows(busyLine(), 0), 6_000);
    expect(wait?.low).toBeLessThan(600);
    expect(wait?.high).toBeGreaterThan(600);
    expect(wait?.high).toBeLessThan(800);
  });

  it("go by the last minute's admissions once there was a busy one", () => {
    const rows = waitRows(busyLine({}, { admittedLastMinute: 300 }), MEASURED_AFTER_MS);
    const wait = waitFor(rows, 6_000);
    expect(wait?.low).toBeGreaterThan(800);
    expect(wait?.high).toBeGreaterThan(1_200);
  });

  it("take a lowered outflow in at once", () => {
    const lowered = busyLine({ outflowPerMinute: 60 }, { admittedLastMinute: 600 });
    expect(waitFor(waitRows(lowered, 300_000), 6_000)?.low).toBeGreaterThan(4_000);
  });

  it("are shorter where many do not come when called", () => {
    const all = waitFor(waitRows(busyLine(), 0), 6_000);
    const some = waitFor(waitRows(busyLine({}, { showPermille: 500 }), 0), 6_000);
    expect(some?.low).toBeLessThan((all?.low ?? 0) * 0.6);
    expect(some?.high).toBeLessThan((all?.high ?? 0) * 0.8);
  });

  it("reckon with a bounded service that frees no place before a session's full length", () => {
    const bounded = busyLine({ capacity: 300 }, { admittedLastMinute: 600 });
    // 300 places of two minutes: 150 a minute is all that is sure, forty minutes and more.
    expect(waitFor(waitRows(bounded, MEASURED_AFTER_MS), 6_000)?.high).toBeGreaterThan(2_400);
    // After two busy minutes the last one's pace has proved itself.
    expect(waitFor(waitRows(bounded, 120_000), 6_000)?.high).toBeLessThan(800);
  });

  it("are not known in a held room, where nobody gets in, and where a bounded service fills unwatched", () => {
    expect(waitRows(busyLine({ mode: "hold" }), 0)).toEqual([]);
    expect(waitRows(busyLine({}, { admittedLastMinute: 0 }), MEASURED_AFTER_MS)).toEqual([]);
    expect(waitRows(busyLine({ capacity: 100 }, { sessions: 60 }), 0)).toEqual([]);
    expect(waitFor([], 10)).toBeNull();
  });

  it("grow with the number ahead, also beyond the last row", () => {
    const rows = waitRows(busyLine(), 0);
    const highs = [0, 1, 10, 1_000, 6_000, 9_000].map((ahead) => waitFor(rows, ahead)?.high ?? -1);
    expect(highs).toEqual([...highs].sort((a, b) => a - b));
    expect(highs[0]).toBeGreaterThan(0);
  });
});
