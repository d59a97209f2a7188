/** The documents of the operators' API, as far as the console reads them. */

export type Role = "viewer" | "operator" | "admin";
export type Mode = "queue" | "hold" | "open" | "closed";
export type Bilingual = { readonly da: string; readonly en: string };

export interface SessionDocument {
  readonly name: string;
  readonly role: Role;
  /** Epoch ms. */
  readonly endsAt: number;
}

/** What an operator steers, by the names that a PATCH takes. */
export interface Settings {
  readonly mode: Mode;
  readonly outflowPerMinute: number;
  /** Most sessions at once; 0: no bound. */
  readonly capacity: number;
  readonly sessionSeconds: number;
  readonly sessionGraceSeconds: number;
  readonly claimWindowSeconds: number;
  /** RFC 3339. */
  readonly opensAt: string | null;
  readonly message: Bilingual | null;
}

/** In the order in which they are shown. */
export const SETTINGS = [
  "mode",
  "outflowPerMinute",
  "capacity",
  "sessionSeconds",
  "sessionGraceSeconds",
  "claimWindowSeconds",
  "opensAt",
  "message",
] as const satisfies readonly (keyof Settings)[];

export interface LineState {
  /** The mode in force; that of the settings is the one that was set. */
  readonly mode: Mode;
  /** The highest number called. */
  readonly serving: number;
  readonly waiting: number;
  readonly registered: number;
  readonly sessions: number;
  readonly admittedPerMinute: number;
  readonly showRate: number;
  readonly alarm: string | null;
  /** After a lost line was filled: nobody is admitted until then; null inside: until an operator sets the mode. */
  readonly pause?: { readonly until: number | null } | null;
  /** The last entry of its audit trail; a gateway of an older version says none. */
  readonly auditHead?: AuditHead;
}

export const SERIES = [
  "joinsPerMinute",
  "admittedPerMinute",
  "outflowPerMinute",
  "waiting",
  "sessions",
  "promisedSeconds",
  "waitedSeconds",
  "noShowShare",
  "originP95Seconds",
  "originErrorShare",
] as const;
export type SeriesName = (typeof SERIES)[number];

export interface RoomDocument {
  readonly id: string;
  readonly name: Bilingual;
  readonly match: { readonly host: string; readonly path: string };
  readonly origin: string;
  readonly version: number | null;
  /** Null until the store has answered once. */
  readonly settings: Settings | null;
  readonly state: LineState | { readonly store: string };
  readonly store: "up" | "down" | "empty";
  /** When the gateway last heard of the room, epoch ms; 0: never. */
  readonly heardAt: number;
  readonly wait: { readonly lowSeconds: number; readonly highSeconds: number } | null;
  readonly figures: Readonly<Record<SeriesName, number | null>> | null;
}

/** A room of which the store has said something. */
export type KnownRoom = RoomDocument & {
  readonly version: number;
  readonly settings: Settings;
  readonly state: LineState;
};

export function isKnown(room: RoomDocument): room is KnownRoom {
  return room.settings !== null;
}

export interface OverviewDocument {
  /** The gateway's clock, epoch ms. */
  readonly at: number;
  readonly startedAt: number;
  readonly failing: readonly { readonly part: string; readonly room?: string; readonly reason: string }[];
  readonly rooms: readonly RoomDocument[];
}

export interface HistoryDocument {
  readonly source: "gateway" | "prometheus";
  readonly stepSeconds: number;
  readonly at: readonly number[];
  readonly series: Readonly<Record<SeriesName, readonly (number | null)[]>>;
}

/** Which entry of a room's trail is meant. */
export interface AuditHead {
  readonly sequence: number;
  readonly hash: string;
}

export interface AuditEntry {
  readonly at: number;
  readonly room: string;
  readonly actor: string;
  /** `lost`: nobody did anything, the store says that it had lost earlier entries. */
  readonly action: "change" | "reset" | "lost";
  readonly endSessions?: boolean;
  readonly reason: string;
  readonly changes: readonly { readonly field: string; readonly from: unknown; readonly to: unknown }[];
  readonly version: number;
  /** Of this room; 0 in entries of before they were chained. */
  readonly sequence: number;
  readonly hash: string;
  readonly previousHash: string;
  /** The entry as the store wrote it, whose SHA-256 is the hash. */
  readonly recorded: string;
}
