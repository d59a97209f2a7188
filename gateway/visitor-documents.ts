/** What the pages and programs of visitors are answered (PROTOCOL): made by `room/` and `visitor/`, read by the page. */
import type { Mode, WaitRow } from "#core";
import type { Texts } from "#languages";

/** The status document, the same for everyone. */
export interface StatusDocument {
  /** The room's id. */
  readonly room: string;
  readonly mode: Mode;
  /** Whether anybody is let in: false in a line that was lost, while it is made sure how it stood. */
  readonly admitting: boolean;
  readonly generation: number;
  readonly issued: number;
  readonly serving: number;
  /** The highest number whose claim window has begun. */
  readonly reached: number;
  readonly waiting: number;
  readonly outflowPerMinute: number;
  readonly admittedPerMinute: number;
  /** From 0 to 1. */
  readonly showRate: number;
  /** Empty where it is not known. */
  readonly waits: readonly WaitRow[];
  readonly message: Texts | null;
  readonly messageRevision: number;
  /** Milliseconds since the epoch, or null. */
  readonly opensAt: number | null;
  /** Passes issued before are void; milliseconds since the epoch. */
  readonly passesNotBefore: number;
  /** How often a page without a live connection should ask. */
  readonly pollSeconds: number;
  /** How long a call stays good. */
  readonly claimWindowSeconds: number;
  readonly seal: string;
  /** Milliseconds since the epoch, by the store's clock. */
  readonly updatedAt: number;
}

/** What a join answers. A program finds its tokens in it, a browser has cookies. */
export interface JoinDocument {
  readonly room: string;
  readonly state: "waiting" | "called" | "admitted";
  readonly number: number;
  readonly position: number;
  /** The high end; null where it is not known. */
  readonly waitSeconds: number | null;
  readonly status: StatusDocument;
  /** Where called before: until when the call stays good, milliseconds since the epoch; null at the gate. */
  readonly callEndsAt?: number | null;
  /** Of the pass, milliseconds since the epoch. */
  readonly expiresAt?: number;
  readonly ticket?: string;
  readonly pass?: string;
}

/** The public list. */
export interface RoomList {
  readonly rooms: readonly ListedRoom[];
  /** When the oldest of it was heard of the store, by the store's clock, epoch ms; null where nothing is known. */
  readonly updatedAt: number | null;
}

/** One room in the public list. */
export interface ListedRoom {
  readonly id: string;
  readonly name: Texts;
  readonly host: string;
  readonly path: string;
  /** Null where the gateway does not know the line: the store is away. */
  readonly mode: Mode | null;
  readonly waiting: number | null;
  /** The wait of somebody who comes now; null where it is not known. */
  readonly wait: readonly [lowSeconds: number, highSeconds: number] | null;
  /** Milliseconds since the epoch, or null. */
  readonly opensAt: number | null;
  /** Whether anybody is let in now; null where that is not known. */
  readonly admitting: boolean | null;
}
