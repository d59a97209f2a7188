import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Floor, NO_FLOOR } from "../../domain/floor.ts";
import type { RoomSettings } from "../../domain/settings.ts";
import { TEST_SETTINGS } from "../../domain/test-settings.ts";
import type { JoinEntry, TicketRef } from "../../domain/visitors.ts";
import { storeConformance } from "../conformance.ts";
import { memoryStore } from "../memory-store.ts";
import type { Batch, Reply, Store } from "../store.ts";
import { askRedis } from "./ask-redis.ts";
import { benchStore } from "./bench.ts";
import { type PrivateRedis, startTestRedis } from "./private-redis.ts";
import { type RedisStore, redisStore } from "./redis-store.ts";

const seed: RoomSettings = { ...TEST_SETTINGS, mode: "hold" };

let redis: PrivateRedis;
const stores: RedisStore[] = [];

beforeAll(async () => {
  redis = await startTestRedis();
});

afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await redis.stop();
});

type Options = Partial<Parameters<typeof redisStore>[0]>;

function open(options: Options = {}): RedisStore {
  const store = redisStore({ connection: { kind: "socket", path: redis.socketPath }, ...options });
  stores.push(store);
  return store;
}

let tickets = 0;

function freshJti(): string {
  tickets += 1;
  return `t${tickets}`.padEnd(22, "_");
}

function joins(gateway: string, id: number, count: number): Batch<JoinEntry> {
  const entries = Array.from({ length: count }, () => ({ jti: freshJti(), intent: "join" as const }));
  return { gateway, id, entries };
}

function restoreRoom(store: Store, room: string, gateway = "g1", floor = NO_FLOOR) {
  return store.restore(room, gateway, { floor, seed, mayStartLine: true, confirmed: true });
}

function done<Result>(reply: Reply<Result>) {
  if (reply.kind !== "done") throw new Error(`the store replied ${reply.kind}`);
  return reply;
}

function numbers(reply: Awaited<ReturnType<Store["join"]>>): number[] {
  return done(reply).result.map((one) => ("number" in one ? one.number : 0));
}

const soon = { timeout: 10_000, interval: 20 };

storeConformance("redis", async ({ now, runId }) =>
  redisStore({ connection: { kind: "socket", path: redis.socketPath }, now, runId }),
);

describe("Redis: the same replies as the model", () => {
  /** Runs one story on both stores and compares every reply. */
  async function compare(story: (ask: Ask, clock: { nowMs: number; runId: string }) => Promise<void>) {
    const clock = { nowMs: 1_800_000_000_000, runId: "first" };
    const options = { now: () => clock.nowMs, runId: () => clock.runId };
    const model = memoryStore(options);
    const store = open(options);
    await story(async (operation) => {
      const expected = await operation(model);
      expect(await operation(store)).toEqual(expected);
      return expected;
    }, clock);
  }
  type Ask = <Result>(operation: (store: Store) => Promise<Result>) => Promise<Result>;

  it("over a day of a room", async () => {
    await compare(async (ask, clock) => {
      const room = "a-day";
      const known: TicketRef[] = [];
      let id = 0;
      const join = async (entries: readonly JoinEntry[], floor: Floor = NO_FLOOR) => {
        id += 1;
        const batch = { gateway: "g1", id, entries };
        const reply = done(await ask((store) => store.join(room, batch, floor)));
        const { generation } = reply.snapshot;
        for (const one of reply.result) {
          if (one.state === "placed") known.push({ jti: one.jti, number: one.number, generation });
        }
        return batch;
      };
      const claim = (list: readonly TicketRef[], floor = NO_FLOOR) =>
        ask((store) => store.claim(room, { gateway: "g1", id: 0, entries: list }, floor));
      const pass = async (ms: number) => {
        for (let left = ms; left > 0; left -= 1000) {
          clock.nowMs += Math.min(left, 1000);
          await ask((store) => store.advance(room, "g1", NO_FLOOR));
        }
      };
      let wishes = 0;
      const configure = (change: Partial<RoomSettings>, reset: { endSessions: boolean } | null = null) => {
        wishes += 1;
        const id = `c${wishes}`;
        return ask((store) =>
          store.configure(
            room,
            "g1",
            { id, change, reset, expectedVersion: null, actor: 'an "operator"', reason: "æøå\n" },
            NO_FLOOR,
          ),
        );
      };
      const fresh = (count: number) => joins("g1", 0, count).entries;

      // Nothing there; then a quiet room, with every intent.
      await ask((store) => store.advance(room, "g1", NO_FLOOR));
      const start = { floor: NO_FLOOR, seed: { ...seed, mode: "queue" as const }, confirmed: true };
      await ask((store) => store.restore(room, "g1", { ...start, mayStartLine: false }));
      await ask((store) => store.restore(room, "g1", { ...start, mayStartLine: true }));
      const enter = { jti: freshJti(), intent: "enter" } as const;
      const through = { jti: freshJti(), intent: "pass-through" } as const;
      const repeat = await join([...fresh(1), through, enter, ...fresh(40), through]);
      clock.nowMs += 700;
      await ask((store) => store.join(room, { ...repeat, entries: [] }, NO_FLOOR));

      // The gate: lowest first, whoever came first; the rest never show, so that the line probes.
      await claim(known.slice(5, 9));
      await pass(3_000);
      await claim(known.slice(0, 9));
      await pass(90_000);
      await claim(known.slice(0, 12));
      await pass(100_000);

      // Keys over two rotations, tickets kept, capacity, sessions ended and taken back.
      const keyed = (): JoinEntry => ({ jti: freshJti(), intent: "join", idempotencyKey: "k".repeat(22) });
      await join([keyed(), ...fresh(2), keyed()]);
      for (const pause of [50_000, 50_000, 130_000]) {
        await pass(pause);
        await join([keyed(), { jti: freshJti(), intent: "join", ticket: known[20] ?? known[0] }]);
      }
      await configure({ capacity: 3, sessionSeconds: 30 });
      await join(fresh(5));
      await claim(known.slice(-5));
      await ask((store) =>
        store.end(
          room,
          { gateway: "g1", id: 0, entries: [{ jti: enter.jti, number: 2, kind: "ended" }] },
          NO_FLOOR,
        ),
      );
      await ask((store) =>
        store.renew(
          room,
          {
            gateway: "g1",
            id: 0,
            entries: [
              { jti: enter.jti },
              { jti: "back".padEnd(22, "_"), as: "look" },
              { jti: "back".padEnd(22, "_") },
              ...(["form", "save", "page", "part"] as const).map((as) => ({
                jti: "late".padEnd(22, "_"),
                as,
              })),
            ],
          },
          NO_FLOOR,
        ),
      );
      await pass(70_000);

      // Every mode, a message, a merge from below and from above, a reset of each kind.
      for (const mode of ["hold", "open", "hold", "closed", "queue"] as const) {
        await configure({ mode, message: { da: mode, en: `"${mode}"` } });
        await join([...fresh(3), keyed()]);
        await claim(known.slice(-4));
        await pass(20_000);
      }
      const { snapshot } = done(await ask((store) => store.advance(room, "g1", NO_FLOOR)));
      const { generation, issued, settings } = snapshot;
      const floor = { generation, issued: issued + 9, serving: issued, settings, peakJoinsPerSecond: 70 };
      await join(fresh(2), { ...floor, settings: { ...settings, outflowPerMinute: 7, version: 2e12 } });
      await claim(known.slice(-9), { ...floor, generation: generation + 1 });
      await configure({}, { endSessions: false });
      await join(fresh(9));
      await pass(15_000);
      await configure({ message: null }, { endSessions: true });
      await join(fresh(2));
      await ask((store) => store.audit(room, 1_000));

      // The store lives anew: two gateways, of which one has yet to restore.
      await ask((store) => store.restore(room, "g2", { ...start, mayStartLine: false }));
      clock.runId = "second";
      const late = joins("g1", 900, 1);
      const other = joins("g2", 1, 1);
      await ask((store) => store.join(room, late, NO_FLOOR));
      await ask((store) => store.restore(room, "g1", { ...start, mayStartLine: false }));
      await ask((store) => store.join(room, late, NO_FLOOR));
      clock.nowMs += 5_000;
      await ask((store) => store.join(room, late, NO_FLOOR));
      await ask((store) => store.join(room, other, NO_FLOOR));
      await ask((store) => store.restore(room, "g2", { ...start, mayStartLine: false }));
      await ask((store) => store.join(room, other, NO_FLOOR));
    });
  });

  it("when more end and enter at once than one command may take", async () => {
    await compare(async (ask, clock) => {
      const start = { floor: NO_FLOOR, mayStartLine: true, confirmed: true };
      const many = { ...seed, mode: "queue" as const, outflowPerMinute: 100_000, sessionSeconds: 5 };
      await ask((store) => store.restore("many", "g1", { ...start, seed: many }));
      const batch = joins("g1", 1, 5_000);
      const { snapshot } = done(await ask((store) => store.join("many", batch, NO_FLOOR)));
      const waiting = batch.entries
        .map(({ jti }, i) => ({ jti, number: i + 1, generation: snapshot.generation }))
        .slice(3_333);
      clock.nowMs += 2_000;
      await ask((store) => store.claim("many", { gateway: "g1", id: 0, entries: waiting }, NO_FLOOR));
      clock.nowMs += 4_000;
      const ended = done(await ask((store) => store.advance("many", "g1", NO_FLOOR)));
      expect(ended.snapshot.sessions).toBe(1_667);
      for (let i = 0; i < 3; i += 1) {
        clock.nowMs += 5_000;
        await ask((store) => store.advance("many", "g1", NO_FLOOR));
      }
    });
  });
});

describe("Redis: the server's own clock and life", () => {
  it("takes the time from the server, and keeps no key empty and all in one slot", async () => {
    const store = open();
    const { snapshot } = done(await restoreRoom(store, "own-clock"));
    expect(Math.abs(snapshot.storeTimeMs - Date.now())).toBeLessThan(60_000);
    expect(snapshot.generation).toBe(snapshot.storeTimeMs);
    const keys = await askRedis({ path: redis.socketPath }, "KEYS sluse:{own-clock}:*");
    expect(keys.match(/sluse:\{own-clock\}:[a-z0-9:]+/g)).toHaveLength(13);
  });

  it("goes on with a line that was kept before its youngest fields came to be", async () => {
    const store = open();
    await restoreRoom(store, "older");
    await store.join("older", joins("g1", 1, 3), NO_FLOOR);
    const cut = [
      "local kept = cmsgpack.unpack(redis.call('GET', KEYS[1]))",
      "for i = 1, 7 do table.remove(kept) end",
      "redis.call('DEL', KEYS[2])",
      "return redis.call('SET', KEYS[1], cmsgpack.pack(kept))",
    ].join(" ");
    const keys = "sluse:{older}:line sluse:{older}:endings";
    expect(await askRedis({ path: redis.socketPath }, `EVAL "${cut}" 2 ${keys}`)).toContain("OK");
    expect(numbers(await store.join("older", joins("g1", 2, 1), NO_FLOOR))).toEqual([4]);
    const ending = { jti: "e".repeat(22), number: 0, kind: "ended" as const };
    await store.end("older", { gateway: "g1", id: 3, entries: [ending] }, NO_FLOOR);
    expect(done(await store.advance("older", "g1", NO_FLOOR, 0)).result.jtis).toEqual([ending.jti]);
  });

  it("begins the windows that waited, where a release wrote the line that knows of none", async () => {
    const clock = { nowMs: 1_800_000_000_000 };
    const store = open({ now: () => clock.nowMs });
    const line = async () => done(await store.advance("early", "g1", NO_FLOOR)).snapshot;
    const pass = async (ms: number) => {
      for (let left = ms; left > 0; left -= 500) {
        clock.nowMs += 500;
        await line();
      }
    };
    await restoreRoom(store, "early");
    await store.join("early", joins("g1", 1, 30), NO_FLOOR);
    const change = { mode: "queue" as const, claimWindowSeconds: 20 };
    const why = { actor: "a", reason: "r", expectedVersion: null, reset: null };
    await store.configure("early", "g1", { id: "c1", change, ...why }, NO_FLOOR);
    while ((await line()).serving < 30) await pass(500);
    expect((await line()).reached).toBeLessThan(30);
    const cut = [
      "local kept = cmsgpack.unpack(redis.call('GET', KEYS[1]))",
      "kept[48].early_from = nil",
      "return redis.call('SET', KEYS[1], cmsgpack.pack(kept))",
    ].join(" ");
    expect(await askRedis({ path: redis.socketPath }, `EVAL "${cut}" 1 sluse:{early}:line`)).toContain("OK");
    expect((await line()).reached).toBe(30);
    await pass(22_000);
    expect(await askRedis({ path: redis.socketPath }, "ZCARD sluse:{early}:calls")).toContain(":1\r\n");
  });

  it("loads its scripts again after SCRIPT FLUSH", async () => {
    const store = open();
    await restoreRoom(store, "flush");
    await store.join("flush", joins("g1", 1, 2), NO_FLOOR);
    await askRedis({ path: redis.socketPath }, "SCRIPT FLUSH");
    expect(numbers(await store.join("flush", joins("g1", 2, 2), NO_FLOOR))).toEqual([3, 4]);
    const both = [store.advance("flush", "g1", NO_FLOOR), store.join("flush", joins("g1", 3, 1), NO_FLOOR)];
    await askRedis({ path: redis.socketPath }, "SCRIPT FLUSH");
    for (const reply of await Promise.all(both)) expect(reply.kind).toBe("done");
  });

  it("says that the outcome is unknown when the server does not answer in time; a repeat tells it", async () => {
    const store = open({ timeoutMs: 500 });
    await restoreRoom(store, "slow");
    const asleep = askRedis({ path: redis.socketPath }, "DEBUG SLEEP 0.8");
    const batch = joins("g1", 1, 3);
    await vi.waitFor(
      () =>
        expect(store.join("slow", batch, NO_FLOOR)).rejects.toMatchObject({
          name: "StoreError",
          code: "store-slow",
        }),
      soon,
    );
    await asleep;
    const reply = done(await store.join("slow", batch, NO_FLOOR));
    expect(numbers(reply)).toEqual([1, 2, 3]);
    expect(reply.snapshot.issued).toBe(3);
  });

  it("costs what the bench says, which runs", async () => {
    const figures = await benchStore(0.02);
    expect(figures).toHaveLength(8);
    for (const { callsPerSecond } of figures) expect(callsPerSecond).toBeGreaterThan(1);
  });
});
