import { RENEWAL_SHARE_PERMILLE } from "../domain/constants.ts";
import type { RequestFacts } from "../domain/decide.ts";
import { modeAt } from "../domain/mode.ts";
import { type MatchableRoom, matchUngated, type UngatedRule } from "../domain/room-match.ts";
import type { Mode, RoomSettings } from "../domain/settings.ts";
import type { Snapshot } from "../domain/snapshot.ts";
import type { PassCheck, PassVerdict, Ticket } from "../tokens/index.ts";
import {
  asksForWhatLasts,
  isNavigation,
  isUnsafe,
  namesAnotherMethod,
  type PlainRequest,
} from "./request.ts";

/** What every door knows of a room by the rooms file. */
export interface GatedRoom extends MatchableRoom {
  readonly mode: Mode;
  /** RFC 3339; null is none. */
  readonly opensAt: string | null;
  readonly sessionGraceSeconds: number;
  readonly whenStoreDown: RequestFacts["whenStoreDown"];
  readonly ungated: readonly UngatedRule[];
}

/** What a door may have heard of a room's line: a gateway's snapshot, or as much as the status document tells. */
export interface LineView extends Pick<Snapshot, "mode" | "quiet" | "generation" | "serving"> {
  readonly settings: Pick<RoomSettings, "sessionGraceSeconds" | "passesNotBeforeMs">;
}

/** What a door knows when a request must be decided about. */
export interface Known {
  readonly request: PlainRequest;
  readonly room: GatedRoom;
  /** Null where nothing was ever heard of it. */
  readonly line: LineView | null;
  /** Nobody can be asked for a place or a session now. */
  readonly storeDown: boolean;
  /** Of the pass that came with the request; null where there is none, or its session is known to have ended. */
  readonly pass: PassVerdict | null;
  /** Verified; null where there is none, or this door cannot verify any. */
  readonly ticket: Pick<Ticket, "number" | "generation"> | null;
  readonly nowMs: number;
}

/** How long a form still goes through after its session: as an operator has set it, else as the rooms file says. */
export function graceSecondsIn(room: GatedRoom, line: LineView | null): number {
  return line?.settings.sessionGraceSeconds ?? room.sessionGraceSeconds;
}

/** What a pass for this room is to be held against. */
export function passCheckOf(room: GatedRoom, line: LineView | null, nowMs: number): PassCheck {
  return {
    room: room.id,
    nowMs,
    graceSeconds: graceSecondsIn(room, line),
    passesNotBeforeMs: line?.settings.passesNotBeforeMs ?? 0,
  };
}

/** The facts that `decide` asks for. */
export function factsOf({ request, room, line, storeDown, pass, ticket, nowMs }: Known): RequestFacts {
  return {
    mode: line?.mode ?? modeOnFile(room, nowMs),
    quiet: line?.quiet ?? false,
    storeDown,
    whenStoreDown: room.whenStoreDown,
    pass: passState(pass, nowMs),
    ungated: isUngated(room.ungated, request),
    navigation: isNavigation(request),
    lasting: asksForWhatLasts(request),
    unsafeMethod: isUnsafe(request.method),
    called: ticket !== null && line !== null && isCalled(ticket, line),
  };
}

/** The service may go by the method that a header names: then only what is ungated for all methods is. */
function isUngated(rules: readonly UngatedRule[], request: PlainRequest): boolean {
  const { method, path } = request;
  if (!matchUngated(rules, method, path)) return false;
  if (!namesAnotherMethod(request)) return true;
  return matchUngated(
    rules.filter((rule) => rule.method === undefined),
    method,
    path,
  );
}

/** What the rooms file says, where nothing was ever heard of the line: the best guess at what an operator wants. */
function modeOnFile({ mode, opensAt }: GatedRoom, nowMs: number): Mode {
  const inForce = modeAt(mode, opensAt === null ? 0 : Date.parse(opensAt), nowMs);
  // Without a line to join, `open` is no more than what `whenStoreDown` allows.
  return inForce === "open" ? "queue" : inForce;
}

function passState(verdict: PassVerdict | null, nowMs: number): RequestFacts["pass"] {
  if (!verdict?.ok) return "none";
  if (verdict.state === "grace") return "grace";
  const { issuedAtMs, expiresAtMs } = verdict.pass;
  const isStale = (nowMs - issuedAtMs) * 1000 > (expiresAtMs - issuedAtMs) * RENEWAL_SHARE_PERMILLE;
  return isStale ? "stale" : "live";
}

function isCalled({ number, generation }: Pick<Ticket, "number" | "generation">, line: LineView): boolean {
  return generation === line.generation && number <= line.serving;
}
