import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NO_FLOOR, StoreError } from "#core";
import { memoryStore } from "#core/memory";
import { SERIES } from "#operator-api";
import { createMetrics } from "../metrics.ts";
import { Room } from "../room/room.ts";
import { parseRooms, type RoomConfig, seedSettings } from "../rooms-file.ts";
import { chartSpan, History, type MetricValues, quantile, SAMPLE_MS, samplesKept } from "./history.ts";
import { NAMED, type OperatorsListener, openOperatorsListener } from "./operator-fixture.ts";

const MINUTE_MS = 60_000;
const STARTED_MS = 1_800_000_000_000;
const [CONFIG] = parseRooms(
  "rooms.json",
  JSON.stringify({
    rooms: [
      {
        id: "tax",
        name: { da: "Skat", en: "Tax" },
        match: { host: "*", path: "/tax" },
        origin: "http://127.0.0.1:9",
        outflowPerMinute: 60,
      },
    ],
  }),
) as [RoomConfig];

/** A room on the memory store, whose time is turned by hand. */
async function watchedRoom(measured?: readonly MetricValues[]) {
  let nowMs = STARTED_MS;
  const now = () => nowMs;
  const metrics = createMetrics();
  const store = { ...memoryStore({ now }) };
  const room = new Room({
    id: "tax",
    store,
    gateway: "gateway-1",
    seed: seedSettings(CONFIG),
    remembered: null,
    mayStartLine: true,
    now,
    setTimer: () => undefined,
    firstBatchId: 1,
    onChange: () => undefined,
    onStoreCall: () => undefined,
    onTrouble: () => undefined,
    onRebuilt: () => undefined,
  });
  await room.start();
  let sharedPasses = 0;
  metrics.observe(
    () => [{ room }],
    () => sharedPasses,
  );
  const history = new History({
    doors: () => [{ config: CONFIG, room }],
    readMetrics: async () => measured ?? metrics.registry.getMetricsAsJSON(),
    now,
    onTrouble: () => undefined,
  });
  let batch = 0;
  /** So many join, and are heard of. */
  async function join(count: number): Promise<void> {
    batch += 1;
    const entries = Array.from({ length: count }, (_, i) => ({
      jti: `visitor-${batch}-${i}`,
      intent: "join" as const,
    }));
    await store.join("tax", { gateway: "gateway-1", id: batch, entries }, NO_FLOOR);
    await room.configure({
      id: `c${batch}`,
      change: { capacity: 5 },
      reset: null,
      expectedVersion: null,
      actor: "a",
      reason: "",
    });
  }
  async function passes(ms: number): Promise<void> {
    nowMs += ms;
    await history.sample();
  }
  const { restore, advance } = store;
  /** The room asks, and hears nothing. */
  async function away(): Promise<void> {
    const cutOff = () => Promise.reject(new StoreError("store-down", "cut off"));
    Object.assign(store, { restore: cutOff, advance: cutOff });
    await room.start();
  }
  async function back(): Promise<void> {
    Object.assign(store, { restore, advance });
    await room.start();
  }
  async function wiped(): Promise<void> {
    Object.assign(store, memoryStore({ now }));
    await room.start();
  }
  const share = (passes: number) => {
    sharedPasses = passes;
  };
  return { history, metrics, join, passes, share, now, away, back, wiped };
}

describe("a room's history", () => {
  it("has rates per minute, and the latest levels", async () => {
    const { history, metrics, join, passes, now } = await watchedRoom();
    await history.sample();
    expect(history.latest("tax")).toMatchObject({ joinsPerMinute: null, outflowPerMinute: 60, waiting: 0 });
    await join(10);
    for (let i = 0; i < 19; i++) metrics.originAnswered("tax", 200, 0.02);
    metrics.originFailed("tax", "away");
    metrics.admitted("tax", "one", 30);
    metrics.admitted("tax", "two", 50);
    metrics.waited("tax", 90, 40);
    await passes(SAMPLE_MS);
    expect(history.latest("tax")).toMatchObject({
      joinsPerMinute: 120,
      waitedSeconds: 40,
      promisedSeconds: 90,
      originErrorShare: 0.05,
      originP95Seconds: expect.closeTo(0.02425, 4),
    });
    await passes(SAMPLE_MS);
    expect(history.latest("tax")).toMatchObject({
      joinsPerMinute: 0,
      waitedSeconds: null,
      originErrorShare: null,
    });
    const { at, series, source } = history.read("tax", chartSpan(900, now() + SAMPLE_MS));
    expect([source, at, series.joinsPerMinute]).toEqual([
      "gateway",
      [STARTED_MS, STARTED_MS + SAMPLE_MS, STARTED_MS + 2 * SAMPLE_MS],
      [null, 120, 0],
    ]);
  });

  it("takes the mean of a wider step, and of the origin's latency and shared passes the worst", async () => {
    const { history, metrics, join, passes, share, now } = await watchedRoom();
    await history.sample();
    for (const seconds of [0.02, 0.2, 2, 0.02]) {
      await join(1);
      share(seconds === 2 ? 3 : 0);
      metrics.originAnswered("tax", 200, seconds);
      await passes(SAMPLE_MS);
    }
    const { at, series } = history.read("tax", {
      fromMs: STARTED_MS,
      untilMs: now() + MINUTE_MS,
      stepMs: MINUTE_MS,
    });
    expect(at).toEqual([STARTED_MS]);
    expect(series.joinsPerMinute).toEqual([12]);
    expect(series.originP95Seconds[0]).toBeGreaterThan(1);
    expect(series.sharedPasses).toEqual([3]);
  });

  it("counts from 0 after a store that lost its totals, and knows nothing of its sessions until it admits", async () => {
    const { history, join, passes, wiped } = await watchedRoom();
    await join(10);
    await passes(SAMPLE_MS);
    expect(history.latest("tax")).toMatchObject({ sessions: 2 });
    await wiped();
    await join(12);
    await passes(SAMPLE_MS);
    expect(history.latest("tax")).toMatchObject({ admittedPerMinute: 0, joinsPerMinute: 24, sessions: null });
    await wiped();
    await join(3);
    await passes(SAMPLE_MS);
    expect(history.latest("tax")).toMatchObject({ admittedPerMinute: 0, joinsPerMinute: 36 });
  });

  it("has a gap while the store is away, and then the mean since it was last heard of", async () => {
    const { history, join, passes, away, back } = await watchedRoom();
    await history.sample();
    await away();
    await passes(SAMPLE_MS);
    expect(new Set(Object.values(history.latest("tax") ?? {}))).toEqual(new Set([null]));
    await back();
    await join(6);
    await passes(SAMPLE_MS);
    expect(history.latest("tax")).toMatchObject({ joinsPerMinute: 36 });
  });

  it("has a gap where no sample was taken", async () => {
    const { history, passes, now } = await watchedRoom();
    await history.sample();
    await passes(SAMPLE_MS);
    await passes(MINUTE_MS);
    const { at, series } = history.read("tax", chartSpan(900, now() + SAMPLE_MS));
    expect(at.map((atMs) => (atMs - STARTED_MS) / SAMPLE_MS)).toEqual([0, 1, 2, 13]);
    expect(series.outflowPerMinute).toEqual([60, 60, null, 60]);
  });

  it("of another room, or of another time, is empty", async () => {
    const { history, now } = await watchedRoom();
    await history.sample();
    expect(history.read("vaccine", chartSpan(900, now())).at).toEqual([]);
    expect(history.read("tax", chartSpan(900, now() - MINUTE_MS)).at).toEqual([]);
  });

  it("takes bounded room: hours for some rooms, less for a thousand", () => {
    const bytes = (rooms: number) => samplesKept(rooms) * rooms * (8 + SERIES.length * 4);
    expect((samplesKept(20) * SAMPLE_MS) / MINUTE_MS).toBe(360);
    expect((samplesKept(1_000) * SAMPLE_MS) / MINUTE_MS).toBeGreaterThan(60);
    for (const rooms of [1, 300, 1_000]) expect(bytes(rooms)).toBeLessThanOrEqual(64 * 1024 * 1024);
  });

  it("overwrites the oldest when it is full", async () => {
    const { history, passes, now } = await watchedRoom([]);
    for (let i = 0; i < 4_330; i++) await passes(SAMPLE_MS);
    const { at } = history.read("tax", { fromMs: 0, untilMs: now() + 1, stepMs: SAMPLE_MS });
    expect([at.length, at[0], at.at(-1)]).toEqual([4_320, now() - 4_319 * SAMPLE_MS, now()]);
  });
});

describe("a chart's span", () => {
  it.each([
    [900, 5],
    [3_600, 20],
    [21_600, 120],
    [86_400, 480],
  ])("of %i s has steps of %i s that stand still as time goes on", (seconds, stepSeconds) => {
    const span = chartSpan(seconds, STARTED_MS + 1_234);
    expect(span.stepMs / 1_000).toBe(stepSeconds);
    expect([span.fromMs % span.stepMs, span.untilMs % span.stepMs]).toEqual([0, 0]);
  });
});

describe("a quantile", () => {
  const none = new Map<number, number>();

  it("is reckoned within its bucket", () => {
    const now = new Map([
      [1, 0],
      [2, 90],
      [4, 100],
      [Number.POSITIVE_INFINITY, 100],
    ]);
    expect(quantile(0.5, none, now)).toBeCloseTo(1 + 50 / 90);
    expect(quantile(0.95, none, now)).toBe(3);
    expect(quantile(0.95, now, now)).toBeNull();
  });

  it("beyond the last bound is that bound", () => {
    expect(
      quantile(
        0.95,
        none,
        new Map([
          [4, 0],
          [Number.POSITIVE_INFINITY, 10],
        ]),
      ),
    ).toBe(4);
  });
});

describe("over HTTP", () => {
  let listener: OperatorsListener;
  let prometheus: Server;
  const queries: URLSearchParams[] = [];
  let broken = false;

  beforeAll(async () => {
    prometheus = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? "", "http://prometheus");
      queries.push(searchParams);
      const values = [[Number(searchParams.get("start")), "7"]];
      response.statusCode = broken ? 500 : 200;
      response.end(
        JSON.stringify(broken ? { status: "error" } : { status: "success", data: { result: [{ values }] } }),
      );
    });
    await new Promise<void>((resolve) => prometheus.listen(0, "127.0.0.1", resolve));
    const { port } = prometheus.address() as AddressInfo;
    listener = await openOperatorsListener(null, new URL(`http://127.0.0.1:${port}/prometheus`));
  });

  afterAll(() => {
    listener.close();
    prometheus.close();
  });

  const ask = async (query: string) => {
    const headers = { authorization: `Bearer ${NAMED.viewer.token}` };
    const response = await fetch(`http://127.0.0.1:${listener.port}/api/history${query}`, { headers });
    return { status: response.status, body: await response.json() };
  };

  // PROTOCOL: where the console's history comes from
  // PROTOCOL: `GET /api/history?room=&seconds=&until=` | points `at` and their `series`, from the `source` `prometheus` or
  it("comes from Prometheus where there is one", async () => {
    const { status, body } = await ask(`?room=tax&seconds=3600&until=${STARTED_MS}`);
    expect([status, body.source, body.stepSeconds]).toEqual([200, "prometheus", 20]);
    expect(body.at).toHaveLength(180);
    expect(body.series.waiting.slice(0, 2)).toEqual([7, null]);
    const asked = queries.map((query) => query.get("query"));
    expect(asked).toContain(
      'max(sluse_waiting_visitors{room="tax"} and on (job, instance) (sluse_store_up == 1))',
    );
    expect(queries.every((query) => query.get("step") === "20")).toBe(true);
  });

  // PROTOCOL: unset: the gateway's own memory
  // PROTOCOL: from the `source` `prometheus` or `gateway`
  it("comes from the gateway where Prometheus fails", async () => {
    broken = true;
    await listener.deployment.history.sample();
    const { status, body } = await ask("?room=tax");
    broken = false;
    expect([status, body.source]).toEqual([200, "gateway"]);
  });

  // PROTOCOL: `GET /api/history?room=&seconds=&until=` | 60 seconds to 31 days; 3,600
  it("reaches from a minute to a month back, an hour unless told", async () => {
    const statusOf = async (seconds: number) => (await ask(`?room=tax&seconds=${seconds}`)).status;
    expect(await Promise.all([59, 60, 31 * 86_400, 31 * 86_400 + 1].map(statusOf))).toEqual([
      400, 200, 200, 400,
    ]);
    expect((await ask("?room=tax")).body.stepSeconds).toBe(20);
  });

  it("takes no query of the browser's, and no room of no name", async () => {
    queries.length = 0;
    expect((await ask('?room=tax"}or{__name__=~".%2B"}')).body.code).toBe("no-room");
    expect((await ask("")).body.code).toBe("no-room");
    const wrong = await ask("?room=tax&query=up&seconds=5&until=x&room=vaccine");
    expect(wrong.body.errors.map((error: { field: string }) => error.field)).toEqual([
      "room",
      "query",
      "seconds",
      "until",
    ]);
    expect(queries).toEqual([]);
  });
});
