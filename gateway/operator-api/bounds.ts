/** What requests that change no setting are held to. */

export interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** Entries of the audit trail that are given at once. */
export const AUDIT_ENTRIES = { least: 1, most: 1_000, usual: 100 } as const;

/** How far back a history goes: 31 days at most, an hour unless told. */
export const HISTORY_SECONDS = { least: 60, most: 31 * 86_400, usual: 3_600 } as const;

export const MOST_REASON_CHARACTERS = 500;

/** A version has at most 15 digits, so that a double holds it exactly. */
export const MOST_VERSION_DIGITS = 15;
