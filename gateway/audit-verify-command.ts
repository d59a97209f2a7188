/**
 * `npm run audit:verify`: whether the audit trail of each room is whole and as it was written. It reads the store
 * as a gateway with these settings would, and changes nothing there; or files that `GET /api/audit` answered.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { type AuditHead, StoreError } from "#core";
import {
  type CheckedTrail,
  checkTrail,
  keptText,
  readKept,
  type TrailFault,
  type TrailToCheck,
} from "#core/audit";
import { PrivateRedisError, startPrivateRedis } from "#core/private-redis";
import { type RedisStore, redisStore } from "#core/redis";
import { auditDocument } from "./operator/documents.ts";
import { isAuditHead, seenInFolder } from "./room/audit-heads.ts";
import { readRoomsFile } from "./rooms-file.ts";
import { readSettings, type Settings, SettingsError } from "./settings.ts";

const USAGE = `Usage: npm run audit:verify -- [--room ID] [--from SEQUENCE] [--log PATH]... [--file PATH]...
  (nothing)        check the trail of every room of the rooms file, in the store that the settings name
                   (REDIS_URL, SLUSE_DATA, SLUSE_ROOMS: the same environment as the gateway's)
  --room ID        one room alone; needs no rooms file
  --from SEQUENCE  of that room only the entries from this one on: what is before was judged already
  --log PATH       a gateway's log, whose "audit" lines say what it saw; may be given several times
  --file PATH      check what GET /api/audit answered, not the store; several pages: the newest first
Compared with what the gateways of SLUSE_DATA saw (audit-heads.json there), and with the logs.
Exit code 0: all is whole; 1: something was edited, taken away, moved, written anew, or lost; 2: nothing was checked.`;

const WHOLE = 0;
const FAULTY = 1;
const NOT_CHECKED = 2;
/** What a gateway must have and this need not. */
const NOT_NEEDED = { SLUSE_OPERATOR_TOKEN: "not-needed-to-verify", SLUSE_KEYS: "not-needed-to-verify" };
const STORE_TIMEOUT_MS = 10_000;

/** Why nothing could be checked, in a line or more for people. */
class NotChecked extends Error {}

interface Arguments {
  readonly room?: string;
  readonly from?: string;
  readonly log?: readonly string[];
  readonly file?: readonly string[];
  readonly help?: boolean;
}

/** A room's trail with faults that were seen while it was read. */
interface ReadTrail extends TrailToCheck {
  readonly shown: readonly TrailFault[];
}

type Seen = ReadonlyMap<string, readonly AuditHead[]>;

function readArguments(): Arguments {
  const options = {
    room: { type: "string" },
    from: { type: "string" },
    log: { type: "string", multiple: true },
    file: { type: "string", multiple: true },
    help: { type: "boolean", short: "h" },
  } as const;
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    throw new NotChecked(`${(error as Error).message}\n${USAGE}`);
  }
}

function readFrom({ from, room }: Arguments): number {
  if (from === undefined) return 1;
  if (/^[1-9]\d{0,14}$/.test(from) && room !== undefined) return Number(from);
  throw new NotChecked(`--from: ${JSON.stringify(from)}; allowed: the sequence of an entry, with its --room`);
}

/** What gateways saw, by room: in this data folder, and by their logs. */
function readSeen({ file, log = [] }: Arguments, dataFolder: string): Seen {
  // Files may come from anywhere; then only a folder that was named is theirs.
  const isTheirs = file === undefined || process.env.SLUSE_DATA;
  const seen = isTheirs ? seenInFolder(dataFolder) : new Map<string, AuditHead[]>();
  for (const line of log.flatMap((path) => readFile("--log", path).split("\n"))) {
    const said = auditLine(line);
    if (said) seen.set(said.room, [...(seen.get(said.room) ?? []), said.head]);
  }
  return seen;
}

/** Whatever a journal has put before the gateway's JSON. */
function auditLine(line: string): { readonly room: string; readonly head: AuditHead } | null {
  if (!line.includes('"event":"audit"')) return null;
  try {
    const { event, room, sequence, hash } = JSON.parse(line.slice(line.indexOf("{")));
    const head = { sequence, hash };
    return event === "audit" && typeof room === "string" && isAuditHead(head) ? { room, head } : null;
  } catch {
    return null;
  }
}

function readFile(option: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new NotChecked(`${option}: ${(error as Error).message}`);
  }
}

async function readStore(settings: Settings, { room }: Arguments): Promise<ReadTrail[]> {
  const rooms = room === undefined ? readRoomsFile(settings.roomsFile).map(({ id }) => id) : [room];
  const { store, close } = await openStore(settings);
  try {
    const trails: ReadTrail[] = [];
    for (const id of rooms) trails.push({ room: id, ...(await store.trail(id)), shown: [] });
    return trails;
  } finally {
    await close();
  }
}

async function openStore(settings: Settings): Promise<{ store: RedisStore; close(): Promise<void> }> {
  const { store: choice, dataFolder } = settings;
  if (choice.kind === "memory") {
    throw new NotChecked(
      "REDIS_URL=memory: is known to its gateway alone: save GET /api/audit and name it by --file",
    );
  }
  if (choice.kind === "url") {
    const store = redisStore({ connection: { kind: "url", url: choice.url }, timeoutMs: STORE_TIMEOUT_MS });
    return { store, close: () => store.close() };
  }
  if (!existsSync(join(dataFolder, "redis"))) {
    throw new NotChecked(
      `SLUSE_DATA: no line is kept in ${JSON.stringify(dataFolder)}; allowed: a gateway's folder`,
    );
  }
  // The one that a gateway runs, which is left to it; or ours for as long as this takes.
  const server = await startPrivateRedis({ folder: dataFolder, appendOnly: true, survivesKill: false });
  const store = redisStore({
    connection: { kind: "socket", path: server.socketPath },
    timeoutMs: STORE_TIMEOUT_MS,
  });
  const close = async () => {
    await store.close();
    await server.stop();
  };
  return { store, close };
}

function readFiles(paths: readonly string[], onlyRoom: string | undefined): ReadTrail[] {
  const trails = new Map<string, { kept: Set<string>; shown: TrailFault[] }>();
  for (const shown of paths.flatMap(entriesOf)) {
    const { room, recorded, hash, sequence } = shown;
    if (onlyRoom !== undefined && room !== onlyRoom) continue;
    const trail = trails.get(room) ?? { kept: new Set(), shown: [] };
    const kept = keptText(recorded, hash);
    const entry = readKept(kept);
    if (entry && !isDeepStrictEqual(jsonOf(auditDocument(entry)), shown)) {
      const what = `entry ${sequence} shows something else than was recorded`;
      trail.shown.push({ kind: "edited", sequence, what });
    }
    // The pages of one trail may overlap.
    trails.set(room, { ...trail, kept: trail.kept.add(kept) });
  }
  return [...trails].map(([room, { kept, shown }]) => ({ room, head: null, kept: [...kept], shown }));
}

interface ShownEntry {
  readonly room: string;
  readonly recorded: string;
  readonly hash: string;
  readonly sequence: number;
}

function entriesOf(path: string): ShownEntry[] {
  const text = readFile("--file", path);
  try {
    const { entries } = JSON.parse(text) as { entries: ShownEntry[] };
    for (const { room, recorded, hash, sequence } of entries) {
      const texts = [room, recorded, hash].every((one) => typeof one === "string");
      if (!texts || typeof sequence !== "number") throw new TypeError("an entry lacks what it must have");
    }
    return entries;
  } catch (error) {
    throw new NotChecked(`--file: ${path} is not what GET /api/audit answers: ${(error as Error).message}`);
  }
}

function jsonOf(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** What is said of a room, and whether all is whole. */
function report(
  trail: ReadTrail,
  seen: readonly AuditHead[],
  from: number,
): { isWhole: boolean; lines: string[] } {
  const checked = checkTrail(trail, seen, from);
  const faults = [...trail.shown, ...checked.faults];
  const said = faults.map(({ kind, what }) => `${trail.room}: ${kind.toUpperCase()}: ${what}`);
  const verdict = faults.length === 0 ? "whole" : "NOT WHOLE";
  return {
    isWhole: faults.length === 0,
    lines: [`${trail.room}: ${verdict}: ${extentText(checked, seen)}`, ...said],
  };
}

function extentText(
  { entries, first, last, unchained, agreeing }: CheckedTrail,
  seen: readonly AuditHead[],
): string {
  const extent = entries === 0 ? "no entries" : `entries ${first} to ${last}, ${entries} in all`;
  const older = unchained === 0 ? "" : `; before them ${unchained} without hashes, which nothing protects`;
  const memory =
    seen.length === 0
      ? "no gateway's memory to compare with"
      : `${agreeing} of ${seen.length} that gateways remember stand there unchanged`;
  return `${extent}${older}; ${memory}`;
}

async function run(): Promise<number> {
  const given = readArguments();
  if (given.help) {
    process.stdout.write(`${USAGE}\n`);
    return WHOLE;
  }
  const from = readFrom(given);
  const settings = readSettings({ ...process.env, ...NOT_NEEDED });
  // Before the trails, so that nothing was seen that these cannot have.
  const seen = readSeen(given, settings.dataFolder);
  const trails = given.file ? readFiles(given.file, given.room) : await readStore(settings, given);
  if (trails.length === 0) throw new NotChecked("there is no entry to check");
  const reports = trails.map((trail) => report(trail, seen.get(trail.room) ?? [], from));
  process.stdout.write(`${reports.flatMap(({ lines }) => lines).join("\n")}\n`);
  return reports.every(({ isWhole }) => isWhole) ? WHOLE : FAULTY;
}

try {
  process.exitCode = await run();
} catch (error) {
  const isTold = [NotChecked, SettingsError, PrivateRedisError].some((kind) => error instanceof kind);
  if (!isTold && !(error instanceof StoreError)) throw error;
  const store = error instanceof StoreError ? "the store does not answer: " : "";
  process.stderr.write(`${store}${(error as Error).message}\n`);
  process.exitCode = NOT_CHECKED;
}
