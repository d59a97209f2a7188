/** The processes that measurements run against: the gateway as `npm run gateway` starts it, and raw limits. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { argumentsFor } from "./node-arguments.ts";

/** Something that listens; `stop` ends it and waits until it is gone. */
export interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

export type LogLine = Readonly<Record<string, unknown>>;

/** A server in a process of its own. */
export interface ServerProcess extends Server {
  /** The process that runs now. */
  readonly pid: number;
}

/** A gateway whose process can be killed and started again on the same folder and port. */
export interface GatewayServer extends ServerProcess {
  /** An operator's wish: changes a room's settings. Rejects where it is refused. */
  configure(room: string, change: object): Promise<void>;
  /** Every line that it has logged, over all its lives. */
  readonly log: readonly LogLine[];
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>;
  /** Starts it again where it was. */
  restart(): Promise<void>;
}

const START_MS = 30_000;
const OPERATOR_TOKEN = "operator-token-of-a-measurement";

/** uWebSockets.js with a two-byte reply: the raw limit. */
export async function startBareServer(): Promise<ServerProcess> {
  const { child, listening } = await startProgram("bare-server", {}, () => {});
  return {
    url: `http://127.0.0.1:${listening.port}`,
    pid: child.pid ?? 0,
    stop: () => ended(child, "SIGTERM"),
  };
}

/** Starts a gateway with a private Redis, in a folder of its own that goes with it. */
export async function startGateway(rooms: readonly object[]): Promise<GatewayServer> {
  const folder = mkdtempSync(join(tmpdir(), "sluse-load-"));
  writeFileSync(join(folder, "rooms.json"), JSON.stringify({ rooms }));
  const log: LogLine[] = [];
  const start = (listen: string) =>
    startProgram(
      "gateway",
      {
        SLUSE_ROOMS: join(folder, "rooms.json"),
        SLUSE_DATA: join(folder, "data"),
        SLUSE_LISTEN: listen,
        SLUSE_OPERATOR_LISTEN: "127.0.0.1:0",
        SLUSE_OPERATOR_TOKEN: OPERATOR_TOKEN,
      },
      (line) => log.push(line),
    );
  // Not port 0: after a kill, old connections keep a port that was chosen by the kernel from being taken again.
  const address = `127.0.0.1:${await freePort()}`;
  let { child, listening } = await start(address);
  return {
    url: `http://${address}`,
    log,
    configure: (room, change) => configure(`http://${listening.operators}`, room, change),
    get pid() {
      return child.pid ?? 0;
    },
    kill: () => ended(child, "SIGKILL"),
    async restart() {
      ({ child, listening } = await start(address));
    },
    async stop() {
      await ended(child, "SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function configure(operators: string, room: string, change: object): Promise<void> {
  const reply = await fetch(`${operators}/api/rooms/${room}`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${OPERATOR_TOKEN}` },
    body: JSON.stringify(change),
  });
  if (!reply.ok) throw new Error(`PATCH ${room}: ${reply.status} ${await reply.text()}`);
}

/** A service in this process; without `answer` it says two bytes at once. */
export async function startOrigin(
  answer: RequestListener = (_, response) => response.end("ok"),
): Promise<Server> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The processor time that a process has used so far, s. Linux counts it in hundredths. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // After the name, which may hold anything, in brackets: utime and stime are the 12th and 13th (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function freePort(): Promise<number> {
  const probe = await startOrigin();
  await probe.stop();
  return Number(new URL(probe.url).port);
}

/** Starts a program of ours and waits for its JSON line with `"event":"listening"`. */
async function startProgram(
  program: Parameters<typeof argumentsFor>[0],
  env: Readonly<Record<string, string>>,
  onLine: (line: LogLine) => void,
): Promise<{ child: ChildProcess; listening: LogLine }> {
  const child = spawn(process.execPath, argumentsFor(program), {
    stdio: ["pipe", "pipe", "inherit"],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  });
  process.once("exit", () => child.kill("SIGTERM"));
  let lastLine = "";
  const listening = await new Promise<LogLine>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${program} did not listen in time`)), START_MS);
    child.once("exit", (code) => reject(new Error(`${program} ended with ${code}: ${lastLine}`)));
    createInterface({ input: child.stdout }).on("line", (text) => {
      lastLine = text;
      const line = JSON.parse(text) as LogLine;
      onLine(line);
      if (line.event !== "listening") return;
      clearTimeout(timer);
      resolve(line);
    });
  });
  return { child, listening };
}

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill(signal);
  });
}
