import type { Mode } from "#core/settings";
import { isKnown, type KnownRoom } from "./known.ts";
import type { OverviewRoom } from "./replies.ts";

/** How soon somebody should look: at once, or when they come by. */
export type Severity = "alarm" | "warning";

export type TroubleKind =
  | "store-down"
  | "line-lost"
  | "newer-format"
  | "rebuilt"
  | "implausible-floor"
  | "not-moving"
  | "outflow-not-reached"
  | "full"
  | "origin-errors"
  | "origin-slow"
  | "shared-pass";

/** What is wrong with a room. */
export interface Trouble {
  readonly kind: TroubleKind;
  readonly severity: Severity;
}

/** Shares of the service's replies that are errors. */
const SOME_ERRORS = 0.01;
const MANY_ERRORS = 0.05;
const SLOW_SECONDS = 2;
const VERY_SLOW_SECONDS = 5;
/** Of the outflow: less is not reached. */
const REACHED = 0.6;
/** Of the capacity: more is full. */
const FULL = 0.95;

/** What is wrong with a room, the worst first. */
export function troublesOf(room: OverviewRoom): readonly Trouble[] {
  const alarm = (kind: TroubleKind): Trouble => ({ kind, severity: "alarm" });
  const warning = (kind: TroubleKind): Trouble => ({ kind, severity: "warning" });
  if (room.store === "down") return [alarm("store-down")];
  if (room.store === "newer") return [alarm("newer-format")];
  if (room.store === "empty" || !isKnown(room)) return [alarm("line-lost")];
  const found: Trouble[] = [];
  if (room.state.pause) found.push(alarm("rebuilt"));
  else if (room.state.alarm === "restored") found.push(warning("rebuilt"));
  if (room.state.alarm === "implausible-floor") found.push(warning("implausible-floor"));
  found.push(...flowTroubles(room, alarm, warning), ...originTroubles(room, alarm, warning));
  if ((room.figures?.sharedPasses ?? 0) > 0) found.push(warning("shared-pass"));
  return found.sort((a, b) => rank(a.severity) - rank(b.severity));
}

type Make = (kind: TroubleKind) => Trouble;

function flowTroubles({ settings, state, figures }: KnownRoom, alarm: Make, warning: Make): Trouble[] {
  const { outflowPerMinute, capacity } = settings;
  const full = capacity > 0 && state.sessions >= capacity * FULL;
  if (full) return state.waiting > 0 ? [warning("full")] : [];
  // A line shorter than a minute's outflow may just have begun.
  if (state.mode !== "queue" || state.pause || state.waiting < outflowPerMinute) return [];
  // The last minute may reach back to before the line began, or to another outflow; the last seconds do not.
  const perMinute = Math.max(state.admittedPerMinute, figures?.admittedPerMinute ?? 0);
  if (perMinute === 0) return [alarm("not-moving")];
  return perMinute < outflowPerMinute * REACHED ? [warning("outflow-not-reached")] : [];
}

function originTroubles({ figures }: KnownRoom, alarm: Make, warning: Make): Trouble[] {
  const found: Trouble[] = [];
  const errors = figures?.originErrorShare ?? 0;
  const p95 = figures?.originP95Seconds ?? 0;
  if (errors > SOME_ERRORS)
    found.push(errors > MANY_ERRORS ? alarm("origin-errors") : warning("origin-errors"));
  if (p95 > SLOW_SECONDS) found.push(p95 > VERY_SLOW_SECONDS ? alarm("origin-slow") : warning("origin-slow"));
  return found;
}

/** People wait at a room that an operator shut. It does as it was told, but somebody may have forgotten it. */
export interface Standstill {
  /** The mode in force. */
  readonly mode: Mode;
  readonly waiting: number;
}

/** Null where people are let in, where nobody waits, and where the line begins to move by itself at the opening time. */
export function standstillOf(room: OverviewRoom): Standstill | null {
  if (room.store !== "up" || !isKnown(room)) return null;
  const { settings, state } = room;
  const isShut = settings.mode === "hold" || settings.mode === "closed";
  return isShut && state.waiting > 0 ? { mode: state.mode, waiting: state.waiting } : null;
}

/** Rooms in trouble first, the worst of them first; then those that stand still; then the longest lines. */
export function inOrderOfTrouble<Room extends OverviewRoom>(rooms: readonly Room[]): readonly Room[] {
  const ranked = rooms.map((room) => ({
    room,
    rank: rank(troublesOf(room)[0]?.severity ?? (standstillOf(room) ? "notice" : undefined)),
    waiting: waitingOf(room),
  }));
  return ranked
    .sort((a, b) => a.rank - b.rank || b.waiting - a.waiting || a.room.id.localeCompare(b.room.id))
    .map(({ room }) => room);
}

function rank(severity: Severity | "notice" | undefined): number {
  return severity === undefined ? 3 : { alarm: 0, warning: 1, notice: 2 }[severity];
}

function waitingOf(room: OverviewRoom): number {
  return isKnown(room) ? room.state.waiting : 0;
}
