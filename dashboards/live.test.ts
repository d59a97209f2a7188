import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort, type GatewayProcess, startGatewayProcess } from "#gateway/testing/gateway-process";
import { TestVisitor, until } from "#gateway/testing/visitor";
import { type DashboardFile, queriesOf } from "./grafana/queries.ts";
import { type PrometheusProcess, startPrometheus } from "./prometheus/prometheus-process.ts";

/** Five a second: ten come in at once, and thirty of a crowd of forty wait up to six seconds. */
const OUTFLOW_PER_MINUTE = 300;
const VISITORS = 40;
/** Minutes in the alerts are seconds here. */
const HASTE = 60;
/** An alert fires, or ends, within this. */
const ALERT_MS = 20_000;

const read = (path: string) => readFileSync(join(import.meta.dirname, path), "utf8");
const dashboards = readdirSync(join(import.meta.dirname, "grafana")).filter((name) => name.endsWith(".json"));

let isFailing = false;
let service: Server;
let gateway: GatewayProcess;
let operatorPort: number;
/** Evaluates the rules as they are; `alarms` does so sixty times as fast. */
let prometheus: PrometheusProcess;
let alarms: PrometheusProcess;
/** Somebody inside. */
let insider: TestVisitor;

beforeAll(async () => {
  service = await startService();
  operatorPort = await freePort();
  gateway = await startGateway({ port: await freePort() });
  [prometheus, alarms] = await Promise.all([
    startPrometheus({ ...configuration(), ...rules((text) => text) }),
    startPrometheus({ ...configuration(), ...rules(hastened) }),
  ]);
});

afterAll(async () => {
  await Promise.all([prometheus?.stop(), alarms?.stop(), gateway?.stop()]);
  service?.closeAllConnections();
  service?.close();
});

function startService(): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((_, response) => {
      response.statusCode = isFailing ? 503 : 200;
      response.end("the service");
    });
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

function startGateway(where: { readonly port: number; readonly folder?: string }): Promise<GatewayProcess> {
  const room = {
    id: "tax",
    name: { da: "Skat", en: "Tax" },
    match: { host: "*", path: "/tax" },
    origin: `http://127.0.0.1:${(service.address() as AddressInfo).port}`,
    outflowPerMinute: OUTFLOW_PER_MINUTE,
    capacity: 10 * VISITORS,
  };
  const env = { SLUSE_OPERATOR_LISTEN: `127.0.0.1:${operatorPort}` };
  return startGatewayProcess({ rooms: [room], env, ...where });
}

/** The configuration that is shipped, with this test's gateway and no patience. */
function configuration() {
  const text = read("prometheus/prometheus.yml")
    .replace("127.0.0.1:8081", `127.0.0.1:${operatorPort}`)
    .replaceAll(/_interval: 5s/g, "_interval: 500ms");
  return { "prometheus.yml": text };
}

function rules(change: (text: string) => string): Record<string, string> {
  const names = ["recording.rules.yml", "alerts.rules.yml"];
  return Object.fromEntries(names.map((name) => [name, change(read(`prometheus/${name}`))]));
}

const SECONDS = { s: 1, m: 60, h: 3_600 };

/** Every range and every `for`, divided by `HASTE`. */
function hastened(text: string): string {
  return text.replaceAll(/(\[|for: )(\d+)([smh])\b/g, (_, before: string, count: string, unit: string) => {
    return `${before}${Math.round((Number(count) * SECONDS[unit as "s" | "m" | "h"] * 1_000) / HASTE)}ms`;
  });
}

/** A crowd waits, is let in and uses the service; somebody comes with a ticket that nobody gave. */
async function crowd(): Promise<TestVisitor> {
  const visitors = Array.from({ length: VISITORS }, () => new TestVisitor(gateway.url, "tax"));
  await Promise.all(visitors.map((visitor) => visitor.join()));
  const forger = new TestVisitor(gateway.url, "tax");
  forger.setCookie("sluse_ticket_tax", "a.b.c");
  await Promise.all(
    visitors.map(async (visitor) => {
      await until("admission", async () => {
        await new Promise((resolve) => setTimeout(resolve, 200));
        return (await visitor.claim()).status === 200;
      });
      await visitor.navigate("/tax");
      await forger.claim();
    }),
  );
  const [first] = visitors;
  if (first === undefined) throw new Error("a crowd has somebody in it");
  return first;
}

describe("Grafana's dashboards, with a crowd behind them", () => {
  beforeAll(async () => {
    insider = await crowd();
  });

  it.each(dashboards)("%s: every query of every panel has data", async (name) => {
    const board = JSON.parse(read(`grafana/${name}`)) as DashboardFile;
    const variables = { datasource: "", job: "sluse", room: "tax", __rate_interval: "1m" };
    const queries = queriesOf(board, variables);
    expect(queries.length).toBeGreaterThan(10);
    for (const { title, expression } of queries) {
      await until(`data for "${title}": ${expression}`, async () => {
        const samples = await prometheus.query(expression);
        return samples.some(({ value }) => Number.isFinite(value));
      });
    }
  });

  it("show what the crowd went through", async () => {
    const of = async (expression: string) => (await prometheus.query(expression))[0]?.value;
    // The last of them may have come in after the last scrape.
    await until("every admission", async () => (await of('sluse_admissions_total{room="tax"}')) === VISITORS);
    expect(await of('sluse_wait_promise_ratio_count{room="tax"}')).toBeGreaterThan(VISITORS / 2);
    expect(await of('job_room:sluse_promises_kept:ratio_rate15m{room="tax"}')).toBe(1);
    expect(await of("sum(sluse_order_inversions_total)")).toBe(0);
    expect(await of("sum(sluse_admissions_beyond_outflow_total)")).toBe(0);
    expect(await of("sum(sluse_places_lost_total)")).toBe(0);
  });
});

describe("the gateway's metrics", () => {
  it("have names and help that promtool finds good, and no more series than the README states", async () => {
    const text = await (await fetch(`${gateway.operatorUrl}/metrics`)).text();
    const { status, stdout } = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    const series = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const ofRoom = series.filter((line) => line.includes('room="tax"'));
    expect(ofRoom.length).toBeGreaterThan(50);
    expect(ofRoom.length).toBeLessThanOrEqual(130);
    expect(series.length - ofRoom.length).toBeLessThanOrEqual(400);
  });
});

describe("alerts fire while their cause lasts, and end after it", () => {
  /** `meanwhile` is done again and again. */
  async function fires(alert: string, isFiring: boolean, meanwhile?: () => Promise<unknown>): Promise<void> {
    const what = `${alert} ${isFiring ? "to fire" : "to end"}`;
    const holds = async () => {
      await meanwhile?.();
      return (await alarms.firing()).includes(alert) === isFiring;
    };
    await until(what, holds, ALERT_MS);
  }

  it("SluseOriginErrors: the service answers with errors", async () => {
    const visit = () => insider.navigate("/tax");
    expect(await alarms.firing()).not.toContain("SluseOriginErrors");
    isFailing = true;
    await fires("SluseOriginErrors", true, visit);
    isFailing = false;
    await fires("SluseOriginErrors", false, visit);
  });

  it("SluseStoreDown: the store stands still", async () => {
    expect(await alarms.firing()).not.toContain("SluseStoreDown");
    const redis = redisOf(gateway.pid);
    process.kill(redis, "SIGSTOP");
    try {
      await fires("SluseStoreDown", true);
    } finally {
      process.kill(redis, "SIGCONT");
    }
    await fires("SluseStoreDown", false);
  });

  it("SluseGatewayGone: the gateway ends", async () => {
    expect(await alarms.firing()).not.toContain("SluseGatewayGone");
    const { folder, url } = gateway;
    expect(await gateway.stop()).toBe(0);
    await fires("SluseGatewayGone", true);
    gateway = await startGateway({ folder, port: Number(new URL(url).port) });
    await fires("SluseGatewayGone", false);
  });
});

/** The private Redis that a gateway started. */
function redisOf(gatewayPid: number): number {
  const children = readFileSync(`/proc/${gatewayPid}/task/${gatewayPid}/children`, "utf8").trim().split(" ");
  const redis = children.find((pid) => readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("redis-server"));
  if (redis === undefined) throw new Error("the gateway has started no redis-server");
  return Number(redis);
}
