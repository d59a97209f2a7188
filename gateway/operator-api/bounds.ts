/** What requests that change no setting are held to. */

import { SETTINGS } from "#core/settings";
import { LANGUAGE_TAGS } from "#languages";

export interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** Entries of the audit trail that are given at once. */
export const AUDIT_ENTRIES = { least: 1, most: 1_000, usual: 100 } as const;

/** How far back a history goes: 31 days at most, an hour unless told. */
export const HISTORY_SECONDS = { least: 60, most: 31 * 86_400, usual: 3_600 } as const;

export const MOST_REASON_CHARACTERS = 500;

/** A message in every language there is, each character written as `\uXXXX`, and all else that a body may say. */
export const MOST_BODY_BYTES = 4_096 + LANGUAGE_TAGS.length * SETTINGS.message.mostCharacters * 6;

/** A version has at most 15 digits, so that a double holds it exactly. */
export const MOST_VERSION_DIGITS = 15;
