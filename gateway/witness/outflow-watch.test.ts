import { describe, expect, it } from "vitest";
import type { Snapshot } from "#core";
import { lineAt } from "./line-fixture.ts";
import { OutflowWatch } from "./outflow-watch.ts";

type Heard = readonly [roomTimeMs: number, admittedTotal: number, given?: Parameters<typeof lineAt>[0]];

function beyond(heard: readonly Heard[]): number[] {
  const watch = new OutflowWatch();
  return heard.map(([roomTimeMs, admittedTotal, given]) => watch.see(line(roomTimeMs, admittedTotal, given)));
}

function line(roomTimeMs: number, admittedTotal: number, given = {}): Snapshot {
  return lineAt({ roomTimeMs, storeTimeMs: roomTimeMs, admittedTotal, outflowPerMinute: 60, ...given });
}

describe("admissions beyond the outflow", () => {
  it("are none at the outflow's pace, and two seconds' worth at once", () => {
    expect(
      beyond([
        [0, 0],
        [1_000, 1],
        [2_000, 2],
        [60_000, 60],
        [60_000, 62],
      ]),
    ).toEqual([0, 0, 0, 0, 0]);
  });

  it("are what comes on top, counted once", () => {
    expect(
      beyond([
        [0, 0],
        [0, 5],
        [0, 5],
        [1_000, 6],
        [10_000, 15],
      ]),
    ).toEqual([0, 3, 0, 0, 0]);
    expect(
      beyond([
        [0, 0],
        [10_000, 13],
      ]),
    ).toEqual([0, 1]);
  });

  it("at a slow pace begin after the one that is always kept", () => {
    expect(
      beyond([
        [0, 0, { outflowPerMinute: 1 }],
        [0, 2, { outflowPerMinute: 1 }],
      ]),
    ).toEqual([0, 1]);
  });

  it("are not counted in an open room, nor over a change of settings", () => {
    expect(
      beyond([
        [0, 0, { mode: "open" }],
        [0, 90, { mode: "open" }],
        [0, 99],
      ]),
    ).toEqual([0, 0, 0]);
    expect(
      beyond([
        [0, 0],
        [0, 9, { version: 2 }],
        [0, 11, { version: 2 }],
      ]),
    ).toEqual([0, 0, 0]);
  });

  it("are not made up by a store that forgot, nor by a late reply", () => {
    expect(
      beyond([
        [0, 1_000],
        [1_000, 990],
        [2_000, 991],
      ]),
    ).toEqual([0, 0, 0]);
    expect(
      beyond([
        [0, 0],
        [5_000, 5],
        [4_000, 1],
        [5_100, 5],
      ]),
    ).toEqual([0, 0, 0, 0]);
  });
});
