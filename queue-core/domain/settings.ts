/** What a room does with the people who come (PROTOCOL "Modes"). */
export type Mode = "queue" | "hold" | "open" | "closed";

export const MODES: readonly Mode[] = ["queue", "hold", "open", "closed"];

/** A text in the two languages that every page speaks. */
export interface Bilingual {
  readonly da: string;
  readonly en: string;
}

/**
 * What an operator steers, as the store keeps it. It seeds from the rooms file once; after that the
 * store's wins. `version` grows with each change, and the highest version known to anybody wins a merge,
 * so a failover cannot undo an operator's brake.
 */
export interface RoomSettings {
  readonly mode: Mode;
  /** Admissions a minute, 1 to 1,000,000. */
  readonly outflowPerMinute: number;
  /** Most sessions at once; 0 is no bound. */
  readonly capacity: number;
  readonly sessionSeconds: number;
  readonly sessionGraceSeconds: number;
  readonly claimWindowSeconds: number;
  /** Epoch ms until which the room is as in `hold`; 0 is none. */
  readonly opensAtMs: number;
  readonly message: Bilingual | null;
  /** Grows with each change of the message, so that a page knows when to say it anew. */
  readonly messageRevision: number;
  /** Epoch ms; passes issued before are void. Raised by a reset that ends sessions. */
  readonly passesNotBeforeMs: number;
  readonly version: number;
}

/** The part of the settings that an operator changes; the rest the store keeps by itself. */
export type SettingsChange = Partial<Omit<RoomSettings, "version" | "messageRevision" | "passesNotBeforeMs">>;
