import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A process that listens; `stop` ends it and waits until it is gone. */
export interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

const START_MS = 20_000;

/** uWebSockets.js with a two-byte reply: the raw limit. */
export function startBareServer(): Promise<Server> {
  return startProcess("../../gateway/http/bare-server.ts", {}, (line) =>
    typeof line.port === "number" ? `127.0.0.1:${line.port}` : undefined,
  );
}

/**
 * The gateway as `npm run gateway` starts it, with a private Redis: `/line` is a room with a long line,
 * `/open` one that lets everybody through to `origin`.
 */
export async function startGateway(origin: string): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "sluse-bench-"));
  const room = { name: { da: "Måling", en: "Bench" }, origin, outflowPerMinute: 600 };
  const rooms = [
    { ...room, id: "line", match: { host: "*", path: "/line" } },
    { ...room, id: "open", match: { host: "*", path: "/open" }, mode: "open" },
  ];
  writeFileSync(join(folder, "rooms.json"), JSON.stringify({ rooms }));
  const env = {
    SLUSE_ROOMS: join(folder, "rooms.json"),
    SLUSE_DATA: join(folder, "data"),
    SLUSE_LISTEN: "127.0.0.1:0",
    SLUSE_OPERATOR_LISTEN: "127.0.0.1:0",
    SLUSE_OPERATOR_TOKEN: "operator-token-of-the-bench",
  };
  const server = await startProcess("../../gateway/main.ts", env, (line) =>
    typeof line.visitors === "string" ? line.visitors : undefined,
  );
  return {
    url: server.url,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A service that answers at once, in this process: the proxy is measured, not the service. */
export async function startOrigin(): Promise<Server> {
  const server = createServer((_, response) => response.end("ok"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type LogLine = Readonly<Record<string, unknown>>;

async function startProcess(
  program: string,
  env: Readonly<Record<string, string>>,
  addressIn: (line: LogLine) => string | undefined,
): Promise<Server> {
  const child = spawn(
    process.execPath,
    ["--import", "tsx", fileURLToPath(new URL(program, import.meta.url))],
    { stdio: ["pipe", "pipe", "inherit"], env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env } },
  );
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  process.once("exit", () => child.kill("SIGTERM"));
  const address = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${program} did not listen in time`)), START_MS);
    void ended.then(() => reject(new Error(`${program} ended before it listened`)));
    createInterface({ input: child.stdout }).on("line", (text) => {
      const found = addressIn(JSON.parse(text) as LogLine);
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    });
  });
  return {
    url: `http://${address}`,
    stop() {
      child.kill("SIGTERM");
      return ended;
    },
  };
}
