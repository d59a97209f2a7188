import { isDeepStrictEqual } from "node:util";
import type { Endings } from "../../domain/endings.ts";
import type { Floor } from "../../domain/floor.ts";
import type { Snapshot } from "../../domain/snapshot.ts";
import type {
  ClaimOutcome,
  ExtendEntry,
  ExtendOutcome,
  JoinEntry,
  JoinOutcome,
  RenewEntry,
  RenewOutcome,
  TicketRef,
} from "../../domain/visitors.ts";
import type { Batch } from "../store.ts";
import type { Answer } from "./operation.ts";

/** What the design promises, by a short name each. */
export type Rule =
  | "number-twice"
  | "number-order"
  | "number-changed"
  | "line-went-back"
  | "floor-not-kept"
  | "repeat-differs"
  | "overtaken"
  | "over-outflow"
  | "over-capacity"
  | "idle-credit"
  | "missed-in-time"
  | "burned-twice"
  | "ending-untold"
  | "contradiction"
  | "clock"
  | "stores-differ";

export interface Violation {
  readonly rule: Rule;
  readonly detail: string;
}

/** A store call as the observer sees it: every one, also those whose reply got lost. */
export interface Seen {
  readonly storeTimeMs: number;
  readonly gateway: string;
  readonly floor: Floor;
  readonly answer: Answer;
  /** False when the gateway never got the reply. */
  readonly received: boolean;
}

export interface ObserverOptions {
  readonly gateways: readonly string[];
  /** True where everybody who is called shows at once: credit may then not stand unused for over 2 s. */
  readonly withoutHoles: boolean;
}

/** Someone registered at the gate, as their replies tell: from operation `since` to operation `last`. */
interface AtGate {
  readonly number: number;
  since: number;
  last: number;
  lastRoomMs: number;
  /** Let in meanwhile with a higher number: a wrong, if this one turns out to have stood there all along. */
  overtakenBy: string;
}

interface LastBatch {
  readonly id: number;
  readonly generation: number;
  readonly result: unknown;
  readonly isRepeat: boolean;
  /** False when the store may have lost it. */
  isKept: boolean;
}

const UNITS = 60_000;
const LONGEST_STEP_MS = 5_000;
const MOST_IDLE_MS = 2_000;
const IMMUNE_AFTER_CALL_MS = 11_000;
/** After a wipe those who stood at the gate have this long, from room time 0, to come back before anybody is let in. */
const GATHERING_MS = 12_000;

/** No show rate under one in twenty is believed: of so many called for each that fits, some are called early. */
const MOST_CALLED_FOR_ONE = 20;

const capUnits = (outflowPerMinute: number) => Math.max(UNITS, outflowPerMinute * 2_000);

/** Shows that the line keeps ready at most: the credit, and three seconds of outflow or ten. */
function mostReady(outflowPerMinute: number): number {
  return Math.floor(capUnits(outflowPerMinute) / UNITS) + Math.max(10, Math.floor(outflowPerMinute / 20));
}

function isBehind(a: { generation: number; issued: number; serving: number }, b: typeof a): boolean {
  if (a.generation !== b.generation) return a.generation < b.generation;
  return a.issued < b.issued || a.serving < b.serving;
}

/**
 * Watches the calls of a store from outside and says which promise was broken. It keeps books of its own and
 * uses nothing of the model.
 */
export class Observer {
  readonly violations: Violation[] = [];
  private readonly options: ObserverOptions;
  private operations = 0;
  private previous: Snapshot | undefined;
  private previousTimeMs = 0;
  private elapsedMs = 0;
  private units = 0;
  private uncollected = 0;
  private leastWindowMs = Number.POSITIVE_INFINITY;
  private idleSinceMs = 0;
  /** Room time from which a line that was wiped may admit by credit, and by capacity. */
  private wiped: { admitsFromMs: number; sessionsKnownFromMs: number | undefined } | undefined;
  /** Who stood at the gate when the store was wiped, and the highest number let in since. */
  private stoodAtGate = new Map<string, number>();
  private highestSinceWipe = 0;
  /** Of those who were let in; of them and those at the gate. */
  private highestInside = 0;
  private highestClaimed = 0;
  private readonly holders = new Map<string, string>();
  private highestSeen = { generation: 0, issued: 0, serving: 0 };
  private highestReceived = { generation: 0, issued: 0, serving: 0 };
  private highestNumber = { seen: 0, received: 0 };
  private readonly lastBatches = new Map<string, LastBatch>();
  private readonly gate = new Map<string, AtGate>();
  /** Registered before a disruption: when they were let in is not known. */
  private readonly grantedUnseen = new Set<string>();
  private readonly calledAtOpenMs = new Map<string, number>();
  /** Called in one go far beyond what the outflow can take, and not yet reached by the gate: by number, room time. */
  private readonly calledEarly = new Map<string, { number: number; roomMs: number }>();
  /** Came back after a grant that nobody collected, at this operation. */
  private readonly returned = new Map<string, number>();
  /** Who ever stood at the gate, and how many of them came in from there without a pause in asking. */
  private readonly stood = new Set<string>();
  private cameInDirectly = 0;
  /** False after a loss: what was granted before it is not known. */
  private knowsGrants = true;
  private readonly extensions = new Map<string, number>();
  /** After a loss nobody knows how many of the extensions before it the store still has. */
  private mayHaveMoreExtensions = false;
  /** Sessions that ended, by gateway: those that it has been told, and those that it has not. */
  private readonly told = new Map<string, Set<string>>();
  private readonly untold = new Map<string, Set<string>>();
  private recentlyCalled: { jti: string; roomMs: number }[] = [];
  private readonly shown = new Set<string>();
  private readonly inside = new Set<string>();
  private readonly sessionEnds = new Map<string, number>();
  /** False after a fault: the store may have put back some that are not known here. */
  private knowsSessions = true;
  private notRestored: Set<string>;

  constructor(options: ObserverOptions) {
    this.options = options;
    for (const gateway of options.gateways) {
      this.told.set(gateway, new Set());
      this.untold.set(gateway, new Set());
    }
    this.notRestored = new Set(options.gateways);
  }

  /** Whether every gateway has offered what it remembers since the last disruption. */
  get isWhole(): boolean {
    return this.notRestored.size === 0;
  }

  /** The store restarted, having lost nothing, its last writes, or everything. */
  disrupted(loss: "nothing" | "writes" | "everything"): void {
    this.notRestored = new Set(this.options.gateways);
    if (loss === "nothing") return;
    this.previous = undefined;
    for (const last of this.lastBatches.values()) last.isKept = false;
    this.stoodAtGate.clear();
    for (const [jti, { number }] of this.gate) {
      // A wiped store knows of no grant either: whoever had one stands at the gate again.
      if (loss === "everything") this.stoodAtGate.set(jti, number);
      else this.grantedUnseen.add(jti);
    }
    this.highestSinceWipe = 0;
    this.gate.clear();
    this.calledEarly.clear();
    this.returned.clear();
    this.knowsGrants = false;
    this.recentlyCalled = [];
    this.sessionEnds.clear();
    this.knowsSessions = false;
    this.extensions.clear();
    this.mayHaveMoreExtensions = true;
    for (const jtis of this.untold.values()) jtis.clear();
    this.highestSeen = { ...this.highestReceived };
    this.highestNumber.seen = this.highestNumber.received;
    if (loss === "everything") {
      this.wiped = { admitsFromMs: GATHERING_MS, sessionsKnownFromMs: undefined };
      for (const jti of this.calledAtOpenMs.keys()) this.calledAtOpenMs.set(jti, 0);
    }
  }

  /** @param longestWaitMs of those who wait and would come at once if called; 0 if there are none. */
  saw(seen: Seen, longestWaitMs: number): void {
    this.operations += 1;
    const { answer, gateway } = seen;
    if (answer.kind === "restore" && answer.reply.kind === "done") this.notRestored.delete(gateway);
    if (answer.reply.kind === "empty") return;
    this.tick(seen.storeTimeMs);
    if (answer.reply.kind !== "done") return;
    const { snapshot } = answer.reply;
    this.leastWindowMs = Math.min(this.leastWindowMs, snapshot.settings.claimWindowSeconds * 1000);
    this.checkClock(snapshot, seen.storeTimeMs);
    this.checkLine(snapshot, seen);
    this.noteCalled(snapshot);
    const letIn = this.checkOutcomes(snapshot, seen);
    this.checkAdmissions(snapshot, letIn);
    if (answer.kind === "configure" && answer.configuration.change.mode !== undefined) this.noteVouched();
    if (this.isActed(seen)) this.checkIdle(snapshot, longestWaitMs);
    this.previous = snapshot;
    if (answer.kind === "configure" && answer.configuration.reset) this.noteReset(answer.configuration.reset);
  }

  /** A repeated batch and a refused change only tell what is; the next operation calls and grants. */
  private isActed({ answer, gateway }: Seen): boolean {
    if (answer.kind === "configure") return answer.reply.kind === "done" && answer.reply.result === "changed";
    return answer.kind !== "join" || this.lastBatches.get(gateway)?.isRepeat === false;
  }

  differ(detail: string): void {
    this.break("stores-differ", detail);
  }

  private break(rule: Rule, detail: string): void {
    this.violations.push({ rule, detail: `operation ${this.operations}: ${detail}` });
  }

  /** Room time goes with the store's, but never back and never more than five seconds at once. */
  private tick(storeTimeMs: number): void {
    const stepMs = Math.min(LONGEST_STEP_MS, Math.max(0, storeTimeMs - this.previousTimeMs));
    this.previousTimeMs = storeTimeMs;
    if (!this.previous) return;
    this.elapsedMs += stepMs;
    const { outflowPerMinute } = this.previous.settings;
    this.units = Math.min(capUnits(outflowPerMinute), this.units + outflowPerMinute * stepMs);
  }

  private checkClock(now: Snapshot, storeTimeMs: number): void {
    if (now.storeTimeMs !== storeTimeMs)
      this.break("clock", `store time ${now.storeTimeMs}, is ${storeTimeMs}`);
    const before = this.previous;
    if (before) {
      const passedMs = now.roomTimeMs - before.roomTimeMs;
      if (passedMs !== this.elapsedMs)
        this.break("clock", `room time passed ${passedMs}, not ${this.elapsedMs}`);
      const openMs = now.openTimeMs - before.openTimeMs;
      const isBarred = before.mode !== "queue" && now.mode !== "queue";
      if (openMs < 0 || openMs > passedMs || (isBarred && openMs > 0)) {
        this.break("clock", `open time passed ${openMs} in ${passedMs} of ${before.mode} to ${now.mode}`);
      }
    }
    this.elapsedMs = 0;
  }

  private checkLine(now: Snapshot, { floor, received }: Seen): void {
    if (now.serving > now.issued)
      this.break("contradiction", `serving ${now.serving} of ${now.issued} issued`);
    if (now.skipped > now.issued - now.serving)
      this.break("contradiction", `${now.skipped} skipped of ${now.issued - now.serving} waiting`);
    if (isBehind(now, floor)) {
      this.break("floor-not-kept", `${now.generation}:${now.issued}/${now.serving} under its floor`);
    }
    if (this.previous && isBehind(now, this.previous)) {
      this.break("line-went-back", `from ${this.previous.serving} to ${now.serving}, ${now.issued} issued`);
    }
    if (this.isWhole && isBehind(now, this.highestReceived)) {
      const { issued, serving } = this.highestReceived;
      this.break("line-went-back", `${now.issued}/${now.serving}, though ${issued}/${serving} was shown`);
    }
    const { generation } = now;
    if (generation > this.highestSeen.generation) this.highestNumber = { seen: 0, received: 0 };
    const highest = (a: typeof this.highestSeen) =>
      a.generation > generation || (a.generation === generation && isBehind(now, a))
        ? a
        : { generation, issued: now.issued, serving: now.serving };
    this.highestSeen = highest(this.highestSeen);
    if (received) this.highestReceived = highest(this.highestReceived);
  }

  /** Who was called by this operation: may claim for a window from now, and may not be overtaken. */
  private noteCalled(now: Snapshot): void {
    const from = this.previous?.generation === now.generation ? this.previous.serving : now.serving;
    const isByPace = this.previous?.mode === "queue" && now.mode === "queue" && now.skipped === 0;
    const most = mostReady(now.settings.outflowPerMinute);
    for (const [jti, { number, roomMs }] of this.calledEarly) {
      const mayBegin = now.roomTimeMs - roomMs >= IMMUNE_AFTER_CALL_MS && now.registered < most;
      if (mayBegin || number <= this.highestClaimed) this.calledEarly.delete(jti);
    }
    for (let number = from + 1; number <= now.serving; number += 1) {
      const jti = this.noteCall(now, number);
      const isEarly = isByPace && number - from > MOST_CALLED_FOR_ONE * most;
      if (jti !== undefined && isEarly) this.calledEarly.set(jti, { number, roomMs: now.roomTimeMs });
    }
    this.recentlyCalled = this.recentlyCalled.filter(
      ({ roomMs }) => roomMs > now.roomTimeMs - IMMUNE_AFTER_CALL_MS,
    );
  }

  /** Whose it is, if they had not been called before. */
  private noteCall(now: Snapshot, number: number): string | undefined {
    const jti = this.holders.get(`${now.generation}:${number}`);
    if (jti === undefined || this.calledAtOpenMs.has(jti)) return undefined;
    this.calledAtOpenMs.set(jti, now.openTimeMs);
    this.recentlyCalled.push({ jti, roomMs: now.roomTimeMs });
    return jti;
  }

  /** Checks each visitor's outcome; returns how many were let in by it for the first time. */
  private checkOutcomes(now: Snapshot, { answer, gateway, received }: Seen): number {
    if (answer.reply.kind !== "done") return 0;
    if (answer.kind === "join") {
      return this.checkJoins(now, gateway, answer.batch, answer.reply.result, received);
    }
    if (answer.kind === "claim") return this.checkClaims(now, answer.batch.entries, answer.reply.result);
    if (answer.kind === "advance" && received) this.checkTold(now, gateway, answer.reply.result);
    if (answer.kind === "extend") {
      const { entries } = answer.batch;
      answer.reply.result.forEach((outcome, i) => {
        const ticket = entries[i];
        if (ticket) this.checkExtension(now, ticket, outcome);
      });
    }
    if (answer.kind === "renew") return this.checkRenewals(now, answer.batch.entries, answer.reply.result);
    if (answer.kind === "end") {
      for (const { jti, kind } of answer.batch.entries) {
        if (kind === "ended") this.noteEnding(jti);
        this.sessionEnds.delete(jti);
        this.gate.delete(jti);
        this.shown.add(jti);
      }
    }
    return 0;
  }

  /** A lapsed pass brings a session back only as a newcomer gets one. */
  private checkRenewals(
    now: Snapshot,
    entries: readonly RenewEntry[],
    outcomes: readonly RenewOutcome[],
  ): number {
    let letIn = 0;
    outcomes.forEach((outcome, i) => {
      const { jti = "", as = "use" } = entries[i] ?? {};
      if (outcome.state !== "live") return;
      const endMs = this.sessionEnds.get(jti) ?? (this.knowsSessions ? 0 : now.roomTimeMs + 1);
      const isOver = endMs <= now.roomTimeMs;
      if (isOver && as !== "use" && as !== "look") {
        this.checkNewcomer(now, jti);
        letIn += 1;
      }
      this.sessionEnds.set(jti, now.roomTimeMs + outcome.remainingMs);
    });
    return letIn;
  }

  private checkJoins(
    now: Snapshot,
    gateway: string,
    batch: Batch<JoinEntry>,
    outcomes: readonly JoinOutcome[],
    received: boolean,
  ): number {
    const last = this.lastBatches.get(gateway);
    const { generation } = now;
    const isAskedAgain = last?.id === batch.id && last.generation === generation;
    const isSame = isAskedAgain && isDeepStrictEqual(last.result, outcomes);
    if (isAskedAgain && last.isKept && !isSame) {
      this.break("repeat-differs", `batch ${batch.id} of ${gateway}`);
    }
    const isRepeat = isAskedAgain && (last.isKept || isSame);
    this.lastBatches.set(gateway, { id: batch.id, generation, result: outcomes, isRepeat, isKept: true });
    let letIn = 0;
    outcomes.forEach((outcome, i) => {
      const entry = batch.entries[i];
      if (entry) letIn += this.checkJoin(now, entry, outcome, isRepeat, received);
    });
    return letIn;
  }

  private checkJoin(
    now: Snapshot,
    entry: JoinEntry,
    outcome: JoinOutcome,
    isRepeat: boolean,
    received: boolean,
  ): number {
    if (outcome.state !== "placed" && outcome.state !== "admitted") return 0;
    const { number, jti } = outcome;
    const isFresh = number > 0 && jti === entry.jti && !isRepeat;
    if (number > 0) this.checkHolder(now, entry, number, jti, received);
    if (isFresh) {
      if (number <= this.highestNumber.seen) {
        this.break("number-order", `${number} given after ${this.highestNumber.seen}`);
      }
      this.highestNumber.seen = Math.max(this.highestNumber.seen, number);
      if (outcome.state === "placed" && number <= now.serving) this.noteCall(now, number);
    }
    if (received) this.highestNumber.received = Math.max(this.highestNumber.received, number);
    if (outcome.state === "placed") return 0;
    if (!isRepeat && (isFresh || number === 0) && now.mode === "queue") this.checkNewcomer(now, number);
    if (isRepeat) return 0;
    return number === 0 ? 1 : this.noteInside(now, jti, number, outcome.remainingMs);
  }

  private checkHolder(now: Snapshot, entry: JoinEntry, number: number, jti: string, received: boolean): void {
    const place = `${now.generation}:${number}`;
    const holder = this.holders.get(place);
    if (holder !== undefined && holder !== jti)
      this.break("number-twice", `${number} to ${jti} and ${holder}`);
    if (received) this.holders.set(place, jti);
    const { ticket } = entry;
    if (ticket?.jti === jti && ticket.number !== number) {
      this.break("number-changed", `${ticket.number} became ${number}`);
    }
  }

  /** Someone was let in on arrival: then nobody may be waiting, at the gate, or freshly called. */
  private checkNewcomer(now: Snapshot, newcomer: number | string): void {
    const before = this.previous;
    if (before && before.generation === now.generation && before.issued > before.serving) {
      this.break("overtaken", `newcomer ${newcomer} let in while ${before.issued - before.serving} wait`);
    }
    const called = this.recentlyCalled.find(({ jti }) => !this.shown.has(jti));
    if (called) this.break("overtaken", `newcomer ${newcomer} let in ahead of ${called.jti}, just called`);
    for (const one of this.gate.values()) {
      if (one.since < this.operations) one.overtakenBy = `newcomer ${newcomer}`;
    }
  }

  private checkClaims(
    now: Snapshot,
    tickets: readonly TicketRef[],
    outcomes: readonly ClaimOutcome[],
  ): number {
    outcomes.forEach((outcome, i) => {
      const ticket = tickets[i];
      if (ticket) this.checkStanding(now, ticket, outcome);
    });
    let letIn = 0;
    outcomes.forEach((outcome, i) => {
      const ticket = tickets[i];
      if (ticket && outcome.state === "admitted")
        letIn += this.checkAdmitted(now, ticket, outcome.remainingMs);
    });
    return letIn;
  }

  private noteEnding(jti: string): void {
    for (const [gateway, jtis] of this.untold) if (!this.told.get(gateway)?.has(jti)) jtis.add(jti);
  }

  /** A gateway that has been told all knows of every session that ended. */
  private checkTold(now: Snapshot, gateway: string, { jtis, revision }: Endings): void {
    const untold = this.untold.get(gateway);
    for (const jti of jtis) {
      this.told.get(gateway)?.add(jti);
      untold?.delete(jti);
    }
    if (revision !== now.endedRevision || !untold) return;
    for (const jti of untold) this.break("ending-untold", `${jti} to ${gateway}, at revision ${revision}`);
    untold.clear();
  }

  private checkExtension(now: Snapshot, { jti, number, look }: ExtendEntry, outcome: ExtendOutcome): void {
    if (outcome.state === "missed") this.checkMissed(now, jti, number);
    if (outcome.state === "waiting" && number <= now.serving) {
      this.break("contradiction", `${number} is waiting, serving ${now.serving}`);
    }
    if (outcome.state !== "called" && outcome.state !== "no-extensions-left") return;
    if (number > now.serving) this.break("contradiction", `${outcome.state}, serving ${now.serving}`);
    const times = this.extensions.get(jti) ?? 0;
    // A window that has not begun needs no extension: the gate has not got there.
    const isWaiting = outcome.state === "called" && outcome.extensionsLeft === 10 - times;
    const isSpent = !look && !(isWaiting && number > this.highestInside);
    const left = outcome.state === "called" ? outcome.extensionsLeft + (isSpent ? 1 : 0) : 0;
    if (left > 10 - times || (left < 10 - times && !this.mayHaveMoreExtensions)) {
      this.break("contradiction", `${outcome.state}, ${left} were left after ${times} extensions`);
    }
    if (outcome.state !== "called" || !isSpent) return;
    this.extensions.set(jti, times + 1);
    this.calledAtOpenMs.set(jti, now.openTimeMs);
    if (outcome.windowEndsInMs !== now.settings.claimWindowSeconds * 1000) {
      this.break("contradiction", `extended for ${outcome.windowEndsInMs} ms`);
    }
  }

  private checkStanding(now: Snapshot, ticket: TicketRef, { state }: ClaimOutcome): void {
    const { jti, number, generation } = ticket;
    const isCalled = number <= now.serving;
    if (isCalled && generation === now.generation) this.shown.add(jti);
    const isOutside = state === "waiting" || state === "called" || state === "returned";
    if ((state === "waiting") === isCalled && isOutside) {
      this.break("contradiction", `${state}, number ${number}, serving ${now.serving}`);
    }
    if ((state === "reset") !== (generation !== now.generation) && state !== "closed") {
      this.break("contradiction", `${state} to a ticket of ${generation} in ${now.generation}`);
    }
    if (state === "called" || state === "returned")
      this.highestClaimed = Math.max(this.highestClaimed, number);
    if (state === "called") this.noteAtGate(now, ticket);
    if (state === "returned") this.noteReturned(now, ticket);
    if (state === "missed") this.checkMissed(now, jti, number);
  }

  /** Only somebody who was not heard of for as long as a grant is held comes back after one. */
  private noteReturned(now: Snapshot, { jti, number }: TicketRef): void {
    const standing = this.gate.get(jti);
    if (standing && now.roomTimeMs - standing.lastRoomMs <= this.grantHoldMs(now)) {
      this.break("contradiction", `${number} lost a grant that it asked for in time`);
    }
    this.gate.delete(jti);
    if (!this.returned.has(jti)) this.returned.set(jti, this.operations);
  }

  private noteAtGate(now: Snapshot, { jti, number }: TicketRef): void {
    if (this.returned.has(jti)) this.break("burned-twice", `${number} waits for another grant`);
    this.stood.add(jti);
    const known = this.gate.get(jti);
    const isBack = this.stoodAtGate.delete(jti) && now.roomTimeMs < GATHERING_MS;
    if (isBack && number < this.highestSinceWipe) {
      this.break("overtaken", `${number} back at the gate after a wipe, ${this.highestSinceWipe} let in`);
    }
    const at = { last: this.operations, lastRoomMs: now.roomTimeMs };
    if (!known || now.roomTimeMs - known.lastRoomMs > this.grantHoldMs(now)) {
      this.gate.set(jti, { number, since: this.operations, overtakenBy: "", ...at });
      return;
    }
    if (known.overtakenBy !== "") this.break("overtaken", `${number} at the gate by ${known.overtakenBy}`);
    Object.assign(known, at);
  }

  /** Whoever asks this often cannot have let a grant lapse unseen. */
  private grantHoldMs(now: Snapshot): number {
    return Math.min(60, now.settings.sessionSeconds) * 1000 - 1000;
  }

  private checkMissed(now: Snapshot, jti: string, number: number): void {
    const standing = this.gate.get(jti);
    if (standing && now.roomTimeMs - standing.lastRoomMs <= this.grantHoldMs(now)) {
      this.break("missed-in-time", `${number} missed while at the gate`);
    }
    if (this.calledEarly.has(jti)) this.break("missed-in-time", `${number} missed before the gate got to it`);
    const calledMs = this.calledAtOpenMs.get(jti);
    if (calledMs !== undefined && now.openTimeMs <= calledMs + this.leastWindowMs) {
      this.break("missed-in-time", `${number} missed ${now.openTimeMs - calledMs} ms after its call`);
    }
    this.gate.delete(jti);
  }

  private checkAdmitted(now: Snapshot, { jti, number }: TicketRef, remainingMs: number): number {
    const standing = this.gate.get(jti);
    if (standing && now.roomTimeMs - standing.lastRoomMs <= this.grantHoldMs(now)) this.cameInDirectly += 1;
    if (!this.inside.has(jti) && !this.grantedUnseen.has(jti) && now.mode !== "open") {
      const lastSeen = standing?.last ?? this.operations;
      const returnedAt = this.returned.get(jti);
      for (const [other, one] of this.gate) {
        const goesFirst = returnedAt === undefined ? one.number < number : one.since < returnedAt;
        if (other === jti || !goesFirst || one.since > lastSeen) continue;
        if (one.last === this.operations) this.break("overtaken", `${one.number} at the gate by ${number}`);
        one.overtakenBy = `number ${number}`;
      }
    }
    this.gate.delete(jti);
    this.returned.delete(jti);
    return this.noteInside(now, jti, number, remainingMs);
  }

  private noteInside(now: Snapshot, jti: string, number: number, remainingMs: number): number {
    this.shown.add(jti);
    this.sessionEnds.set(jti, now.roomTimeMs + remainingMs);
    if (this.inside.has(jti)) return 0;
    this.inside.add(jti);
    this.highestInside = Math.max(this.highestInside, number);
    this.highestClaimed = Math.max(this.highestClaimed, number);
    if (now.mode !== "open") this.highestSinceWipe = Math.max(this.highestSinceWipe, number);
    return 1;
  }

  /** In any window at most the outflow and one cap: a bucket of that size never runs below empty. */
  private checkAdmissions(now: Snapshot, letIn: number): void {
    const cap = capUnits(now.settings.outflowPerMinute);
    const before = this.previous;
    if (!before) {
      if (now.creditUnits > cap) this.break("over-outflow", `credit ${now.creditUnits} over its cap`);
      this.units = now.creditUnits;
      // What this very operation let in is not known.
      if (this.operations > 1) this.uncollected += Math.ceil(cap / UNITS);
      return;
    }
    this.units = Math.min(this.units, cap);
    const admitted = now.admittedTotal - before.admittedTotal;
    const isFree = now.mode === "open";
    if (!isFree) this.units -= admitted * UNITS;
    this.uncollected += admitted - letIn;
    if (this.units < 0) this.break("over-outflow", `${admitted} let in, ${-this.units} units too much`);
    else if (!isFree && now.creditUnits > this.units) {
      this.break("over-outflow", `credit ${now.creditUnits}, earned ${this.units}`);
    } else if (!isFree && now.creditUnits < this.units) {
      this.break("idle-credit", `credit ${now.creditUnits}, earned ${this.units}`);
    }
    if (this.uncollected < 0)
      this.break("over-outflow", `${-this.uncollected} let in that no credit was spent on`);
    if (this.knowsGrants && this.uncollected > this.stood.size - this.cameInDirectly) {
      this.break(
        "burned-twice",
        `${this.uncollected} grants nobody collected, of ${this.stood.size} tickets`,
      );
    }
    this.checkCapacity(now, isFree ? 0 : admitted);
  }

  private checkCapacity(now: Snapshot, admitted: number): void {
    const { capacity } = now.settings;
    if (capacity === 0 || admitted <= 0) return;
    let known = 0;
    for (const [jti, endMs] of this.sessionEnds) {
      if (endMs > now.roomTimeMs) known += 1;
      else this.sessionEnds.delete(jti);
    }
    if (Math.max(known, now.sessions) > capacity) {
      this.break("over-capacity", `${known} known sessions, ${now.sessions} counted, capacity ${capacity}`);
    }
  }

  private checkIdle(now: Snapshot, longestWaitMs: number): void {
    const { capacity } = now.settings;
    const isFull = capacity > 0 && now.sessions >= capacity;
    const canAdmit = now.mode === "queue" && now.creditUnits >= UNITS && !isFull && !this.isBarred(now);
    if (canAdmit && now.registered > 0) {
      this.break("idle-credit", `${now.registered} at the gate, credit ${now.creditUnits}`);
    }
    if (!canAdmit) this.idleSinceMs = now.roomTimeMs;
    const idleMs = Math.min(longestWaitMs, now.roomTimeMs - this.idleSinceMs);
    if (this.options.withoutHoles && idleMs > MOST_IDLE_MS) {
      this.break("idle-credit", `a live visitor waits, credit unused for ${idleMs} ms`);
    }
  }

  /** After a wipe nobody is let in until the gate has gathered, and by capacity not before passes were renewed. */
  private isBarred({ roomTimeMs, settings }: Snapshot): boolean {
    if (!this.wiped) return false;
    this.wiped.sessionsKnownFromMs ??= settings.sessionSeconds * 500;
    const { admitsFromMs, sessionsKnownFromMs } = this.wiped;
    return roomTimeMs < admitsFromMs || (settings.capacity > 0 && roomTimeMs < sessionsKnownFromMs);
  }

  /** An operator who sets the mode says that a wiped line need not wait for the sessions it does not know. */
  private noteVouched(): void {
    if (this.wiped) this.wiped.sessionsKnownFromMs = 0;
  }

  private noteReset({ endSessions }: { readonly endSessions: boolean }): void {
    this.gate.clear();
    this.calledEarly.clear();
    this.returned.clear();
    this.highestInside = 0;
    this.highestClaimed = 0;
    this.recentlyCalled = [];
    if (endSessions) this.sessionEnds.clear();
  }
}
