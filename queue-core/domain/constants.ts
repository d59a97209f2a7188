/**
 * Every number that the model and the Redis scripts share, once: the scripts get each by its name
 * (`store/redis/prelude.ts`). All are whole numbers. Where one is changed, both change; where the two would still
 * come to differ, `store/redis/constants.test.ts` fails.
 */

// Credit and the room's clocks -------------------------------------------------------------------------

/** One admission, in credit units: a rate per minute times milliseconds is then exact. */
export const UNITS_PER_ADMISSION = 60_000;
/** Credit is kept for this long, at least one admission: a burst that the service can surely take. */
export const CREDIT_CAP_MS = 2_000;
/** The most that one step of a room's clock may be: an outage or a clock jump releases no burst. */
export const MAX_STEP_MS = 5_000;
/** The most that claim windows may run in one step. Gateways ask four times a second: only outages reach it. */
export const MAX_OPEN_STEP_MS = 500;
/** No bound on capacity, as an integer both stores can compare with. */
export const UNBOUNDED = 1_000_000_000;

// Calling ----------------------------------------------------------------------------------------------

/** A called visitor is expected to show within this time. */
export const SHOW_SECONDS = 12;
/** The show rate is measured over those called between `SHOW_SECONDS` and this ago. */
export const RATED_SECONDS = 72;
/** Below this many recent calls their shows say too little. */
export const TELLING_CALLS = 20;
/** So many shows are imagined, of as many calls, which keeps the show rate near 1 until there is evidence. */
export const IMAGINED_SHOWS = 2;
/** A show rate below this is not believed: it would call the whole line at once. */
export const LEAST_SHOW_PERMILLE = 50;
/** So many shows are to be ready beyond the credit: this long of outflow, or the least, whichever is more. */
export const LOOK_AHEAD_SECONDS = 3;
export const LEAST_LOOK_AHEAD_SHOWS = 10;
/** Nobody shows, though credit is full, for this long: the line has a hole, and calling speeds up. */
export const STALL_MS = 2_500;
/** A stalled line calls again this often, doubling. */
export const PROBE_EVERY_MS = 1_000;
/** Admissions per minute are counted over the last this many whole seconds. */
export const MINUTE_SECONDS = 60;

// Calls, grants and what is remembered of a ticket -----------------------------------------------------

/** Calls within this long of one another share a record, and so the beginning of their claim window. */
export const CALL_RECORD_SPAN_MS = 500;
/** Given on top of every claim window: what a record may span, and what an outage may cost. */
export const CLAIM_ALLOWANCE_MS = CALL_RECORD_SPAN_MS + MAX_OPEN_STEP_MS;
/** Stands for the beginning of claim windows that wait until the gate gets there: later than any open time. */
export const NOT_BEGUN_MS = 1_000_000_000_000;
/** A granted visitor who has not collected the pass frees the place after this; the ticket is kept. */
export const GRANT_HOLD_MS = 60_000;
/** So often may one ticket's claim window be extended (WCAG 2.2.1). */
export const MOST_EXTENSIONS = 10;
/** How long it is remembered that a waiting ticket was given up. */
export const LEFT_MEMORY_MS = 86_400_000;
/** The length of an idempotency period in room time: a key is remembered for one to two of them. */
export const IDEMPOTENCY_PERIOD_MS = 60_000;

// Sessions ---------------------------------------------------------------------------------------------

/**
 * A pass past this share of its life is renewed by its next use. So a store that was wiped knows every live session
 * after as much of a session's length. A session's seconds times this are milliseconds.
 */
export const RENEWAL_SHARE_PERMILLE = 500;
/** After its end a pass has this long, once, for a form and the pages that it leads to. */
export const FORM_WINDOW_MS = 60_000;
/** So many sessions that ended are remembered for gateways that ask; older ones are found out by renewal. */
export const MOST_ENDINGS = 10_000;
/** So many are told at once. */
export const MOST_ENDINGS_TOLD = 1_000;

// Merging, and who has restored ------------------------------------------------------------------------

/** A line cannot have grown by more than this behind the store's back: the floor is a mistake or a lie. */
export const MOST_PLAUSIBLE_GROWTH = 10_000_000;
/** Generations are epoch ms; one from this far in the future is not believed. */
export const MOST_PLAUSIBLE_AHEAD_MS = 86_400_000;
/** A gateway not seen for this long is not waited for. */
export const SEEN_MS = 10_000;
/** Nor is it remembered for longer than this. */
export const FORGOTTEN_MS = 3_600_000;
/** Joins and claims are put off for this long at most while gateways restore. */
export const LONGEST_ROLL_CALL_MS = 5_000;

// The audit trail --------------------------------------------------------------------------------------

/** Most entries kept for a room. */
export const AUDIT_ENTRIES_KEPT = 10_000;
