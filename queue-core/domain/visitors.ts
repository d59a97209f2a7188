import { beginWindows, callEndMs, callOf, isCalledEarly } from "./calls.ts";
import {
  CLAIM_ALLOWANCE_MS,
  FORM_WINDOW_MS,
  IDEMPOTENCY_PERIOD_MS,
  LEFT_MEMORY_MS,
  MOST_EXTENSIONS,
  UNITS_PER_ADMISSION,
} from "./constants.ts";
import { noteEnding } from "./endings.ts";
import {
  call,
  callAndGrant,
  claimMemoryMs,
  clearFate,
  countAdmission,
  countShow,
  forgetFormWindow,
  formMember,
  gateMember,
  grant,
  isQuiet,
  type Line,
  mayAdmit,
  modeInForce,
  numberOfGateMember,
  setFate,
} from "./line.ts";
import { countBetween, put, rankOf, remove } from "./sorted-set.ts";

/** A ticket as the store sees it; its signature has been checked. */
export interface TicketRef {
  readonly jti: string;
  readonly number: number;
  readonly generation: number;
}

/** One visitor of a batch of joins. */
export interface JoinEntry {
  /** For the ticket or session that this may make; fresh and random, 22 characters. */
  readonly jti: string;
  /**
   * `join`: take a place. `enter`: come in only if the room is quiet, with a session. `pass-through`: the
   * same for one request, without a session. These two never take a number in a room that is not quiet. `keep`: the
   * place or session that the key or ticket still stands for, and nothing new.
   */
  readonly intent: "join" | "enter" | "pass-through" | "keep";
  /** 22 to 64 characters, kept 60 s: the same key gives the same place. */
  readonly idempotencyKey?: string;
  /** The ticket that the visitor already holds; kept while it is good. */
  readonly ticket?: TicketRef;
}

export type JoinOutcome =
  /**
   * Holds this number; waiting or called by how it compares with `serving`. `windowEndsInMs`, of open time, where
   * the ticket was called before and does not stand at the gate; a place called by this very step has a whole window.
   */
  | {
      readonly state: "placed";
      readonly number: number;
      readonly jti: string;
      readonly windowEndsInMs?: number;
    }
  /** Let in; the session ends after `remainingMs` (0 for `pass-through`). */
  | {
      readonly state: "admitted";
      readonly number: number;
      readonly jti: string;
      readonly remainingMs: number;
    }
  /** `enter` or `pass-through` in a room that is not quiet, `keep` where nothing stands: nothing was taken. */
  | { readonly state: "must-wait" }
  | { readonly state: "closed" };

export type ClaimOutcome =
  | { readonly state: "admitted"; readonly remainingMs: number }
  /**
   * `called`: stands at the gate, with so many ahead. `returned`: comes again after a grant that was not collected,
   * behind the `ahead` who stood there by then, and is let in only by asking.
   */
  | { readonly state: "called" | "returned"; readonly ahead: number }
  | { readonly state: "waiting" | "missed" | "used" | "left" | "reset" | "closed" };

/** A called visitor's wish for more time, or only to hear how the ticket stands. */
export interface ExtendEntry extends TicketRef {
  /** Nothing is extended or collected: the outcome says what is left as it stands. */
  readonly look?: boolean;
}

/** `windowEndsInMs` is of open time: while the gate does not admit, the window stands still. */
export type ExtendOutcome =
  /** The whole claim window begins anew; of a look, what is left of it. One that has not begun needs no extension. */
  | { readonly state: "called"; readonly windowEndsInMs: number; readonly extensionsLeft: number }
  /** Called still, but the window stays as it is. */
  | { readonly state: "no-extensions-left"; readonly windowEndsInMs: number }
  /** Nothing to extend: at the gate, behind so many, a call is kept until admitted. */
  | { readonly state: "registered"; readonly ahead: number }
  /** Of a look: came again after a grant that was not collected (see {@link ClaimOutcome}). */
  | { readonly state: "returned"; readonly ahead: number }
  /** Nothing to extend: inside the pass waits to be collected. */
  | { readonly state: "admitted" }
  | { readonly state: "waiting" | "missed" | "used" | "left" | "reset" | "closed" };

/**
 * What is asked with a pass past its end, within the grace. `form`: an unsafe navigation; the first opens the pass's
 * window. `save`: another unsafe request. `page`: a safe navigation. `part`: any other.
 */
export type LapsedUse = "form" | "save" | "page" | "part";

/** A session to keep open by use, to be looked at, or whose pass has lapsed. */
export interface RenewEntry {
  readonly jti: string;
  /**
   * `use`, where nothing is said: of a good pass, whose session comes back where it is not known. `look`: nothing is
   * renewed, and one that has lapsed does not come back.
   */
  readonly as?: "use" | "look" | LapsedUse;
}

/**
 * `ended`: by the service, by leaving, or, but for `use`, by disuse. `through`: of a lapsed pass, this request goes on
 * and no session follows. `spent`: of one that has had its window.
 */
export type RenewOutcome =
  | { readonly state: "live"; readonly remainingMs: number }
  | { readonly state: "ended" | "through" | "spent" };

/** A batch of visitors come, in the order in which their gateway received them. */
export function joinBatch(line: Line, entries: readonly JoinEntry[]): JoinOutcome[] {
  rotatePlaces(line);
  const outcomes = entries.map((entry) => joinKeyed(line, entry));
  callAndGrant(line);
  return outcomes;
}

function joinKeyed(line: Line, entry: JoinEntry): JoinOutcome {
  const key = entry.idempotencyKey;
  if (key === undefined) return joinOne(line, entry, undefined);
  const outcome = joinOne(line, entry, line.places.present.get(key) ?? line.places.previous.get(key));
  if ((outcome.state === "placed" || outcome.state === "admitted") && outcome.number > 0) {
    const { jti, number } = outcome;
    line.places.present.set(key, { jti, number, generation: line.generation });
  }
  return outcome;
}

function rotatePlaces(line: Line): void {
  const period = Math.floor(line.roomTimeMs / IDEMPOTENCY_PERIOD_MS);
  if (period === line.places.period) return;
  const follows = period === line.places.period + 1;
  line.places.previous = follows ? line.places.present : new Map();
  line.places.present = new Map();
  line.places.period = period;
}

/** One visitor comes. `known` is what the idempotency key gave before, if anything. */
function joinOne(line: Line, entry: JoinEntry, known: TicketRef | undefined): JoinOutcome {
  const mode = modeInForce(line);
  if (mode === "closed") return { state: "closed" };
  const held = keptPlace(line, known) ?? keptPlace(line, entry.ticket);
  if (held?.state === "placed" && mode === "open") return admitTicket(line, held.jti, held.number);
  if (held) return held;
  if (entry.intent === "keep") return { state: "must-wait" };
  if (mode === "open") return admitAtOnce(line, entry, true);
  if (isQuiet(line)) {
    line.creditUnits -= UNITS_PER_ADMISSION;
    return admitAtOnce(line, entry, false);
  }
  if (entry.intent !== "join") return { state: "must-wait" };
  return { state: "placed", number: nextNumber(line), jti: entry.jti };
}

/** What a ticket that is still good is worth, or undefined where a new number is due. */
function keptPlace(line: Line, ticket: TicketRef | undefined): JoinOutcome | undefined {
  if (!ticket || ticket.generation !== line.generation) return undefined;
  const { jti, number } = ticket;
  const remainingMs = sessionRemainingMs(line, jti);
  if (remainingMs > 0) return { state: "admitted", number, jti, remainingMs: collect(line, jti) };
  const fate = line.fates.get(jti)?.kind;
  if (fate === "used" || fate === "left" || fate === "ended") return undefined;
  if (number > line.serving || line.gate.scores.has(gateMember(number, jti))) {
    return { state: "placed", number, jti };
  }
  const windowEndsInMs = claimWindowEndsInMs(line, jti, number);
  return windowEndsInMs === undefined ? undefined : { state: "placed", number, jti, windowEndsInMs };
}

/** What is left of the claim window of somebody called, without the allowance on top; undefined once it has lapsed. */
function claimWindowEndsInMs(line: Line, jti: string, number: number): number | undefined {
  const call = callOf(line, number);
  const calledUntilMs = call ? callEndMs(line, call) : -1;
  // Of a call that lapsed uncollected, or was extended.
  const keptUntilMs = line.forgetting.scores.get(jti) ?? -1;
  const untilMs = Math.max(calledUntilMs, keptUntilMs);
  return untilMs < 0 ? undefined : Math.max(0, untilMs - CLAIM_ALLOWANCE_MS - line.openTimeMs);
}

function admitAtOnce(line: Line, entry: JoinEntry, open: boolean): JoinOutcome {
  countAdmission(line);
  if (entry.intent === "pass-through") return { state: "admitted", number: 0, jti: "", remainingMs: 0 };
  const number = nextNumber(line);
  // In `open` the line stands still: leaving it sets `serving` to `issued`.
  if (!open) {
    beginWindows(line, line.serving);
    line.serving = number;
  }
  const remainingMs = startSession(line, entry.jti);
  return { state: "admitted", number, jti: entry.jti, remainingMs };
}

/** In an open room whoever holds a place comes in with it. */
function admitTicket(line: Line, jti: string, number: number): JoinOutcome {
  countAdmission(line);
  beginWindows(line, number);
  remove(line.gate, gateMember(number, jti));
  return { state: "admitted", number, jti, remainingMs: startSession(line, jti) };
}

function nextNumber(line: Line): number {
  line.issued += 1;
  line.joinedTotal += 1;
  line.joinedThisSecond += 1;
  line.peakJoinsPerSecond = Math.max(line.peakJoinsPerSecond, line.joinedThisSecond);
  return line.issued;
}

/**
 * The first half of a claim: puts a called visitor at the gate. After all of a batch are registered, the
 * line grants, and `claimOutcome` tells each what became of it. True for one whose grant was not collected.
 */
function register(line: Line, ticket: TicketRef): boolean {
  const mode = modeInForce(line);
  const { jti, number } = ticket;
  if (mode === "closed" || ticket.generation !== line.generation) return false;
  if (sessionRemainingMs(line, jti) > 0) return false;
  const fate = line.fates.get(jti)?.kind;
  if (fate === "used" || fate === "left" || fate === "ended") return false;
  if (mode === "open") {
    admitTicket(line, jti, number);
    return false;
  }
  const member = gateMember(number, jti);
  if (number > line.serving || line.gate.scores.has(member)) return false;
  if (fate === "lapsed") return true;
  const call = callOf(line, number);
  if (!call && fate !== "extended") return false;
  countShow(line, call);
  put(line.gate, member, number);
  return false;
}

/**
 * A grant that nobody collected has cost its credit. Its visitor comes behind all who stand at the gate by then, and
 * is let in by asking, never ahead of it: whoever does not come a second time costs nothing more.
 */
function comeBack(line: Line, { jti, number }: TicketRef): void {
  // Asked twice in one batch, and let in by the first.
  if (sessionRemainingMs(line, jti) > 0) return;
  const { behind, extensions } = line.fates.get(jti) ?? { behind: 0, extensions: 0 };
  const last = line.gate.order.at(-1);
  const back = behind || Math.max(number, last === undefined ? 0 : numberOfGateMember(last));
  if (aheadOfReturn(line, back) === 0 && mayAdmit(line)) {
    line.creditUnits -= UNITS_PER_ADMISSION;
    countAdmission(line);
    startSession(line, jti);
  } else setFate(line, jti, { kind: "lapsed", behind: back, extensions }, claimMemoryMs(line));
}

function aheadOfReturn(line: Line, behind: number): number {
  return countBetween(line.gate, 0, behind);
}

/** The second half of a claim: where the ticket stands now. Collects a grant. */
function claimOutcome(line: Line, ticket: TicketRef): ClaimOutcome {
  if (modeInForce(line) === "closed") return { state: "closed" };
  if (ticket.generation !== line.generation) return { state: "reset" };
  const { jti, number } = ticket;
  if (sessionRemainingMs(line, jti) > 0) return { state: "admitted", remainingMs: collect(line, jti) };
  const fate = line.fates.get(jti);
  if (fate?.kind === "used" || fate?.kind === "ended") return { state: "used" };
  if (fate?.kind === "left") return { state: "left" };
  const ahead = rankOf(line.gate, gateMember(number, jti));
  if (ahead !== undefined) return { state: "called", ahead };
  if (fate?.kind === "lapsed" && number <= line.serving) {
    return { state: "returned", ahead: aheadOfReturn(line, fate.behind) };
  }
  return { state: number > line.serving ? "waiting" : "missed" };
}

/** Keeps a session open by use. A good pass that the store does not know comes back; an ended one does not. */
export function renewOne(line: Line, { jti, as = "use" }: RenewEntry): RenewOutcome {
  const fate = line.fates.get(jti)?.kind;
  if (fate === "ended" || fate === "left") return { state: "ended" };
  const remainingMs = sessionRemainingMs(line, jti);
  if (as === "look") return remainingMs > 0 ? { state: "live", remainingMs } : { state: "ended" };
  const isRenewed = as === "use" || (remainingMs > 0 && as !== "part");
  return isRenewed ? { state: "live", remainingMs: startSession(line, jti) } : useLapsed(line, jti, as);
}

/** A session that is over: its pass saves what was being written, and is no second turn. */
function useLapsed(line: Line, jti: string, as: LapsedUse): RenewOutcome {
  const openedMs = line.formWindows.get(formMember(jti));
  const opens = as === "form" && openedMs === undefined;
  const isOpen = openedMs !== undefined && line.roomTimeMs < openedMs + FORM_WINDOW_MS;
  if (!opens && !isOpen && as !== "save") return { state: openedMs === undefined ? "ended" : "spent" };
  if (as !== "part" && isQuiet(line)) {
    line.creditUnits -= UNITS_PER_ADMISSION;
    countAdmission(line);
    forgetFormWindow(line, formMember(jti));
    return { state: "live", remainingMs: startSession(line, jti) };
  }
  if (opens) openFormWindow(line, jti);
  return { state: "through" };
}

/** Once for each pass: it is remembered for as long as the pass could be shown. */
function openFormWindow(line: Line, jti: string): void {
  const memoryMs = Math.max(FORM_WINDOW_MS, line.settings.sessionGraceSeconds * 1000);
  line.formWindows.set(formMember(jti), line.roomTimeMs);
  put(line.forgetting, formMember(jti), line.openTimeMs + memoryMs + CLAIM_ALLOWANCE_MS);
}

/** Frees the place of a visitor who left, or whose session the service ended, and remembers it. */
export function endOne(line: Line, jti: string, number: number, kind: "left" | "ended"): void {
  const wasInside = remove(line.sessions, jti);
  remove(line.gate, gateMember(number, jti));
  const { sessionSeconds, sessionGraceSeconds } = line.settings;
  const passMs = (sessionSeconds + sessionGraceSeconds) * 1000;
  const memoryMs = kind === "left" ? Math.max(LEFT_MEMORY_MS, passMs) : passMs;
  const forgetMs = Math.max(claimMemoryMs(line), line.openTimeMs + memoryMs + CLAIM_ALLOWANCE_MS);
  setFate(line, jti, { kind, behind: 0, extensions: 0 }, forgetMs);
  // Who leaves the line without having been inside has no pass that a door could let through.
  if (wasInside || kind === "ended") noteEnding(line, jti);
}

/**
 * Called visitors ask for more time, or how they stand. Calls first, as claims do; grants what is due at the end.
 */
export function extendBatch(line: Line, entries: readonly ExtendEntry[]): ExtendOutcome[] {
  call(line);
  const outcomes = entries.map((entry) => extendOne(line, entry));
  grant(line);
  return outcomes;
}

function extendOne(line: Line, { jti, number, generation, look }: ExtendEntry): ExtendOutcome {
  if (modeInForce(line) === "closed") return { state: "closed" };
  if (generation !== line.generation) return { state: "reset" };
  if (sessionRemainingMs(line, jti) > 0) return { state: "admitted" };
  const { kind, behind = 0, extensions = 0 } = line.fates.get(jti) ?? {};
  if (kind === "used" || kind === "ended") return { state: "used" };
  if (kind === "left") return { state: "left" };
  if (number > line.serving) return { state: "waiting" };
  const ahead = rankOf(line.gate, gateMember(number, jti));
  if (ahead !== undefined) return { state: "registered", ahead };
  if (look && kind === "lapsed" && behind > 0) {
    return { state: "returned", ahead: aheadOfReturn(line, behind) };
  }
  const windowEndsInMs = claimWindowEndsInMs(line, jti, number);
  if (windowEndsInMs === undefined) return { state: "missed" };
  if (isCalledEarly(line, number)) {
    return { state: "called", windowEndsInMs, extensionsLeft: MOST_EXTENSIONS - extensions };
  }
  if (extensions >= MOST_EXTENSIONS) return { state: "no-extensions-left", windowEndsInMs };
  if (look) return { state: "called", windowEndsInMs, extensionsLeft: MOST_EXTENSIONS - extensions };
  const extended = { kind: kind ?? "extended", behind, extensions: extensions + 1 };
  setFate(line, jti, extended, claimMemoryMs(line));
  return {
    state: "called",
    windowEndsInMs: line.settings.claimWindowSeconds * 1000,
    extensionsLeft: MOST_EXTENSIONS - extended.extensions,
  };
}

/**
 * Calls first, so that nobody's call comes between their asking and the answer, which would then be `missed`.
 * Registers every ticket before the gate admits the lowest.
 */
export function claimBatch(line: Line, tickets: readonly TicketRef[]): ClaimOutcome[] {
  call(line);
  const returning = tickets.filter((ticket) => register(line, ticket));
  for (const ticket of returning) comeBack(line, ticket);
  grant(line);
  return tickets.map((ticket) => claimOutcome(line, ticket));
}

function sessionRemainingMs(line: Line, jti: string): number {
  return (line.sessions.scores.get(jti) ?? 0) - line.roomTimeMs;
}

/** A grant becomes a whole session when its visitor first sees it; a session stays as it is. */
function collect(line: Line, jti: string): number {
  if (line.fates.get(jti)?.kind !== "granted") return sessionRemainingMs(line, jti);
  return startSession(line, jti);
}

function startSession(line: Line, jti: string): number {
  const remainingMs = line.settings.sessionSeconds * 1000;
  put(line.sessions, jti, line.roomTimeMs + remainingMs);
  clearFate(line, jti);
  return remainingMs;
}
