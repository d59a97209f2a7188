import { type AuditHead, NO_AUDIT_HEAD } from "./audit.ts";
import { beginWindows, type CallRecord, forgetLapsedCalls, recordCall } from "./calls.ts";
import {
  CLAIM_ALLOWANCE_MS,
  GRANT_HOLD_MS,
  MAX_OPEN_STEP_MS,
  MAX_STEP_MS,
  MINUTE_SECONDS,
  PROBE_EVERY_MS,
  RATED_SECONDS,
  SHOW_SECONDS,
  STALL_MS,
  UNBOUNDED,
  UNITS_PER_ADMISSION,
} from "./constants.ts";
import { modeAt } from "./mode.ts";
import { callBudget, creditCapUnits, lookAheadMs, probeSize } from "./pace.ts";
import { newRollCall, type RollCall } from "./roll-call.ts";
import type { Mode, RoomSettings } from "./settings.ts";
import { countBetween, put, remove, type SortedSet, sortedSet, upTo } from "./sorted-set.ts";
import type { JoinOutcome, TicketRef } from "./visitors.ts";

/** What became of a ticket that is no longer simply waiting, by its `jti`. */
export interface Fate {
  readonly kind: "granted" | "lapsed" | "extended" | "used" | "left" | "ended";
  /**
   * Of a grant that nobody collected: its visitor came back behind this number at the gate; 0 while they have not.
   * One credit a ticket: from then on it is let in only while it asks.
   */
  readonly behind: number;
  /** How often the visitor has extended the claim window. */
  readonly extensions: number;
}

/** Idempotency keys of the present and the previous minute of room time, and the places they gave. */
export interface IdempotentPlaces {
  period: number;
  present: Map<string, TicketRef>;
  previous: Map<string, TicketRef>;
}

/** What happened in one second of the room's clock, for the rates. */
interface SecondTally {
  called: number;
  shows: number;
  admitted: number;
}

/**
 * One room's line. A waiting visitor is nothing here but the distance between `issued` and `serving`;
 * records exist only for those at the gate, inside, or recently gone.
 *
 * Two clocks, both integers of ms: `roomTimeMs` advances with the store's time but never jumps; `openTimeMs`
 * only while the gate is open, so that a hold costs nobody their claim window.
 */
export interface Line {
  generation: number;
  issued: number;
  serving: number;
  settings: RoomSettings;
  /** The store's clock at the last settling, epoch ms. */
  storeTimeMs: number;
  roomTimeMs: number;
  openTimeMs: number;
  creditUnits: number;
  second: number;
  recentCalled: number;
  recentShows: number;
  ratedCalled: number;
  ratedShows: number;
  admittedLastMinute: number;
  calledTotal: number;
  showsTotal: number;
  admittedTotal: number;
  joinedTotal: number;
  joinedThisSecond: number;
  peakJoinsPerSecond: number;
  /** Since when, in room time, credit is full and nobody shows. */
  stalledSinceMs: number;
  probedAtMs: number;
  probeSize: number;
  /** Room time until which those called by a merge, or by leaving `open`, may be on their way to the gate. */
  catchUpUntilMs: number;
  /** Room time from which every live session has had time to come back by renewal after a wipe. */
  sessionsKnownFromMs: number;
  /** Room time until which nobody is called or granted, so that whoever stood at a lost gate can register again. */
  gatheringUntilMs: number;
  /** The numbers skipped when the line was last filled, which nobody is known to hold; both 0 are none. */
  skippedFrom: number;
  skippedTo: number;
  /** Of the last session that ended; grows with each, over a failover too. */
  endedRevision: number;
  /** Set while an empty store was filled only from tickets and seals: the gate waits for a live gateway. */
  awaitingReport: boolean;
  /** Stable code of what an operator should know, or "". */
  alarm: "" | "restored" | "implausible-floor";
  readonly seconds: Map<number, SecondTally>;
  /** Call records by the highest number in them. */
  calls: SortedSet;
  /** The lowest number whose claim window has not begun, though it is called; 0: none. */
  earlyFrom: number;
  /** Those registered at the gate by number. Members are `gateMember`s. */
  gate: SortedSet;
  /** Ends of sessions by `jti`, in room time. */
  sessions: SortedSet;
  readonly fates: Map<string, Fate>;
  /** When the window for a form was opened, in room time, by `formMember`: of passes whose sessions are over. */
  readonly formWindows: Map<string, number>;
  /** When fates and windows for forms may be forgotten, in open time. */
  readonly forgetting: SortedSet;
  /** Sessions that ended, by `jti`, at their revision: what every gateway refuses. */
  readonly endings: SortedSet;
  readonly rollCall: RollCall;
  readonly places: IdempotentPlaces;
  /** The operator's last change, so that a repeat after a lost reply is not made twice. */
  lastConfigurationId: string;
  /** The last entry of the audit trail. */
  auditHead: AuditHead;
  /** Each gateway's last batch of joins and what it gave, for a repeat after a lost reply. */
  readonly lastBatches: Map<string, { readonly id: number; readonly outcomes: readonly JoinOutcome[] }>;
}

/** A new line with nobody in it. */
export function newLine(settings: RoomSettings, generation: number, storeTimeMs: number): Line {
  return {
    generation,
    issued: 0,
    serving: 0,
    settings,
    storeTimeMs,
    roomTimeMs: 0,
    openTimeMs: 0,
    creditUnits: creditCapUnits(settings.outflowPerMinute),
    second: 0,
    recentCalled: 0,
    recentShows: 0,
    ratedCalled: 0,
    ratedShows: 0,
    admittedLastMinute: 0,
    calledTotal: 0,
    showsTotal: 0,
    admittedTotal: 0,
    joinedTotal: 0,
    joinedThisSecond: 0,
    peakJoinsPerSecond: 0,
    stalledSinceMs: 0,
    probedAtMs: 0,
    probeSize: 0,
    catchUpUntilMs: 0,
    sessionsKnownFromMs: 0,
    gatheringUntilMs: 0,
    skippedFrom: 0,
    skippedTo: 0,
    endedRevision: 0,
    awaitingReport: false,
    alarm: "",
    seconds: new Map(),
    calls: sortedSet(),
    earlyFrom: 0,
    gate: sortedSet(),
    sessions: sortedSet(),
    fates: new Map(),
    formWindows: new Map(),
    forgetting: sortedSet(),
    endings: sortedSet(),
    rollCall: newRollCall(),
    places: { period: 0, present: new Map(), previous: new Map() },
    lastConfigurationId: "",
    auditHead: NO_AUDIT_HEAD,
    lastBatches: new Map(),
  };
}

/** The mode in force: before its opening time, and while its restoring is unconfirmed, a room holds. */
export function modeInForce(line: Line): Mode {
  const { mode, opensAtMs } = line.settings;
  if (line.awaitingReport && mode !== "closed") return "hold";
  return modeAt(mode, opensAtMs, line.storeTimeMs);
}

/** Sessions that still fit: none while a wiped store does not yet know who is inside. */
function freeCapacity(line: Line): number {
  const { capacity } = line.settings;
  if (capacity === 0) return UNBOUNDED;
  return line.roomTimeMs < line.sessionsKnownFromMs ? 0 : Math.max(0, capacity - liveSessions(line));
}

/** After a wipe: in how many ms the gate admits again; 0 where it does, null where somebody must vouch for it first. */
export function admitsInMs(line: Line): number | null {
  if (line.awaitingReport) return null;
  const knownFromMs = line.settings.capacity === 0 ? 0 : line.sessionsKnownFromMs;
  return Math.max(0, line.gatheringUntilMs - line.roomTimeMs, knownFromMs - line.roomTimeMs);
}

/** The highest number that the gate has got to: all that are called but those who were called early. */
export function reachedNumber({ earlyFrom, serving }: Line): number {
  return earlyFrom === 0 ? serving : earlyFrom - 1;
}

/** Numbers still to be called that nobody is known to hold. */
export function skippedAhead(line: Line): number {
  return Math.max(0, line.skippedTo - Math.max(line.serving, line.skippedFrom - 1));
}

/** How many wait ahead of those. */
export function waitingBeforeSkipped(line: Line): number {
  return Math.max(0, line.skippedFrom - 1 - line.serving);
}

export function liveSessions(line: Line): number {
  return countBetween(line.sessions, line.roomTimeMs, Number.MAX_SAFE_INTEGER - 1);
}

/** Whether a newcomer may be let in at once without anybody being overtaken. */
export function isQuiet(line: Line): boolean {
  return (
    modeInForce(line) === "queue" &&
    line.issued === line.serving &&
    line.gate.order.length === 0 &&
    line.recentCalled <= line.recentShows &&
    line.roomTimeMs >= line.catchUpUntilMs &&
    line.roomTimeMs >= line.gatheringUntilMs &&
    line.creditUnits >= UNITS_PER_ADMISSION &&
    freeCapacity(line) > 0
  );
}

/**
 * Brings the line to the store's present time at the settings in force: earns credit, ends sessions, lets
 * claim windows lapse. Settling twice at one time changes nothing.
 */
export function settle(line: Line, storeTimeMs: number): void {
  const stepMs = Math.min(MAX_STEP_MS, Math.max(0, storeTimeMs - line.storeTimeMs));
  const wasOpen = modeInForce(line) === "queue";
  line.storeTimeMs = storeTimeMs;
  line.roomTimeMs += stepMs;
  if (wasOpen) line.openTimeMs += Math.min(MAX_OPEN_STEP_MS, stepMs);
  const { outflowPerMinute } = line.settings;
  line.creditUnits = Math.min(creditCapUnits(outflowPerMinute), line.creditUnits + outflowPerMinute * stepMs);
  const second = Math.floor(line.roomTimeMs / 1000);
  while (line.second < second) turnSecond(line);
  endLapsedSessions(line);
  forgetLapsedCalls(line);
  for (const member of upTo(line.forgetting, line.openTimeMs)) {
    clearFate(line, member);
    forgetFormWindow(line, member);
    remove(line.endings, member);
  }
}

/** Calls as many numbers as the service can soon take, then admits the lowest at the gate. */
export function callAndGrant(line: Line): void {
  call(line);
  grant(line);
}

/** Calls as many numbers as the service can soon take. */
export function call(line: Line): void {
  const isOpen = modeInForce(line) === "queue";
  if (isOpen) leapSkipped(line);
  const mayCall = isOpen && line.roomTimeMs >= line.gatheringUntilMs;
  const waits = callable(line) > 0;
  if (!mayCall || !waits) endStall(line);
  if (!mayCall || !(waits || line.earlyFrom > 0)) return;
  const free = freeCapacity(line);
  const budget = callBudget({ ...line, ...factsFor(line, free) });
  const probed = waits ? probe(line, free) : 0;
  // The outflow takes more than stand at the gate or are on their way: so also those who were called early.
  if (budget > 0) beginWindows(line, line.serving);
  callNext(line, Math.max(budget, probed), probed > budget);
}

function endStall(line: Line): void {
  line.stalledSinceMs = line.roomTimeMs;
  line.probeSize = 0;
}

/** How many wait before the next number that nobody is known to hold, or at all. */
function callable(line: Line): number {
  return (line.serving < line.skippedFrom ? line.skippedFrom - 1 : line.issued) - line.serving;
}

/** Skipped numbers cost the line no time. Whoever holds one after all is called, and may come. */
function leapSkipped(line: Line): void {
  if (line.serving >= line.skippedFrom - 1) callUnrated(line, line.skippedTo);
}

function factsFor(line: Line, free: number) {
  const { capacity, outflowPerMinute } = line.settings;
  const soonMs = line.roomTimeMs + lookAheadMs(outflowPerMinute);
  return {
    outflowPerMinute,
    freeCapacity: free,
    endingSoon: capacity === 0 ? 0 : countBetween(line.sessions, line.roomTimeMs, soonMs),
    registered: line.gate.order.length,
  };
}

/** Numbers to call into a hole: credit is full, somebody waits, and nobody has shown for a while. */
function probe(line: Line, free: number): number {
  const { outflowPerMinute } = line.settings;
  const full = line.creditUnits >= creditCapUnits(outflowPerMinute);
  if (!full || line.gate.order.length > 0 || free <= 0) {
    endStall(line);
    return 0;
  }
  const stalledMs = line.roomTimeMs - line.stalledSinceMs;
  if (stalledMs < STALL_MS) return 0;
  if (line.probeSize > 0 && line.roomTimeMs - line.probedAtMs < PROBE_EVERY_MS) return 0;
  line.probeSize = probeSize(line.probeSize, outflowPerMinute, free);
  line.probedAtMs = line.roomTimeMs;
  return line.probeSize;
}

/** Calls the next `most` who wait, on both sides of what was skipped. */
function callNext(line: Line, most: number, early: boolean): void {
  const before = Math.min(callable(line), most);
  callNumbers(line, before, early);
  leapSkipped(line);
  callNumbers(line, Math.min(callable(line), most - before), early);
}

function callNumbers(line: Line, count: number, early: boolean): void {
  if (count <= 0) return;
  recordCall(line, line.serving + 1, line.serving + count, { rated: true, early });
  line.serving += count;
  line.calledTotal += count;
  line.recentCalled += count;
  secondTally(line, line.second).called += count;
}

/** Calls without being asked to by the pace: says nothing about the show rate, but nobody may overtake them. */
export function callUnrated(line: Line, to: number): void {
  if (to <= line.serving) return;
  recordCall(line, line.serving + 1, to, { rated: false, early: false });
  line.serving = to;
  line.catchUpUntilMs = line.roomTimeMs + SHOW_SECONDS * 1000;
}

/** Admits the lowest numbers at the gate, as credit and capacity allow. */
export function grant(line: Line): void {
  let highest = 0;
  while (line.gate.order.length > 0 && mayAdmit(line)) {
    const member = line.gate.order[0] ?? "";
    const jti = jtiOfGateMember(member);
    remove(line.gate, member);
    line.creditUnits -= UNITS_PER_ADMISSION;
    countAdmission(line);
    const holdMs = Math.min(GRANT_HOLD_MS, line.settings.sessionSeconds * 1000);
    put(line.sessions, jti, line.roomTimeMs + holdMs);
    const extensions = line.fates.get(jti)?.extensions ?? 0;
    setFate(line, jti, { kind: "granted", behind: 0, extensions }, null);
    highest = numberOfGateMember(member);
  }
  beginWindows(line, highest);
}

/** Whether one more may be let in by credit and capacity. */
export function mayAdmit(line: Line): boolean {
  const isOpen = modeInForce(line) === "queue" && line.roomTimeMs >= line.gatheringUntilMs;
  return isOpen && line.creditUnits >= UNITS_PER_ADMISSION && freeCapacity(line) > 0;
}

/** One more let in, in this second. */
export function countAdmission(line: Line): void {
  line.admittedTotal += 1;
  line.admittedLastMinute += 1;
  secondTally(line, line.second).admitted += 1;
}

/** Counts a called visitor's first valid claim, which also ends a stall. After an extension the call may be forgotten. */
export function countShow(line: Line, record: CallRecord | undefined): void {
  endStall(line);
  line.showsTotal += 1;
  if (!record?.rated) return;
  const age = line.second - record.second;
  if (age < SHOW_SECONDS) line.recentShows += 1;
  else if (age < RATED_SECONDS) line.ratedShows += 1;
  else return;
  secondTally(line, record.second).shows += 1;
}

/** Records what became of a ticket; forgotten at `forgetMs` of open time, or kept while a session lives. */
export function setFate(line: Line, jti: string, fate: Fate, forgetMs: number | null): void {
  line.fates.set(jti, fate);
  if (forgetMs === null) remove(line.forgetting, jti);
  else put(line.forgetting, jti, forgetMs);
}

export function clearFate(line: Line, jti: string): void {
  line.fates.delete(jti);
  remove(line.forgetting, jti);
}

/** No `jti` is like it: they are remembered together. */
export function formMember(jti: string): string {
  return `form:${jti}`;
}

export function forgetFormWindow(line: Line, member: string): void {
  line.formWindows.delete(member);
  remove(line.forgetting, member);
}

/** Until when, in open time, a ticket's fate matters: its call may be asked for until then. */
export function claimMemoryMs(line: Line): number {
  return line.openTimeMs + line.settings.claimWindowSeconds * 1000 + CLAIM_ALLOWANCE_MS;
}

/** A session's time is up: a collected one is used; an uncollected grant may come back to the gate. */
function endLapsedSessions(line: Line): void {
  for (const jti of upTo(line.sessions, line.roomTimeMs)) {
    remove(line.sessions, jti);
    const fate = line.fates.get(jti);
    const kind = fate?.kind === "granted" ? "lapsed" : "used";
    setFate(line, jti, { kind, behind: 0, extensions: fate?.extensions ?? 0 }, claimMemoryMs(line));
  }
}

function turnSecond(line: Line): void {
  line.second += 1;
  line.joinedThisSecond = 0;
  const maturing = line.seconds.get(line.second - SHOW_SECONDS);
  if (maturing) {
    line.recentCalled -= maturing.called;
    line.recentShows -= maturing.shows;
    line.ratedCalled += maturing.called;
    line.ratedShows += maturing.shows;
  }
  line.admittedLastMinute -= line.seconds.get(line.second - MINUTE_SECONDS)?.admitted ?? 0;
  const leaving = line.seconds.get(line.second - RATED_SECONDS);
  if (!leaving) return;
  line.ratedCalled -= leaving.called;
  line.ratedShows -= leaving.shows;
  line.seconds.delete(line.second - RATED_SECONDS);
}

function secondTally(line: Line, second: number): SecondTally {
  const found = line.seconds.get(second);
  if (found) return found;
  const fresh = { called: 0, shows: 0, admitted: 0 };
  line.seconds.set(second, fresh);
  return fresh;
}

/** Padded, so that members of one number sort by it too, whatever the store. */
export function gateMember(number: number, jti: string): string {
  return `${String(number).padStart(16, "0")}:${jti}`;
}

function jtiOfGateMember(member: string): string {
  return member.slice(17);
}

export function numberOfGateMember(member: string): number {
  return Number(member.slice(0, 16));
}
