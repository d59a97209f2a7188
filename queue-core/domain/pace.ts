/**
 * How fast the line moves: pure arithmetic on integers, so that the Lua of the Redis store gives the same
 * numbers to the last digit.
 */

/** One admission, in credit units: a rate per minute times milliseconds is then exact. */
export const UNITS_PER_ADMISSION = 60_000;
/** The most that one step of a room's clock may be: an outage or a clock jump releases no burst. */
export const MAX_STEP_MS = 5_000;
/** The most that claim windows may run in one step. Gateways ask four times a second: only outages reach it. */
export const MAX_OPEN_STEP_MS = 500;
/** A called visitor is expected to show within this time. */
export const SHOW_SECONDS = 12;
/** The show rate is measured over those called between `SHOW_SECONDS` and this ago. */
export const RATED_SECONDS = 72;
/** Nobody shows, though credit is full, for this long: the line has a hole, and calling speeds up. */
export const STALL_MS = 2_500;
/** A stalled line calls again this often, doubling. */
export const PROBE_EVERY_MS = 1_000;
/** A show rate below this is not believed: it would call the whole line at once. */
const LEAST_SHOW_PERMILLE = 50;
/** No bound on capacity, as an integer both stores can compare with. */
export const UNBOUNDED = 1_000_000_000;
const LEAST_LOOK_AHEAD_SHOWS = 10;
const LOOK_AHEAD_SECONDS = 3;
const CREDIT_CAP_MS = 2_000;
/** Below this many recent calls their shows say too little. */
const TELLING_CALLS = 20;

/** The most credit kept: two seconds' worth, at least one admission. */
export function creditCapUnits(outflowPerMinute: number): number {
  return Math.max(UNITS_PER_ADMISSION, outflowPerMinute * CREDIT_CAP_MS);
}

/** Shows to have ready at the gate beyond the credit: three seconds of outflow or ten, whichever is more. */
function lookAheadShows(outflowPerMinute: number): number {
  return Math.max(LEAST_LOOK_AHEAD_SHOWS, Math.floor((outflowPerMinute * LOOK_AHEAD_SECONDS) / 60));
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
 * Shows per thousand called. Two imagined shows keep it near 1 until there is evidence; the recently
 * called can raise it at once, since a show that happened is certain and one that has not may yet.
 */
export function showPermille(tally: ShowTally): number {
  const rated = Math.floor(((tally.ratedShows + 2) * 1000) / (tally.ratedCalled + 2));
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

/** The size of the next call into a hole: the look-ahead, then double, at most a minute's outflow. */
export function probeSize(previous: number, outflowPerMinute: number, freeCapacity: number): number {
  const first = Math.max(1, Math.min(lookAheadShows(outflowPerMinute), freeCapacity));
  const most = Math.max(first, outflowPerMinute);
  return previous === 0 ? first : Math.min(previous * 2, most);
}
