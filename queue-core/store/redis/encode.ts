import { factsText, lossFacts, NO_AUDIT_HEAD } from "../../domain/audit.ts";
import type { Floor } from "../../domain/floor.ts";
import type { RoomSettings, SettingsChange } from "../../domain/settings.ts";
import type { ExtendEntry, JoinEntry, TicketRef } from "../../domain/visitors.ts";
import type { Configuration, Restoration } from "../store.ts";

/** The keys of a room, in the order that every script expects (lua/line.lua). */
export function keysOf(room: string): readonly string[] {
  return [
    "line",
    "seconds",
    "calls",
    "gate",
    "sessions",
    "fates",
    "forgetting",
    "gateways",
    "batches",
    "places:0",
    "places:1",
    "audit",
    "endings",
  ].map((name) => `sluse:{${room}}:${name}`);
}

/** The name in lua/line.lua of each setting that an operator may change. */
const CHANGE_FIELDS: { readonly [Setting in keyof Required<SettingsChange>]: string } = {
  mode: "mode",
  outflowPerMinute: "outflow_per_minute",
  capacity: "capacity",
  sessionSeconds: "session_seconds",
  sessionGraceSeconds: "session_grace_seconds",
  claimWindowSeconds: "claim_window_seconds",
  opensAtMs: "opens_at_ms",
  message: "message",
};

/** The arguments that every script has first (lua/frame.lua); '' is what the script is to find out itself. */
export function frameArgs(nowMs: number | null, runId: string, gateway: string, floor: Floor): string[] {
  return [
    nowMs === null ? "" : String(nowMs),
    runId,
    gateway,
    String(floor.generation),
    String(floor.issued),
    String(floor.serving),
    String(floor.peakJoinsPerSecond),
    ...(floor.settings ? settingsArgs(floor.settings) : NO_SETTINGS),
  ];
}

const NO_SETTINGS: readonly string[] = Array.from({ length: 11 }, () => "");

/** Settings in the order of SETTINGS in lua/frame.lua. */
function settingsArgs(settings: RoomSettings): string[] {
  return [
    String(settings.version),
    settings.mode,
    String(settings.outflowPerMinute),
    String(settings.capacity),
    String(settings.sessionSeconds),
    String(settings.sessionGraceSeconds),
    String(settings.claimWindowSeconds),
    String(settings.opensAtMs),
    JSON.stringify(settings.message),
    String(settings.messageRevision),
    String(settings.passesNotBeforeMs),
  ];
}

/**
 * A batch of joins: the jtis of all in one text, and one by one only those entries that are more than a fresh
 * visitor who joins.
 */
export function joinArgs(id: number, entries: readonly JoinEntry[]): string[] {
  const width = entries.reduce((widest, { jti }) => Math.max(widest, jti.length), 0);
  const jtis = entries.map(({ jti }) => jti.padEnd(width)).join("");
  return [String(id), String(entries.length), String(width), jtis, ...entries.flatMap(markedArgs)];
}

function markedArgs({ intent, idempotencyKey, ticket }: JoinEntry, index: number): string[] {
  if (intent === "join" && idempotencyKey === undefined && !ticket) return [];
  return [
    String(index + 1),
    intent,
    idempotencyKey ?? "",
    ticket?.jti ?? "",
    String(ticket?.number ?? 0),
    String(ticket?.generation ?? 0),
  ];
}

/** Tickets, three each: jti, number, generation. */
export function ticketArgs(tickets: readonly TicketRef[]): string[] {
  return tickets.flatMap(({ jti, number, generation }) => [jti, String(number), String(generation)]);
}

/** Tickets, four each: a ticket's three and whether it only looks. */
export function extendArgs(entries: readonly ExtendEntry[]): string[] {
  return entries.flatMap((entry) => [...ticketArgs([entry]), entry.look ? "look" : ""]);
}

export function configureArgs(room: string, asked: Configuration): string[] {
  const { id, change, reset, expectedVersion, actor, reason } = asked;
  const changes = Object.keys(change).length > 0 || !reset;
  return [
    expectedVersion === null ? "" : String(expectedVersion),
    changes ? "change" : "",
    reset ? (reset.endSessions ? "end" : "keep") : "",
    factsText({ room, actor, reason, change, reset, lost: null }),
    id,
    ...changeArgs(change),
  ];
}

export function restoreArgs(
  room: string,
  { seed, mayStartLine, confirmed, auditHead }: Restoration,
): string[] {
  const seen = auditHead ?? NO_AUDIT_HEAD;
  return [
    ...settingsArgs(seed),
    mayStartLine ? "1" : "",
    confirmed ? "1" : "",
    String(seen.sequence),
    seen.hash,
    factsText(lossFacts(room, seen)),
  ];
}

function changeArgs(change: SettingsChange): string[] {
  const { message, ...rest } = change;
  const args = Object.entries(rest).flatMap(([name, value]) => [
    CHANGE_FIELDS[name as keyof typeof rest],
    String(value),
  ]);
  return message === undefined ? args : [...args, CHANGE_FIELDS.message, JSON.stringify(message)];
}
