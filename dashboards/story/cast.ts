/** Who plays in the story: the demo, a Prometheus that scrapes it, a crowd, and a browser. All real, all on loopback. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Browser, chromium } from "playwright-core";
import { CHROMIUM } from "../operator/chromium.ts";
import { type PrometheusProcess, startPrometheus } from "../prometheus/prometheus-process.ts";

const TOP = join(import.meta.dirname, "../..");
const START_MS = 60_000;
/** Finer than the five seconds that are shipped: a change must be seen to hold within a second. */
export const SCRAPE_MS = 1_000;

/** Who is on duty, as the operators' file knows them. */
export const DUTY = { name: "Anna Holm", role: "operator", token: "token-of-anna-on-duty-tonight" };

export interface Cast {
  /** The visitors' listener of the demo, such as `http://127.0.0.1:41234`. */
  readonly url: string;
  readonly operatorUrl: string;
  readonly prometheus: PrometheusProcess;
  readonly browser: Browser;
  /** Sends the demo's crowd to the tax room. */
  sendCrowd(crowd: CrowdOptions): Crowd;
  /** Ends all of it. */
  close(): Promise<void>;
}

export interface CrowdOptions {
  readonly visitors: number;
  readonly arriveSeconds: number;
  /** What a visitor takes to read a page, on average. */
  readonly thinkSeconds: number;
  readonly noShowPercent: number;
}

export interface Crowd {
  /** What it said at its end, and its exit code: 0 where everybody who came got in, in order. */
  readonly done: Promise<{ readonly code: number | null; readonly said: readonly string[] }>;
}

/** @param taxCarries people that the demo's tax service carries at once */
export async function startCast(taxCarries: number): Promise<Cast> {
  const folder = mkdtempSync(join(tmpdir(), "sluse-story-"));
  const closing: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const [visitors, operators, tax] = [await freePort(), await freePort(), await freePort()];
    const prometheus = await startPrometheus(prometheusFiles(operators));
    closing.push(() => prometheus.stop());
    const opening = startDemo({
      SLUSE_LISTEN: `127.0.0.1:${visitors}`,
      SLUSE_OPERATOR_LISTEN: `127.0.0.1:${operators}`,
      SLUSE_DATA: join(folder, "data"),
      SLUSE_OPERATORS: operatorsFile(folder),
      SLUSE_PROMETHEUS_URL: prometheus.url,
      DEMO_TAX_PORT: String(tax),
      DEMO_VACCINE_PORT: "0",
      DEMO_TAX_CARRIES: String(taxCarries),
    });
    closing.push(() => ended(opening.child));
    const browser = await chromium.launch(CHROMIUM);
    closing.push(() => browser.close());
    await opening.opened;
    const url = `http://127.0.0.1:${visitors}`;
    return {
      url,
      operatorUrl: `http://127.0.0.1:${operators}`,
      prometheus,
      browser,
      sendCrowd(crowd) {
        const sent = sendCrowd(crowd, url, `http://127.0.0.1:${tax}`);
        closing.push(() => ended(sent.child));
        return sent;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What is shipped, with this demo's address and a scrape each second. */
function prometheusFiles(operatorPort: number): Record<string, string> {
  const names = ["prometheus.yml", "recording.rules.yml", "alerts.rules.yml"];
  const read = (name: string) => readFileSync(join(import.meta.dirname, "../prometheus", name), "utf8");
  const configured = (text: string) =>
    text
      .replace("127.0.0.1:8081", `127.0.0.1:${operatorPort}`)
      .replaceAll(/_interval: 5s/g, `_interval: ${SCRAPE_MS}ms`);
  return Object.fromEntries(names.map((name) => [name, configured(read(name))]));
}

function operatorsFile(folder: string): string {
  const { name, role, token } = DUTY;
  const tokenSha256 = createHash("sha256").update(token).digest("hex");
  const path = join(folder, "operators.json");
  writeFileSync(path, JSON.stringify({ operators: [{ name, role, tokenSha256 }] }));
  return path;
}

/** What `npm start` runs; `opened` resolves when it takes requests. */
function startDemo(env: Readonly<Record<string, string>>): { child: ChildProcess; opened: Promise<void> } {
  const child = spawn(process.execPath, [join(TOP, "loadtests/demo/start.mjs")], {
    cwd: TOP,
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  });
  process.once("exit", () => child.kill("SIGTERM"));
  const opened = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the demo did not open in time")), START_MS);
    child.once("exit", (code) => reject(new Error(`the demo ended with ${code}`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (!line.includes('"event":"listening"')) return;
      clearTimeout(timer);
      resolve();
    });
  });
  // Heard where it is awaited, and a browser that could not be started is said first.
  opened.catch(() => {});
  return { child, opened };
}

/** What `npm run crowd` runs. */
function sendCrowd(crowd: CrowdOptions, gateway: string, service: string): Crowd & { child: ChildProcess } {
  const child = spawn(
    process.execPath,
    [
      ...["--import", "tsx", join(TOP, "loadtests/crowd/main.ts"), "tax", String(crowd.visitors)],
      ...["--gateway", gateway, "--service", service],
      ...["--arrive-seconds", String(crowd.arriveSeconds), "--think-seconds", String(crowd.thinkSeconds)],
      ...["--no-show-percent", String(crowd.noShowPercent), "--seed", "7"],
    ],
    { cwd: TOP, stdio: ["ignore", "pipe", "inherit"] },
  );
  process.once("exit", () => child.kill("SIGTERM"));
  const said: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => said.push(line));
  const done = new Promise<Awaited<Crowd["done"]>>((resolve) =>
    child.once("close", (code) => {
      // After a line for each second comes a table, a blank line, and what became of everybody in sentences.
      resolve({ code, said: said.slice(said.indexOf("") + 1).filter((line) => line !== "") });
    }),
  );
  return { child, done };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });
}
