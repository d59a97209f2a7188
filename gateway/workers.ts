import { type ChildProcess, fork } from "node:child_process";
import { findRedisServer } from "#core/private-redis";
import { openKeys } from "./keys.ts";
import type { Log } from "./log.ts";
import { startPrivateStore } from "./open-store.ts";
import { readOperatorsFile } from "./operator/roles.ts";
import { readRoomsFile } from "./rooms-file.ts";
import { addressOf, EXIT_WRONG_SETTINGS, type Settings, SettingsError } from "./settings.ts";
import { WorkerSum } from "./worker-metrics.ts";

/** The program that this process runs: each worker is one more of it. */
const PROGRAM = process.argv[1] ?? "";
const RESTART_MS = 1_000;

/** Several processes on one port: each is a gateway of its own, and this one only keeps them running. */
export interface Workers {
  close(): Promise<void>;
}

/**
 * Starts `settings.workers` gateways that share the visitors' port and one store. The first also has the
 * operators' listener. A worker that ends by itself is started again.
 */
export async function startWorkers(settings: Settings, log: Log): Promise<Workers> {
  checkShareable(settings);
  // Said once here, not once by each.
  readRoomsFile(settings.roomsFile);
  readOperatorsFile(settings.operatorsFile);
  await openKeys(settings, Date.now());
  const server = settings.store.kind === "private" ? await startPrivateStore(settings, log) : null;
  const running = new Map<number, ChildProcess>();
  const sum = new WorkerSum();
  let opened = false;
  let stopping = false;

  /** Resolves when it takes requests; rejects where it ends before. */
  function start(worker: number): Promise<void> {
    const child = fork(PROGRAM, {
      env: {
        ...process.env,
        SLUSE_WORKERS: "1",
        SLUSE_WORKER: String(worker),
        ...(server === null ? {} : { SLUSE_WORKER_SOCKET: server.socketPath }),
      },
    });
    running.set(worker, child);
    sum.add(child);
    log.info({ event: "worker-started", worker, pid: child.pid }, "a worker starts");
    child.once("exit", (code) => {
      running.delete(worker);
      // At the start it is for whoever waits for it to say what is wrong.
      if (stopping || !opened) return;
      log.error({ event: "worker-ended", worker, code }, "a worker ended by itself and is started again");
      setTimeout(() => {
        if (!stopping) start(worker).catch(() => {});
      }, RESTART_MS);
    });
    return new Promise((resolve, reject) => {
      child.on("message", (message) => {
        if (message === "listening") resolve();
      });
      child.once("exit", (code) => reject(endOf(worker, code)));
    });
  }

  async function close(): Promise<void> {
    stopping = true;
    const children = [...running.values()];
    const ended = children.map((child) => new Promise((resolve) => child.once("exit", resolve)));
    for (const child of children) child.kill("SIGTERM");
    await Promise.all(ended);
    await server?.stop();
  }

  try {
    await Promise.all(Array.from({ length: settings.workers }, (_, worker) => start(worker)));
  } catch (error) {
    await close();
    throw error;
  }
  opened = true;
  log.info(
    {
      event: "listening",
      visitors: addressOf(settings.listen),
      operators: addressOf(settings.operatorListen),
      publicUrl: settings.publicUrl.origin,
      workers: settings.workers,
    },
    "taking requests",
  );
  return { close };
}

/** What was wrong with its settings the worker has said itself, such as a port that is taken. */
function endOf(worker: number, code: number | null): Error {
  return code === EXIT_WRONG_SETTINGS
    ? new SettingsError([])
    : new Error(`worker ${worker} ended with ${code}`);
}

function checkShareable({ workers, store, listen }: Settings): void {
  const problems: string[] = [];
  const inMemory = store.kind === "memory" || (store.kind === "private" && findRedisServer() === null);
  if (inMemory)
    problems.push(`SLUSE_WORKERS: ${workers}; allowed: 1 with the memory store, which is one process's own`);
  if (listen.port === 0)
    problems.push(`SLUSE_LISTEN: port 0; allowed: a port of its own where SLUSE_WORKERS is over 1`);
  if (problems.length > 0) throw new SettingsError(problems);
}
