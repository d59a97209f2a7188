import { describe, expect, it } from "vitest";
import type { WaitRow } from "#core";
import { lineAt } from "./line-fixture.ts";
import { Promises } from "./promises.ts";

const WAITS: readonly WaitRow[] = [
  [0, 0, 5],
  [100, 200, 405],
];

function noted(
  moments: readonly (readonly [second: number, issued: number, serving: number])[],
  waits = WAITS,
) {
  const promises = new Promises();
  for (const [second, issued, serving] of moments) {
    promises.note(lineAt({ storeTimeMs: second * 1_000, issued, serving }), waits);
  }
  return promises;
}

describe("what a number was promised", () => {
  it("follows from the line when it was given out, and when it was called", () => {
    const promises = noted([
      [0, 0, 0],
      [10, 100, 0],
      [20, 120, 40],
      [300, 120, 110],
    ]);
    expect(promises.of(50)).toEqual({ joinedMs: 10_000, seconds: 205, calledMs: 300_000 });
    expect(promises.of(30)).toEqual({ joinedMs: 10_000, seconds: 125, calledMs: 20_000 });
    expect(promises.of(115)).toEqual({ joinedMs: 20_000, seconds: 305, calledMs: null });
  });

  it("is a minute at least: no page says less", () => {
    expect(
      noted([
        [0, 0, 0],
        [1, 10, 0],
        [3, 10, 10],
      ]).of(1)?.seconds,
    ).toBe(60);
  });

  it("is not known of numbers given before this gateway looked, or while none was promised", () => {
    expect(
      noted([
        [0, 50, 0],
        [5, 60, 10],
      ]).of(50),
    ).toBeNull();
    expect(
      noted(
        [
          [0, 0, 0],
          [5, 60, 10],
        ],
        [],
      ).of(50),
    ).toBeNull();
    expect(new Promises().of(1)).toBeNull();
  });

  it("is forgotten with its line", () => {
    const promises = noted([
      [0, 0, 0],
      [5, 60, 10],
    ]);
    promises.note(lineAt({ generation: 2, storeTimeMs: 6_000, issued: 0 }), WAITS);
    expect(promises.of(50)).toBeNull();
  });

  it("is kept over a day of a line that never rests, to the minute", () => {
    const promises = new Promises();
    const day = 86_400;
    for (let second = 0; second <= day; second += 1) {
      promises.note(lineAt({ storeTimeMs: second * 1_000, issued: second + 1_000, serving: second }), [
        [1_000, 0, 1_100],
      ]);
    }
    for (const number of [2_000, 40_000, 87_000]) {
      const joinedSecond = (promises.of(number)?.joinedMs ?? 0) / 1_000;
      expect(joinedSecond - (number - 1_000)).toBeGreaterThanOrEqual(0);
      expect(joinedSecond - (number - 1_000)).toBeLessThanOrEqual(60);
    }
  });
});
