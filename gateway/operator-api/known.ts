/** What may be said of rooms that are not known in full: a number that nobody knows is never shown as 0. */
import { RATED_SECONDS, SHOW_SECONDS } from "#core/constants";
import type {
  HistoryDocument,
  LineDocument,
  OverviewDocument,
  OverviewRoom,
  RoomDocument,
} from "./replies.ts";
import type { SettingsDocument } from "./settings.ts";

/** A room of which the store has said something. */
export type Known<Room extends RoomDocument> = Room & {
  readonly version: number;
  readonly settings: SettingsDocument;
  readonly state: LineDocument;
};

export type KnownRoom = Known<OverviewRoom>;

export function isKnown<Room extends RoomDocument>(room: Room): room is Known<Room> {
  return room.settings !== null;
}

/** A sum over those rooms of which the value is known. */
export interface KnownSum {
  /** Null: of no room. */
  readonly sum: number | null;
  /** Rooms of which it is not known. */
  readonly without: number;
}

/** Adds up a value of every room that is heard of; null and undefined are not known. */
export function sumOf(
  rooms: readonly OverviewRoom[],
  of: (room: KnownRoom) => number | null | undefined,
): KnownSum {
  const values = rooms.map((room) => (room.store === "up" && isKnown(room) ? of(room) : null));
  const known = values.filter((value) => typeof value === "number");
  const sum = known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
  return { sum, without: values.length - known.length };
}

/** Sessions that are open; null until a store that had lost them has heard of them again. */
export function sessionsOf({ state }: Known<RoomDocument>): number | null {
  return state.pause ? null : state.sessions;
}

const LAST_MINUTE_MS = 60_000;

/**
 * Whether "the last minute" may be an older one: the line's clock stands still while no gateway asks it. Both are epoch
 * ms of the gateway's clock.
 */
export function isJustStarted({ at, startedAt }: Pick<OverviewDocument, "at" | "startedAt">): boolean {
  return at - startedAt < LAST_MINUTE_MS;
}

/** Admissions of the last minute, or where that may be an older one at the pace of the last seconds; null: not known. */
export function admittedPerMinuteOf({ state, figures }: KnownRoom, justStarted: boolean): number | null {
  return justStarted ? (figures?.admittedPerMinute ?? null) : state.admittedPerMinute;
}

/** A show counts for so long after its call. */
const RATED_MS = RATED_SECONDS * 1_000;

/**
 * The share of no-shows where one was measured. A line says 0 too where nobody was called: a 0 is a measure only where
 * somebody was let in of late.
 */
export function measuredNoShows({ at, series }: HistoryDocument): readonly (number | null)[] {
  const { noShowShare, admittedPerMinute } = series;
  let lastAdmittedMs = Number.NEGATIVE_INFINITY;
  return at.map((atMs, i) => {
    if ((admittedPerMinute[i] ?? 0) > 0) lastAdmittedMs = atMs;
    const share = noShowShare[i] ?? null;
    return share === 0 && atMs - lastAdmittedMs > RATED_MS ? null : share;
  });
}

/**
 * How a line stands that its store had lost: `unconfirmed` waits for a gateway or an operator, `gathering` for those who
 * stood at the gate, `counting` for those inside, `over` lets people in again. `implausible`: it was told a lie.
 */
export type RebuiltKind = "unconfirmed" | "gathering" | "counting" | "over" | "implausible";

/** Those at the gate are waited for no longer. */
const GATHERING_MS = SHOW_SECONDS * 1_000;

/** Null for a line that nothing happened to. */
export function rebuiltOf({ state, settings }: KnownRoom, nowMs: number): RebuiltKind | null {
  const { pause, alarm } = state;
  if (pause) {
    if (pause.until === null) return "unconfirmed";
    return settings.capacity > 0 && pause.until - nowMs > GATHERING_MS ? "counting" : "gathering";
  }
  if (alarm === "restored") return "over";
  return alarm === "implausible-floor" ? "implausible" : null;
}
