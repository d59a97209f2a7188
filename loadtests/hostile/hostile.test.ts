import { describe, expect, it } from "vitest";
import { ATTACKS } from "./attacks.ts";
import { ASKED, percentile } from "./honest.ts";
import { type Latency, type Round, runHostile } from "./hostile.ts";
import { judge } from "./judge.ts";

const MEGABYTE = 1_048_576;

function everywhere(p50: number, p99: number): Round["alone"] {
  const latency: Latency = { p50, p99 };
  return { page: latency, join: latency, status: latency, service: latency };
}

const GOOD: Round = {
  attack: "slow headers",
  connections: 100,
  closedByGateway: 10,
  alone: everywhere(1, 30),
  attacked: everywhere(2, 55),
  failures: 0,
  memory: { before: 100 * MEGABYTE, peak: 200 * MEGABYTE, after: 150 * MEGABYTE },
  descriptors: { before: 30, peak: 130, after: 31 },
};

const faultsOf = (...rounds: Round[]) => judge(rounds).flatMap(({ faults }) => faults);

describe("the judgement", () => {
  it("is good where honest visitors wait less than twice as long, and all is given back", () => {
    expect(faultsOf(GOOD, GOOD, GOOD)).toEqual([]);
  });

  it.each([
    ["p99 over twice as long", { attacked: everywhere(2, 70) }, "p99 of page rose from 30 to 70 ms"],
    ["an honest request that failed", { failures: 1 }, "1 honest requests failed"],
    ["memory without bound", { memory: { ...GOOD.memory, peak: 700 * MEGABYTE } }, "memory grew by 600 MB"],
    [
      "descriptors that are kept",
      { descriptors: { before: 30, peak: 130, after: 130 } },
      "100 descriptors were not given back",
    ],
  ])("names %s", (_, change, fault) => {
    const bad = { ...GOOD, ...change };
    expect(faultsOf(bad, bad, bad)).toContain(fault);
  });

  it("names memory that grows from round to round", () => {
    const leaving = (megabytes: number) => ({
      ...GOOD,
      memory: { ...GOOD.memory, after: megabytes * MEGABYTE },
    });
    expect(faultsOf(leaving(150), leaving(150), leaving(400))).toEqual([
      "250 MB more are kept after a round",
    ]);
  });

  it("goes by the median of the rounds, and not by what lies within the machine's noise", () => {
    const slow = { ...GOOD, attacked: everywhere(2, 500) };
    expect(faultsOf(GOOD, slow, GOOD)).toEqual([]);
    expect(faultsOf({ ...GOOD, alone: everywhere(1, 4), attacked: everywhere(1, 20) })).toEqual([]);
  });
});

it("a percentile is a value that was seen", () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(percentile(values, 0.5)).toBe(50);
  expect(percentile(values, 0.99)).toBe(99);
});

it("the short form runs whole, and gives every connection back", { timeout: 60_000 }, async () => {
  const attacks = ATTACKS.filter(({ name }) => ["slow headers", "flooding WebSocket"].includes(name));
  const rounds = await runHostile({ attacks, form: "short", rounds: 1, seconds: 1, visitorsPerSecond: 20 });
  expect(rounds.map(({ attack }) => attack)).toEqual(["slow headers", "flooding WebSocket"]);
  for (const { attack, connections, alone, attacked, failures, descriptors } of rounds) {
    expect(connections, attack).toBeGreaterThan(0);
    expect(failures, attack).toBe(0);
    expect(descriptors.after, attack).toBeLessThanOrEqual(descriptors.before + 20);
    for (const asked of ASKED) {
      expect(alone[asked].p99, asked).toBeGreaterThan(0);
      expect(attacked[asked].p99, asked).toBeGreaterThan(0);
    }
  }
  expect(rounds[0]?.descriptors.peak).toBeGreaterThan(rounds[0]?.connections ?? 0);
  expect(rounds[1]?.closedByGateway).toBeGreaterThan(0);
});
