import { randomBytes, randomInt } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compileRooms, type Floor } from "#core";
import { seal, VerifiedPasses } from "#core/tokens";
import type { Deployment, Door } from "./deployment.ts";
import { isLoopback } from "./http/address.ts";
import { compileTrustedProxies } from "./http/forwarded.ts";
import { prepareReply } from "./http/reply.ts";
import { type App, type ListenSocket, uws, uwsBuild } from "./http/uws.ts";
import { openKeys } from "./keys.ts";
import type { Log } from "./log.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { type OpenedStore, openStore } from "./open-store.ts";
import { logRebuilt } from "./operator/alarms.ts";
import { History } from "./operator/history.ts";
import { readOperatorsFile } from "./operator/roles.ts";
import { operatorRoutes } from "./operator/routes.ts";
import { buildPages } from "./page/build.ts";
import { createProxy } from "./proxy/proxy.ts";
import { AuditHeads } from "./room/audit-heads.ts";
import { type FloorsFile, floorsFile } from "./room/floors-file.ts";
import { LiveFeed } from "./room/live-feed.ts";
import { Room } from "./room/room.ts";
import { statusOf } from "./room/status.ts";
import { differencesFromFile, type RoomConfig, readRoomsFile, seedSettings } from "./rooms-file.ts";
import { addressOf, type Settings, SettingsError, takenLine, unreachableLine } from "./settings.ts";
import { AddressLimits } from "./visitor/address-limits.ts";
import { prepareTicketReply } from "./visitor/grants.ts";
import { PassNetworks } from "./visitor/pass-networks.ts";
import { visitorRoutes } from "./visitor/routes.ts";
import { Witness } from "./witness/witness.ts";
import { shownOfAll } from "./worker-metrics.ts";

/** SO_REUSEPORT: the kernel spreads connections over the workers. */
const SHARED_PORT = 0;
const REMEMBER_EVERY_MS = 1_000;
/** Requests that run when the process is told to stop may take this long to end. */
const DRAIN_MS = 10_000;

export interface Gateway {
  /** The ports that were taken, where 0 was asked for. */
  readonly visitorsPort: number;
  /** Null in a worker that has no operators' listener. */
  readonly operatorsPort: number | null;
  /** Stops taking requests, lets running ones end, closes the store. */
  close(): Promise<void>;
}

/**
 * Starts a gateway as the settings say. `isAlone`: no other one has its data folder. Throws `SettingsError` for what
 * is wrong with them.
 */
export async function startGateway(settings: Settings, log: Log, isAlone = true): Promise<Gateway> {
  const rooms = readRoomsFile(settings.roomsFile);
  sayNameless(rooms, settings, log);
  const namedOperators = readOperatorsFile(settings.operatorsFile);
  const ring = await openKeys(settings, Date.now());
  const pages = await buildPages(rooms.map(pageRoom), settings.languages);
  const floors = floorsFile(settings.dataFolder, workerSuffix(settings), sayUnreadable(log));
  const opened = rememberingAudit(await openStore(settings, log), settings, log);
  const visitors = uws.App();
  const operators = uws.App();
  const doors = new Map<string, Door>();
  const metrics = metricsOf(settings);
  const passNetworks = new PassNetworks({ now: () => performance.now(), hashKey: randomBytes(8) });
  const history = new History({
    doors: () => doors.values(),
    readMetrics: () => metrics.registry.getMetricsAsJSON(),
    now: Date.now,
    onTrouble: (reason) => log.warn({ event: "history-gap", reason: String(reason) }, "no sample was taken"),
  });
  const deployment: Deployment = {
    settings,
    ring,
    pages,
    doors,
    metrics,
    history,
    operators: namedOperators,
    log,
    passes: new VerifiedPasses(ring),
    roomTable: compileRooms(rooms),
    trustedProxies: compileTrustedProxies(settings.trustedProxies, knownHosts(settings, rooms)),
    limits: openLimits(settings),
    passNetworks,
    proxy: createProxy(),
    secure: settings.publicUrl.protocol === "https:",
    accepting: true,
  };
  const name = isAlone ? keptName(settings) : newName();
  for (const config of rooms)
    doors.set(config.id, openDoor(deployment, config, opened, floors, name, visitors));
  metrics.observe(
    () => doors.values(),
    (room) => passNetworks.sharedIn(room),
  );
  await Promise.all([...doors.values()].map((door) => startDoor(door, log)));
  sayUnreachable(settings, opened, doors, log);
  const remembering = setInterval(() => remember(floors, doors, log), REMEMBER_EVERY_MS);

  visitorRoutes(visitors, deployment);
  operatorRoutes(operators, deployment);
  const sharing = settings.worker === null ? uws.LIBUS_LISTEN_EXCLUSIVE_PORT : SHARED_PORT;
  const visitorsSocket = await listen(visitors, "SLUSE_LISTEN", settings, sharing);
  // Of several workers the first one answers the operators.
  const operatorsSocket =
    (settings.worker ?? 0) === 0
      ? await listen(operators, "SLUSE_OPERATOR_LISTEN", settings, uws.LIBUS_LISTEN_EXCLUSIVE_PORT)
      : null;
  if (operatorsSocket !== null) history.start();
  const gateway: Gateway = {
    visitorsPort: uws.us_socket_local_port(visitorsSocket),
    operatorsPort: operatorsSocket === null ? null : uws.us_socket_local_port(operatorsSocket),
    async close() {
      deployment.accepting = false;
      uws.us_listen_socket_close(visitorsSocket);
      await Promise.all([...doors.values()].map(({ live }) => live.stop()));
      await Promise.race([deployment.proxy.close(), new Promise((done) => setTimeout(done, DRAIN_MS))]);
      await deployment.proxy.destroy();
      for (const { room } of doors.values()) room.stop();
      clearInterval(remembering);
      history.stop();
      remember(floors, doors, log);
      visitors.close();
      operators.close();
      await opened.close();
    },
  };
  log.info(
    {
      event: settings.worker === null ? "listening" : "worker-listening",
      visitors: addressOf({ ...settings.listen, port: gateway.visitorsPort }),
      operators:
        gateway.operatorsPort === null
          ? null
          : addressOf({ ...settings.operatorListen, port: gateway.operatorsPort }),
      publicUrl: settings.publicUrl.origin,
      store: opened.kind,
      rooms: rooms.map(({ id }) => id),
      uws: `${uwsBuild.name} ${uwsBuild.version}`,
    },
    "taking requests",
  );
  return gateway;
}

/** What visitors may call this deployment. */
function knownHosts({ publicUrl }: Settings, rooms: readonly RoomConfig[]): string[] {
  return [publicUrl.host, ...rooms.map(({ match }) => match.host)];
}

/** None where nobody but this machine can ask: on a loopback listener, with no proxy that speaks for others. */
function openLimits({ joinsPerSecondPerAddress, listen, trustedProxies }: Settings): AddressLimits | null {
  if (joinsPerSecondPerAddress === 0) return null;
  if (isLoopback(listen.host) && trustedProxies.length === 0) return null;
  return new AddressLimits({
    joinsPerSecond: joinsPerSecondPerAddress,
    now: () => performance.now(),
    setTimer: setTimeout,
    hashKey: randomBytes(8),
  });
}

/** A worker shows what all workers have counted: whoever scrapes it reaches one of them only. */
function metricsOf({ worker }: Settings): Metrics {
  const metrics = createMetrics();
  return worker === null ? metrics : shownOfAll(metrics, process);
}

function pageRoom({ id, name, match }: RoomConfig) {
  const path = match.host === "*" ? match.path : `//${match.host}${match.path}`;
  return { id, name, path };
}

function openDoor(
  deployment: Deployment,
  config: RoomConfig,
  { store, mayStartLine }: OpenedStore,
  floors: FloorsFile,
  gateway: string,
  app: App,
): Door {
  const { log, metrics } = deployment;
  const live = new LiveFeed({
    room: config.id,
    publish: (topic, text) => app.publish(topic, text),
    setTimer: setTimeout,
  });
  const witness = new Witness(config.id, metrics);
  const room = new Room({
    id: config.id,
    store: witness.watching(store),
    gateway,
    seed: seedSettings(config),
    remembered: floors.read(config.id),
    remembersNewer: floors.isNewer(config.id),
    mayStartLine,
    now: Date.now,
    setTimer: setTimeout,
    firstBatchId: randomInt(2 ** 47),
    onChange: ({ snapshot }) => {
      refresh(deployment, door);
      if (snapshot !== null) witness.published(snapshot, door.status?.waits ?? []);
    },
    onStoreCall: (operation, seconds) => metrics.storeCalled(operation, seconds),
    onTrouble: (reason, id) => log.warn({ event: "store-trouble", room: id }, reason),
    onRebuilt: logRebuilt(log),
  });
  const ticketReply = prepareTicketReply(config.id, deployment.secure);
  const door: Door = { config, room, live, ticketReply, status: null, statusReply: null };
  return door;
}

/** Makes the status document anew, once for everybody who will ask until the next news. */
function refresh({ ring }: Deployment, door: Door): void {
  const { room, config, live } = door;
  const line = room.snapshot;
  if (line === null) return;
  const { generation, issued, serving } = line;
  const status = statusOf(room, line, seal(ring, { room: config.id, generation, issued, serving }));
  if (door.status?.json === status.json) return;
  door.status = status;
  door.statusReply = prepareReply(
    200,
    [
      ["content-type", "application/json"],
      ["cache-control", "public, max-age=1"],
      ["access-control-allow-origin", "*"],
    ],
    status.bytes,
  );
  live.update(status);
}

async function startDoor({ config, room, live }: Door, log: Log): Promise<void> {
  await room.start();
  live.start();
  if (room.snapshot === null) return;
  const differing = differencesFromFile(config, room.snapshot.settings);
  if (differing.length > 0) {
    log.info(
      { event: "settings-differ", room: config.id, differing },
      "the store's settings win over the rooms file",
    );
  }
}

/**
 * This gateway's name, kept over restarts: after one, the store need not wait for the process that is gone to
 * offer what it remembered.
 */
function keptName(settings: Settings): string {
  const path = join(settings.dataFolder, `gateway-name${workerSuffix(settings)}`);
  if (!existsSync(path)) writeFileSync(path, newName(), { mode: 0o600 });
  return readFileSync(path, "utf8");
}

/** Two gateways of one name would take each other's batches for their own. */
function newName(): string {
  return randomBytes(9).toString("base64url");
}

/** Of a store by address that does not answer at the start: which one, why, and what to do. */
function sayUnreachable(
  { store }: Settings,
  opened: OpenedStore,
  doors: ReadonlyMap<string, Door>,
  log: Log,
): void {
  const isHeard = [...doors.values()].some(({ room }) => room.state !== "down");
  if (store.kind !== "url" || isHeard) return;
  log.error({ event: "store-unreachable" }, unreachableLine(store.url, opened.trouble() || "no reply"));
}

/** What this gateway sees of the audit trails outlives the store's own memory of them. */
function rememberingAudit(opened: OpenedStore, settings: Settings, log: Log): OpenedStore {
  const heads = new AuditHeads(settings.dataFolder, workerSuffix(settings), log);
  return { ...opened, store: heads.watching(opened.store) };
}

/** Workers share a data folder, each with files of its own. */
function workerSuffix({ worker }: Settings): string {
  return worker === null ? "" : `-${worker}`;
}

/** A language that is offered is a promise: where a room has no name in it, its visitors read another's. */
function sayNameless(rooms: readonly RoomConfig[], { languages }: Settings, log: Log): void {
  for (const { id, name } of rooms) {
    const missing = languages.filter((tag) => name[tag] === undefined);
    if (missing.length > 0) {
      log.warn(
        { event: "name-missing", room: id, languages: missing },
        "the room has no name in these languages",
      );
    }
  }
}

function sayUnreadable(log: Log): (aside: string) => void {
  return (aside) =>
    log.error({ event: "floors-unreadable", aside }, "what was remembered of the lines cannot be read");
}

function remember(floors: FloorsFile, doors: ReadonlyMap<string, Door>, log: Log): void {
  const known = [...doors].map(([id, { room }]): [string, Floor] => [id, room.floor]);
  try {
    floors.write(new Map(known.filter(([, { generation }]) => generation > 0)));
  } catch (error) {
    log.warn({ event: "floors-not-kept", error: String(error) }, "cannot write to the data folder");
  }
}

/** Listens alone, unless told to share: uWebSockets.js would otherwise share any taken port silently. */
function listen(
  app: App,
  setting: Parameters<typeof takenLine>[0],
  settings: Settings,
  sharing: number,
): Promise<ListenSocket> {
  const { host, port } = setting === "SLUSE_LISTEN" ? settings.listen : settings.operatorListen;
  return new Promise((resolve, reject) => {
    app.listen(host, port, sharing, (socket) => {
      if (socket) resolve(socket);
      else reject(new SettingsError([takenLine(setting, settings)]));
    });
  });
}
