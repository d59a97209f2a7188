import type { Endings } from "../../domain/endings.ts";
import type { Snapshot } from "../../domain/snapshot.ts";
import type {
  ClaimOutcome,
  ExtendOutcome,
  JoinEntry,
  JoinOutcome,
  RenewOutcome,
} from "../../domain/visitors.ts";
import type { KeptTrail } from "../audit/check.ts";
import { AUDIT_HEAD, type ReplyKind, SETTING_KINDS, TOLD, toldNames } from "./wire.ts";

/** What a script replied, before its result is read (lua/frame.lua). */
export type RawReply =
  | { readonly kind: "done"; readonly snapshot: Snapshot; readonly result: unknown }
  | { readonly kind: "restoring" }
  | { readonly kind: "empty"; readonly runId: string };

/** @throws TypeError when it is not what frame.lua says: a bug, or another version's script. */
export function decodeReply(reply: unknown): RawReply {
  const [kind, result, values] = listOf(reply);
  if (kind === "restoring") return { kind };
  if (kind === "empty") return { kind, runId: textOf(result) };
  if (kind !== "done") throw new TypeError(`a script replied ${String(kind)}`);
  return { kind, snapshot: snapshotOf(listOf(values)), result };
}

const VALUES = toldNames().length;

/** A value that is missing is a fault: taken for a 0 it would set the line back, or the outflow to nothing. */
function snapshotOf(values: readonly unknown[]): Snapshot {
  if (values.length !== VALUES) throw new TypeError(`a script told ${values.length} values, not ${VALUES}`);
  const rest = [...values];
  const settings = read(SETTING_KINDS, rest);
  const snapshot = read(TOLD, rest);
  snapshot.settings = settings;
  snapshot.auditHead = read(AUDIT_HEAD, rest);
  return snapshot as unknown as Snapshot;
}

/** Takes as many values off the front as there are kinds. Objects of one kind get one shape: their names come in one order. */
function read(kinds: Readonly<Record<string, ReplyKind>>, values: unknown[]): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [name, kind] of Object.entries(kinds)) found[name] = READERS[kind](values.shift());
  return found;
}

const READERS: Readonly<Record<ReplyKind, (value: unknown) => unknown>> = {
  text: textOf,
  number: integerOf,
  flag: (value) => integerOf(value) === 1,
  // -1: nobody knows yet.
  pause: (value) => (value === -1 ? null : integerOf(value)),
  json: (value) => JSON.parse(textOf(value)),
};

/** The runs of lua/join.lua, one outcome for each entry. A repeat brings the jtis of the batch as it was. */
export function decodeJoin(result: unknown, entries: readonly JoinEntry[]): JoinOutcome[] {
  const [runs, width, jtis] = listOf(result).map(textOf);
  const jtiOf =
    width === undefined || jtis === undefined
      ? (index: number) => entries[index]?.jti ?? ""
      : (index: number) => jtis.slice(index * Number(width), (index + 1) * Number(width)).trimEnd();
  const outcomes: JoinOutcome[] = [];
  for (const run of (runs ?? "").split(" ")) if (run !== "") addRun(outcomes, run, jtiOf);
  return outcomes;
}

function addRun(outcomes: JoinOutcome[], run: string, jtiOf: (index: number) => string): void {
  const [state, ...rest] = run.split(":");
  const [first = 0, second = 0, third = 0] = rest.map(Number);
  switch (state) {
    case "kept":
      outcomes.push({
        state: "placed",
        number: first,
        jti: rest.slice(2).join(":"),
        ...(rest[1] === "" ? {} : { windowEndsInMs: second }),
      });
      return;
    case "inside":
      outcomes.push({
        state: "admitted",
        number: first,
        jti: rest.slice(2).join(":"),
        remainingMs: second,
      });
      return;
  }
  for (let i = 0; i < first; i += 1) {
    outcomes.push(ownOutcome(state, second + i, jtiOf(outcomes.length), third));
  }
}

function ownOutcome(
  state: string | undefined,
  number: number,
  jti: string,
  remainingMs: number,
): JoinOutcome {
  switch (state) {
    case "placed":
      return { state, number, jti };
    case "admitted":
      return { state, number, jti, remainingMs };
    case "passed":
      return { state: "admitted", number: 0, jti: "", remainingMs: 0 };
    case "must-wait":
    case "closed":
      return { state };
    default:
      throw new TypeError(`lua/join.lua says nothing of ${state}`);
  }
}

export function decodeClaims(result: unknown): ClaimOutcome[] {
  return listOf(result).map((outcome): ClaimOutcome => {
    if (typeof outcome === "number") return { state: "admitted", remainingMs: outcome };
    const [name, ahead] = textOf(outcome).split(":");
    const state = name as Exclude<ClaimOutcome["state"], "admitted">;
    return state === "called" || state === "returned" ? { state, ahead: Number(ahead) } : { state };
  });
}

export function decodeExtensions(result: unknown): ExtendOutcome[] {
  return listOf(result).map((outcome) => {
    const [name, first, second] = textOf(outcome).split(":");
    const state = name as ExtendOutcome["state"];
    if (state === "called") return { state, windowEndsInMs: Number(first), extensionsLeft: Number(second) };
    if (state === "no-extensions-left") return { state, windowEndsInMs: Number(first) };
    if (state === "registered" || state === "returned") return { state, ahead: Number(first) };
    return { state };
  });
}

export function decodeEndings(result: unknown): Endings {
  const [revision, ...jtis] = listOf(result);
  return { jtis: jtis.map(textOf), revision: integerOf(revision) };
}

export function decodeRenewals(result: unknown): RenewOutcome[] {
  return listOf(result).map((outcome) =>
    typeof outcome === "number"
      ? { state: "live", remainingMs: outcome }
      : { state: textOf(outcome) as Exclude<RenewOutcome["state"], "live"> },
  );
}

/** The audit trail as lua/trail.lua tells it. */
export function decodeTrail(reply: unknown): KeptTrail {
  const [sequence, hash, kept] = listOf(reply);
  return { head: { sequence: integerOf(sequence), hash: textOf(hash) }, kept: listOf(kept).map(textOf) };
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError("a script's reply is not a list");
  return value;
}

export function textOf(value: unknown): string {
  if (typeof value !== "string") throw new TypeError("a script's reply has no text where one belongs");
  return value;
}

function integerOf(value: unknown): number {
  if (typeof value !== "number") throw new TypeError("a script's reply has no number where one belongs");
  return value;
}
