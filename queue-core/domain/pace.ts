/**
 * How fast the line moves: pure arithmetic on integers, so that the Lua of the Redis store gives the same
 * numbers to the last digit.
 */

import {
  CREDIT_CAP_MS,
  IMAGINED_SHOWS,
  LEAST_LOOK_AHEAD_SHOWS,
  LEAST_SHOW_PERMILLE,
  LOOK_AHEAD_SECONDS,
  SHOW_SECONDS,
  TELLING_CALLS,
  UNITS_PER_ADMISSION,
} from "./constants.ts";

/** The most credit kept. */
export function creditCapUnits(outflowPerMinute: number): number {
  return Math.max(UNITS_PER_ADMISSION, outflowPerMinute * CREDIT_CAP_MS);
}

/** Shows to have ready at the gate beyond the credit. */
function lookAheadShows(outflowPerMinute: number): number {
  return Math.max(LEAST_LOOK_AHEAD_SHOWS, Math.floor((outflowPerMinute * LOOK_AHEAD_SECONDS) / 60));
}

/** As many as stand ready at the gate where nobody was called early. */
export function mostReadyShows(outflowPerMinute: number): number {
  const credit = Math.floor(creditCapUnits(outflowPerMinute) / UNITS_PER_ADMISSION);
  return credit + lookAheadShows(outflowPerMinute);
}

/** The time those shows take to be admitted, at most the time a called visitor needs to show. */
export function lookAheadMs(outflowPerMinute: number): number {
  const ms = Math.floor((lookAheadShows(outflowPerMinute) * 60_000) / outflowPerMinute);
  return Math.min(ms, SHOW_SECONDS * 1_000);
}

/** Calls and shows: recently called (may still show), and called long enough ago to count. */
export interface ShowTally {
  readonly recentCalled: number;
  readonly recentShows: number;
  readonly ratedCalled: number;
  readonly ratedShows: number;
}

/**
 * Shows per thousand called. Imagined shows keep it near 1 until there is evidence; the recently
 * called can raise it at once, since a show that happened is certain and one that has not may yet.
 */
export function showPermille(tally: ShowTally): number {
  const rated = Math.floor(
    ((tally.ratedShows + IMAGINED_SHOWS) * 1000) / (tally.ratedCalled + IMAGINED_SHOWS),
  );
  const recent =
    tally.recentCalled < TELLING_CALLS ? 0 : Math.floor((tally.recentShows * 1000) / tally.recentCalled);
  return Math.min(1000, Math.max(LEAST_SHOW_PERMILLE, rated, recent));
}

export interface CallFacts extends ShowTally {
  readonly outflowPerMinute: number;
  readonly creditUnits: number;
  /** Sessions that still fit, or `UNBOUNDED`. */
  readonly freeCapacity: number;
  /** Sessions that end within the look-ahead. */
  readonly endingSoon: number;
  /** How many stand at the gate. */
  readonly registered: number;
}

/**
 * How many numbers to call now, before the bound of who is waiting. Counting shows, not admissions: a full
 * service would otherwise let `serving` run through the whole line.
 */
export function callBudget(facts: CallFacts): number {
  const permille = showPermille(facts);
  const credit = Math.floor(facts.creditUnits / UNITS_PER_ADMISSION);
  const expected = Math.floor((facts.recentCalled * permille) / 1000);
  const underWay = Math.max(0, expected - facts.recentShows);
  const room = Math.min(
    credit + lookAheadShows(facts.outflowPerMinute),
    facts.freeCapacity + facts.endingSoon,
  );
  const shows = room - facts.registered - underWay;
  return shows <= 0 ? 0 : Math.ceil((shows * 1000) / permille);
}

/**
 * The size of the next call into a hole: twice the look-ahead that was called in vain, then double. No outflow bounds
 * it: those called beyond what the service can take stand at the gate in their order, and nobody is let in sooner.
 */
export function probeSize(previous: number, outflowPerMinute: number, freeCapacity: number): number {
  if (previous > 0) return previous * 2;
  return Math.max(1, 2 * Math.min(lookAheadShows(outflowPerMinute), freeCapacity));
}
