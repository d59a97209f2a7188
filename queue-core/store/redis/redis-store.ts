/**
 * The store in Redis: one Lua script for each operation, so that each is one step. What the scripts do is
 * what the memory store does; this file is about the wire: a connection that fails fast, nothing sent twice,
 * and nothing acknowledged that only the primary has.
 */
import { Cluster, Redis, type RedisOptions } from "ioredis";
import type { Floor } from "../../domain/floor.ts";
import type { KeptTrail } from "../audit/check.ts";
import { readKeptList } from "../audit/entry.ts";
import { type ConfigureOutcome, type Reply, type Store, StoreError } from "../store.ts";
import {
  decodeClaims,
  decodeEndings,
  decodeExtensions,
  decodeJoin,
  decodeRenewals,
  decodeReply,
  decodeTrail,
  textOf,
} from "./decode.ts";
import {
  claimValues,
  configureValues,
  endValues,
  extendValues,
  frameOf,
  joinValues,
  renewValues,
  restoreValues,
} from "./encode.ts";
import { parseRedisUrl, type RedisTarget } from "./redis-url.ts";
import { SCRIPTS, type Script, type Scripts } from "./scripts.ts";
import { restoreStringMethods } from "./string-methods.ts";
import { frameArguments, keyOf, keysOf, type OwnValues, ownArguments, type ScriptName } from "./wire.ts";

restoreStringMethods();

export interface RedisStoreOptions {
  /** A unix socket, or a `REDIS_URL` as `parseRedisUrl` reads it. */
  readonly connection:
    | { readonly kind: "socket"; readonly path: string }
    | { readonly kind: "url"; readonly url: string };
  /** The longest that an operation may take; then it is `store-slow`. Default 2,000. */
  readonly timeoutMs?: number;
  /** Told when the store can be asked, and when it was lost; after each `up`, every room needs `restore`. */
  readonly on?: { up(): void; down(reason: string): void };
  /** For tests: the store's clock, epoch ms, and its life, instead of the server's own; other scripts. */
  readonly now?: () => number;
  readonly runId?: () => string;
  readonly scripts?: Scripts;
}

export interface RedisStore extends Store {
  /** Whether there is a connection to a server that has loaded its data. */
  up(): boolean;
  /** The whole audit trail of a room as it is kept, up to 10,000 entries, for `checkTrail`. Reads only. */
  trail(room: string): Promise<KeptTrail>;
}

/** How old the knowledge of a primary's replicas may be. */
const REPLICAS_KNOWN_MS = 5_000;
const ROOMS_KEYS_KEPT = 1_000;

/** One way to reach the scripts; a single server (also by way of Sentinel) or a cluster. */
interface Wire {
  /** Whether a server's restart ends the connection, so that a run id holds as long as that; not in a cluster. */
  readonly runIdHolds: boolean;
  isUp(): boolean;
  /** Runs a script; where `acknowledged` and the primary has replicas, resolves once one of them has it too. */
  run(
    script: Script,
    keys: readonly string[],
    args: readonly string[],
    acknowledged: boolean,
  ): Promise<unknown>;
  /** Of a list, from one index to another. */
  range(key: string, first: number, last: number): Promise<string[]>;
  close(): Promise<void>;
}

/** What the wire tells: `lost` with each connection that ended, `up` when it can be used. */
interface WireEvents {
  up(): void;
  lost(reason: string): void;
}

/**
 * Connects at once and keeps trying until `close()`. The first operations wait for the first connection, as
 * long as any operation may take; after a loss they are refused at once.
 * @throws RangeError for a URL that names no Redis
 */
export function redisStore(options: RedisStoreOptions): RedisStore {
  const { timeoutMs = 2_000, now, runId, scripts = SCRIPTS } = options;
  /** Counts lost connections; what was restored before the last of them must be restored again. */
  let losses = 0;
  const restored = new Map<string, { losses: number; runId: string }>();
  const keysByRoom = new Map<string, readonly string[]>();
  const connected = firstUp();
  let state: "new" | "up" | "down" | "closed" = "new";

  const wire = openWire(options, timeoutMs, {
    up() {
      state = "up";
      connected.resolve();
      options.on?.up();
    },
    lost(reason) {
      losses += 1;
      if (state === "closed") return;
      if (state !== "down") options.on?.down(reason);
      state = "down";
    },
  });

  function keys(room: string): readonly string[] {
    const known = keysByRoom.get(room);
    if (known) return known;
    const made = keysOf(room);
    if (keysByRoom.size < ROOMS_KEYS_KEPT) keysByRoom.set(room, made);
    return made;
  }

  async function reachable(): Promise<void> {
    if (!wire.isUp() && connected.pending) await connected.within(timeoutMs);
    if (!wire.isUp()) throw new StoreError("store-down", "no connection to Redis");
  }

  function run<Name extends ScriptName>(
    script: Name,
    room: string,
    knownRunId: string,
    { gateway, floor, values, acknowledged }: Call<Name>,
  ): Promise<unknown> {
    const frame = frameOf(now ? now() : null, runId ? runId() : knownRunId, gateway, floor);
    const args = [...frameArguments(frame), ...ownArguments(script, values)];
    return wire.run(scripts[script], keys(room), args, acknowledged);
  }

  /** Every operation but `restore`. */
  async function operate<Name extends ScriptName, Result>(
    script: Name,
    room: string,
    call: Call<Name>,
    read: (result: unknown) => Result,
  ): Promise<Reply<Result>> {
    await reachable();
    const known = restored.get(room);
    if (known && known.losses !== losses) return { kind: "restoring" };
    const knownRunId = wire.runIdHolds && known ? known.runId : "";
    const reply = decodeReply(await run(script, room, knownRunId, call));
    if (reply.kind === "empty") return { kind: "empty" };
    return reply.kind === "done" ? { ...reply, result: read(reply.result) } : reply;
  }

  return {
    join(room, { gateway, id, entries }, floor) {
      const call = { gateway, floor, values: joinValues(id, entries), acknowledged: true };
      return operate("join", room, call, (result) => decodeJoin(result, entries));
    },
    claim(room, { gateway, entries }, floor) {
      const call = { gateway, floor, values: claimValues(entries), acknowledged: true };
      return operate("claim", room, call, decodeClaims);
    },
    extend(room, { gateway, entries }, floor) {
      const call = { gateway, floor, values: extendValues(entries), acknowledged: true };
      return operate("extend", room, call, decodeExtensions);
    },
    advance(room, gateway, floor, endedAfter) {
      const values = { ended_after: endedAfter ?? null };
      const call = { gateway, floor, values, acknowledged: false };
      return operate("advance", room, call, decodeEndings);
    },
    renew(room, { gateway, entries }, floor) {
      const call = { gateway, floor, values: renewValues(entries), acknowledged: false };
      return operate("renew", room, call, decodeRenewals);
    },
    end(room, { gateway, entries }, floor) {
      const call = { gateway, floor, values: endValues(entries), acknowledged: false };
      return operate("end", room, call, () => null);
    },
    configure(room, gateway, configuration, floor) {
      const call = { gateway, floor, values: configureValues(room, configuration), acknowledged: true };
      return operate("configure", room, call, (result) => textOf(result) as ConfigureOutcome);
    },
    async restore(room, gateway, restoration) {
      await reachable();
      const lossesBefore = losses;
      const values = restoreValues(room, restoration);
      const call = { gateway, floor: restoration.floor, values, acknowledged: true };
      const reply = decodeReply(await run("restore", room, "", call));
      if (reply.kind === "restoring") return reply;
      const presentRunId = reply.kind === "empty" ? reply.runId : textOf(reply.result);
      restored.set(room, { losses: lossesBefore, runId: presentRunId });
      return reply.kind === "empty" ? { kind: "empty" } : { ...reply, result: null };
    },
    async audit(room, limit, skip = 0) {
      await reachable();
      return readKeptList(await wire.range(keyOf(room, "audit"), skip, skip + limit - 1));
    },
    async trail(room) {
      await reachable();
      return decodeTrail(await wire.run(scripts.trail, keys(room), [], false));
    },
    up: () => wire.isUp(),
    close() {
      state = "closed";
      return wire.close();
    },
  };
}

/** What an operation brings to its script. */
interface Call<Name extends ScriptName> {
  readonly gateway: string;
  readonly floor: Floor;
  readonly values: OwnValues<Name>;
  readonly acknowledged: boolean;
}

/** The first connection, for which the first operations wait. */
function firstUp() {
  let settle = () => {};
  const up = new Promise<void>((done) => {
    settle = done;
  });
  return {
    pending: true,
    resolve() {
      this.pending = false;
      settle();
    },
    async within(ms: number): Promise<void> {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((done) => {
        timer = setTimeout(done, ms);
      });
      await Promise.race([up, late]);
      clearTimeout(timer);
    },
  };
}

function openWire({ connection }: RedisStoreOptions, timeoutMs: number, events: WireEvents): Wire {
  if (connection.kind === "socket") {
    return singleWire(new Redis({ ...redisOptions(timeoutMs), path: connection.path }), timeoutMs, events);
  }
  const target = parseRedisUrl(connection.url);
  return target.kind === "cluster"
    ? clusterWire(clusterOf(target, timeoutMs), timeoutMs, events)
    : singleWire(serverOf(target, timeoutMs), timeoutMs, events);
}

function redisOptions(timeoutMs: number): RedisOptions {
  return {
    // A lost reply is the caller's to ask for again, with the same batch id: nothing is kept or sent twice here.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: timeoutMs,
    connectTimeout: timeoutMs,
    // A peer that vanished without a word is found out by its silence.
    socketTimeout: 2 * timeoutMs,
    retryStrategy: retryDelayMs,
    // The server was demoted: the name or the Sentinels know the new primary.
    reconnectOnError: (fault) => fault.message.includes("READONLY "),
    disableClientInfo: true,
  };
}

/** From about 50 ms to a second, jittered so that a hundred gateways do not come back as one. */
function retryDelayMs(attempt: number): number {
  const ms = Math.min(1_000, 50 * 2 ** Math.min(attempt - 1, 5));
  return Math.round(ms * (0.5 + Math.random() / 2));
}

function serverOf(target: Exclude<RedisTarget, { kind: "cluster" }>, timeoutMs: number): Redis {
  if (target.kind === "single") return new Redis(target.url, redisOptions(timeoutMs));
  const { sentinels, masterName: name, username, password } = target;
  return new Redis({
    ...redisOptions(timeoutMs),
    sentinels: sentinels.map(({ host, port }) => ({ host, port })),
    name,
    failoverDetector: true,
    sentinelRetryStrategy: retryDelayMs,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  });
}

function clusterOf(target: RedisTarget & { kind: "cluster" }, timeoutMs: number): Cluster {
  const { nodes, username, password } = target;
  const { commandTimeout, connectTimeout, socketTimeout, disableClientInfo } = redisOptions(timeoutMs);
  return new Cluster(
    nodes.map(({ host, port }) => ({ host, port })),
    {
      enableOfflineQueue: false,
      clusterRetryStrategy: retryDelayMs,
      slotsRefreshInterval: REPLICAS_KNOWN_MS,
      slotsRefreshTimeout: timeoutMs,
      // Redirections are safe to follow, since nothing was done; what was under way when a node died is not.
      maxRedirections: 4,
      retryDelayOnFailover: 0,
      retryDelayOnTryAgain: 50,
      redisOptions: {
        commandTimeout,
        connectTimeout,
        socketTimeout,
        disableClientInfo,
        maxRetriesPerRequest: 0,
        autoResendUnfulfilledCommands: false,
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password }),
      },
    },
  );
}

/** A single server. A script and its WAIT leave together, so that acknowledging costs no further round trip. */
function singleWire(redis: Redis, timeoutMs: number, events: WireEvents): Wire {
  let isUp = false;
  let replicas = 0;
  let replicasLearntMs = 0;
  let lastFault = "the connection was closed";

  async function learnReplicas(): Promise<void> {
    replicasLearntMs = performance.now();
    replicas = onlineReplicas(await redis.info("replication"));
  }

  redis.on("error", (fault: Error) => {
    lastFault = fault.message;
  });
  redis.on("ready", () => {
    learnReplicas().then(
      () => {
        isUp = true;
        events.up();
      },
      (fault: Error) => {
        lastFault = fault.message;
        if (redis.status === "ready") redis.disconnect(true);
      },
    );
  });
  redis.on("close", () => {
    isUp = false;
    events.lost(lastFault);
  });

  async function attempt(how: "evalsha" | "eval", script: Script, rest: ScriptArgs, acknowledged: boolean) {
    const waits = acknowledged && replicas > 0;
    const replied = redis[how](how === "eval" ? script.source : script.sha, ...rest);
    const copied = waits ? redis.wait(1, waitMs(timeoutMs)) : undefined;
    const [reply, copies] = await Promise.allSettled([replied, copied]);
    if (reply.status === "rejected") throw reply.reason;
    if (copies.status === "rejected") throw copies.reason;
    if (waits && Number(copies.value) < 1) {
      replicasLearntMs = 0;
      throw notCopied();
    }
    return reply.value;
  }

  return {
    runIdHolds: true,
    isUp: () => isUp,
    async run(script, keys, args, acknowledged) {
      if (performance.now() - replicasLearntMs > REPLICAS_KNOWN_MS) learnReplicas().catch(() => {});
      const rest: ScriptArgs = [keys.length, ...keys, ...args];
      try {
        return await attempt("evalsha", script, rest, acknowledged).catch((fault: unknown) => {
          if (!isUnknownScript(fault)) throw fault;
          return attempt("eval", script, rest, acknowledged);
        });
      } catch (fault) {
        throw storeFault(fault);
      }
    },
    range: (key, first, last) => redis.lrange(key, first, last).catch(rethrowStoreFault),
    close: () => closed(redis),
  };
}

/** A cluster. The WAIT must reach the node that ran the script, so it follows in a pipeline bound to the slot. */
function clusterWire(cluster: Cluster, timeoutMs: number, events: WireEvents): Wire {
  let lastFault = "the connection was closed";
  const replicasBySlot = new Map<string, { count: number; learntMs: number }>();
  const isUp = () => cluster.status === "ready";

  cluster.on("error", (fault: Error) => {
    lastFault = fault.message;
  });
  cluster.on("node error", (fault: Error) => {
    lastFault = fault.message;
  });
  cluster.on("ready", () => events.up());
  cluster.on("close", () => events.lost(lastFault));
  cluster.on("-node", () => {
    replicasBySlot.clear();
    if (!isUp()) return;
    // Some rooms lost their node: like a connection lost and found again.
    events.lost(lastFault);
    events.up();
  });

  /** Sends one command to the node that holds `key`, on the connection that its scripts use. */
  async function atNodeOf(
    key: string,
    command: string,
    args: readonly (string | number)[],
  ): Promise<unknown> {
    const results = await cluster
      .pipeline([
        ["exists", key],
        [command, ...args],
      ])
      .exec();
    for (const [fault] of results ?? []) if (fault) throw fault;
    return results?.[1]?.[1];
  }

  async function hasReplicas(key: string): Promise<boolean> {
    const known = replicasBySlot.get(key);
    if (known && performance.now() - known.learntMs < REPLICAS_KNOWN_MS) return known.count > 0;
    const count = onlineReplicas(String(await atNodeOf(key, "info", ["replication"])));
    replicasBySlot.set(key, { count, learntMs: performance.now() });
    return count > 0;
  }

  async function runAt(
    script: Script,
    keys: readonly string[],
    args: readonly string[],
    acknowledged: boolean,
  ) {
    const rest: ScriptArgs = [keys.length, ...keys, ...args];
    const reply = await cluster.evalsha(script.sha, ...rest).catch((fault: unknown) => {
      if (!isUnknownScript(fault)) throw fault;
      return cluster.eval(script.source, ...rest);
    });
    const [key = ""] = keys;
    if (!acknowledged || !(await hasReplicas(key))) return reply;
    const copies = await atNodeOf(key, "wait", [1, waitMs(timeoutMs)]);
    if (Number(copies) >= 1) return reply;
    replicasBySlot.delete(key);
    throw notCopied();
  }

  return {
    runIdHolds: false,
    isUp,
    run: (script, keys, args, acknowledged) =>
      runAt(script, keys, args, acknowledged).catch(rethrowStoreFault),
    range: (key, first, last) => cluster.lrange(key, first, last).catch(rethrowStoreFault),
    close: () => closed(cluster),
  };
}

type ScriptArgs = [keyCount: number, ...rest: string[]];

function waitMs(timeoutMs: number): number {
  return Math.ceil(timeoutMs / 4);
}

function onlineReplicas(replicationInfo: string): number {
  return replicationInfo.match(/^slave\d+:.*state=online/gm)?.length ?? 0;
}

async function closed(client: Redis | Cluster): Promise<void> {
  if (client.status === "end") return;
  // Between two tries there is no connection whose end would be told.
  const hasConnection = client.status !== "reconnecting" && client.status !== "close";
  const ended = new Promise<void>((done) => {
    client.once("end", () => done());
  });
  client.disconnect();
  if (hasConnection) await ended;
}

// Faults -----------------------------------------------------------------------------------------------

const SLOW =
  /\b(LOADING|BUSY|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|NOREPLICAS|UNBLOCKED|MOVED|ASK|Command timed out)\b/;
/** The server is there, but does not do its work for us: not primary, out of memory or disk, not allowed. */
const REFUSED = /\b(READONLY|OOM|MISCONF|NOAUTH|NOPERM|WRONGPASS)\b/;

/** As lua/line.lua says it. */
const NEWER_FORMAT = "NEWERFORMAT ";

function isUnknownScript(fault: unknown): boolean {
  return fault instanceof Error && fault.message.startsWith("NOSCRIPT");
}

function notCopied(): StoreError {
  return new StoreError("store-slow", "no replica has acknowledged the write");
}

/** Another error of a script is a bug, and stays what it is. */
function storeFault(fault: unknown): unknown {
  if (!(fault instanceof Error) || fault instanceof StoreError) return fault;
  if (fault.message.includes(NEWER_FORMAT)) {
    return new StoreError("newer-format", fault.message, { cause: fault });
  }
  if (SLOW.test(fault.message)) return new StoreError("store-slow", fault.message, { cause: fault });
  if (fault.name === "ReplyError" && !REFUSED.test(fault.message)) return fault;
  return new StoreError("store-down", fault.message, { cause: fault });
}

function rethrowStoreFault(fault: unknown): never {
  throw storeFault(fault);
}
