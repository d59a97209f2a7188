/** Starts the real gateway as a process of its own, in front of an origin of the test's. For tests and measurements only. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { argumentsFor } from "./programs.ts";

/** Several start at once where tests share two cores. */
const START_MS = 45_000;

export const OPERATOR_TOKEN = "operator-token-of-a-test";

export type LogLine = Readonly<Record<string, unknown>> & { readonly event?: string };

export interface GatewayProcess {
  /** What visitors see, such as `http://127.0.0.1:41234`. */
  readonly url: string;
  readonly operatorUrl: string;
  readonly folder: string;
  readonly pid: number;
  readonly child: ChildProcess;
  readonly log: readonly LogLine[];
  /** SIGTERM, and its exit code. */
  stop(): Promise<number | null>;
  /** kill -9: nothing is said to it. */
  kill(): Promise<void>;
}

export interface GatewayOptions {
  /** Rooms as in the rooms file. */
  readonly rooms: readonly object[];
  readonly env?: Readonly<Record<string, string>>;
  /** Reused by a second start; made, and removed at the process's end, where none is given. */
  readonly folder?: string;
  /** The folder whose dist/ is run; the repository. */
  readonly top?: string;
  /** Taken again by a second start; 0 is any. */
  readonly port?: number;
}

const folders: string[] = [];
process.once("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder of this test's own, removed when the process ends. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sluse-gateway-"));
  folders.push(folder);
  return folder;
}

/** Resolves when the gateway takes requests; rejects with what it said where it ends before. */
export async function startGatewayProcess(options: GatewayOptions): Promise<GatewayProcess> {
  const folder = options.folder ?? testFolder();
  const roomsFile = join(folder, "rooms.json");
  writeFileSync(roomsFile, JSON.stringify({ rooms: options.rooms }));
  const child = spawn(process.execPath, argumentsFor("gateway", options.top), {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      SLUSE_ROOMS: roomsFile,
      SLUSE_DATA: join(folder, "data"),
      SLUSE_LISTEN: `127.0.0.1:${options.port ?? 0}`,
      SLUSE_OPERATOR_LISTEN: "127.0.0.1:0",
      SLUSE_OPERATOR_TOKEN: OPERATOR_TOKEN,
      ...options.env,
    },
  });
  const log: LogLine[] = [];
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  // Not SIGKILL: a gateway that is killed hard leaves its store for the next one.
  process.once("exit", () => child.kill("SIGTERM"));
  const listening = await untilListening(child, log, ended);
  return {
    url: `http://${listening.visitors}`,
    operatorUrl: `http://${listening.operators}`,
    folder,
    pid: child.pid ?? 0,
    child,
    log,
    stop() {
      child.kill("SIGTERM");
      return ended;
    },
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

function untilListening(
  child: ChildProcess,
  log: LogLine[],
  ended: Promise<number | null>,
): Promise<LogLine> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail("did not listen in time"), START_MS);
    const fail = (why: string) => {
      child.kill("SIGKILL");
      reject(new Error(`the gateway ${why}: ${JSON.stringify(log.slice(-5))}`));
    };
    void ended.then((code) => fail(`ended with ${code}`));
    if (!child.stdout) return fail("has no output");
    createInterface({ input: child.stdout }).on("line", (text) => {
      const line = parseLine(text);
      log.push(line);
      if (line.event !== "listening") return;
      clearTimeout(timer);
      resolve(line);
    });
  });
}

function parseLine(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return { event: "not-json", text };
  }
}

/** A port that nobody has now, for what must be known before it listens, or be taken again after a restart. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
