import type { WaitRange } from "#core/waits";

/** How often the line's news come, by distance from the front. */
export type Band = "near" | "mid" | "far";

const BANDS: readonly Band[] = ["near", "mid", "far"];
const INTERVAL_MS: Readonly<Record<Band, number>> = { near: 1_000, mid: 5_000, far: 20_000 };

const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 30_000;
const SHORTEST_RETRY_MS = 250;
const LONGEST_SPREAD_MS = 30_000;

/** The band for a distance. A page never moves to a further band again, so a wavering estimate does not reconnect it. */
export function bandFor(ahead: number, wait: WaitRange | null, current: Band): Band {
  const soon = wait !== null && wait.highSeconds < 60;
  const wanted: Band = ahead < 300 || soon ? "near" : ahead < 5_000 ? "mid" : "far";
  return BANDS.indexOf(wanted) < BANDS.indexOf(current) ? wanted : current;
}

/** After so long without a frame a connection counts as dead: three intervals, but not under five seconds. */
export function silenceMs(intervalMs: number): number {
  return Math.max(5_000, 3 * intervalMs);
}

export function intervalMs(band: Band): number {
  return INTERVAL_MS[band];
}

/** Exponential back-off with full jitter: thousands of pages that lost one gateway must not return as one. `random` is in [0, 1). */
export function retryDelayMs(attempt: number, random: number, atLeastMs = 0): number {
  const most = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt, 10));
  return Math.round(Math.max(SHORTEST_RETRY_MS, atLeastMs) + random * most);
}

/** A period, 20 % more or less, so that pages do not fall into step. `random` is in [0, 1). */
export function jitteredMs(periodMs: number, random: number): number {
  return Math.round(periodMs * (0.8 + 0.4 * random));
}

/** When everybody is told to act at once (the room opened, the line was reset): 1,000 pages a second, spread over 30 s at most. */
export function spreadMs(waiting: number, random: number): number {
  return Math.round(random * Math.min(LONGEST_SPREAD_MS, waiting));
}

/** `Retry-After` in seconds as milliseconds, 0 if absent or a date; never more than five minutes. */
export function retryAfterMs(header: string | null): number {
  const seconds = Number(header ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(300, seconds) * 1_000 : 0;
}
