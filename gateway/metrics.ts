import { Counter, Gauge, Registry } from "prom-client";
import { type ClaimOutcome, MODES, type Snapshot, waitingIn } from "#core";
import type { TokenRefusal } from "#core/tokens";
import { ALARM_KINDS } from "#operator-api";
import { countingCounter, countingHistogram } from "./counting.ts";
import { hasAlarm } from "./operator/alarms.ts";
import type { Room } from "./room/room.ts";
import { Recent } from "./witness/recent.ts";
import type { Findings } from "./witness/witness.ts";

/**
 * The routes that `sluse_http_request_duration_seconds` tells apart; `service` is all that lies behind the gate,
 * the waiting page shown in its place included.
 */
export type MeteredRoute =
  | "service"
  | "join"
  | "claim"
  | "leave"
  | "extend"
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

/** What a pass was refused that has its share of the service: a request, or a WebSocket or event stream. */
export type PassRefusal = "request" | "socket";

/** Why a token, or a page's seal, was not believed. */
export type TokenRejection = TokenRefusal | "bad-seal";

/** An origin that gave no whole reply: not reached; not in time; ended in the middle. */
export type OriginFailure = "away" | "slow" | "broken";

/** Where the gauges are read from. */
export interface MeteredDoor {
  readonly room: Pick<Room, "id" | "snapshot" | "state">;
}

/** The metrics of this process (PROTOCOL "Metrics"): one method an event, cheap enough for every request. */
export interface Metrics extends Findings {
  /** What `/metrics` prints; in a worker, of all workers together. */
  readonly registry: Pick<Registry, "contentType" | "metrics" | "getMetricsAsJSON">;
  /**
   * Says, once at start, what is read at each scrape: the lines of the gauges and the store's totals, and how many passes
   * of a room are shared; none where it is not given.
   */
  observe(doors: () => Iterable<MeteredDoor>, sharedPasses?: (room: string) => number): void;
  claimed(room: string, outcome: ClaimResult): void;
  joinSlowed(room: string, how: SlowedJoin): void;
  tokenRejected(room: string, reason: TokenRejection): void;
  passRefused(room: string, what: PassRefusal): void;
  /** `waitedSeconds`: from join to admission; 0 where somebody was let in at once. A session (`jti`) counts once. */
  admitted(room: string, jti: string, waitedSeconds: number): void;
  /** `seconds`: from sending the request to the origin until its status came. */
  originAnswered(room: string, status: number, seconds: number): void;
  originFailed(room: string, kind: OriginFailure): void;
  storeCalled(operation: string, seconds: number): void;
  requestServed(route: MeteredRoute, seconds: number): void;
  /** `delta`: 1 when a page connects, -1 when it goes. */
  liveConnections(room: string, delta: 1 | -1): void;
}

/** Whoever is let in may claim again while the session lives: of so many it is remembered that they were counted. */
const MOST_LET_IN = 10_000;
const WAIT_SECONDS = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 10_800, 14_400];
/** Of what was promised: up to 1 it was kept. */
const PROMISE_RATIOS = [0.25, 0.5, 0.75, 1, 1.1, 1.25, 1.5, 2, 3, 5];
const ORIGIN_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const STORE_SECONDS = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const REQUEST_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createMetrics(): Metrics {
  const registry = new Registry();
  let doors: () => Iterable<MeteredDoor> = () => [];
  let sharedPasses: (room: string) => number = () => 0;

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
  const passRefusals = countingCounter(registry, {
    name: "sluse_pass_refusals_total",
    help: "Requests, and WebSockets or event streams (socket), beyond what one pass may have at once.",
    label: "what",
    from0: { rooms: () => idsOf(doors()), values: ["request", "socket"] },
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
  const promises = addPromises(registry, () => doors());
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

  const letIn = new Recent(MOST_LET_IN);
  const liveByRoom = new Map<string, number>();
  addLineMetrics(registry, () => doors());
  addLiveConnections(registry, () => doors(), liveByRoom);
  addSharedPasses(
    registry,
    () => doors(),
    (room) => sharedPasses(room),
  );
  addAlarms(registry, () => doors());
  addModes(registry, () => doors());
  addStoreUp(registry, () => doors());
  addProcess(registry);

  return {
    registry,
    observe: (watched, shared = () => 0) => {
      doors = watched;
      sharedPasses = shared;
    },
    claimed: claims.count,
    joinSlowed: slowedJoins.count,
    tokenRejected: rejections.count,
    passRefused: passRefusals.count,
    admitted(room, jti, waitedSeconds) {
      if (letIn.isNew(jti)) waits.observe(room, waitedSeconds);
    },
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
    ...promises,
  };
}

function idsOf(doors: Iterable<MeteredDoor>): string[] {
  return [...doors].map(({ room }) => room.id);
}

const CLASSES = ["1xx", "2xx", "3xx", "4xx", "5xx"] as const;

/** A status beyond 599 is the service's fault. */
function classOf(status: number): string {
  return CLASSES[Math.floor(status / 100) - 1] ?? "5xx";
}

/** What a public body must be able to show: whether the line kept what it promises. */
function addPromises(registry: Registry, doors: () => Iterable<MeteredDoor>): Findings {
  const rooms = () => idsOf(doors());
  const inversions = countingCounter(registry, {
    name: "sluse_order_inversions_total",
    help:
      "Visitors who stood at the gate while a higher number that was outside when they had come was let in; " +
      "of those who ask through this gateway. Sum over gateways. Should be 0.",
    label: null,
    from0: { rooms, values: [""] },
  });
  const beyond = countingCounter(registry, {
    name: "sluse_admissions_beyond_outflow_total",
    help:
      "Admissions of the whole room beyond its outflow and the two seconds' worth that may be kept, as heard by " +
      "this gateway. Maximum over gateways: all see the same. Should be 0.",
    label: null,
    from0: { rooms, values: [""] },
    aggregator: "max",
  });
  const lost = countingCounter(registry, {
    name: "sluse_places_lost_total",
    help:
      "Good tickets without their place: unknown, the line has not come to their number; given_twice, their " +
      "number was given before. Sum over gateways. Should be 0.",
    label: "kind",
    from0: { rooms, values: ["unknown", "given_twice"] },
  });
  const promised = countingHistogram(registry, {
    name: "sluse_wait_promised_seconds",
    help:
      "High end of the wait promised when they joined, a minute at least, of those who waited and were let in. " +
      "Sum over gateways.",
    label: "room",
    bounds: WAIT_SECONDS,
  });
  const ratios = countingHistogram(registry, {
    name: "sluse_wait_promise_ratio",
    help:
      "Wait from join to admission, without what the visitor took to come once called, as a share of the wait " +
      "promised at join; up to 1 the promise was kept. Sum over gateways.",
    label: "room",
    bounds: PROMISE_RATIOS,
  });
  return {
    overtaken: (room, count) => inversions.count(room, "", count),
    admittedBeyondOutflow: (room, count) => beyond.count(room, "", count),
    placesLost: lost.count,
    waited(room, promisedSeconds, lineSeconds) {
      promised.observe(room, promisedSeconds);
      ratios.observe(room, lineSeconds / promisedSeconds);
    },
  };
}

/** What every gateway reads alike from the store: added up over workers they would be counted many times. */
function addLineMetrics(registry: Registry, doors: () => Iterable<MeteredDoor>): void {
  const totals: [name: string, help: string, of: (line: Snapshot) => number][] = [
    ["sluse_tickets_issued_total", "Places given, by the store's count.", (line) => line.joinedTotal],
    ["sluse_admissions_total", "Visitors admitted, by the store's count.", (line) => line.admittedTotal],
    ["sluse_called_total", "Ticket numbers called at the line's own pace.", (line) => line.calledTotal],
    ["sluse_shows_total", "Called visitors who came to the gate.", (line) => line.showsTotal],
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
    ["sluse_gate_visitors", "Visitors at the gate, called and not yet let in.", (line) => line.registered],
    ["sluse_capacity_sessions", "Most sessions at once; 0 for no bound.", (line) => line.settings.capacity],
    [
      "sluse_show_ratio",
      "Share of the called who come, as the room reckons with it.",
      (line) => line.showPermille / 1_000,
    ],
  ];
  const shared = { labelNames: ["room"], registers: [registry], aggregator: "max" as const };
  for (const [name, help, of] of totals) {
    const shown = new Map<string, number>();
    const counter = new Counter({
      name,
      help: help + ROOM_WIDE,
      ...shared,
      collect: () => {
        counter.reset();
        forEachLine(doors(), (room, line) => {
          shown.set(room, withoutDip(of(line), shown.get(room) ?? 0));
          counter.inc({ room }, shown.get(room));
        });
      },
    });
  }
  for (const [name, help, of] of levels) {
    const gauge = new Gauge({
      name,
      help: help + ROOM_WIDE,
      ...shared,
      collect: () => forEachLine(doors(), (room, line) => gauge.set({ room }, of(line))),
    });
  }
}

const ROOM_WIDE = " Of the whole room: maximum over gateways.";

/**
 * A store that lost its last writes counts a little less than before. Prometheus would take that for a start from 0
 * and add all of it once more, so the old count stands until the new one has passed it.
 */
function withoutDip(total: number, shown: number): number {
  return total < shown && total > shown / 2 ? shown : total;
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

function addSharedPasses(
  registry: Registry,
  doors: () => Iterable<MeteredDoor>,
  sharedIn: (room: string) => number,
): void {
  const gauge = new Gauge({
    name: "sluse_shared_passes",
    help: "Passes seen here from eight networks within ten minutes, of late. Sum over gateways.",
    labelNames: ["room"],
    registers: [registry],
    aggregator: "sum",
    collect: () => {
      for (const room of idsOf(doors())) gauge.set({ room }, sharedIn(room));
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

function addModes(registry: Registry, doors: () => Iterable<MeteredDoor>): void {
  const gauge = new Gauge({
    name: "sluse_room_mode",
    help: `1 for the mode in force, 0 for the others.${ROOM_WIDE}`,
    labelNames: ["room", "mode"],
    registers: [registry],
    aggregator: "max",
    collect: () =>
      forEachLine(doors(), (room, line) => {
        for (const mode of MODES) gauge.set({ room, mode }, line.mode === mode ? 1 : 0);
      }),
  });
}

/** Of the process itself, under the names that every dashboard knows. */
function addProcess(registry: Registry): void {
  const shared = { registers: [registry], aggregator: "sum" as const };
  const workers: Gauge = new Gauge({
    name: "sluse_workers",
    help: "Processes of this gateway that answer. Sum over gateways.",
    ...shared,
    collect: (): void => workers.set(1),
  });
  const cpu = new Counter({
    name: "process_cpu_seconds_total",
    help: "Processor time used, of all workers.",
    ...shared,
    collect: () => {
      const { user, system } = process.cpuUsage();
      cpu.reset();
      cpu.inc((user + system) / 1e6);
    },
  });
  const memory: Gauge = new Gauge({
    name: "process_resident_memory_bytes",
    help: "Memory in use, of all workers.",
    ...shared,
    collect: (): void => memory.set(process.memoryUsage.rss()),
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
