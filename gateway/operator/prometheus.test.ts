/** What the queries of the charts make of gateways that hear nothing, and of stores that forgot; reckoned by promtool. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SERIES, type SeriesName } from "#operator-api";
import { readPrometheus } from "./prometheus.ts";

const SPAN = { fromMs: 1_800_000_000_000, untilMs: 1_800_000_120_000, stepMs: 120_000 };

/** The query of each line, as a Prometheus hears it. */
async function queriesOf(room: string): Promise<Record<SeriesName, string>> {
  const heard: string[] = [];
  const listening = createServer((request, response) => {
    heard.push(new URL(request.url ?? "", "http://prometheus").searchParams.get("query") ?? "");
    response.end(JSON.stringify({ status: "success", data: { result: [] } }));
  });
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const { port } = listening.address() as AddressInfo;
  await readPrometheus(new URL(`http://127.0.0.1:${port}`), room, SPAN);
  listening.close();
  const words = { joinsPerMinute: "tickets_issued", admittedPerMinute: "admissions", sessions: "sessions" };
  const found = Object.entries(words).map(([name, word]) => [name, heard.find((one) => one.includes(word))]);
  expect(heard).toHaveLength(SERIES.length);
  return Object.fromEntries(found);
}

/** Of one gateway, a sample each 15 s. */
function series(metric: string, values: string): object {
  const [name, labels = ""] = metric.split("{");
  return { series: `${name}{job="sluse",instance="a",${labels || "}"}`, values };
}

const UP = series("sluse_store_up", "1x20");
const sample = (value: number) => [{ labels: "{}", value }];
const at = (expr: string, eval_time: string, exp_samples: object[]) => ({ expr, eval_time, exp_samples });

test("a total that begins anew is no fall, and what a gateway does not hear is a gap", async () => {
  const { admittedPerMinute, joinsPerMinute, sessions } = await queriesOf("tax");
  const paused = 'sluse_alarm{room="tax",kind="not-admitting"}';
  const tests = [
    {
      // 10 admissions each 15 s; after 2 minutes the store has forgotten, and counts from 0.
      input_series: [UP, series('sluse_admissions_total{room="tax"}', "1000+10x8 0+10x8")],
      promql_expr_test: [at(admittedPerMinute, "2m", sample(40)), at(admittedPerMinute, "3m", sample(35))],
    },
    {
      input_series: [
        series("sluse_store_up", "1x8 0x8"),
        series('sluse_tickets_issued_total{room="tax"}', "0+10x8 80x8"),
        series('sluse_active_sessions{room="tax"}', "70x16"),
      ],
      promql_expr_test: [
        at(joinsPerMinute, "2m", sample(40)),
        at(sessions, "2m", sample(70)),
        at(joinsPerMinute, "3m", []),
        at(sessions, "3m", []),
      ],
    },
    {
      // Sessions that a wiped store has not heard of yet.
      input_series: [UP, series(paused, "1x8 0x8"), series('sluse_active_sessions{room="tax"}', "0x8 70x8")],
      promql_expr_test: [at(sessions, "1m", []), at(sessions, "3m", sample(70))],
    },
  ];
  const folder = mkdtempSync(join(tmpdir(), "sluse-queries-"));
  // JSON is YAML.
  const text = JSON.stringify({ tests: tests.map((one) => ({ interval: "15s", ...one })) });
  writeFileSync(join(folder, "queries.yml"), text);
  const { status, stdout, stderr } = spawnSync("promtool", ["test", "rules", "queries.yml"], {
    cwd: folder,
    encoding: "utf8",
  });
  rmSync(folder, { recursive: true });
  expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: expect.stringContaining("SUCCESS") });
});
