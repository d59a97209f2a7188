import type { WaitRow } from "#core/waits";
import type { PageTexts, Texts } from "#languages";

export type Mode = "queue" | "hold" | "open" | "closed";

/** What the page reads of the public status document; the document holds more. */
export type StatusDocument = {
  readonly mode: Mode;
  /** False in a line that was lost, while it is made sure how it stood. A gateway of an older version does not say. */
  readonly admitting?: boolean;
  readonly generation: number;
  readonly issued: number;
  readonly serving: number;
  readonly waiting: number;
  readonly waits: readonly WaitRow[];
  readonly message: Texts | null;
  readonly messageRevision: number;
  /** Milliseconds since the epoch, or null. */
  readonly opensAt: number | null;
  readonly pollSeconds: number;
  readonly seal: string;
  /** How long a call stays good. A gateway of an older version does not say. */
  readonly claimWindowSeconds?: number;
  /** Milliseconds since the epoch. */
  readonly updatedAt: number;
};

export type JoinReply = {
  readonly state: "waiting" | "called" | "admitted";
  readonly number: number;
  readonly status: StatusDocument;
  /** Where called before: until when the call stays good, milliseconds since the epoch. */
  readonly callEndsAt?: number;
};

/** The public list. A gateway of an older version does not say all of it. */
export type RoomList = {
  readonly rooms: readonly ListedRoom[];
  /** When the oldest of it was heard of the store, by the store's clock, epoch ms; null where nothing is known. */
  readonly updatedAt?: number | null;
};

/** One room in the public list. */
export type ListedRoom = {
  readonly id: string;
  /** Null where the gateway does not know the line: the store is away. */
  readonly mode: Mode | null;
  readonly waiting: number | null;
  /** The wait of somebody who comes now; null where it is not known. */
  readonly wait: readonly [lowSeconds: number, highSeconds: number] | null;
  /** Milliseconds since the epoch, or null. */
  readonly opensAt?: number | null;
  /** Whether anybody is let in now; null where that is not known. */
  readonly admitting?: boolean | null;
};

/** What the server writes into a waiting page for its script. */
export type WaitingData = {
  readonly room: string;
  readonly path: string;
  readonly name: string;
  /** Whose numbers, times and plurals go with the texts. */
  readonly locale: string;
  /** The page's language, then those in which a message is looked for that it does not have. */
  readonly order: readonly string[];
  readonly texts: Pick<PageTexts, "wait" | "waiting">;
};

/** What the server writes into the portal for its script. */
export type PortalData = { readonly locale: string; readonly texts: Pick<PageTexts, "wait" | "portal"> };

/** True for something that can be read as a status document: what a broken proxy sends is not. */
export function isStatus(value: unknown): value is StatusDocument {
  const fields = value as Partial<StatusDocument> | null;
  return (
    typeof fields === "object" &&
    fields !== null &&
    typeof fields.serving === "number" &&
    typeof fields.generation === "number" &&
    typeof fields.mode === "string" &&
    Array.isArray(fields.waits)
  );
}
