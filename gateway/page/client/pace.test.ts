import { expect, test } from "vitest";
import { bandFor, jitteredMs, retryAfterMs, retryDelayMs, silenceMs, spreadMs } from "./pace.ts";

const minutes = (high: number) => ({ lowSeconds: 0, highSeconds: high * 60 });

test("bands by distance, or near for a wait under a minute", () => {
  expect(bandFor(299, null, "far")).toBe("near");
  expect(bandFor(300, null, "far")).toBe("mid");
  expect(bandFor(4_999, minutes(9), "far")).toBe("mid");
  expect(bandFor(5_000, minutes(9), "far")).toBe("far");
  expect(bandFor(5_000, { lowSeconds: 20, highSeconds: 59 }, "far")).toBe("near");
});

test("a page never moves to a further band", () => {
  expect(bandFor(5_000, minutes(2), "near")).toBe("near");
  expect(bandFor(9_000, null, "mid")).toBe("mid");
});

test("retries back off, with full jitter, up to 30 s over what was asked for", () => {
  expect(retryDelayMs(0, 0)).toBe(250);
  expect(retryDelayMs(0, 0.5)).toBe(1_250);
  expect(retryDelayMs(3, 0.5)).toBe(8_250);
  expect(retryDelayMs(99, 0.999)).toBeLessThanOrEqual(30_250);
  expect(retryDelayMs(0, 0, 5_000)).toBe(5_000);
});

test("jitter is 20 % to either side; spreading is 1,000 pages a second, 30 s at most", () => {
  expect([jitteredMs(5_000, 0), jitteredMs(5_000, 0.5)]).toEqual([4_000, 5_000]);
  expect(spreadMs(2_000, 0.5)).toBe(1_000);
  expect(spreadMs(1_000_000, 0.5)).toBe(15_000);
  expect(spreadMs(0, 0.9)).toBe(0);
});

test("a connection is dead after three intervals, not under five seconds", () => {
  expect([silenceMs(1_000), silenceMs(5_000), silenceMs(20_000)]).toEqual([5_000, 15_000, 60_000]);
});

test("Retry-After in seconds; nonsense and dates count as none, an hour as five minutes", () => {
  expect(retryAfterMs("3")).toBe(3_000);
  expect(retryAfterMs(null)).toBe(0);
  expect(retryAfterMs("-3")).toBe(0);
  expect(retryAfterMs("Wed, 21 Oct 2026 07:28:00 GMT")).toBe(0);
  expect(retryAfterMs("3600")).toBe(300_000);
});
