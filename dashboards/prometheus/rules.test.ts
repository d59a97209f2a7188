import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const folder = import.meta.dirname;
const read = (name: string) => readFileSync(join(folder, name), "utf8");
const namesIn = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name = ""]) => name);
const alerts = namesIn(read("alerts.rules.yml"), /^ +- alert: (\w+)$/gm);

const SUCCESS = { status: 0, said: expect.stringContaining("SUCCESS") };

function promtool(...args: string[]) {
  const { status, stdout, stderr } = spawnSync("promtool", args, { cwd: folder, encoding: "utf8" });
  return { status, said: stdout + stderr };
}

describe("promtool", () => {
  it("finds the configuration and the rules good", () => {
    expect(promtool("check", "config", "prometheus.yml")).toEqual(SUCCESS);
    expect(promtool("check", "rules", "recording.rules.yml", "alerts.rules.yml")).toMatchObject({
      status: 0,
    });
  });

  it("sees every rule do what it says", () => {
    expect(promtool("test", "rules", "rules.tests.yml")).toEqual(SUCCESS);
  });
});

describe("every alert", () => {
  const tests = read("rules.tests.yml").split(/(?=- alertname: )/);

  it.each(alerts)("%s is seen to fire, and not to fire", (alert) => {
    const cases = tests.filter((text) => text.startsWith(`- alertname: ${alert}\n`));
    expect(cases.some((text) => text.includes("exp_alerts:"))).toBe(true);
    expect(cases.some((text) => !text.includes("exp_alerts:"))).toBe(true);
  });

  it("has a paragraph in the runbook, and leads to it", () => {
    const paragraphs = read("runbook.md").split(/^## /m).slice(1);
    expect(paragraphs.map((text) => text.split("\n")[0])).toEqual(expect.arrayContaining(alerts));
    expect(paragraphs).toHaveLength(alerts.length);
    for (const text of paragraphs) expect(text.length).toBeGreaterThan(200);
    expect(
      namesIn(read("alerts.rules.yml"), /runbook: dashboards\/prometheus\/runbook\.md#(\w+)$/gm),
    ).toEqual(alerts.map((alert) => alert.toLowerCase()));
  });

  it("is of a severity that is known", () => {
    const severities = namesIn(read("alerts.rules.yml"), /^ +severity: (\w+)$/gm);
    expect(severities).toHaveLength(alerts.length);
    expect(new Set(severities)).toEqual(new Set(["page", "ticket"]));
  });
});
