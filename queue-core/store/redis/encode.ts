import { factsText, lossFacts, NO_AUDIT_HEAD } from "../../domain/audit.ts";
import type { Floor } from "../../domain/floor.ts";
import type { KnownSettings } from "../../domain/settings.ts";
import type { ExtendEntry, JoinEntry, RenewEntry, TicketRef } from "../../domain/visitors.ts";
import type { Configuration, Ending, Restoration } from "../store.ts";
import { type FrameValues, type OwnValues, settingsArgument } from "./wire.ts";

/** What every operation brings: the time and the store's life where the caller knows them, who asks, what it remembers. */
export function frameOf(nowMs: number | null, runId: string, gateway: string, floor: Floor): FrameValues {
  return {
    now_ms: nowMs,
    run_id: runId,
    gateway,
    floor_generation: floor.generation,
    floor_issued: floor.issued,
    floor_serving: floor.serving,
    floor_peak_joins_per_second: floor.peakJoinsPerSecond,
    floor_version: floor.settings?.version ?? null,
    floor_settings: floor.settings === null ? "" : settingsText(floor.settings),
  };
}

const texts = new WeakMap<object, string>();

/** Encoded once for each settings, since a floor goes with every call. */
function settingsText(settings: KnownSettings): string {
  const known = texts.get(settings);
  if (known !== undefined) return known;
  const text = settingsArgument(settings);
  texts.set(settings, text);
  return text;
}

/**
 * A batch of joins: the jtis of all in one text, and one by one only those entries that are more than a fresh
 * visitor who joins.
 */
export function joinValues(id: number, entries: readonly JoinEntry[]): OwnValues<"join"> {
  const width = entries.reduce((widest, { jti }) => Math.max(widest, jti.length), 0);
  const jtis = entries.map(({ jti }) => jti.padEnd(width)).join("");
  return { batch_id: String(id), count: entries.length, width, jtis, marked: entries.flatMap(marked) };
}

function marked({ intent, idempotencyKey, ticket }: JoinEntry, index: number): (string | number)[] {
  if (intent === "join" && idempotencyKey === undefined && !ticket) return [];
  const held = ticket ?? { jti: "", number: 0, generation: 0 };
  return [index + 1, intent, idempotencyKey ?? "", ...ticketValues(held)];
}

export function claimValues(tickets: readonly TicketRef[]): OwnValues<"claim"> {
  return { tickets: tickets.flatMap(ticketValues) };
}

export function extendValues(entries: readonly ExtendEntry[]): OwnValues<"extend"> {
  return { tickets: entries.flatMap((entry) => [...ticketValues(entry), entry.look ? "look" : ""]) };
}

export function renewValues(entries: readonly RenewEntry[]): OwnValues<"renew"> {
  return { sessions: entries.flatMap(({ jti, as = "use" }) => [jti, as]) };
}

export function endValues(endings: readonly Ending[]): OwnValues<"end"> {
  return { endings: endings.flatMap(({ jti, number, kind }) => [jti, number, kind]) };
}

function ticketValues({ jti, number, generation }: TicketRef): (string | number)[] {
  return [jti, number, generation];
}

export function configureValues(room: string, asked: Configuration): OwnValues<"configure"> {
  const { id, change, reset, endSessions = false, expectedVersion, actor, reason } = asked;
  return {
    expected_version: expectedVersion,
    changes: Object.keys(change).length > 0 || !reset,
    reset: reset !== null,
    ends_sessions: reset?.endSessions ?? endSessions,
    facts: factsText({ room, actor, reason, change, reset, lost: null }),
    id,
    change: settingsArgument(change),
  };
}

export function restoreValues(room: string, restoration: Restoration): OwnValues<"restore"> {
  const { seed, mayStartLine, confirmed, auditHead = NO_AUDIT_HEAD } = restoration;
  return {
    seed: settingsText(seed),
    may_start_line: mayStartLine,
    confirmed,
    last_sequence: auditHead.sequence,
    last_hash: auditHead.hash,
    loss_facts: factsText(lossFacts(room, auditHead)),
  };
}
