import { expect, test } from "vitest";
import { type Announced, announcement, isOutdated, type Spoken } from "./announce.ts";

const waiting = (ahead: number, part: Partial<Spoken> = {}): Spoken => ({
  full: `You are in line. ${ahead} ahead.`,
  brief: `${ahead} ahead.`,
  event: "waiting",
  band: "20",
  ...part,
});

function said(spoken: Spoken, last: Announced | null, nowMs: number): string | undefined {
  return announcement(last, spoken, nowMs)?.text;
}

const first = announcement(null, waiting(100), 0);

test("the first announcement is whole", () => {
  expect(first?.text).toBe("You are in line. 100 ahead.");
});

test("numbers alone are said briefly, once a minute, and only when they changed", () => {
  expect(said(waiting(90), first, 59_999)).toBeUndefined();
  expect(said(waiting(90), first, 60_000)).toBe("90 ahead.");
  expect(said(waiting(100), first, 600_000)).toBeUndefined();
});

test("a band change comes before the minute is over, but a wavering one does not chatter", () => {
  expect(said(waiting(90, { band: "10" }), first, 14_999)).toBeUndefined();
  expect(said(waiting(90, { band: "10" }), first, 15_000)).toBe("90 ahead.");
});

test("an event is said at once and whole", () => {
  expect(said(waiting(100, { event: "paused" }), first, 1)).toBe("You are in line. 100 ahead.");
});

test("what was said is outdated once other numbers are shown, and the screen reader has taken it up", () => {
  expect(isOutdated(null, waiting(100), 9_999)).toBe(false);
  expect(isOutdated(first, waiting(100), 9_999)).toBe(false);
  expect(isOutdated(first, waiting(99), 1_999)).toBe(false);
  expect(isOutdated(first, waiting(99), 2_000)).toBe(true);
});

test("an hour of a line that moves each second is at most 61 announcements", () => {
  let last: Announced | null = null;
  let count = 0;
  for (let second = 0; second <= 3_600; second += 1) {
    const next = announcement(last, waiting(10_000 - second), second * 1_000);
    if (next) count += 1;
    last = next ?? last;
  }
  expect(count).toBe(61);
});
