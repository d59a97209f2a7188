import { AggregatorRegistry } from "prom-client";
import { describe, expect, it } from "vitest";
import type { RoomSettings, Snapshot } from "#core";
import { memoryStore } from "#core/memory";
import { TEST_SETTINGS } from "#core/test-settings";
import { createMetrics, type MeteredDoor } from "./metrics.ts";
import { Room } from "./room/room.ts";

const SETTINGS: RoomSettings = { ...TEST_SETTINGS, claimWindowSeconds: 600 };

/** A room that has just met its store. */
async function newRoom(): Promise<{ room: Room; snapshot: Snapshot }> {
  const store = memoryStore({ now: () => 1_750_000_000_000 });
  const room = new Room({
    id: "tax",
    store,
    gateway: "a",
    seed: { ...SETTINGS, outflowPerMinute: 150 },
    remembered: null,
    mayStartLine: true,
    now: () => 1_750_000_000_000,
    firstBatchId: 1,
    setTimer: () => undefined,
    onChange: () => undefined,
    onStoreCall: () => undefined,
    onTrouble: () => undefined,
    onRebuilt: () => undefined,
  });
  await room.start();
  const snapshot = room.snapshot;
  if (snapshot === null) throw new Error("the memory store always answers");
  return { room, snapshot };
}

function door(id: string, snapshot: Snapshot | null, state: Room["state"] = "up"): MeteredDoor {
  return { room: { id, snapshot, state } };
}

async function lines(metrics: { registry: { metrics(): Promise<string> } }, name: string): Promise<string[]> {
  const text = await metrics.registry.metrics();
  return text.split("\n").filter((line) => line.startsWith(name));
}

// PROTOCOL: Metrics, label `room`: `sluse_tickets_issued_total`, `sluse_admissions_total`,
// PROTOCOL: `sluse_waiting_visitors`, `sluse_serving_number`, `sluse_issued_number`, `sluse_active_sessions`,
// PROTOCOL: `sluse_outflow_per_minute`, `sluse_wait_seconds` (histogram), `sluse_claims_total{outcome}`,
// PROTOCOL: `sluse_tokens_rejected_total{reason}`, `sluse_origin_request_duration_seconds`,
// PROTOCOL: `sluse_origin_responses_total{class}`
// PROTOCOL: `sluse_store_call_duration_seconds{operation}`, `sluse_store_up`, `sluse_live_connections`,
// PROTOCOL: `sluse_http_request_duration_seconds{route}`
// PROTOCOL: `sluse_pass_refusals_total{what}` (`request`, `socket`), `sluse_shared_passes`
describe("the metrics", () => {
  const types: [name: string, type: string][] = [
    ["sluse_tickets_issued_total", "counter"],
    ["sluse_admissions_total", "counter"],
    ["sluse_waiting_visitors", "gauge"],
    ["sluse_serving_number", "gauge"],
    ["sluse_issued_number", "gauge"],
    ["sluse_active_sessions", "gauge"],
    ["sluse_outflow_per_minute", "gauge"],
    ["sluse_wait_seconds", "histogram"],
    ["sluse_claims_total", "counter"],
    ["sluse_tokens_rejected_total", "counter"],
    ["sluse_origin_request_duration_seconds", "histogram"],
    ["sluse_origin_responses_total", "counter"],
    ["sluse_alarm", "gauge"],
    ["sluse_shared_passes", "gauge"],
    ["sluse_joins_slowed_total", "counter"],
    ["sluse_pass_refusals_total", "counter"],
    ["sluse_store_call_duration_seconds", "histogram"],
    ["sluse_store_up", "gauge"],
    ["sluse_live_connections", "gauge"],
    ["sluse_http_request_duration_seconds", "histogram"],
    ["sluse_order_inversions_total", "counter"],
    ["sluse_admissions_beyond_outflow_total", "counter"],
    ["sluse_places_lost_total", "counter"],
    ["sluse_wait_promised_seconds", "histogram"],
    ["sluse_wait_promise_ratio", "histogram"],
    ["sluse_called_total", "counter"],
    ["sluse_shows_total", "counter"],
    ["sluse_show_ratio", "gauge"],
    ["sluse_gate_visitors", "gauge"],
    ["sluse_capacity_sessions", "gauge"],
    ["sluse_room_mode", "gauge"],
    ["sluse_workers", "gauge"],
    ["process_cpu_seconds_total", "counter"],
    ["process_resident_memory_bytes", "gauge"],
  ];

  it.each(types)("%s is a %s, known before anything has happened", async (name, type) => {
    expect(await lines(createMetrics(), `# TYPE ${name} `)).toEqual([`# TYPE ${name} ${type}`]);
  });

  it("are all there are", async () => {
    expect((await lines(createMetrics(), "# TYPE")).length).toBe(types.length);
  });
});

describe("what is read from the store", () => {
  it("raises and ends the alarms of a line that was rebuilt", async () => {
    const { snapshot } = await newRoom();
    const metrics = createMetrics();
    let seen: Snapshot = { ...snapshot, alarm: "restored", admitsInMs: null };
    metrics.observe(() => [door("tax", seen)]);
    const alarms = async () => (await lines(metrics, "sluse_alarm{")).map((line) => line.slice(23));
    expect(await alarms()).toEqual([
      'kind="restored"} 1',
      'kind="implausible-floor"} 0',
      'kind="not-admitting"} 1',
    ]);
    seen = { ...snapshot, alarm: "implausible-floor" };
    expect(await alarms()).toEqual([
      'kind="restored"} 0',
      'kind="implausible-floor"} 1',
      'kind="not-admitting"} 0',
    ]);
  });

  it("follows the lines, however often it is scraped", async () => {
    const { snapshot } = await newRoom();
    const metrics = createMetrics();
    let line = { ...snapshot, joinedTotal: 12, admittedTotal: 4, issued: 9, serving: 5, sessions: 3 };
    metrics.observe(() => [door("tax", line), door("vaccine", null)]);
    const first = await metrics.registry.metrics();
    const again = await metrics.registry.metrics();
    const ofLines = (text: string) => text.split("\n").filter((shown) => shown.includes('room="'));
    expect(ofLines(again)).toEqual(ofLines(first));
    const samples = [
      'sluse_tickets_issued_total{room="tax"} 12',
      'sluse_admissions_total{room="tax"} 4',
      'sluse_waiting_visitors{room="tax"} 4',
      'sluse_serving_number{room="tax"} 5',
      'sluse_issued_number{room="tax"} 9',
      'sluse_active_sessions{room="tax"} 3',
      'sluse_outflow_per_minute{room="tax"} 150',
    ];
    for (const sample of samples) expect(first.split("\n")).toContain(sample);
    expect(first).not.toContain('sluse_issued_number{room="vaccine"}');

    // A wiped store counts from the beginning, and so does the counter.
    line = { ...line, joinedTotal: 1 };
    expect(await lines(metrics, "sluse_tickets_issued_total")).toEqual([
      'sluse_tickets_issued_total{room="tax"} 1',
    ]);
  });

  it("keeps a total that a store's lost writes took back a little", async () => {
    const { snapshot } = await newRoom();
    const metrics = createMetrics();
    let line = { ...snapshot, admittedTotal: 100 };
    metrics.observe(() => [door("tax", line)]);
    const shown = async (admittedTotal: number) => {
      line = { ...line, admittedTotal };
      return (await lines(metrics, "sluse_admissions_total"))[0]?.split(" ")[1];
    };
    expect([await shown(100), await shown(90), await shown(99), await shown(101)]).toEqual([
      "100",
      "100",
      "100",
      "101",
    ]);
    expect(await shown(20)).toBe("20");
  });

  it("says which mode is in force, how many come of the called, and what stands at the gate", async () => {
    const { snapshot } = await newRoom();
    const metrics = createMetrics();
    const settings = { ...snapshot.settings, capacity: 40 };
    const line = { ...snapshot, settings, mode: "hold" as const, showPermille: 625, registered: 7 };
    metrics.observe(() => [door("tax", { ...line, calledTotal: 50, showsTotal: 30 })]);
    const text = await metrics.registry.metrics();
    for (const sample of [
      'sluse_room_mode{room="tax",mode="hold"} 1',
      'sluse_room_mode{room="tax",mode="queue"} 0',
      'sluse_called_total{room="tax"} 50',
      'sluse_shows_total{room="tax"} 30',
      'sluse_show_ratio{room="tax"} 0.625',
      'sluse_gate_visitors{room="tax"} 7',
      'sluse_capacity_sessions{room="tax"} 40',
    ]) {
      expect(text.split("\n")).toContain(sample);
    }
  });

  it("is the store's own count of a real room", async () => {
    const { room } = await newRoom();
    const metrics = createMetrics();
    metrics.observe(() => [{ room }]);
    expect(await lines(metrics, "sluse_outflow_per_minute")).toEqual([
      'sluse_outflow_per_minute{room="tax"} 150',
    ]);
    expect(await lines(metrics, "sluse_store_up")).toEqual(["sluse_store_up 1"]);
  });

  it("says that the store is up only while it serves every room", async () => {
    const { snapshot } = await newRoom();
    const metrics = createMetrics();
    expect(await lines(metrics, "sluse_store_up")).toEqual(["sluse_store_up 0"]);
    for (const [state, up] of [
      ["up", 1],
      ["down", 0],
      ["empty", 0],
    ] as const) {
      metrics.observe(() => [door("tax", snapshot), door("vaccine", snapshot, state)]);
      expect(await lines(metrics, "sluse_store_up")).toEqual([`sluse_store_up ${up}`]);
    }
  });
});

describe("what is counted here", () => {
  it("counts claims, rejected tokens and the origin's replies by room and kind", async () => {
    const metrics = createMetrics();
    metrics.claimed("tax", "called");
    metrics.claimed("tax", "called");
    metrics.claimed("vaccine", "admitted");
    metrics.tokenRejected("tax", "expired");
    for (const status of [101, 200, 304, 404, 503, 999]) metrics.originAnswered("tax", status, 0.02);
    for (const kind of ["away", "slow", "broken"] as const) metrics.originFailed("tax", kind);
    expect(await lines(metrics, "sluse_claims_total")).toEqual([
      'sluse_claims_total{room="tax",outcome="called"} 2',
      'sluse_claims_total{room="vaccine",outcome="admitted"} 1',
    ]);
    expect(await lines(metrics, "sluse_tokens_rejected_total")).toEqual([
      'sluse_tokens_rejected_total{room="tax",reason="expired"} 1',
    ]);
    const classes = ["1xx", "2xx", "3xx", "4xx", "5xx", "away", "slow", "broken"];
    expect(await lines(metrics, "sluse_origin_responses_total")).toEqual(
      classes.map(
        (name) => `sluse_origin_responses_total{room="tax",class="${name}"} ${name === "5xx" ? 2 : 1}`,
      ),
    );
    expect(await lines(metrics, "sluse_origin_request_duration_seconds_count")).toEqual([
      'sluse_origin_request_duration_seconds_count{room="tax"} 6',
    ]);
  });

  it("counts the wait of a session once, however often it is claimed again", async () => {
    const metrics = createMetrics();
    for (const seconds of [40, 90, 300]) metrics.admitted("tax", "same", seconds);
    metrics.admitted("tax", "other", 50);
    expect(await lines(metrics, "sluse_wait_seconds_sum")).toEqual(['sluse_wait_seconds_sum{room="tax"} 90']);
    expect(await lines(metrics, "sluse_wait_seconds_count")).toEqual([
      'sluse_wait_seconds_count{room="tax"} 2',
    ]);
  });

  it("keeps histograms with cumulative buckets, bounds included", async () => {
    const metrics = createMetrics();
    // The last is a clock that was set back: counted, and never taken from the sum.
    for (const seconds of [0, 1, 1.5, 14_400, 20_000, -5]) metrics.admitted("tax", `v${seconds}`, seconds);
    const buckets = await lines(metrics, "sluse_wait_seconds_bucket");
    expect(buckets[0]).toBe('sluse_wait_seconds_bucket{room="tax",le="1"} 3');
    expect(buckets[1]).toBe('sluse_wait_seconds_bucket{room="tax",le="2"} 4');
    expect(buckets.at(-2)).toBe('sluse_wait_seconds_bucket{room="tax",le="14400"} 5');
    expect(buckets.at(-1)).toBe('sluse_wait_seconds_bucket{room="tax",le="+Inf"} 6');
    expect(await lines(metrics, "sluse_wait_seconds_sum")).toEqual([
      'sluse_wait_seconds_sum{room="tax"} 34402.5',
    ]);
    expect(await lines(metrics, "sluse_wait_seconds_count")).toEqual([
      'sluse_wait_seconds_count{room="tax"} 6',
    ]);
  });

  it("labels store calls by operation and requests by route", async () => {
    const metrics = createMetrics();
    metrics.storeCalled("join", 0.003);
    metrics.requestServed("status", 0.0001);
    expect(await lines(metrics, "sluse_store_call_duration_seconds_count")).toEqual([
      'sluse_store_call_duration_seconds_count{operation="join"} 1',
    ]);
    expect(await lines(metrics, "sluse_http_request_duration_seconds_count")).toEqual([
      'sluse_http_request_duration_seconds_count{route="status"} 1',
    ]);
  });

  it("knows the pages that are connected, none included", async () => {
    const metrics = createMetrics();
    metrics.observe(() => [door("tax", null), door("vaccine", null)]);
    metrics.liveConnections("tax", 1);
    metrics.liveConnections("tax", 1);
    metrics.liveConnections("tax", -1);
    expect(await lines(metrics, "sluse_live_connections")).toEqual([
      'sluse_live_connections{room="tax"} 1',
      'sluse_live_connections{room="vaccine"} 0',
    ]);
  });
});

describe("whether the line keeps its promises", () => {
  const counters = [
    'sluse_order_inversions_total{room="tax"}',
    'sluse_admissions_beyond_outflow_total{room="tax"}',
    'sluse_places_lost_total{room="tax",kind="unknown"}',
    'sluse_places_lost_total{room="tax",kind="given_twice"}',
  ];

  async function counted(metrics: ReturnType<typeof createMetrics>): Promise<string[]> {
    const text = (await metrics.registry.metrics()).split("\n");
    return text.filter((line) => counters.some((name) => line.startsWith(name)));
  }

  it("is shown with 0 from the start, and counted from there", async () => {
    const metrics = createMetrics();
    metrics.observe(() => [door("tax", null)]);
    expect(await counted(metrics)).toEqual(counters.map((name) => `${name} 0`));
    metrics.overtaken("tax", 1);
    metrics.admittedBeyondOutflow("tax", 2);
    metrics.placesLost("tax", "unknown", 3);
    metrics.placesLost("tax", "given_twice", 4);
    expect(await counted(metrics)).toEqual(counters.map((name, i) => `${name} ${i + 1}`));
  });

  it("is measured against the wait that was promised", async () => {
    const metrics = createMetrics();
    metrics.waited("tax", 600, 540);
    metrics.waited("tax", 600, 660);
    const ratios = await lines(metrics, "sluse_wait_promise_ratio_bucket");
    expect(ratios).toContain('sluse_wait_promise_ratio_bucket{room="tax",le="1"} 1');
    expect(ratios).toContain('sluse_wait_promise_ratio_bucket{room="tax",le="1.1"} 2');
    expect(await lines(metrics, "sluse_wait_promised_seconds_sum")).toEqual([
      'sluse_wait_promised_seconds_sum{room="tax"} 1200',
    ]);
  });
});

it("adds up over workers what each has seen, and takes once what all read from the store", async () => {
  const { snapshot } = await newRoom();
  const workers = [createMetrics(), createMetrics()];
  for (const [i, metrics] of workers.entries()) {
    metrics.observe(
      () => [door("tax", { ...snapshot, joinedTotal: 12 }, i === 0 ? "up" : "down")],
      () => i + 1,
    );
    metrics.admitted("tax", "v1", 3);
    metrics.claimed("tax", "admitted");
    metrics.liveConnections("tax", 1);
    metrics.overtaken("tax", 1);
    metrics.admittedBeyondOutflow("tax", 5);
  }
  const parts = await Promise.all(workers.map(({ registry }) => registry.getMetricsAsJSON()));
  const registry = AggregatorRegistry.aggregate(parts);
  expect(await lines({ registry }, "sluse_tickets_issued_total")).toEqual([
    'sluse_tickets_issued_total{room="tax"} 12',
  ]);
  expect(await lines({ registry }, "sluse_store_up")).toEqual(["sluse_store_up 0"]);
  expect(await lines({ registry }, "sluse_shared_passes{")).toEqual(['sluse_shared_passes{room="tax"} 3']);
  expect(await lines({ registry }, "sluse_live_connections")).toEqual([
    'sluse_live_connections{room="tax"} 2',
  ]);
  expect(await lines({ registry }, "sluse_claims_total")).toEqual([
    'sluse_claims_total{room="tax",outcome="admitted"} 2',
  ]);
  expect(await lines({ registry }, "sluse_wait_seconds_count")).toEqual([
    'sluse_wait_seconds_count{room="tax"} 2',
  ]);
  expect(await lines({ registry }, "sluse_order_inversions_total")).toEqual([
    'sluse_order_inversions_total{room="tax"} 2',
  ]);
  expect(await lines({ registry }, "sluse_admissions_beyond_outflow_total")).toEqual([
    'sluse_admissions_beyond_outflow_total{room="tax"} 5',
  ]);
  expect(await lines({ registry }, "sluse_workers")).toEqual(["sluse_workers 2"]);
});
