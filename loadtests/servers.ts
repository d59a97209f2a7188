/** The processes that measurements run against: the gateway as `npm run gateway` starts it, and raw limits. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Duplex } from "node:stream";
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
  /** What the operators' API answers. Rejects where it refuses. */
  operate(method: "GET" | "POST" | "PATCH", path: string, body?: object): Promise<unknown>;
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

/** Starts a gateway with a private Redis, in a folder of its own that goes with it. `settings`: more of `SLUSE_*`. */
export async function startGateway(
  rooms: readonly object[],
  settings: Readonly<Record<string, string>> = {},
): Promise<GatewayServer> {
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
        ...settings,
      },
      (line) => log.push(line),
    );
  // Not port 0: after a kill, old connections keep a port that was chosen by the kernel from being taken again.
  const address = `127.0.0.1:${await freePort()}`;
  let { child, listening } = await start(address);
  const operate: GatewayServer["operate"] = (method, path, body) =>
    ask(`http://${listening.operators}${path}`, method, body);
  return {
    url: `http://${address}`,
    log,
    operate,
    configure: async (room, change) => void (await operate("PATCH", `/api/rooms/${room}`, change)),
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

async function ask(url: string, method: string, body?: object): Promise<unknown> {
  const reply = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${OPERATOR_TOKEN}` },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!reply.ok) throw new Error(`${method} ${url}: ${reply.status} ${await reply.text()}`);
  return reply.json();
}

/** A service in this process; without `answer` it says two bytes at once. `upgrade` takes its WebSockets. */
export async function startOrigin(
  answer: RequestListener = (_, response) => response.end("ok"),
  upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
): Promise<Server> {
  const server = createServer(answer);
  if (upgrade) server.on("upgrade", upgrade);
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
