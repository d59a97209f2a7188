import type { Endings } from "../../domain/endings.ts";
import type { RoomSettings } from "../../domain/settings.ts";
import type { Snapshot } from "../../domain/snapshot.ts";
import type {
  ClaimOutcome,
  ExtendOutcome,
  JoinEntry,
  JoinOutcome,
  RenewOutcome,
} from "../../domain/visitors.ts";
import type { KeptTrail } from "../audit/check.ts";

/** What a script replied, before its result is read (lua/frame.lua). */
export type RawReply =
  | { readonly kind: "done"; readonly snapshot: Snapshot; readonly result: unknown }
  | { readonly kind: "restoring" }
  | { readonly kind: "empty"; readonly runId: string };

/** @throws TypeError when it is not what frame.lua says: a bug, or another version's script. */
export function decodeReply(reply: unknown): RawReply {
  const [kind, result, mode, settingsMode, alarm, message, integers, auditHash] = listOf(reply);
  if (kind === "restoring") return { kind };
  if (kind === "empty") return { kind, runId: textOf(result) };
  if (kind !== "done") throw new TypeError(`a script replied ${String(kind)}`);
  const texts = {
    mode: textOf(mode),
    settingsMode: textOf(settingsMode),
    alarm: textOf(alarm),
    message: textOf(message),
    auditHash: textOf(auditHash),
  };
  return { kind, snapshot: snapshotOf(texts, listOf(integers).map(integerOf)), result };
}

function snapshotOf(
  texts: { mode: string; settingsMode: string; alarm: string; message: string; auditHash: string },
  integers: readonly number[],
): Snapshot {
  let at = 0;
  const next = () => integers[at++] ?? 0;
  // In the order of `done` in lua/frame.lua: the order of these lines is the format.
  return {
    generation: next(),
    issued: next(),
    serving: next(),
    settings: {
      mode: texts.settingsMode as RoomSettings["mode"],
      outflowPerMinute: next(),
      capacity: next(),
      sessionSeconds: next(),
      sessionGraceSeconds: next(),
      claimWindowSeconds: next(),
      opensAtMs: next(),
      message: messageOf(texts.message),
      messageRevision: next(),
      passesNotBeforeMs: next(),
      version: next(),
    },
    mode: texts.mode as Snapshot["mode"],
    storeTimeMs: next(),
    roomTimeMs: next(),
    openTimeMs: next(),
    creditUnits: next(),
    registered: next(),
    sessions: next(),
    quiet: next() === 1,
    showPermille: next(),
    admittedLastMinute: next(),
    joinedTotal: next(),
    calledTotal: next(),
    showsTotal: next(),
    admittedTotal: next(),
    peakJoinsPerSecond: next(),
    alarm: texts.alarm as Snapshot["alarm"],
    skipped: next(),
    waitingBeforeSkipped: next(),
    admitsInMs: pauseOf(next()),
    endedRevision: next(),
    auditHead: { sequence: next(), hash: texts.auditHash },
  };
}

/** -1: nobody knows yet. */
function pauseOf(ms: number): number | null {
  return ms === -1 ? null : ms;
}

function messageOf(json: string): RoomSettings["message"] {
  return json === "null" ? null : JSON.parse(json);
}

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
  return listOf(result).map((outcome) =>
    typeof outcome === "number"
      ? { state: "admitted", remainingMs: outcome }
      : { state: textOf(outcome) as Exclude<ClaimOutcome["state"], "admitted"> },
  );
}

export function decodeExtensions(result: unknown): ExtendOutcome[] {
  return listOf(result).map((outcome) => {
    const [name, windowEndsInMs, extensionsLeft] = textOf(outcome).split(":");
    const state = name as ExtendOutcome["state"];
    if (state === "no-extensions-left") return { state, windowEndsInMs: Number(windowEndsInMs) };
    if (state !== "called") return { state };
    return { state, windowEndsInMs: Number(windowEndsInMs), extensionsLeft: Number(extensionsLeft) };
  });
}

export function decodeEndings(result: unknown): Endings {
  const [revision, ...jtis] = listOf(result);
  return { jtis: jtis.map(textOf), revision: integerOf(revision) };
}

export function decodeRenewals(result: unknown): RenewOutcome[] {
  return listOf(result).map((outcome) =>
    typeof outcome === "number" ? { state: "live", remainingMs: outcome } : { state: "ended" },
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
