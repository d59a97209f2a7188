import type { Snapshot } from "#core";

/** One admission in these units: a rate per minute times milliseconds is then a whole number. */
const UNITS_PER_ADMISSION = 60_000;
/** So much of the outflow may be let in at once after a pause (PROTOCOL "Credit"). */
const CREDIT_CAP_MS = 2_000;

/**
 * Holds the room to its promise: in any T minutes at most the outflow times T, plus two seconds' worth (at least
 * one), are let in. Reckons from the totals alone, not from the credit that the gate keeps. Several gateways see
 * the same, each to the fineness with which it hears of the line: it never counts one too many.
 */
export class OutflowWatch {
  #last: Snapshot | null = null;
  /** Let in and not yet made up for by time. */
  #aheadUnits = 0;

  /** Takes the line as just heard. Returns how many were let in beyond the outflow since the last time. */
  see(line: Snapshot): number {
    const last = this.#last;
    if (last !== null && isLate(line, last)) return 0;
    this.#last = line;
    if (last === null || !isComparable(line, last)) {
      this.#aheadUnits = 0;
      return 0;
    }
    const { outflowPerMinute } = line.settings;
    const admitted = Math.max(0, line.admittedTotal - last.admittedTotal);
    const earned = outflowPerMinute * Math.max(0, line.roomTimeMs - last.roomTimeMs);
    this.#aheadUnits = Math.max(0, this.#aheadUnits + admitted * UNITS_PER_ADMISSION - earned);
    const beyond = this.#aheadUnits - Math.max(UNITS_PER_ADMISSION, outflowPerMinute * CREDIT_CAP_MS);
    if (beyond <= 0) return 0;
    const count = Math.ceil(beyond / UNITS_PER_ADMISSION);
    this.#aheadUnits -= count * UNITS_PER_ADMISSION;
    return count;
  }
}

function isLate(line: Snapshot, last: Snapshot): boolean {
  return line.storeTimeMs < last.storeTimeMs && line.roomTimeMs <= last.roomTimeMs;
}

/** Another outflow has another promise, and an open room has none. */
function isComparable(line: Snapshot, last: Snapshot): boolean {
  return line.settings.version === last.settings.version && line.mode !== "open" && last.mode !== "open";
}
