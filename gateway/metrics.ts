import { Counter, Gauge, type Histogram, Registry } from "prom-client";
import { type ClaimOutcome, type Snapshot, waitingIn } from "#core";
import type { TokenRefusal } from "#core/tokens";
import { ALARM_KINDS, hasAlarm } from "./operator/alarms.ts";
import type { Room } from "./room/room.ts";

/**
 * The routes that `sluse_http_request_duration_seconds` tells apart; `service` is all that lies behind the gate,
 * the waiting page shown in its place included.
 */
export type MeteredRoute =
  | "service"
  | "join"
  | "claim"
  | "leave"
  | "wait"
  | "enter"
  | "auth"
  | "status"
  | "rooms"
  | "healthz"
  | "jwks"
  | "operator"
  | "other";

/** How a claim ended: in the store, or before it was asked. */
export type ClaimResult = ClaimOutcome["state"] | "store-down" | "no-ticket" | "bad-ticket";

/** A join beyond its address's rate: it waited for its turn, or was asked to come again. */
export type SlowedJoin = "delayed" | "refused";

/** Why a token, or a page's seal, was not believed. */
export type TokenRejection = TokenRefusal | "bad-seal";

/** An origin that gave no whole reply: not reached; not in time; ended in the middle. */
export type OriginFailure = "away" | "slow" | "broken";

/** Where the gauges are read from. */
export interface MeteredDoor {
  readonly room: Pick<Room, "id" | "snapshot" | "state">;
}

/** The metrics of this process (PROTOCOL "Metrics"): one method an event, cheap enough for every request. */
export interface Metrics {
  /** What `/metrics` prints; for a process of many workers, what they send to be added up. */
  readonly registry: Registry;
  /** Says, once at start, which lines the gauges and the store's totals are read from at each scrape. */
  observe(doors: () => Iterable<MeteredDoor>): void;
  claimed(room: string, outcome: ClaimResult): void;
  joinSlowed(room: string, how: SlowedJoin): void;
  tokenRejected(room: string, reason: TokenRejection): void;
  /** `waitedSeconds`: from join to admission; 0 where somebody was let in at once. */
  admitted(room: string, waitedSeconds: number): void;
  /** `seconds`: from sending the request to the origin until its status came. */
  originAnswered(room: string, status: number, seconds: number): void;
  originFailed(room: string, kind: OriginFailure): void;
  storeCalled(operation: string, seconds: number): void;
  requestServed(route: MeteredRoute, seconds: number): void;
  /** `delta`: 1 when a page connects, -1 when it goes. */
  liveConnections(room: string, delta: 1 | -1): void;
}

const WAIT_SECONDS = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 10_800, 14_400];
const ORIGIN_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const STORE_SECONDS = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const REQUEST_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createMetrics(): Metrics {
  const registry = new Registry();
  let doors: () => Iterable<MeteredDoor> = () => [];

  const claims = countingCounter(registry, {
    name: "sluse_claims_total",
    help: "Claims answered, by outcome.",
    label: "outcome",
  });
  const slowedJoins = countingCounter(registry, {
    name: "sluse_joins_slowed_total",
    help: "Joins beyond the rate of one address: delayed, or refused for now.",
    label: "outcome",
  });
  const rejections = countingCounter(registry, {
    name: "sluse_tokens_rejected_total",
    help: "Tickets, passes and seals that were not believed, by reason.",
    label: "reason",
  });
  const originResponses = countingCounter(registry, {
    name: "sluse_origin_responses_total",
    help: "Replies of the service by class of status; away, slow or broken where there was no whole reply.",
    label: "class",
  });

  const waits = countingHistogram(registry, {
    name: "sluse_wait_seconds",
    help: "Wait from join to admission of those admitted.",
    label: "room",
    bounds: WAIT_SECONDS,
  });
  const originDurations = countingHistogram(registry, {
    name: "sluse_origin_request_duration_seconds",
    help: "Time until the service's status came.",
    label: "room",
    bounds: ORIGIN_SECONDS,
  });
  const storeDurations = countingHistogram(registry, {
    name: "sluse_store_call_duration_seconds",
    help: "Time of a call to the store, answered or not.",
    label: "operation",
    bounds: STORE_SECONDS,
  });
  const requestDurations = countingHistogram(registry, {
    name: "sluse_http_request_duration_seconds",
    help: "Time until this gateway's reply was handed over.",
    label: "route",
    bounds: REQUEST_SECONDS,
  });

  const liveByRoom = new Map<string, number>();
  addLineMetrics(registry, () => doors());
  addLiveConnections(registry, () => doors(), liveByRoom);
  addAlarms(registry, () => doors());
  addStoreUp(registry, () => doors());

  return {
    registry,
    observe: (watched) => {
      doors = watched;
    },
    claimed: claims.count,
    joinSlowed: slowedJoins.count,
    tokenRejected: rejections.count,
    admitted: waits.observe,
    originAnswered(room, status, seconds) {
      originDurations.observe(room, seconds);
      originResponses.count(room, classOf(status));
    },
    originFailed: originResponses.count,
    storeCalled: storeDurations.observe,
    requestServed: requestDurations.observe,
    liveConnections: (room, delta) => {
      liveByRoom.set(room, (liveByRoom.get(room) ?? 0) + delta);
    },
  };
}

const CLASSES = ["1xx", "2xx", "3xx", "4xx", "5xx"] as const;

/** A status beyond 599 is the service's fault. */
function classOf(status: number): string {
  return CLASSES[Math.floor(status / 100) - 1] ?? "5xx";
}

/** What every gateway reads alike from the store: added up over workers they would be counted many times. */
function addLineMetrics(registry: Registry, doors: () => Iterable<MeteredDoor>): void {
  const totals: [name: string, help: string, of: (line: Snapshot) => number][] = [
    ["sluse_tickets_issued_total", "Places given, by the store's count.", (line) => line.joinedTotal],
    ["sluse_admissions_total", "Visitors admitted, by the store's count.", (line) => line.admittedTotal],
  ];
  const levels: typeof totals = [
    ["sluse_waiting_visitors", "Ticket numbers not yet called.", waitingIn],
    ["sluse_serving_number", "Highest ticket number called.", (line) => line.serving],
    ["sluse_issued_number", "Last ticket number given.", (line) => line.issued],
    ["sluse_active_sessions", "Sessions that live.", (line) => line.sessions],
    [
      "sluse_outflow_per_minute",
      "Admissions per minute set by the operator.",
      (line) => line.settings.outflowPerMinute,
    ],
  ];
  const shared = { labelNames: ["room"], registers: [registry], aggregator: "max" as const };
  for (const [name, help, of] of totals) {
    const counter = new Counter({
      name,
      help,
      ...shared,
      collect: () => {
        counter.reset();
        forEachLine(doors(), (room, line) => counter.inc({ room }, of(line)));
      },
    });
  }
  for (const [name, help, of] of levels) {
    const gauge = new Gauge({
      name,
      help,
      ...shared,
      collect: () => forEachLine(doors(), (room, line) => gauge.set({ room }, of(line))),
    });
  }
}

function forEachLine(doors: Iterable<MeteredDoor>, visit: (room: string, line: Snapshot) => void): void {
  for (const { room } of doors) if (room.snapshot !== null) visit(room.id, room.snapshot);
}

function addLiveConnections(
  registry: Registry,
  doors: () => Iterable<MeteredDoor>,
  liveByRoom: ReadonlyMap<string, number>,
): void {
  const gauge = new Gauge({
    name: "sluse_live_connections",
    help: "Pages connected to this gateway by WebSocket.",
    labelNames: ["room"],
    registers: [registry],
    aggregator: "sum",
    collect: () => {
      for (const { room } of doors()) gauge.set({ room: room.id }, liveByRoom.get(room.id) ?? 0);
    },
  });
}

function addAlarms(registry: Registry, doors: () => Iterable<MeteredDoor>): void {
  const gauge = new Gauge({
    name: "sluse_alarm",
    help: "1 where an operator should look: a line that was restored, is not admitting, or was told a lie.",
    labelNames: ["room", "kind"],
    registers: [registry],
    aggregator: "max",
    collect: () =>
      forEachLine(doors(), (room, line) => {
        for (const kind of ALARM_KINDS) gauge.set({ room, kind }, hasAlarm(line, kind) ? 1 : 0);
      }),
  });
}

function addStoreUp(registry: Registry, doors: () => Iterable<MeteredDoor>): void {
  const gauge = new Gauge({
    name: "sluse_store_up",
    help: "1 where the store answers and has a line for every room, else 0.",
    registers: [registry],
    aggregator: "min",
    collect: () => {
      const rooms = [...doors()];
      gauge.set(rooms.length > 0 && rooms.every(({ room }) => room.state === "up") ? 1 : 0);
    },
  });
}

/*
 * prom-client checks and hashes the labels at each event, which takes from 0.6 us (a counter) to 1.5 us (a
 * histogram). These only count when something happens, in less than a tenth of that, and are put into words at
 * a scrape.
 */

interface CounterOptions {
  readonly name: string;
  readonly help: string;
  /** The label beside `room`. */
  readonly label: string;
}

/** A counter by room and one more label. */
function countingCounter(registry: Registry, { name, help, label }: CounterOptions) {
  const byRoom = new Map<string, Map<string, number>>();
  const counter = new Counter({
    name,
    help,
    labelNames: ["room", label],
    registers: [registry],
    collect: () => {
      counter.reset();
      for (const [room, counts] of byRoom) {
        for (const [value, count] of counts) counter.inc({ room, [label]: value }, count);
      }
    },
  });
  return {
    count(room: string, value: string): void {
      let counts = byRoom.get(room);
      if (counts === undefined) {
        counts = new Map();
        byRoom.set(room, counts);
      }
      counts.set(value, (counts.get(value) ?? 0) + 1);
    },
  };
}

interface HistogramOptions {
  readonly name: string;
  readonly help: string;
  readonly label: string;
  /** Upper bounds, rising; values above the last are counted too. */
  readonly bounds: readonly number[];
}

/** Observations of one label value: how many fell into each bucket, the last without bound. */
interface Tally {
  readonly counts: number[];
  sum: number;
}

function countingHistogram(registry: Registry, { name, help, label, bounds }: HistogramOptions) {
  const tallies = new Map<string, Tally>();
  const values = () =>
    [...tallies].flatMap(([value, tally]) => sampled(name, bounds, { [label]: value }, tally));
  // A registry asks `name` and `get` of what is registered, and nothing else; the types ask for the whole class.
  const metric = {
    name,
    get: async () => ({ name, help, type: "histogram", aggregator: "sum", values: values() }),
  };
  registry.registerMetric(metric as unknown as Histogram);
  return {
    observe(value: string, seconds: number): void {
      let tally = tallies.get(value);
      if (tally === undefined) {
        tally = { counts: new Array(bounds.length + 1).fill(0), sum: 0 };
        tallies.set(value, tally);
      }
      // A clock that was set back between two readings must not take a sum back.
      const counted = Math.max(0, seconds);
      let bucket = 0;
      while (bucket < bounds.length && counted > (bounds[bucket] as number)) bucket += 1;
      tally.counts[bucket] = (tally.counts[bucket] as number) + 1;
      tally.sum += counted;
    },
  };
}

/** The samples of one label value; buckets are cumulative. */
function sampled(name: string, bounds: readonly number[], labels: Record<string, string>, tally: Tally) {
  let count = 0;
  const buckets = tally.counts.map((inBucket, i) => {
    count += inBucket;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: bounds[i] ?? "+Inf" }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: tally.sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
