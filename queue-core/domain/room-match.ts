/** What a room needs to be found: its id, and the host and path it stands for. */
export interface MatchableRoom {
  id: string;
  match: { host: string; path: string };
}

/** A request that needs no pass. `path` is exact, or ends in `/*` for all below it. */
export interface UngatedRule {
  method?: string | undefined;
  path: string;
}

/**
 * Where a request belongs. `ambiguous`: readings of the path that origins are known to differ in lead to
 * different rooms, or the path cannot be read at all (malformed encoding, control characters); answer 400
 * `ambiguous-path`.
 */
export type RoomMatch<Room> = { kind: "room"; room: Room } | { kind: "none" } | { kind: "ambiguous" };

/** Rooms prepared by {@link compileRooms} for a match at every request. */
export interface RoomTable<Room extends MatchableRoom> {
  readonly byHost: ReadonlyMap<string, PathTable<Room>>;
}

interface PathTable<Room> {
  /** Keyed by normalised path without its last slash; the whole host is the empty string. */
  readonly byPath: Map<string, Room>;
  deepestSegments: number;
}

/** A path as read: its normal form, and where its `..` segments turned back on the way there. */
interface Reading {
  readonly normalised: string;
  readonly turns: readonly string[];
}

const ANY_HOST = "*";
const MAX_DECODING_ROUNDS = 4;
const MAX_TURNS = 32;
const MAX_TARGET_LENGTH = 2048;

/** Such a path is its own normal form: what nearly every request has. */
const PLAIN_PATH = /^(?:\/[a-z0-9_~-][a-z0-9._~-]*)*\/?$/;
const MALFORMED_ENCODING = /%(?![0-9a-f]{2})/i;
const WELL_FORMED_ENCODING = /%[0-9a-f]{2}/i;
const ENCODED_RUN = /(?:%[0-9a-f]{2})+/gi;
/** UTF-8 that spells an ASCII character the long way round: some decoders read a slash or a dot in it. */
const OVERLONG_ENCODING = /%c[01]%[89ab]|%e0%[89]|%f0%8/i;
/** Some readers of addresses drop tabs and line breaks, others end at a NUL. Beyond ASCII they are Windows' quotation marks. */
const CONTROL_CHARACTER = /[^\P{Cc}\x80-\x9f]/u;

/**
 * The path that rooms are matched by: percent-decoded until nothing is left to decode, backslashes as
 * slashes, `;params` of each segment removed, doubled slashes and dot segments resolved, lower case.
 * Takes the path as it arrived, without its query. Null where it cannot be read: a malformed or overlong
 * encoding, a control character, more than four layers of encoding or 32 `..` segments, or no slash in front.
 */
export function normalisePath(rawPath: string): string | null {
  return read(rawPath)?.normalised ?? null;
}

/** The host that rooms are matched by: lower case, without port and without dots at its end. */
export function normaliseHost(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, "").replace(/\.+$/, "");
}

/** Prepares rooms for {@link matchRoom}. A later room with the same host and path replaces an earlier one. */
export function compileRooms<Room extends MatchableRoom>(rooms: readonly Room[]): RoomTable<Room> {
  const byHost = new Map<string, PathTable<Room>>();
  for (const room of rooms) {
    const host = normaliseHost(room.match.host);
    const table = byHost.get(host) ?? { byPath: new Map<string, Room>(), deepestSegments: 0 };
    byHost.set(host, table);
    const path = (normalisePath(room.match.path) ?? room.match.path).replace(/\/$/, "");
    table.byPath.set(path, room);
    table.deepestSegments = Math.max(table.deepestSegments, path.split("/").length - 1);
  }
  return { byHost };
}

/**
 * The room of a request: a room of its exact host before one of `*`, then the longest path, in whole
 * segments. The normalised path decides. The path as it arrived, and each place at which a `..` turned back,
 * may lie in that same room or in none. Should one lie in another room, or in any room while the normalised
 * path lies in none, then an origin that decodes or resolves less than we do would serve one room's pages to
 * the other's visitors: ambiguous.
 */
export function matchRoom<Room extends MatchableRoom>(
  rooms: RoomTable<Room>,
  host: string,
  rawPath: string,
): RoomMatch<Room> {
  const hostName = normaliseHost(host);
  const reading = read(rawPath);
  if (reading === null) return { kind: "ambiguous" };
  const room = roomOf(rooms, hostName, reading.normalised);
  if (reading.normalised !== rawPath) {
    const others = [rawPath, ...reading.turns].map((path) => roomOf(rooms, hostName, path));
    if (others.some((other) => other !== undefined && other !== room)) return { kind: "ambiguous" };
  }
  return room === undefined ? { kind: "none" } : { kind: "room", room };
}

/**
 * Whether a request needs no pass. The normalised path is compared, so letter case and encoding do not
 * matter; a path with `..` segments is never ungated, since its origin may not resolve them as we do.
 */
export function matchUngated(rules: readonly UngatedRule[], method: string, rawPath: string): boolean {
  if (rules.length === 0) return false;
  const reading = read(rawPath);
  if (reading === null || reading.turns.length > 0) return false;
  return rules.some((rule) => {
    if (rule.method !== undefined && rule.method.toUpperCase() !== method) return false;
    const wanted = rule.path.endsWith("/*") ? rule.path.slice(0, -1) : rule.path;
    const rulePath = normalisePath(wanted);
    if (rulePath === null) return false;
    return wanted === rule.path ? reading.normalised === rulePath : isBelow(reading.normalised, rulePath);
  });
}

/**
 * Whether `to` (path, query and fragment) is a place inside this room on this host that a browser may be
 * sent to: one slash in front, printable ASCII without backslashes, at most 2,048 characters, and unambiguous.
 */
export function isRoomTarget<Room extends MatchableRoom>(
  to: string,
  room: Room,
  host: string,
  rooms: RoomTable<Room>,
): boolean {
  if (to.length > MAX_TARGET_LENGTH || !/^\/(?!\/)[!-[\]-~]*$/.test(to)) return false;
  const path = to.replace(/[?#].*$/, "");
  const match = matchRoom(rooms, host, path);
  return match.kind === "room" && match.room.id === room.id;
}

/**
 * The address (path, query and fragment) of a request, as a browser may be given it back: with one slash in front.
 * Two, or a backslash, would name another host; rooms are matched without doubled slashes, so it is the same place.
 */
export function onThisHost(address: string): string {
  return address.replace(/^[/\\]+/, "/");
}

function isBelow(path: string, folder: string): boolean {
  return path.length > folder.length && path.startsWith(folder);
}

function roomOf<Room extends MatchableRoom>(
  rooms: RoomTable<Room>,
  hostName: string,
  path: string,
): Room | undefined {
  return longestPath(rooms.byHost.get(hostName), path) ?? longestPath(rooms.byHost.get(ANY_HOST), path);
}

/** Looks up the path cut to the deepest room's number of segments, then to one less, up to the whole host. */
function longestPath<Room>(table: PathTable<Room> | undefined, path: string): Room | undefined {
  if (table === undefined) return undefined;
  let end = endOfSegment(path, table.deepestSegments);
  for (;;) {
    const room = table.byPath.get(path.slice(0, end));
    if (room !== undefined || end <= 0) return room;
    end = path.lastIndexOf("/", end - 1);
  }
}

function endOfSegment(path: string, segments: number): number {
  let end = 0;
  for (let count = 0; count < segments; count++) {
    const next = path.indexOf("/", end + 1);
    if (next === -1) return path.length;
    end = next;
  }
  return end;
}

function read(rawPath: string): Reading | null {
  if (PLAIN_PATH.test(rawPath)) return { normalised: rawPath || "/", turns: [] };
  const decoded = decodeFully(rawPath);
  if (decoded === null || CONTROL_CHARACTER.test(decoded)) return null;
  const slashed = decoded.replaceAll("\\", "/");
  if (!slashed.startsWith("/")) return null;
  const withoutParameters = slashed.replace(/;[^/]*/g, "");
  return resolveDotSegments(
    withoutParameters
      .replace(/\/{2,}/g, "/")
      .normalize("NFC")
      .toLowerCase(),
  );
}

/** A stray `%` is malformed only as it arrives: `/50%25-off` decodes to a path with a percent sign in it. */
function decodeFully(rawPath: string): string | null {
  if (MALFORMED_ENCODING.test(rawPath)) return null;
  let path = rawPath;
  for (let round = 0; round < MAX_DECODING_ROUNDS; round++) {
    if (OVERLONG_ENCODING.test(path)) return null;
    const decoded = path.replace(ENCODED_RUN, decodeRun);
    if (decoded === path) return path;
    path = decoded;
  }
  return WELL_FORMED_ENCODING.test(path) ? null : path;
}

/** Bytes that are no UTF-8 are read as Latin-1: old services have such links, and they must stay reachable. */
function decodeRun(run: string): string {
  try {
    return decodeURIComponent(run);
  } catch {
    return run.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
}

function resolveDotSegments(path: string): Reading | null {
  const kept: string[] = [];
  const turns: string[] = [];
  const segments = path.split("/").slice(1);
  for (const segment of segments) {
    if (segment === "..") {
      if (turns.length === MAX_TURNS) return null;
      turns.push(`/${kept.join("/")}`);
      kept.pop();
    } else if (segment !== ".") kept.push(segment);
  }
  const last = segments.at(-1);
  const endsInFolder = (last === "." || last === "..") && kept.length > 0;
  return { normalised: `/${kept.join("/")}${endsInFolder ? "/" : ""}`, turns };
}
