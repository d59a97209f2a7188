/** What visitors are promised when the store fails: each with a real Redis that is really made to fail. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { NO_FLOOR } from "../../domain/floor.ts";
import type { RoomSettings } from "../../domain/settings.ts";
import { TEST_SETTINGS } from "../../domain/test-settings.ts";
import type { JoinEntry } from "../../domain/visitors.ts";
import { storeConformance } from "../conformance.ts";
import { type Batch, type Reply, type Store, StoreError } from "../store.ts";
import { askRedis } from "./ask-redis.ts";
import { findRedisServer, type PrivateRedis, startPrivateRedis, startTestRedis } from "./private-redis.ts";
import { redisStore } from "./redis-store.ts";

const seed: RoomSettings = { ...TEST_SETTINGS, mode: "hold" };

const soon = { timeout: 20_000, interval: 20 };

/** What a test has opened, closed after it in turn. */
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function testRedis(settings: Record<string, string> = {}): Promise<PrivateRedis> {
  const redis = await startTestRedis(settings);
  cleanups.push(() => redis.stop());
  return redis;
}

/** A store that writes down what it was told of its connection. */
function openStore(options: Parameters<typeof redisStore>[0]) {
  const told: string[] = [];
  const on = { up: () => told.push("up"), down: (reason: string) => told.push(`down: ${reason}`) };
  const store = redisStore({ ...options, on });
  cleanups.push(() => store.close());
  return { store, told };
}

const socket = (path: string) => ({ connection: { kind: "socket", path } }) as const;
const url = (text: string) => ({ connection: { kind: "url", url: text } }) as const;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

let tickets = 0;

function joins(id: number, count: number, gateway = "g1"): Batch<JoinEntry> {
  const entries = Array.from({ length: count }, () => {
    tickets += 1;
    return { jti: `t${tickets}`.padEnd(22, "_"), intent: "join" as const };
  });
  return { gateway, id, entries };
}

function restore(store: Store, gateway = "g1", mayStartLine = true) {
  return store.restore("room", gateway, { floor: NO_FLOOR, seed, mayStartLine, confirmed: true });
}

const join = (store: Store, batch: Batch<JoinEntry>) => store.join("room", batch, NO_FLOOR);
const advance = (store: Store, gateway = "g1") => store.advance("room", gateway, NO_FLOOR);

function numbers(reply: Awaited<ReturnType<Store["join"]>>): number[] {
  if (reply.kind !== "done") throw new Error(`the store replied ${reply.kind}`);
  return reply.result.map((one) => ("number" in one ? one.number : 0));
}

function snapshotOf(reply: Reply<unknown>) {
  if (reply.kind !== "done") throw new Error(`the store replied ${reply.kind}`);
  return reply.snapshot;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "no error",
    (fault: unknown) => (fault instanceof StoreError ? fault.code : String(fault)),
  );
}

describe("Redis: no connection", () => {
  it("is store-down where nobody ever answers, after no more than its time", async () => {
    const { store, told } = openStore({ ...socket("/nonexistent/redis.sock"), timeoutMs: 200 });
    expect(await codeOf(advance(store))).toBe("store-down");
    expect(store.up()).toBe(false);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain("ENOENT");
  });

  it("is store-down at once when the server has gone, and comes back with it", async () => {
    const folder = mkdtempSync(joinPath(tmpdir(), "sluse-faults-"));
    cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
    const first = await startPrivateRedis({ folder, appendOnly: true, survivesKill: false });
    cleanups.push(() => first.stop());
    const { store, told } = openStore(socket(first.socketPath));
    await restore(store);
    expect(numbers(await join(store, joins(1, 3)))).toEqual([1, 2, 3]);
    await first.stop();
    await vi.waitFor(() => expect(store.up()).toBe(false), soon);
    const startedMs = performance.now();
    expect(await codeOf(join(store, joins(2, 1)))).toBe("store-down");
    expect(await codeOf(restore(store))).toBe("store-down");
    expect(await codeOf(store.audit("room", 1))).toBe("store-down");
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    const second = await startPrivateRedis({ folder, appendOnly: true, survivesKill: false });
    cleanups.push(() => second.stop());
    await vi.waitFor(() => expect(store.up()).toBe(true), soon);
    expect(told.map((line) => line.split(":")[0])).toEqual(["up", "down", "up"]);
    expect(await advance(store)).toEqual({ kind: "restoring" });
    expect(snapshotOf(await restore(store, "g1", false)).issued).toBe(3);
    expect(numbers(await join(store, joins(3, 1)))).toEqual([4]);
  });

  it("asks for restore after a lost connection, room by room, and gives the same batch again", async () => {
    const redis = await testRedis();
    const { store, told } = openStore(socket(redis.socketPath));
    await restore(store);
    const batch = joins(1, 2);
    const before = numbers(await join(store, batch));
    await askRedis({ path: redis.socketPath }, "CLIENT KILL TYPE normal").catch(() => "");
    await vi.waitFor(() => expect(told).toHaveLength(3), soon);
    expect(await join(store, batch)).toEqual({ kind: "restoring" });
    expect((await store.advance("never-met", "g1", NO_FLOOR)).kind).toBe("empty");
    await restore(store);
    expect(numbers(await join(store, batch))).toEqual(before);
    expect(snapshotOf(await advance(store)).issued).toBe(2);
  });

  it("goes from slow to down before a server that hangs, and back", async () => {
    const redis = await testRedis();
    const { store, told } = openStore({ ...socket(redis.socketPath), timeoutMs: 200 });
    // On a busy machine even a sound server may take longer than these 200 ms.
    await vi.waitFor(() => restore(store), soon);
    process.kill(redis.pid, "SIGSTOP");
    cleanups.push(() => process.kill(redis.pid, "SIGCONT"));
    expect(await codeOf(advance(store))).toBe("store-slow");
    await vi.waitFor(async () => expect(await codeOf(advance(store))).toBe("store-down"), soon);
    // Calls fail a moment before the loss is told: until then the store still seems to be up.
    await vi.waitFor(() => expect(told.at(-1)).toMatch(/^down/), soon);
    process.kill(redis.pid, "SIGCONT");
    await vi.waitFor(() => expect(told.at(-1)).toBe("up"), soon);
    await vi.waitFor(async () => expect((await restore(store)).kind).toBe("done"), soon);
    await vi.waitFor(async () => expect((await advance(store)).kind).toBe("done"), soon);
  });

  it("keeps every acknowledged number over a kill -9, and gives none twice", async () => {
    const folder = mkdtempSync(joinPath(tmpdir(), "sluse-faults-"));
    cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
    const redis = await startPrivateRedis({ folder, appendOnly: true, restart: true, survivesKill: false });
    cleanups.push(() => redis.stop());
    const { store } = openStore(socket(redis.socketPath));
    await restore(store);
    const pids = new Set<number>();
    const given: number[] = [];
    for (let id = 1; pids.size < 3 || id % 300 !== 0; id += 1) {
      if (id % 300 === 150 && !pids.has(redis.pid)) {
        pids.add(redis.pid);
        process.kill(redis.pid, "SIGKILL");
      }
      given.push(...(await untilJoined(store, joins(id, 3))));
    }
    expect(given).toEqual(Array.from({ length: given.length }, (_, i) => i + 1));
    expect(snapshotOf(await advance(store)).issued).toBe(given.length);
  });

  it("puts joins off after a restart until the other gateway has restored too", async () => {
    const folder = mkdtempSync(joinPath(tmpdir(), "sluse-faults-"));
    cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
    const redis = await startPrivateRedis({ folder, appendOnly: true, restart: true, survivesKill: false });
    cleanups.push(() => redis.stop());
    const one = openStore(socket(redis.socketPath)).store;
    const two = openStore(socket(redis.socketPath)).store;
    await restore(one, "g1");
    await restore(two, "g2");
    process.kill(redis.pid, "SIGKILL");
    await vi.waitFor(() => expect(one.up() || two.up()).toBe(false), soon);
    await vi.waitFor(() => expect(one.up() && two.up()).toBe(true), soon);
    await restore(one, "g1");
    expect(await join(one, joins(1, 1, "g1"))).toEqual({ kind: "restoring" });
    expect((await advance(one, "g1")).kind).toBe("done");
    await restore(two, "g2");
    expect(numbers(await join(one, joins(1, 1, "g1")))).toEqual([1]);
    expect(numbers(await join(two, joins(1, 1, "g2")))).toEqual([2]);
  });
});

/** As a gateway does it: the same batch until an answer comes, restoring where asked to. */
async function untilJoined(store: Store, batch: Batch<JoinEntry>): Promise<number[]> {
  for (;;) {
    try {
      const reply = await join(store, batch);
      if (reply.kind === "done") return numbers(reply);
      await restore(store, batch.gateway, false);
    } catch (fault) {
      if (!(fault instanceof StoreError)) throw fault;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

describe("Redis: replicas", () => {
  async function primaryWithReplica() {
    const port = await freePort();
    const primary = await testRedis({
      port: String(port),
      bind: "127.0.0.1",
      "repl-diskless-sync-delay": "0",
    });
    const replica = await testRedis();
    await askRedis({ path: replica.socketPath }, `REPLICAOF 127.0.0.1 ${port}`);
    const replication = () => askRedis({ path: primary.socketPath }, "INFO replication");
    const link = () => askRedis({ path: replica.socketPath }, "INFO replication");
    await vi.waitFor(async () => expect(await link()).toContain("master_link_status:up"), soon);
    await vi.waitFor(async () => expect(await replication()).toContain("state=online"), soon);
    return { primary, replica, port };
  }

  it("acknowledges only what a replica has; a short count is unknown, and a repeat tells", async () => {
    const { primary, replica } = await primaryWithReplica();
    const { store } = openStore({ ...socket(primary.socketPath), timeoutMs: 4_000 });
    await restore(store);
    expect(numbers(await join(store, joins(1, 2)))).toEqual([1, 2]);
    expect(await askRedis({ path: replica.socketPath }, "EXISTS sluse:{room}:line")).toContain(":1");
    process.kill(replica.pid, "SIGSTOP");
    cleanups.push(() => process.kill(replica.pid, "SIGCONT"));
    const batch = joins(2, 2);
    expect(await codeOf(join(store, batch))).toBe("store-slow");
    const change = {
      id: "one",
      change: { capacity: 9 },
      reset: null,
      expectedVersion: null,
      actor: "a",
      reason: "r",
    };
    expect(await codeOf(store.configure("room", "g1", change, NO_FLOOR))).toBe("store-slow");
    expect(await codeOf(restore(store))).toBe("store-slow");
    // What nobody relies on does not wait for it.
    expect((await advance(store)).kind).toBe("done");
    process.kill(replica.pid, "SIGCONT");
    expect(numbers(await join(store, batch))).toEqual([3, 4]);
    expect(snapshotOf(await advance(store)).issued).toBe(4);
  });

  it("goes on without the replica once the primary has let it go", async () => {
    const { primary, replica } = await primaryWithReplica();
    const { store } = openStore({ ...socket(primary.socketPath), timeoutMs: 4_000 });
    await restore(store);
    await replica.stop();
    const batch = joins(1, 2);
    await vi.waitFor(async () => expect(await codeOf(join(store, batch))).toBe("no error"), soon);
    expect(snapshotOf(await advance(store)).issued).toBe(2);
  });

  it("refuses to work on a server that has become a replica", async () => {
    const { primary, replica } = await primaryWithReplica();
    const { store } = openStore(socket(replica.socketPath));
    expect(await codeOf(restore(store))).toBe("store-down");
    expect(await askRedis({ path: primary.socketPath }, "DBSIZE")).toContain(":0");
  });

  it("finds the primary by way of Sentinel", async () => {
    const { port } = await primaryWithReplica();
    const sentinelPort = await freePort();
    const folder = mkdtempSync(joinPath(tmpdir(), "sluse-sentinel-"));
    const file = joinPath(folder, "sentinel.conf");
    writeFileSync(file, `port ${sentinelPort}\nbind 127.0.0.1\nsentinel monitor line 127.0.0.1 ${port} 1\n`);
    const sentinel = spawn(findRedisServer() ?? "", [file, "--sentinel"], { stdio: "ignore" });
    cleanups.push(async () => {
      sentinel.kill("SIGKILL");
      await once(sentinel, "exit");
      rmSync(folder, { recursive: true, force: true });
    });
    const { store } = openStore({
      ...url(`redis+sentinel://127.0.0.1:${sentinelPort}/line`),
      timeoutMs: 5_000,
    });
    await vi.waitFor(() => expect(store.up()).toBe(true), soon);
    await restore(store);
    expect(numbers(await join(store, joins(1, 2)))).toEqual([1, 2]);
  });
});

describe("Redis Cluster", () => {
  const nodes: { port: number; redis: PrivateRedis }[] = [];

  afterAll(async () => {
    for (const { redis } of nodes) await redis.stop();
  });

  async function oneNode(): Promise<number> {
    const [known] = nodes;
    if (known) return known.port;
    const port = await freePort();
    const redis = await startTestRedis({
      port: String(port),
      bind: "127.0.0.1",
      "cluster-enabled": "yes",
      "cluster-port": String(await freePort()),
      "cluster-announce-ip": "127.0.0.1",
    });
    await askRedis({ path: redis.socketPath }, "CLUSTER ADDSLOTSRANGE 0 16383");
    const info = () => askRedis({ path: redis.socketPath }, "CLUSTER INFO");
    await vi.waitFor(async () => expect(await info()).toContain("cluster_state:ok"), soon);
    nodes.push({ port, redis });
    return port;
  }

  storeConformance("cluster", async ({ now, runId }) =>
    redisStore({ ...url(`redis+cluster://127.0.0.1:${await oneNode()}`), now, runId }),
  );

  it("asks the node itself for its life, and asks for restore after the node was lost", async () => {
    const { store, told } = openStore(url(`redis+cluster://127.0.0.1:${await oneNode()}`));
    await restore(store);
    expect(numbers(await join(store, joins(1, 2)))).toEqual([1, 2]);
    expect(await store.audit("room", 5)).toEqual([]);
    const toldBefore = told.length;
    for (const { redis } of nodes) {
      await askRedis({ path: redis.socketPath }, "CLIENT KILL TYPE normal").catch(() => "");
    }
    await vi.waitFor(() => expect(told.length).toBeGreaterThan(toldBefore), soon);
    await vi.waitFor(async () => expect(await advance(store)).toEqual({ kind: "restoring" }), soon);
    expect(snapshotOf(await restore(store, "g1", false)).issued).toBe(2);
    expect(numbers(await join(store, joins(2, 1)))).toEqual([3]);
  });
});
