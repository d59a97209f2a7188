/**
 * What the store's operations cost: `npx tsx queue-core/store/redis/bench.ts [secondsEach]`. One connection to a
 * Redis of its own; calls are kept under way side by side, as many gateways would. The columns: calls a second as
 * seen here, and the microseconds of one core that a call costs the server.
 */
import { randomBytes } from "node:crypto";
import { pathToFileURL } from "node:url";
import { NO_FLOOR } from "../../domain/floor.ts";
import { type RoomSettings, settingsWith } from "../../domain/settings.ts";
import type { TicketRef } from "../../domain/visitors.ts";
import type { Reply } from "../store.ts";
import { askRedis } from "./ask-redis.ts";
import { startTestRedis } from "./private-redis.ts";
import { type RedisStore, redisStore } from "./redis-store.ts";

const SETTINGS = settingsWith({
  mode: "hold",
  outflowPerMinute: 6_000,
  message: { da: "Der er mange lige nu. Din plads er sikker.", en: "It is busy. Your place is safe." },
  messageRevision: 1,
});
const CALLS_UNDER_WAY = 32;

export interface Figure {
  readonly name: string;
  readonly callsPerSecond: number;
  /** What a call costs the server of one core. */
  readonly redisMicroseconds: number;
}

/** Runs every measurement for about `secondsEach`. */
export async function benchStore(secondsEach: number): Promise<Figure[]> {
  const redis = await startTestRedis();
  const store = redisStore({ connection: { kind: "socket", path: redis.socketPath } });
  const figures: Figure[] = [];
  async function measure(name: string, call: () => Promise<unknown>): Promise<void> {
    await call();
    const busyBefore = await processorMicroseconds(redis.socketPath);
    const started = performance.now();
    const endMs = started + secondsEach * 1_000;
    let calls = 0;
    async function keepCalling(): Promise<void> {
      while (performance.now() < endMs) {
        await call();
        calls += 1;
      }
    }
    await Promise.all(Array.from({ length: CALLS_UNDER_WAY }, keepCalling));
    const seconds = (performance.now() - started) / 1_000;
    const busy = (await processorMicroseconds(redis.socketPath)) - busyBefore;
    figures.push({ name, callsPerSecond: calls / seconds, redisMicroseconds: busy / calls });
  }
  try {
    await measureAll(store, measure);
  } finally {
    await store.close();
    await redis.stop();
  }
  return figures;
}

type Measure = (name: string, call: () => Promise<unknown>) => Promise<void>;

async function measureAll(store: RedisStore, measure: Measure): Promise<void> {
  let batchId = 0;
  const join = (room: string, count: number) => {
    const entries = Array.from({ length: count }, () => ({ jti: jti(), intent: "join" as const }));
    batchId += 1;
    return store.join(room, { gateway: "bench", id: batchId, entries }, NO_FLOOR);
  };
  await open(store, "waiting", {});
  await measure("advance, nobody called", () => store.advance("waiting", "bench", NO_FLOOR));
  await measure("join, batch of 1", () => join("waiting", 1));
  await measure("join, batch of 50", () => join("waiting", 50));
  await measure("join, batch of 500", () => join("waiting", 500));
  await open(store, "open", { mode: "open" });
  await measure("join, batch of 50, mode open", () => join("open", 50));

  const atGate = await fill(store, "busy");
  await measure("advance, 1,000 at the gate, 100,000 sessions", () =>
    store.advance("busy", "bench", NO_FLOOR),
  );
  await measure("claim, batch of 50 at the gate", () =>
    store.claim("busy", { gateway: "bench", id: 0, entries: atGate.slice(0, 50) }, NO_FLOOR),
  );
  const entries = Array.from({ length: 50 }, () => ({ jti: jti() }));
  await measure("renew, batch of 50", () =>
    store.renew("busy", { gateway: "bench", id: 0, entries }, NO_FLOOR),
  );
}

/** A full room: 100,000 inside, as many as fit, and 1,000 called who stand at the gate. */
async function fill(store: RedisStore, room: string): Promise<TicketRef[]> {
  await open(store, room, { mode: "open" });
  const batch = (id: number, count: number) => ({
    gateway: "bench",
    id,
    entries: Array.from({ length: count }, () => ({ jti: jti(), intent: "join" as const })),
  });
  for (let id = 1; id <= 100; id += 1) await store.join(room, batch(id, 1_000), NO_FLOOR);
  const configure = (mode: RoomSettings["mode"]) =>
    store.configure(
      room,
      "bench",
      {
        id: mode,
        change: { mode, capacity: 100_000 },
        reset: null,
        expectedVersion: null,
        actor: "bench",
        reason: "",
      },
      NO_FLOOR,
    );
  await configure("hold");
  const { result, snapshot } = done(await store.join(room, batch(101, 1_000), NO_FLOOR));
  const tickets = result.flatMap((one) =>
    one.state === "placed" ? [{ jti: one.jti, number: one.number, generation: snapshot.generation }] : [],
  );
  // A floor calls them all at once.
  const floor = { ...NO_FLOOR, generation: snapshot.generation, serving: snapshot.issued };
  await store.claim(room, { gateway: "bench", id: 0, entries: tickets }, floor);
  done(await configure("queue"));
  return tickets;
}

async function open(store: RedisStore, room: string, changes: Partial<RoomSettings>): Promise<void> {
  const seed = { ...SETTINGS, ...changes };
  done(await store.restore(room, "bench", { floor: NO_FLOOR, seed, mayStartLine: true, confirmed: true }));
}

function done<Result>(reply: Reply<Result>) {
  if (reply.kind !== "done") throw new Error(`the store replied ${reply.kind}`);
  return reply;
}

function jti(): string {
  return randomBytes(16).toString("base64url");
}

/** How long the server has kept a core busy, network and all; other load on the machine does not count. */
async function processorMicroseconds(socketPath: string): Promise<number> {
  const info = await askRedis({ path: socketPath }, "INFO cpu");
  const seconds = [...info.matchAll(/^used_cpu_(?:sys|user):([\d.]+)/gm)].map(([, value]) => Number(value));
  return seconds.reduce((sum, one) => sum + one, 0) * 1_000_000;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const { name, callsPerSecond, redisMicroseconds } of await benchStore(Number(process.argv[2] ?? 2))) {
    const cells = [
      name.padEnd(46),
      callsPerSecond.toFixed(0).padStart(8),
      redisMicroseconds.toFixed(1).padStart(8),
    ];
    process.stdout.write(`${cells.join("")}\n`);
  }
}
