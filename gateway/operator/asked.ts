import { z } from "zod";
import type { SettingsChange } from "#core";
import { AUDIT_ENTRIES, FIELD_NAMES, MOST_VERSION_DIGITS, storedChange } from "#operator-api";
import { changeSchema, logInSchema, resetSchema } from "#operator-api/schemas";
import { type BadField, badFieldsOf, shown } from "../fields.ts";
import { headerOf, type Request } from "../http/request.ts";
import { badFields, badQuery, isProblem, type Problem } from "./problems.ts";

const AUDIT_FILTERS: readonly string[] = ["room", "actor", "before", "limit"];
const VERSION = new RegExp(`^"(\\d{1,${MOST_VERSION_DIGITS}})"$`);

const NO_CHANGE: Problem = {
  problem: "no-change",
  detail: `The body names nothing to change; the fields are ${FIELD_NAMES.join(", ")}.`,
};

/** What an operator wants changed, and why. */
export interface AskedChange {
  readonly change: SettingsChange;
  /** Of a change that closes the room: those inside are put out too. */
  readonly endSessions: boolean;
  readonly reason: string;
}

export interface AskedReset {
  readonly endSessions: boolean;
  readonly reason: string;
}

/** Whose audit trail (null: all rooms'), and how many entries. */
export interface AskedAudit {
  readonly room: string | null;
  /** Whose changes; null: everybody's. */
  readonly actor: string | null;
  /** Of `room`, entries with a lower sequence; null: from the newest on. */
  readonly before: number | null;
  readonly limit: number;
}

/** Reads the body of a PATCH: some of the steering fields, and a reason. */
export function readChange(body: string): AskedChange | Problem {
  const read = readBody(body, changeSchema);
  if (isProblem(read)) return read;
  const { endSessions = false, reason, ...written } = read.body;
  const change = storedChange(written);
  return Object.keys(change).length === 0 ? NO_CHANGE : { change, endSessions, reason };
}

/** Reads the body of a reset; `confirm` must say the room's id again. */
export function readReset(body: string, room: string): AskedReset | Problem {
  const schema = resetSchema
    .extend({ confirm: z.literal(room).describe(`the room's id, "${room}"`) })
    .describe(`an object such as {"confirm": "${room}", "reason": "..."}`);
  const read = readBody(body, schema);
  return isProblem(read) ? read : { endSessions: read.body.endSessions, reason: read.body.reason };
}

/** Reads the body of a log-in. A token is never said again, so what is wrong with it is not either. */
export function readLogIn(body: string): { readonly token: string } | Problem {
  const read = readBody(body, logInSchema);
  return isProblem(read) ? { problem: "bad-log-in" } : read.body;
}

/** The version that the settings must still have; null where any will do. */
export function readIfMatch(request: Request): { readonly version: number | null } | Problem {
  const given = headerOf(request, "if-match");
  if (given === undefined || given === "*") return { version: null };
  const version = VERSION.exec(given)?.[1];
  return version === undefined ? { problem: "bad-if-match" } : { version: Number(version) };
}

/** Reads `?room=&actor=&before=&limit=`; anything else, or the same twice, is an error. */
export function readAuditQuery(query: string | null): AskedAudit | Problem {
  const asked = new URLSearchParams(query ?? "");
  const errors: BadField[] = [];
  for (const name of new Set(asked.keys())) {
    const given = asked.getAll(name);
    if (!AUDIT_FILTERS.includes(name)) {
      errors.push({
        field: name,
        given: shown(given[0]),
        allowed: "not here; only room, actor, before and limit",
      });
    } else if (given.length > 1)
      errors.push({ field: name, given: shown(given.join(", ")), allowed: "once" });
  }
  const limitText = asked.get("limit") ?? String(AUDIT_ENTRIES.usual);
  const limit = /^\d{1,4}$/.test(limitText) ? Number(limitText) : 0;
  const { least, most } = AUDIT_ENTRIES;
  if (limit < least || limit > most) {
    errors.push({ field: "limit", given: shown(limitText), allowed: `${least} to ${most}` });
  }
  const beforeText = asked.get("before");
  const before = beforeText === null ? null : Number(beforeText);
  if (beforeText !== null && (!/^[1-9]\d{0,14}$/.test(beforeText) || !asked.has("room"))) {
    errors.push({
      field: "before",
      given: shown(beforeText),
      allowed: "the sequence of an entry, with its room",
    });
  }
  return errors.length > 0
    ? badQuery(errors)
    : { room: asked.get("room"), actor: asked.get("actor"), before, limit };
}

function readBody<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
): { readonly body: z.infer<Schema> } | Problem {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return { problem: "bad-json" };
  }
  const parsed = schema.safeParse(given);
  return parsed.success ? { body: parsed.data } : badFields(badFieldsOf(parsed.error, schema, given));
}
