import { describe, expect, it } from "vitest";
import { latestOf, readingAt, stretchesOf } from "./reading.ts";

const NOW_MS = 1_800_000_000_000;
const at = [30, 20, 10].map((secondsAgo) => NOW_MS - secondsAgo * 1_000);
const course = { at, values: [5, 6, 7] as (number | null)[], stepMs: 10_000, untilMs: NOW_MS };

it("the last value is of now only where it is as fresh as can be", () => {
  expect(latestOf(course)).toEqual({ value: 7, atMs: at[2], isNow: true });
  expect(latestOf({ ...course, values: [5, null, null] })).toEqual({ value: 5, atMs: at[0], isNow: true });
  expect(latestOf({ ...course, untilMs: NOW_MS + 30_000 }).isNow).toBe(false);
  expect(latestOf({ ...course, stepMs: 5_000, values: [5, null, null] }).isNow).toBe(false);
  expect(latestOf({ ...course, values: [null, null, null] })).toEqual({
    value: null,
    atMs: null,
    isNow: false,
  });
});

it("a point that is pointed at is of its time, and may be a gap", () => {
  expect(readingAt(course, 2)).toEqual({ value: 7, atMs: at[2], isNow: false });
  expect(readingAt({ ...course, values: [5, null, 7] }, 1)).toEqual({
    value: null,
    atMs: at[1],
    isNow: false,
  });
  expect(readingAt(course, 9)).toEqual({ value: null, atMs: null, isNow: false });
});

describe("a course with gaps", () => {
  it("is drawn in stretches", () => {
    expect(stretchesOf([null, 1, 0, null, null, 2, null])).toEqual([
      [1, 3],
      [5, 6],
    ]);
    expect([stretchesOf([]), stretchesOf([null]), stretchesOf([4, 5])]).toEqual([[], [], [[0, 2]]]);
  });
});
