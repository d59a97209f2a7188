import type { Store } from "#core";
import { memoryStore } from "#core/memory";
import { findRedisServer, type PrivateRedis, startPrivateRedis } from "#core/private-redis";
import { redisStore } from "#core/redis";
import type { Log } from "./log.ts";
import type { Settings } from "./settings.ts";

export interface OpenedStore {
  readonly store: Store;
  readonly kind: "private-redis" | "redis" | "memory";
  /** A new line may be started where nobody remembers one. */
  readonly mayStartLine: boolean;
  /** Why the connection was last lost or not had; empty where there was no trouble. */
  readonly trouble: () => string;
  close(): Promise<void>;
}

/** Opens the store that the settings ask for; without a redis-server the private one is in memory. */
export async function openStore(settings: Settings, log: Log): Promise<OpenedStore> {
  const { store } = settings;
  if (store.kind === "url") {
    const on = storeEvents(log);
    const redis = redisStore({ connection: { kind: "url", url: store.url }, on });
    const { mayStartLine } = store;
    return { store: redis, kind: "redis", mayStartLine, trouble: on.trouble, close: () => redis.close() };
  }
  if (store.kind === "shared-private") return openSocket(store.socketPath, log);
  if (store.kind === "private" && findRedisServer() !== null) return openPrivateRedis(settings, log);
  if (store.kind === "private") {
    log.warn(
      { event: "memory-store" },
      "no redis-server is installed: the line is kept in memory and is lost when this process ends",
    );
  } else {
    log.warn({ event: "memory-store" }, "the line is kept in memory and is lost when this process ends");
  }
  const memory = memoryStore({ now: Date.now });
  return {
    store: memory,
    kind: "memory",
    mayStartLine: true,
    trouble: () => "",
    close: () => memory.close(),
  };
}

async function openPrivateRedis(settings: Settings, log: Log): Promise<OpenedStore> {
  const server = await startPrivateStore(settings, log);
  const opened = openSocket(server.socketPath, log);
  const close = async () => {
    await opened.close();
    await server.stop();
  };
  return { ...opened, close };
}

/** The private Redis in the data folder, started again where it ends by itself. */
export async function startPrivateStore(settings: Settings, log: Log): Promise<PrivateRedis> {
  const server = await startPrivateRedis({
    folder: settings.dataFolder,
    appendOnly: true,
    restart: true,
    onEvent: (event) => log.warn(event, `private Redis: ${event.event}`),
    log: (line) => log.info({ event: "private-redis" }, line),
  });
  log.info({ event: "private-redis", pid: server.pid, reused: server.reused }, "private Redis is up");
  return server;
}

function openSocket(path: string, log: Log): OpenedStore {
  const on = storeEvents(log);
  const store = redisStore({ connection: { kind: "socket", path }, on });
  return {
    store,
    kind: "private-redis",
    mayStartLine: true,
    trouble: on.trouble,
    close: () => store.close(),
  };
}

function storeEvents(log: Log) {
  let trouble = "";
  return {
    trouble: () => trouble,
    up: () => {
      trouble = "";
      log.info({ event: "store-up" }, "connected to the store");
    },
    down: (reason: string) => {
      trouble = reason;
      log.warn({ event: "store-down" }, reason);
    },
  };
}
