import { readFileSync } from "node:fs";
import { z } from "zod";
import { normaliseHost, normalisePath, type RoomSettings, type SettingsChange } from "#core";
import { SettingsError } from "./settings.ts";

const PATH = /^\/[A-Za-z0-9\-._~/]*$/;
const HOST = /^(\*|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:.]+\])$/;
const HOST_AND_PORT = /^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:.]+\])(:\d{1,5})?$/;
const seconds = z.int().min(1).max(86_400);

const bilingual = z.strictObject({ da: z.string().min(1).max(200), en: z.string().min(1).max(200) });
const message = z.strictObject({ da: z.string().max(2_000), en: z.string().max(2_000) }).nullable();

/** What an operator may change, with its bounds; the rooms file seeds it. */
export const steering = {
  mode: z.enum(["queue", "hold", "open", "closed"]),
  outflowPerMinute: z.int().min(1).max(1_000_000),
  capacity: z.int().min(0).max(100_000_000),
  sessionSeconds: seconds,
  sessionGraceSeconds: z.int().min(0).max(86_400),
  claimWindowSeconds: seconds,
  opensAt: z.iso.datetime({ offset: true }).nullable(),
  message,
};

const ungated = z.strictObject({
  method: z
    .string()
    .regex(/^[A-Z]{1,20}$/)
    .optional(),
  path: z.string().regex(/^\/[^\s?#*]*(\/\*)?$/),
});

const roomSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/),
  name: bilingual,
  match: z.strictObject({ host: z.string().regex(HOST), path: z.string().regex(PATH) }),
  origin: z.url({ protocol: /^https?$/ }).refine((url) => new URL(url).pathname === "/", "no path"),
  originHost: z
    .string()
    .max(255)
    .regex(HOST_AND_PORT)
    .refine((host) => URL.canParse(`http://${host}`), "a host, with or without a port")
    .optional(),
  mode: steering.mode.default("queue"),
  outflowPerMinute: steering.outflowPerMinute,
  capacity: steering.capacity.default(0),
  sessionSeconds: steering.sessionSeconds.default(600),
  sessionGraceSeconds: steering.sessionGraceSeconds.default(1800),
  claimWindowSeconds: steering.claimWindowSeconds.default(600),
  opensAt: steering.opensAt.default(null),
  waitingStatus: z.union([z.literal(200), z.literal(202), z.literal(429), z.literal(503)]).default(200),
  whenStoreDown: z.enum(["hold", "open"]).default("hold"),
  ungated: z.array(ungated).default([]),
  message: steering.message.default(null),
});

const fileSchema = z.strictObject({ rooms: z.array(roomSchema).min(1).max(1_000) });

/** One room as its file describes it. */
export type RoomConfig = z.infer<typeof roomSchema>;

/** Reads and checks the rooms file. Throws `SettingsError` naming each bad field. */
export function readRoomsFile(path: string): RoomConfig[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new SettingsError([`SLUSE_ROOMS: ${JSON.stringify(path)}; allowed: a readable rooms file`]);
  }
  return parseRooms(path, text);
}

/** Checks the text of a rooms file; `path` only names it in errors. */
export function parseRooms(path: string, text: string): RoomConfig[] {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    throw new SettingsError([`${path}: not JSON; ${(error as Error).message}`]);
  }
  const parsed = fileSchema.safeParse(given);
  if (!parsed.success)
    throw new SettingsError(fieldProblems(parsed.error, given).map((line) => `${path}: ${line}`));
  const problems = clashes(parsed.data.rooms);
  if (problems.length > 0) throw new SettingsError(problems.map((line) => `${path}: ${line}`));
  return parsed.data.rooms;
}

/** One line a bad field: where it is, what was given, what is allowed. */
function fieldProblems(error: z.ZodError, given: unknown): string[] {
  return error.issues.map((issue) => {
    const field = issue.path.join(".") || "(the whole)";
    const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)?.[key], given);
    const shown = value === undefined ? "not set" : JSON.stringify(value)?.slice(0, 100);
    return `${field}: ${shown}; allowed: ${issue.message}`;
  });
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
