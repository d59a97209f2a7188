/** What may be said of rooms that are not known in full: a number that nobody knows is never shown as 0. */
import { isKnown, type KnownRoom, type RoomDocument } from "./contract.ts";

/** A sum over those rooms of which the value is known. */
export interface KnownSum {
  /** Null: of no room. */
  readonly sum: number | null;
  /** Rooms of which it is not known. */
  readonly without: number;
}

/** Adds up a value of every room that is heard of; null and undefined are not known. */
export function sumOf(
  rooms: readonly RoomDocument[],
  of: (room: KnownRoom) => number | null | undefined,
): KnownSum {
  const values = rooms.map((room) => (room.store === "up" && isKnown(room) ? of(room) : null));
  const known = values.filter((value) => typeof value === "number");
  const sum = known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
  return { sum, without: values.length - known.length };
}

/** Sessions that are open; null until a store that had lost them has heard of them again. */
export function sessionsOf({ state }: KnownRoom): number | null {
  return state.pause ? null : state.sessions;
}

/**
 * How a line stands that its store had lost: `unconfirmed` waits for a gateway or an operator, `gathering` for those who
 * stood at the gate, `counting` for those inside, `over` lets people in again. `implausible`: it was told a lie.
 */
export type RebuiltKind = "unconfirmed" | "gathering" | "counting" | "over" | "implausible";

/** Those at the gate are waited for no longer. */
const GATHERING_MS = 12_000;

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

/** The stretches of a course without gaps, as indices: from the first known value to the one after the last. */
export function stretchesOf(values: readonly (number | null)[]): readonly (readonly [number, number])[] {
  const stretches: [number, number][] = [];
  for (const [i, value] of values.entries()) {
    if (value === null) continue;
    const last = stretches.at(-1);
    if (last?.[1] === i) last[1] = i + 1;
    else stretches.push([i, i + 1]);
  }
  return stretches;
}
