import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { normaliseHost, normalisePath, type RoomSettings, type SettingsChange } from "#core";
import { badFieldsOf } from "./fields.ts";
import { SettingsError } from "./settings.ts";

const PATH = /^\/[A-Za-z0-9\-._~/]*$/;
const HOST = /^(\*|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:.]+\])$/;
const HOST_AND_PORT = /^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:.]+\])(:\d{1,5})?$/;

const named = z.string().min(1).max(200).describe("a text of 1 to 200 characters");
const told = z.string().max(2_000).describe("a text of 2000 characters at most");

function isOrigin(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
}

function whole(least: number, most: number) {
  return z.int().min(least).max(most).describe(`a whole number from ${least} to ${most}`);
}

/** What an operator may change, with its bounds; the rooms file seeds it. Each says in words what is allowed. */
export const steering = {
  mode: z.enum(["queue", "hold", "open", "closed"]).describe('"queue", "hold", "open" or "closed"'),
  outflowPerMinute: whole(1, 1_000_000),
  capacity: whole(0, 100_000_000).describe("a whole number from 0 (no bound) to 100000000"),
  sessionSeconds: whole(1, 86_400),
  sessionGraceSeconds: whole(0, 86_400),
  claimWindowSeconds: whole(1, 86_400),
  opensAt: z.iso
    .datetime({ offset: true })
    .nullable()
    .describe("a time such as 2027-03-15T19:00:00+01:00, or null"),
  message: z.strictObject({ da: told, en: told }).nullable().describe('{"da": text, "en": text} or null'),
};

const ungated = z
  .strictObject({
    method: z
      .string()
      .regex(/^[A-Z]{1,20}$/)
      .optional()
      .describe("a method in capitals, such as GET"),
    path: z
      .string()
      .regex(/^\/[^\s?#*]*(\/\*)?$/)
      .describe("a path, or a path ending in /*"),
  })
  .describe('{"method": "GET", "path": "/tax/help"}, method or not');

const roomSchema = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,31}$/)
      .describe("1 to 32 of a to z, 0 to 9 and -, not beginning with -"),
    name: z.strictObject({ da: named, en: named }).describe('{"da": text, "en": text}'),
    match: z
      .strictObject({
        host: z.string().regex(HOST).describe('a host name such as tax.example, or "*" for any'),
        path: z.string().regex(PATH).describe("a path such as /tax, of letters, digits and -._~/"),
      })
      .describe('{"host": "*", "path": "/tax"}'),
    origin: z
      .string()
      .refine(isOrigin)
      .describe("an http or https address without path, such as http://127.0.0.1:3000"),
    originHost: z
      .string()
      .max(255)
      .regex(HOST_AND_PORT)
      .refine((host) => URL.canParse(`http://${host}`))
      .optional()
      .describe("a host name, with or without a port"),
    mode: steering.mode.default("queue"),
    outflowPerMinute: steering.outflowPerMinute,
    capacity: steering.capacity.default(0),
    sessionSeconds: steering.sessionSeconds.default(600),
    sessionGraceSeconds: steering.sessionGraceSeconds.default(1800),
    claimWindowSeconds: steering.claimWindowSeconds.default(600),
    opensAt: steering.opensAt.default(null),
    waitingStatus: z
      .union([z.literal(200), z.literal(202), z.literal(429), z.literal(503)])
      .default(200)
      .describe("200, 202, 429 or 503"),
    whenStoreDown: z.enum(["hold", "open"]).default("hold").describe('"hold" or "open"'),
    ungated: z.array(ungated).default([]).describe('a list of {"path": "/tax/help"}'),
    message: steering.message.default(null),
  })
  .describe("a room: an object with id, name, match, origin, outflowPerMinute");

const fileSchema = z
  .strictObject({ rooms: z.array(roomSchema).min(1).max(1_000).describe("a list of 1 to 1000 rooms") })
  .describe('{"rooms": [...]}');

/** One room as its file describes it. */
export type RoomConfig = z.infer<typeof roomSchema>;

/** Reads and checks the rooms file. Throws `SettingsError` naming each bad field. */
export function readRoomsFile(path: string): RoomConfig[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === "ENOENT" ? "is not there" : "cannot be read";
    throw new SettingsError([
      `SLUSE_ROOMS: ${JSON.stringify(path)} (${resolve(path)} ${why}); allowed: a readable rooms file`,
    ]);
  }
  return parseRooms(path, text);
}

/** Checks the text of a rooms file; `path` only names it in errors. */
export function parseRooms(path: string, text: string): RoomConfig[] {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    const [why] = (error as Error).message.split("\n");
    throw new SettingsError([`${path}: not JSON (${why}); allowed: a JSON file, {"rooms": [...]}`]);
  }
  const parsed = fileSchema.safeParse(given);
  if (!parsed.success) {
    const wrong = badFieldsOf(parsed.error, fileSchema, given);
    throw new SettingsError(
      wrong.map((one) => `${path}: ${one.field}: ${one.given}; allowed: ${one.allowed}`),
    );
  }
  const problems = clashes(parsed.data.rooms);
  if (problems.length > 0) throw new SettingsError(problems.map((line) => `${path}: ${line}`));
  return parsed.data.rooms;
}

function clashes(rooms: readonly RoomConfig[]): string[] {
  const problems: string[] = [];
  const ids = new Set<string>();
  const places = new Set<string>();
  for (const { id, match } of rooms) {
    const path = normalisePath(match.path)?.replace(/\/$/, "");
    const place = `${normaliseHost(match.host)} ${path}`;
    if (ids.has(id)) problems.push(`rooms: id ${JSON.stringify(id)} given twice; allowed: unique ids`);
    if (places.has(place))
      problems.push(`rooms: match ${JSON.stringify(match)} given twice; allowed: one room each`);
    ids.add(id);
    places.add(place);
  }
  return problems;
}

/** The settings that a room starts with where the store knows none. */
export function seedSettings(room: RoomConfig): RoomSettings {
  return {
    mode: room.mode,
    outflowPerMinute: room.outflowPerMinute,
    capacity: room.capacity,
    sessionSeconds: room.sessionSeconds,
    sessionGraceSeconds: room.sessionGraceSeconds,
    claimWindowSeconds: room.claimWindowSeconds,
    opensAtMs: room.opensAt === null ? 0 : Date.parse(room.opensAt),
    message: room.message,
    messageRevision: room.message === null ? 0 : 1,
    passesNotBeforeMs: 0,
    version: 1,
  };
}

/** The names of the settings in which the store differs from the file, for the log at start. */
export function differencesFromFile(room: RoomConfig, inForce: RoomSettings): (keyof SettingsChange)[] {
  const seed = seedSettings(room);
  const names: (keyof SettingsChange)[] = [
    "mode",
    "outflowPerMinute",
    "capacity",
    "sessionSeconds",
    "sessionGraceSeconds",
    "claimWindowSeconds",
    "opensAtMs",
    "message",
  ];
  return names.filter((name) => JSON.stringify(seed[name]) !== JSON.stringify(inForce[name]));
}
