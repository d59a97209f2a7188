/** Debian's Prometheus in a process of its own, for tests: on a port of its own, and gone with its data at the end. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface PrometheusProcess {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string;
  /** The result of an instant query, now. Throws what Prometheus says is wrong with it. */
  query(expression: string): Promise<readonly Sample[]>;
  /** Names of the alerts that fire now. */
  firing(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

interface Answer {
  readonly status: "success" | "error";
  readonly error?: string;
  readonly data?: {
    readonly result?: readonly { readonly metric: Sample["metric"]; readonly value: [number, string] }[];
    readonly alerts?: readonly { readonly state: string; readonly labels: { readonly alertname: string } }[];
  };
}

const START_MS = 20_000;

/** Starts with these files in one folder, `prometheus.yml` among them; resolves when it answers queries. */
export async function startPrometheus(files: Readonly<Record<string, string>>): Promise<PrometheusProcess> {
  const folder = mkdtempSync(join(tmpdir(), "sluse-prometheus-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const child = spawn(
    "prometheus",
    [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      "--web.listen-address=127.0.0.1:0",
      "--log.format=json",
    ],
    { stdio: ["ignore", "ignore", "pipe"], env: { PATH: process.env.PATH, GOMAXPROCS: "1" } },
  );
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const atExit = () => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", atExit);
  const url = await new Promise<string>((resolve, reject) => {
    const said: string[] = [];
    const fail = (why: string) => {
      child.kill("SIGKILL");
      reject(new Error(`prometheus ${why}: ${said.slice(-3).join("\n")}`));
    };
    const timer = setTimeout(() => fail("was not ready in time"), START_MS);
    child.once("error", (error) => fail(`cannot be started (Debian's package prometheus): ${error.message}`));
    void ended.then(() => fail("ended"));
    let address = "";
    let isReady = false;
    createInterface({ input: child.stderr }).on("line", (line) => {
      said.push(line);
      const { msg, address: listening } = readLine(line);
      // On a busy machine these two come in either order.
      if (msg === "Listening on") address = listening ?? "";
      if (msg?.startsWith("Server is ready")) isReady = true;
      if (!isReady || address === "") return;
      clearTimeout(timer);
      resolve(`http://${address}`);
    });
  });

  async function ask(path: string): Promise<NonNullable<Answer["data"]>> {
    const answer = (await (await fetch(url + path)).json()) as Answer;
    if (answer.status !== "success") throw new Error(`${path}: ${answer.error}`);
    return answer.data ?? {};
  }

  return {
    url,
    async query(expression) {
      const { result = [] } = await ask(`/api/v1/query?query=${encodeURIComponent(expression)}`);
      return result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
    },
    async firing() {
      const { alerts = [] } = await ask("/api/v1/alerts");
      return alerts.filter(({ state }) => state === "firing").map(({ labels }) => labels.alertname);
    },
    async stop() {
      child.kill("SIGTERM");
      await ended;
      process.off("exit", atExit);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function readLine(line: string): { msg?: string; address?: string } {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}
