import { createHash } from "node:crypto";
import type { AuditEntry, Store } from "#core";
import { memoryStore } from "#core/memory";
import { compileTrustedProxies } from "../http/forwarded.ts";
import { uws } from "../http/uws.ts";
import { createLog } from "../log.ts";
import { createMetrics } from "../metrics.ts";
import { Room } from "../room/room.ts";
import { parseRooms, seedSettings } from "../rooms-file.ts";
import { History } from "./history.ts";
import type { NamedOperator } from "./roles.ts";
import { type Operated, operatorRoutes } from "./routes.ts";

export const OPERATOR_TOKEN = "operator-token-0123456789";
export const METRICS_TOKEN = "metrics-token-0123456789";

/** Operators by name, one a role. */
export const NAMED = {
  viewer: { name: "Vera Viewer", role: "viewer", token: "viewer-token-0123456789" },
  operator: { name: "Otto Operator", role: "operator", token: "duty-token-0123456789" },
  admin: { name: "Ada Admin", role: "admin", token: "admin-token-0123456789" },
} as const;

/** A room's patience with its store passes this much faster, so that no test waits seconds for a 503. */
const HASTE = 20;

const ROOMS = JSON.stringify({
  rooms: [
    {
      id: "tax",
      name: { da: "Skat", en: "Tax" },
      match: { host: "*", path: "/tax" },
      origin: "http://127.0.0.1:9",
      outflowPerMinute: 60,
    },
    {
      id: "vaccine",
      name: { da: "Vaccine", en: "Vaccine" },
      match: { host: "*", path: "/vaccine" },
      origin: "http://127.0.0.1:9",
      outflowPerMinute: 600,
    },
  ],
});

export interface Fault {
  error: Error | null;
}

export interface OperatorsListener {
  readonly port: number;
  readonly deployment: Operated & { accepting: boolean; readonly history: History };
  /** What every call to the store fails with; null: none. */
  readonly fault: Fault;
  close(): void;
}

/** Real rooms on the memory store behind the operators' routes, on a port of their own. */
export async function openOperatorsListener(
  metricsToken: string | null,
  prometheusUrl: URL | null = null,
): Promise<OperatorsListener> {
  const fault: Fault = { error: null };
  const store = faulty(memoryStore({ now: Date.now }), fault);
  const metrics = createMetrics();
  const startedMs = Date.now();
  const doors = new Map(
    parseRooms("rooms.json", ROOMS).map((config) => {
      const room = new Room({
        id: config.id,
        store,
        gateway: "gateway-1",
        seed: seedSettings(config),
        remembered: null,
        mayStartLine: true,
        now: () => startedMs + (Date.now() - startedMs) * HASTE,
        firstBatchId: 1,
        setTimer: (call, ms) => setTimeout(call, ms / HASTE),
        onChange: () => undefined,
        onStoreCall: metrics.storeCalled,
        onTrouble: () => undefined,
        onRebuilt: () => undefined,
      });
      return [config.id, { config, room, status: null }] as const;
    }),
  );
  const history = new History({
    doors: () => doors.values(),
    readMetrics: () => metrics.registry.getMetricsAsJSON(),
    now: Date.now,
    onTrouble: () => undefined,
  });
  metrics.observe(() => doors.values());
  const deployment = {
    settings: {
      operatorToken: OPERATOR_TOKEN,
      metricsToken,
      prometheusUrl,
      languages: ["da", "en"] as const,
    },
    operators: Object.values(NAMED).map(named),
    trustedProxies: compileTrustedProxies([]),
    history,
    doors,
    metrics,
    log: createLog("silent"),
    accepting: true,
  };
  for (const { room } of doors.values()) await room.start();

  const app = uws.App();
  operatorRoutes(app, deployment);
  const port = await new Promise<number>((resolve, reject) => {
    app.listen("127.0.0.1", 0, (socket) => {
      if (socket) resolve(uws.us_socket_local_port(socket));
      else reject(new Error("no port to listen on"));
    });
  });
  const close = () => {
    for (const { room } of doors.values()) room.stop();
    app.close();
  };
  return { port, deployment, fault, close };
}

function named({ name, role, token }: (typeof NAMED)[keyof typeof NAMED]): NamedOperator {
  return { name, role, tokenSha256: createHash("sha256").update(token).digest("hex") };
}

/** A store that can be cut off. */
function faulty(store: Store, fault: Readonly<Fault>): Store {
  const reach = <Result>(call: () => Promise<Result>): Promise<Result> =>
    fault.error === null ? call() : Promise.reject(fault.error);
  return {
    join: (...asked) => reach(() => store.join(...asked)),
    claim: (...asked) => reach(() => store.claim(...asked)),
    extend: (...asked) => reach(() => store.extend(...asked)),
    advance: (...asked) => reach(() => store.advance(...asked)),
    renew: (...asked) => reach(() => store.renew(...asked)),
    end: (...asked) => reach(() => store.end(...asked)),
    configure: (...asked) => reach(() => store.configure(...asked)),
    restore: (...asked) => reach(() => store.restore(...asked)),
    audit: (...asked): Promise<readonly AuditEntry[]> => reach(() => store.audit(...asked)),
    close: () => store.close(),
  };
}
