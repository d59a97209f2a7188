import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import {
  normaliseHost,
  normalisePath,
  OPERATOR_SETTINGS,
  type OperatorSetting,
  type RoomSettings,
  settingsWith,
} from "#core";
import { IN_SOME_LANGUAGE, storedChange } from "#operator-api";
import { inSomeLanguage, seedSchemas } from "#operator-api/schemas";
import { badFieldsOf } from "./fields.ts";
import { SettingsError } from "./settings.ts";

const PATH = /^\/(?!\/)[A-Za-z0-9\-._~/]*$/;
const HOST = /^(\*|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:.]+\])$/;
const HOST_AND_PORT = /^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:.]+\])(:\d{1,5})?$/;

const named = z.string().min(1).max(200).describe("a text of 1 to 200 characters");

function isOrigin(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
}

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
    name: inSomeLanguage(named).describe(IN_SOME_LANGUAGE),
    match: z
      .strictObject({
        host: z.string().regex(HOST).describe('a host name such as tax.example, or "*" for any'),
        path: z
          .string()
          .regex(PATH)
          .describe("a path such as /tax, of letters, digits and -._~/, with one slash in front"),
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
    // What an operator steers: the file seeds it.
    ...seedSchemas,
    waitingStatus: z
      .union([z.literal(200), z.literal(202), z.literal(429), z.literal(503)])
      .default(200)
      .describe("200, 202, 429 or 503"),
    whenStoreDown: z.enum(["hold", "open"]).default("hold").describe('"hold" or "open"'),
    ungated: z.array(ungated).default([]).describe('a list of {"path": "/tax/help"}'),
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
  const { outflowPerMinute, message } = room;
  return settingsWith({
    outflowPerMinute,
    ...storedChange(room),
    messageRevision: message === null ? 0 : 1,
  });
}

/** The names of the settings in which the store differs from the file, for the log at start. */
export function differencesFromFile(room: RoomConfig, inForce: RoomSettings): readonly OperatorSetting[] {
  const seed = seedSettings(room);
  return OPERATOR_SETTINGS.filter((name) => JSON.stringify(seed[name]) !== JSON.stringify(inForce[name]));
}
