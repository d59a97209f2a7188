import { CALL_RECORD_SPAN_MS, CLAIM_ALLOWANCE_MS, NOT_BEGUN_MS } from "./constants.ts";
import { firstFrom, put, remove, type SortedSet } from "./sorted-set.ts";

/** A run of numbers called in one second. */
export interface CallRecord {
  readonly second: number;
  readonly from: number;
  /** Open time at which its claim windows began; `NOT_BEGUN_MS` where they wait until the gate gets there. */
  readonly openedMs: number;
  /** False for numbers called by a merge or by leaving `open`: they say nothing about the show rate. */
  readonly rated: boolean;
}

/** What a line knows of its calls. */
export interface Calls {
  /** Call records by the highest number in them. Those whose windows have not begun are the last. */
  readonly calls: SortedSet;
  /** The lowest number whose window has not begun; 0: none. */
  earlyFrom: number;
  readonly openTimeMs: number;
  readonly second: number;
  readonly settings: { readonly claimWindowSeconds: number };
}

export interface CallKind {
  readonly rated: boolean;
  /** Beyond what the outflow can take now: the claim windows do not begin yet. */
  readonly early: boolean;
}

/** Remembers that the numbers from..to are called. After an early call all are early, so that windows begin in order. */
export function recordCall(line: Calls, from: number, to: number, { rated, early }: CallKind): void {
  const waits = early || line.earlyFrom > 0;
  if (waits && line.earlyFrom === 0) line.earlyFrom = from;
  const openedMs = waits ? NOT_BEGUN_MS : line.openTimeMs;
  addRecord(line, line.calls.order.at(-1), { second: line.second, from, openedMs, rated }, to);
}

/** The claim windows of all that are called up to this number begin, where they have not. */
export function beginWindows(line: Calls, upTo: number): void {
  if (line.earlyFrom === 0 || upTo < line.earlyFrom) return;
  const begun: string[] = [];
  for (let i = line.calls.order.length - 1; i >= 0; i -= 1) {
    const member = line.calls.order[i] ?? "";
    const { openedMs, from } = decodeCall(member);
    if (openedMs !== NOT_BEGUN_MS) break;
    if (from <= upTo) begun.unshift(member);
  }
  for (const member of begun) beginRecord(line, member, upTo);
  const isLast = upTo >= (line.calls.scores.get(line.calls.order.at(-1) ?? "") ?? 0);
  line.earlyFrom = isLast ? 0 : upTo + 1;
}

/** Begins the windows of the first record that waits, up to this number. */
function beginRecord(line: Calls, member: string, upTo: number): void {
  const record = decodeCall(member);
  const to = line.calls.scores.get(member) ?? 0;
  const before = line.calls.order[line.calls.order.indexOf(member) - 1];
  remove(line.calls, member);
  addRecord(line, before, { ...record, openedMs: line.openTimeMs }, Math.min(to, upTo));
  if (to > upTo) put(line.calls, encodeCall({ ...record, from: upTo + 1 }), to);
}

/** In the record before it where the new one follows on soon enough. */
function addRecord(line: Calls, before: string | undefined, record: CallRecord, to: number): void {
  if (before !== undefined && line.calls.scores.get(before) === record.from - 1) {
    const { second, openedMs, rated } = decodeCall(before);
    const sinceMs = record.openedMs - openedMs;
    const near = sinceMs >= 0 && sinceMs <= CALL_RECORD_SPAN_MS;
    if (near && second === record.second && rated === record.rated) {
      put(line.calls, before, to);
      return;
    }
  }
  put(line.calls, encodeCall(record), to);
}

/** The call under which a number may still claim, or undefined: never called, or its window has lapsed. */
export function callOf(line: Calls, number: number): CallRecord | undefined {
  const member = firstFrom(line.calls, number);
  if (member === undefined) return undefined;
  const record = decodeCall(member);
  return record.from <= number && !hasLapsed(line, record) ? record : undefined;
}

/** Whether the claim window of a called number waits until the gate gets there. */
export function isCalledEarly({ earlyFrom }: Calls, number: number): boolean {
  return earlyFrom > 0 && number >= earlyFrom;
}

/** When, in open time, a call lapses; where its window has not begun, as if it began now. */
export function callEndMs(line: Calls, { openedMs }: CallRecord): number {
  const beganMs = openedMs === NOT_BEGUN_MS ? line.openTimeMs : openedMs;
  return beganMs + line.settings.claimWindowSeconds * 1000 + CLAIM_ALLOWANCE_MS;
}

export function forgetLapsedCalls(line: Calls): void {
  let oldest = line.calls.order[0];
  while (oldest !== undefined && hasLapsed(line, decodeCall(oldest))) {
    remove(line.calls, oldest);
    oldest = line.calls.order[0];
  }
}

function hasLapsed(line: Calls, record: CallRecord): boolean {
  return callEndMs(line, record) < line.openTimeMs;
}

function encodeCall(record: CallRecord): string {
  return `${record.second}:${record.from}:${record.openedMs}:${record.rated ? 1 : 0}`;
}

function decodeCall(member: string): CallRecord {
  const [second = 0, from = 0, openedMs = 0, rated = 0] = member.split(":").map(Number);
  return { second, from, openedMs, rated: rated === 1 };
}
