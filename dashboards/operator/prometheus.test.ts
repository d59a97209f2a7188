/** The console's history out of a real Prometheus: every line of every chart has points. */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  freePort,
  type GatewayProcess,
  OPERATOR_TOKEN,
  startGatewayProcess,
} from "#gateway/testing/gateway-process";
import { TestVisitor, until } from "#gateway/testing/visitor";
import { type HistoryDocument, SERIES } from "#operator-api";
import { type PrometheusProcess, startPrometheus } from "../prometheus/prometheus-process.ts";

/** One a second: whoever comes later waits some seconds, and is then let in. */
const OUTFLOW_PER_MINUTE = 60;

let service: Server;
let prometheus: PrometheusProcess;
let gateway: GatewayProcess;

beforeAll(async () => {
  service = createServer((_, response) => response.end("the service"));
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  const operatorPort = await freePort();
  prometheus = await startPrometheus({ "prometheus.yml": scraping(operatorPort) });
  gateway = await startGatewayProcess({
    rooms: [
      {
        id: "tax",
        name: { da: "Skat", en: "Tax" },
        match: { host: "*", path: "/tax" },
        origin: `http://127.0.0.1:${(service.address() as AddressInfo).port}`,
        outflowPerMinute: OUTFLOW_PER_MINUTE,
      },
    ],
    env: { SLUSE_PROMETHEUS_URL: prometheus.url, SLUSE_OPERATOR_LISTEN: `127.0.0.1:${operatorPort}` },
  });
});

afterAll(async () => {
  await Promise.all([gateway?.stop(), prometheus?.stop()]);
  service?.close();
});

function scraping(port: number): string {
  return `scrape_configs: [{ job_name: sluse, scrape_interval: 1s, static_configs: [{ targets: ["127.0.0.1:${port}"] }] }]`;
}

async function history(): Promise<HistoryDocument> {
  const headers = { authorization: `Bearer ${OPERATOR_TOKEN}` };
  return (await fetch(`${gateway.operatorUrl}/api/history?room=tax&seconds=60`, { headers })).json();
}

test("every line of the charts is found in Prometheus", async () => {
  const visitors = Array.from({ length: 12 }, () => new TestVisitor(gateway.url, "tax"));
  for (const visitor of visitors) await visitor.join();
  let without: readonly string[] = SERIES;
  await until(
    "points on every line",
    async () => {
      // Those who are called come in, and ask the service for something.
      await Promise.all(
        visitors.map(async (visitor) => (await visitor.claim()).status === 200 && visitor.navigate("/tax")),
      );
      const { source, series } = await history();
      without = SERIES.filter((name) => !series[name].some((value) => value !== null));
      return source === "prometheus" && without.length === 0;
    },
    40_000,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}; no points: ${without.join(", ")}`);
  });
  const { series } = await history();
  expect(series.outflowPerMinute.at(-1)).toBe(OUTFLOW_PER_MINUTE);
  expect(Math.max(...series.admittedPerMinute.map((value) => value ?? 0))).toBeGreaterThan(1);
});
