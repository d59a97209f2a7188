/**
 * A `redis-server` of our own: on a unix socket in a folder that only we may enter, kept by an append-only file.
 * It is what a gateway uses while nobody has given it a `REDIS_URL`. Nothing here knows about rooms, and nothing
 * here is a Redis client: the two questions asked of the server (`PING`, `INFO`) go over a plain socket.
 *
 * Three things can go wrong with a server of one's own, and each has its answer below:
 * - the gateway is killed hard: its Redis lives on, and the next gateway takes it over (`attach`);
 * - Redis is killed hard: it is started again on the same append-only file (`restart`);
 * - two gateways share a folder: the kernel's lock lets one Redis at a time near the file (`holdingLock`).
 */
import { spawn } from "node:child_process";
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

/** How a server ended. Both are null where it was not our child, so that nobody told us. */
export interface RedisExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** What a supervised server went through; `reason` is for people. */
export type PrivateRedisEvent =
  | { event: "exited"; code: number | null; signal: NodeJS.Signals | null; restartInMs: number }
  | { event: "restarted"; pid: number }
  | { event: "restart-failed"; reason: string; restartInMs: number };

export interface PrivateRedisOptions {
  /** Everything lies in `redis/` inside it; made (0700) where it does not exist. */
  folder: string;
  /** true: every write is in a file on disk before it is answered. false: nothing outlives the server. */
  appendOnly: boolean;
  /** Start it again after an exit that nobody asked for; default false. */
  restart?: boolean;
  /** After a kill -9 of this process Redis lives on for the next one; false: the kernel ends it. Default true. */
  survivesKill?: boolean;
  /** Told each step of a restart; only with `restart`. */
  onEvent?: (event: PrivateRedisEvent) => void;
  /** One line for people, when something is not as usual (taken over, socket elsewhere). */
  log?: (line: string) => void;
  /** The program; default: the `redis-server` on the PATH. */
  redisServer?: string | null;
  /** Redis settings that win over ours, for tests: `{ port: "7001" }`. */
  settings?: Record<string, string>;
}

export interface PrivateRedis {
  /** Stays the same over restarts; at most 107 bytes. */
  readonly socketPath: string;
  /** Of the server that runs now; changes with a restart. */
  readonly pid: number;
  /** true if it ran already when we came. */
  readonly reused: boolean;
  /** Ends the server (a server that another living process owns is only let go of). May be called twice. */
  stop(): Promise<void>;
  /** Resolves when it is over: after `stop()`, or at the first exit where `restart` is off. */
  readonly exited: Promise<RedisExit>;
}

export type PrivateRedisErrorCode =
  | "redis-not-installed"
  | "redis-folder-unusable"
  | "redis-socket-taken"
  | "redis-start-failed";

/** The private server cannot be had; the message says what to do. */
export class PrivateRedisError extends Error {
  readonly code: PrivateRedisErrorCode;

  constructor(code: PrivateRedisErrorCode, message: string) {
    super(message);
    this.name = "PrivateRedisError";
    this.code = code;
  }
}

/** `sun_path` is 108 bytes with its closing zero; Redis cuts a longer one silently. */
const longestSocketPathBytes = 107;
/** Without any answer for this long, a start has failed. A server that says LOADING is answering. */
const startTimeoutMs = 10_000;
/** Redis flushes its file before it leaves; then it is made to. */
const stopTimeoutMs = 10_000;
const firstRestartMs = 100;
const longestRestartMs = 5_000;
/** A server that lived this long was a good start: the next restart is a first one again. */
const soundLifeMs = 10_000;
/** What flock(1) exits with when another holds the lock (sysexits' EX_TEMPFAIL). */
const lockHeldExitCode = 75;
const redisLogKeptBytes = 1_000_000;

/** The full path of `redis-server`, or null where none is installed. */
export function findRedisServer(searchPath?: string): string | null {
  return findProgram("redis-server", searchPath);
}

/**
 * Starts a private Redis in `folder`, or takes over the one that a killed process left there.
 * Resolves when it answers PONG (after loading its file, however long that takes).
 * @throws PrivateRedisError
 */
export async function startPrivateRedis(options: PrivateRedisOptions): Promise<PrivateRedis> {
  const program = options.redisServer === undefined ? findRedisServer() : options.redisServer;
  if (program === null) {
    throw new PrivateRedisError(
      "redis-not-installed",
      "no redis-server on the PATH: install it (apt-get install redis-server), set REDIS_URL to a Redis " +
        "that runs elsewhere, or set REDIS_URL=memory: to do without",
    );
  }
  const home = prepareHome(options.folder, options.log ?? (() => {}));
  const start = () => bringUp(home, launchCommand(program, home, options));
  return supervise(home, await start(), start, options);
}

/** An empty Redis for one test file: in a temporary folder, gone without a trace after `stop()` or our end. */
export async function startTestRedis(settings: Record<string, string> = {}): Promise<PrivateRedis> {
  const folder = mkdtempSync(join(tmpdir(), "sluse-redis-"));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", removeFolder);
  const redis = await startPrivateRedis({
    folder,
    appendOnly: false,
    survivesKill: false,
    // DEBUG is how a test makes a store slow.
    settings: { "enable-debug-command": "local", ...settings },
  });
  void redis.exited.then(() => {
    process.removeListener("exit", removeFolder);
    removeFolder();
  });
  return redis;
}

/** The wait before restart number `failures + 1`, in ms: doubling from 100 ms to 5 s. */
export function restartDelayMs(failures: number): number {
  return Math.min(firstRestartMs * 2 ** failures, longestRestartMs);
}

// --- the folder ---

interface Home {
  folder: string;
  socketPath: string;
  /** Written by Redis itself: proof that the server on the socket is the one of this folder. */
  pidFile: string;
  /** The pid of the process that ends the server when it ends. */
  ownerFile: string;
  lockFile: string;
  logFile: string;
}

function prepareHome(parent: string, log: (line: string) => void): Home {
  const folder = resolve(parent, "redis");
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (fault) {
    throw new PrivateRedisError(
      "redis-folder-unusable",
      `cannot keep the private Redis in ${folder}: ${reasonOf(fault)}; name a folder of your own in SLUSE_DATA`,
    );
  }
  return {
    folder,
    socketPath: socketPathIn(folder, log),
    pidFile: join(folder, "redis.pid"),
    ownerFile: join(folder, "redis.owner"),
    lockFile: join(folder, "redis.lock"),
    logFile: join(folder, "redis.log"),
  };
}

/** A path too long for a socket gets a short one elsewhere, written down so that the next process finds it. */
function socketPathIn(folder: string, log: (line: string) => void): string {
  const usual = join(folder, "redis.sock");
  if (Buffer.byteLength(usual) <= longestSocketPathBytes) return usual;
  const noteFile = join(folder, "redis.sock.path");
  const noted = readText(noteFile);
  if (noted !== null && isOurs(join(noted, ".."))) return noted;
  const elsewhere = join(mkdtempSync(join(tmpdir(), "sluse-socket-")), "redis.sock");
  writeFileSync(noteFile, elsewhere, { mode: 0o600 });
  log(`${folder} is too long a path for a unix socket: the private Redis listens on ${elsewhere}`);
  return elsewhere;
}

/** Somebody else may have made a folder of that name since a cleaner removed ours. */
function isOurs(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const stat = lstatSync(folder);
  return stat.isDirectory() && stat.uid === process.getuid?.() && (stat.mode & 0o077) === 0;
}

// --- one server ---

interface Server {
  pid: number;
  /** Whether it ends with us. */
  owned: boolean;
  reused: boolean;
  exited: Promise<RedisExit>;
  /** Stop watching: for a server that is not ours to end. */
  letGo(): void;
  /** Keep our process alive until it has ended. */
  hold(): void;
}

/** Takes over the server that runs, or starts one; where another process is at it, waits for that one's. */
async function bringUp(home: Home, command: string[]): Promise<Server> {
  const deadline = performance.now() + startTimeoutMs;
  for (;;) {
    const server = (await attach(home)) ?? (await launch(home, command));
    if (server !== null) {
      await answering(home, server);
      return server;
    }
    if (performance.now() > deadline) {
      throw new PrivateRedisError(
        "redis-start-failed",
        `another process holds ${home.lockFile} (Redis pid ${readText(home.pidFile) ?? "unknown"}) ` +
          "but does not answer on its socket: end it, or name another folder in SLUSE_DATA",
      );
    }
    await sleep(50);
  }
}

/** The server that answers on the socket already; null if none does. */
async function attach(home: Home): Promise<Server | null> {
  const info = await ask(home.socketPath, "INFO server").catch(() => null);
  if (info === null) return null;
  const pid = Number(/^process_id:(\d+)/m.exec(info)?.[1] ?? 0);
  if (pid === 0 || pid !== Number(readText(home.pidFile))) {
    throw new PrivateRedisError(
      "redis-socket-taken",
      `a server that is not ours (pid ${pid || "unknown"}) answers on ${home.socketPath}: end it, or name ` +
        "another folder in SLUSE_DATA",
    );
  }
  const watch = connect(home.socketPath);
  const owned = !hasOwner(home, pid);
  if (owned) takeOwnership(home, pid);
  return {
    pid,
    owned,
    reused: true,
    // The kernel closes the connection when the server ends, also where it leaves a zombie that still has a pid.
    exited: closed(watch).then(() => {
      ownedPids.delete(pid);
      return { code: null, signal: null };
    }),
    letGo: () => watch.destroy(),
    hold: () => watch.ref(),
  };
}

/** Starts a server; null if another process holds the lock. */
async function launch(home: Home, command: string[]): Promise<Server | null> {
  const [program = "", ...args] = command;
  // Into a file, not a pipe: a Redis that outlives us must still have somewhere to write.
  const log = openSync(home.logFile, fileBytes(home.logFile) > redisLogKeptBytes ? "w" : "a", 0o600);
  // In a process group of its own: Ctrl-C is for the gateway, which needs its store while it drains.
  const child = spawn(program, args, { stdio: ["ignore", log, log], detached: true });
  closeSync(log);
  const exited = new Promise<RedisExit>((done) => {
    child.once("exit", (code, signal) => done({ code, signal }));
    child.once("error", () => done({ code: null, signal: null }));
  });
  const { pid } = child;
  if (pid === undefined) throw new PrivateRedisError("redis-start-failed", `cannot run ${program}`);
  if ((await begun(home, pid, exited)) === "locked-out") return null;
  takeOwnership(home, pid);
  child.unref();
  return {
    pid,
    owned: true,
    reused: false,
    exited: exited.then((exit) => {
      ownedPids.delete(pid);
      return exit;
    }),
    letGo: () => {},
    hold: () => child.ref(),
  };
}

function launchCommand(program: string, home: Home, options: PrivateRedisOptions): string[] {
  const settings = { ...redisSettings(home, options.appendOnly), ...options.settings };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  return [...dyingWithUs(options.survivesKill ?? true), ...holdingLock(home), program, ...args];
}

/** flock(1) hands its lock on to Redis: as long as that lives, the kernel lets no second one near the file. */
function holdingLock(home: Home): string[] {
  const flock = findProgram("flock");
  const lock = ["--nonblock", "--no-fork", "--conflict-exit-code", String(lockHeldExitCode), home.lockFile];
  return flock === null ? [] : [flock, ...lock];
}

/** setpriv(1) asks the kernel to end Redis when we are gone, even where we could not do it ourselves. */
function dyingWithUs(survivesKill: boolean): string[] {
  const setpriv = survivesKill ? null : findProgram("setpriv");
  return setpriv === null ? [] : [setpriv, "--pdeathsig", "KILL"];
}

function redisSettings(home: Home, appendOnly: boolean): Record<string, string> {
  return {
    port: "0",
    unixsocket: home.socketPath,
    unixsocketperm: "700",
    pidfile: home.pidFile,
    dir: home.folder,
    daemonize: "no",
    appendonly: appendOnly ? "yes" : "no",
    // A reply means kept: with "everysec" Redis may hold back a write while the last is on its way to the disk.
    appendfsync: "always",
    // The append-only file is the memory; a snapshot beside it would only be an older one.
    save: "",
    // Forgetting a room in silence is worse than refusing a write.
    "maxmemory-policy": "noeviction",
  };
}

/** Waits for PONG. @throws PrivateRedisError when it ends or falls silent instead */
async function answering(home: Home, server: Server): Promise<void> {
  let ended: RedisExit | null = null;
  void server.exited.then((exit) => {
    ended = exit;
  });
  let silentSince = performance.now();
  while (ended === null) {
    const reply = await ask(home.socketPath, "PING").catch(() => null);
    if (reply === "+PONG") return;
    if (reply !== null) silentSince = performance.now();
    if (performance.now() - silentSince > startTimeoutMs) break;
    await sleep(20);
  }
  if (ended === null) await terminate(server);
  throw new PrivateRedisError(
    "redis-start-failed",
    `redis-server ${ended === null ? "does not answer" : "ended while starting"}; the end of ${home.logFile}:\n` +
      lastLines(home.logFile, 8),
  );
}

/** The lock is refused before Redis has begun: an exit or the server's pid file, whichever is first, settles it. */
async function begun(home: Home, pid: number, exited: Promise<RedisExit>): Promise<"begun" | "locked-out"> {
  let exit: RedisExit | null = null as RedisExit | null;
  void exited.then((how) => {
    exit = how;
  });
  const deadline = performance.now() + startTimeoutMs;
  while (exit === null && Number(readText(home.pidFile)) !== pid && performance.now() < deadline) {
    await sleep(10);
  }
  return exit?.code === lockHeldExitCode ? "locked-out" : "begun";
}

async function terminate(server: Server): Promise<void> {
  if (!server.owned) return server.letGo();
  server.hold();
  kill(server.pid, "SIGTERM");
  const impatient = setTimeout(() => kill(server.pid, "SIGKILL"), stopTimeoutMs);
  await server.exited;
  clearTimeout(impatient);
}

// --- over its life ---

function supervise(
  home: Home,
  first: Server,
  start: () => Promise<Server>,
  options: PrivateRedisOptions,
): PrivateRedis {
  const stopped = new AbortController();
  const tell = options.onEvent ?? (() => {});
  let server = first;
  if (first.reused) {
    options.log?.(
      `the private Redis in ${home.folder} was running already (pid ${first.pid}): it is used again`,
    );
  }

  /** A new server, however many tries it takes; null if we were stopped while waiting. */
  async function startAgain(
    exit: RedisExit,
    sound: boolean,
    earlierFailures: number,
  ): Promise<number | null> {
    let failures = sound ? 0 : earlierFailures;
    tell({ event: "exited", ...exit, restartInMs: restartDelayMs(failures) });
    for (;;) {
      const waited = await pause(restartDelayMs(failures), stopped.signal);
      if (!waited) return null;
      failures += 1;
      try {
        server = await start();
        tell({ event: "restarted", pid: server.pid });
        return failures;
      } catch (fault) {
        tell({ event: "restart-failed", reason: reasonOf(fault), restartInMs: restartDelayMs(failures) });
      }
    }
  }

  async function live(): Promise<RedisExit> {
    for (let failures = 0; ; ) {
      const since = performance.now();
      const exit = await server.exited;
      if (!options.restart || stopped.signal.aborted) return exit;
      const tries = await startAgain(exit, performance.now() - since > soundLifeMs, failures);
      if (tries === null) return exit;
      failures = tries;
      // Stopped while the new one was starting: stop() has only seen the old one.
      if (stopped.signal.aborted) await terminate(server);
    }
  }

  const exited = live();
  return {
    socketPath: home.socketPath,
    get pid() {
      return server.pid;
    },
    reused: first.reused,
    exited,
    async stop() {
      stopped.abort();
      await terminate(server);
      await exited;
    },
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { ref: false, signal }).catch(() => false);
}

// --- it ends with us ---

const ownedPids = new Set<number>();
let endsWithUs = false;

function takeOwnership(home: Home, pid: number): void {
  writeFileSync(home.ownerFile, String(process.pid), { mode: 0o600 });
  ownedPids.add(pid);
  if (endsWithUs) return;
  endsWithUs = true;
  process.on("exit", endOwned);
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, endOnSignal);
}

function endOwned(): void {
  for (const pid of ownedPids) kill(pid, "SIGTERM");
}

/** Whether a living process ends the server when it ends. A pid may be ours by chance, from an earlier life. */
function hasOwner(home: Home, pid: number): boolean {
  const owner = Number(readText(home.ownerFile) ?? 0);
  return owner === process.pid ? ownedPids.has(pid) : isAlive(owner);
}

/** A signal that nobody handles ends a process without its `exit` event; one that is handled is theirs. */
function endOnSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  endOwned();
  process.removeListener(signal, endOnSignal);
  process.kill(process.pid, signal);
}

// --- the operating system ---

/** One inline command on a connection of its own; the reply's payload. @throws when nobody answers within 1 s */
function ask(socketPath: string, command: string): Promise<string> {
  return new Promise((done, fail) => {
    let received = "";
    const socket = connect(socketPath, () => socket.write(`${command}\r\n`));
    const end = (settle: () => void) => {
      socket.destroy();
      settle();
    };
    socket.setEncoding("latin1");
    socket.setTimeout(1_000, () => end(() => fail(new Error("no answer within a second"))));
    socket.on("error", (fault) => end(() => fail(fault)));
    socket.on("close", () => fail(new Error("closed without an answer")));
    socket.on("data", (chunk) => {
      received += String(chunk);
      const reply = completeReply(received);
      if (reply !== null) end(() => done(reply));
    });
  });
}

/** A RESP line (`+PONG`, `-LOADING ...`) with its sign, or a bulk string without its frame; null: more to come. */
function completeReply(received: string): string | null {
  const lineEnd = received.indexOf("\r\n");
  if (lineEnd < 0) return null;
  const line = received.slice(0, lineEnd);
  if (!line.startsWith("$")) return line;
  const body = received.slice(lineEnd + 2);
  const length = Number(line.slice(1));
  return body.length < length ? null : body.slice(0, length);
}

function closed(socket: Socket): Promise<void> {
  socket.unref();
  socket.on("error", () => {});
  // Unread data would hold back the end of the connection.
  socket.resume();
  return new Promise((done) => socket.once("close", () => done()));
}

function findProgram(name: string, searchPath: string = process.env.PATH ?? ""): string | null {
  for (const folder of searchPath.split(delimiter)) {
    const file = join(folder, name);
    if (folder !== "" && isExecutable(file)) return file;
  }
  return null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    // EPERM: it lives, as somebody else.
    return (fault as NodeJS.ErrnoException).code === "EPERM";
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return null;
  }
}

function fileBytes(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function lastLines(file: string, count: number): string {
  return (readText(file) ?? "").split("\n").slice(-count).join("\n");
}

function reasonOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
