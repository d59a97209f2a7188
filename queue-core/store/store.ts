import type { AuditEntry, AuditHead } from "../domain/audit.ts";
import type { Endings } from "../domain/endings.ts";
import type { Floor } from "../domain/floor.ts";
import type { RoomSettings, SettingsChange } from "../domain/settings.ts";
import type { Snapshot } from "../domain/snapshot.ts";
import type {
  ClaimOutcome,
  ExtendEntry,
  ExtendOutcome,
  JoinEntry,
  JoinOutcome,
  RenewEntry,
  RenewOutcome,
  TicketRef,
} from "../domain/visitors.ts";

/** A batch of one gateway. A repeat of a gateway's last `id` in a room gives the same result again. */
export interface Batch<Entry> {
  /** The gateway's name; no other has it at the same time. */
  readonly gateway: string;
  /** Of this batch alone, over restarts too; kept when a lost reply is asked for again. */
  readonly id: number;
  readonly entries: readonly Entry[];
}

/** A session to end: its visitor left, or the service ended it. */
export interface Ending {
  readonly jti: string;
  readonly number: number;
  readonly kind: "left" | "ended";
}

/** What an operator asks. Recorded in the audit trail in the same step. */
export interface Configuration {
  /** Random, of this one wish: a repeat of the room's last one is answered `changed` and changes nothing. */
  readonly id: string;
  readonly change: SettingsChange;
  /** Start the line anew in the same step; true ends the sessions too. */
  readonly reset: { readonly endSessions: boolean } | null;
  /** A change puts all out who are inside. False where nothing is said; a reset says so itself. */
  readonly endSessions?: boolean;
  /** Refuse as `stale` if the settings have another version; null does not ask. */
  readonly expectedVersion: number | null;
  readonly actor: string;
  readonly reason: string;
}

/** `unchanged`: all is as it was asked for already, and nothing was written; `stale`: refused. */
export type ConfigureOutcome = "changed" | "unchanged" | "stale";

/** What a gateway offers when it meets a store: at its start, and after every lost connection. */
export interface Restoration {
  readonly floor: Floor;
  /** From the rooms file; used only where the store and the floor know no settings. */
  readonly seed: RoomSettings;
  /** An empty store with nothing remembered may start a new line: the store is private, or the operator said so. */
  readonly mayStartLine: boolean;
  /** The floor is this gateway's own memory (in process or on disk), not a ticket's or a page's. */
  readonly confirmed: boolean;
  /** The last audit entry that this gateway saw. A store that has lost it says so in an entry of its own. */
  readonly auditHead?: AuditHead;
}

/**
 * What the store says. `restoring`: call `restore` (again), then repeat; nothing was changed. `empty`: the
 * store has lost or never had this line, and nobody has told it how the line stood.
 */
export type Reply<Result> =
  | { readonly kind: "done"; readonly snapshot: Snapshot; readonly result: Result }
  | { readonly kind: "restoring" }
  | { readonly kind: "empty" };

/**
 * The line's keeper. Every operation settles the line to the store's present time, merges `floor`, acts, then
 * calls and grants what that allows; every reply carries the line as it then stands. Rejects with `StoreError` when the outcome is
 * unknown: the caller repeats with the same batch id.
 */
export interface Store {
  /** Each entry's outcome, in order. Numbers follow the order of the entries. */
  join(room: string, batch: Batch<JoinEntry>, floor: Floor): Promise<Reply<readonly JoinOutcome[]>>;
  claim(room: string, batch: Batch<TicketRef>, floor: Floor): Promise<Reply<readonly ClaimOutcome[]>>;
  /**
   * Gives called visitors their whole claim window anew, or tells how a ticket stands. A repeat after a lost reply may
   * take one of the ten more.
   */
  extend(room: string, batch: Batch<ExtendEntry>, floor: Floor): Promise<Reply<readonly ExtendOutcome[]>>;
  /** Also tells the sessions that ended after a revision (0: all that are remembered), if asked for. */
  advance(room: string, gateway: string, floor: Floor, endedAfter?: number): Promise<Reply<Endings>>;
  /** Entries name the `jti` of good passes. */
  renew(room: string, batch: Batch<RenewEntry>, floor: Floor): Promise<Reply<readonly RenewOutcome[]>>;
  end(room: string, batch: Batch<Ending>, floor: Floor): Promise<Reply<null>>;
  configure(
    room: string,
    gateway: string,
    configuration: Configuration,
    floor: Floor,
  ): Promise<Reply<ConfigureOutcome>>;
  restore(room: string, gateway: string, restoration: Restoration): Promise<Reply<null>>;
  /** Newest first, at most `limit` (1 to 1,000) after the newest `skip`. Reads only. */
  audit(room: string, limit: number, skip?: number): Promise<readonly AuditEntry[]>;
  close(): Promise<void>;
}

/**
 * The store did not answer, or not in time: whether the operation happened is unknown. `newer-format`: it did nothing,
 * since a later release keeps the line in a format that this one does not know.
 */
export class StoreError extends Error {
  readonly code: "store-down" | "store-slow" | "newer-format";

  constructor(code: StoreError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
  }
}
