import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { CrowdView } from "../crowd/crowd.ts";
import { readArguments, USAGE } from "./arguments.ts";
import {
  EVERYWHERE,
  noBotLetIn,
  nobodyGotATicket,
  type Outcome,
  orderKept,
  outflowKept,
  placesCameFree,
  served,
  serviceWell,
  theRestWereTold,
} from "./checks.ts";
import { keepResult, readResults, reportOf, resultOf } from "./results.ts";
import { runScenario } from "./run.ts";
import { SCENARIOS } from "./scenarios.ts";

/** Ten who were all served. */
const wave = {
  visitors: 10,
  admitted: 10,
  served: 10,
  noShows: 0,
  gaveUp: 0,
  inside: 0,
  toldClosed: 0,
  answered: 60,
  refused: 0,
  crashes: 0,
  inversions: 0,
  duplicateNumbers: 0,
  servingFell: 0,
} as CrowdView;

function outcome(otherwise: Partial<Outcome> = {}): Outcome {
  return {
    outflowPerMinute: 600,
    capacity: 0,
    servesAll: true,
    ungated: false,
    samples: [],
    waves: [wave],
    stormAnswered: 0,
    stormLetIn: 0,
    ...otherwise,
  };
}

const withWave = (fields: Partial<CrowdView>) => outcome({ waves: [wave, { ...wave, ...fields }] });
const admittedAt = (...pairs: [atSeconds: number, admitted: number][]) =>
  outcome({
    samples: pairs.map(([atSeconds, admitted]) => ({ atSeconds, admitted, waiting: 0, inside: 0 })),
  });

describe("what must hold", () => {
  it.each([
    [orderKept.name, orderKept, outcome(), withWave({ inversions: 1 })],
    [orderKept.name, orderKept, outcome(), withWave({ servingFell: 1 })],
    // 10 a second: two seconds' worth of credit, and two that replies may take to cross.
    [outflowKept.name, outflowKept, admittedAt([1, 20], [10, 130]), admittedAt([1, 20], [10, 142])],
    [outflowKept.name, outflowKept, admittedAt([60, 0], [61, 40]), admittedAt([60, 0], [61, 60])],
    [serviceWell.name, serviceWell, outcome(), withWave({ refused: 1 })],
    [serviceWell.name, serviceWell, outcome(), withWave({ crashes: 1 })],
    [served.name, served, withWave({ served: 9, noShows: 1 }), withWave({ served: 9 })],
    [
      "served",
      served,
      { ...withWave({ served: 9 }), servesAll: false },
      { ...withWave({ gaveUp: 1 }), servesAll: false },
    ],
    [
      theRestWereTold.name,
      theRestWereTold,
      withWave({ served: 7, toldClosed: 3 }),
      withWave({ served: 7, toldClosed: 2 }),
    ],
    [
      theRestWereTold.name,
      theRestWereTold,
      withWave({ toldClosed: 3 }),
      withWave({ toldClosed: 3, inside: 1 }),
    ],
    [
      noBotLetIn.name,
      noBotLetIn,
      outcome({ stormAnswered: 9 }),
      outcome({ stormAnswered: 9, stormLetIn: 1 }),
    ],
    [placesCameFree.name, placesCameFree, outcome({ capacity: 4 }), outcome({ capacity: 5 })],
    [
      nobodyGotATicket.name,
      nobodyGotATicket,
      outcome(),
      withWave({ line: { issued: 1 } as CrowdView["line"] }),
    ],
  ])("%s tells well from ill", (_, check, well, ill) => {
    expect(check(well)).toMatchObject({ held: true });
    expect(check(ill)).toMatchObject({ held: false });
  });

  it("is bounded in people and time for every scenario, each named once and labelled as scaled", () => {
    expect(new Set(SCENARIOS.map(({ id }) => id)).size).toBe(SCENARIOS.length);
    for (const { waves, forSeconds, scaled, published } of SCENARIOS) {
      expect(waves.reduce((all, { visitors }) => all + visitors, 0)).toBeLessThanOrEqual(5_000);
      expect(forSeconds).toBeLessThanOrEqual(180);
      expect([scaled, published]).not.toContain("");
    }
  });
});

describe("a run", () => {
  it("sends a twentieth of the tax day, and its result is kept and shown", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluse-results-"));
    try {
      const [scenario] = SCENARIOS;
      if (scenario === undefined) throw new Error("no scenario");
      let sampled = 0;
      const onSample = () => {
        sampled += 1;
      };
      const run = await runScenario(scenario, { seed: 1, part: 0.05, onSample });
      expect(run.verdicts.filter(({ held }) => !held)).toEqual([]);
      expect(run.verdicts).toHaveLength(EVERYWHERE.length);
      expect(sampled).toBe(run.samples.length);
      const result = resultOf(scenario, run, 1, 0.05, Date.UTC(2027, 2, 15));
      expect(result).toMatchObject({
        scenario: "tax-day",
        visitors: 110,
        served: 110,
        refused: 0,
        overtaken: 0,
      });
      const path = keepResult(result, folder);
      expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(result);
      writeFileSync(join(folder, basename(path)), JSON.stringify({ ...result, served: 109 }));
      const report = reportOf(readResults(folder));
      expect(report).toMatch(/\| tax-day +\| recorded \| 2027-03-15 \| 110 +\| 109 /);
      expect(report).toMatch(/\| tax-day +\| local +\| 2027-03-15 \| 110 +\| 110 /);
      expect(report).toContain(`- tax-day: ${scenario.scaled}; 0.05 of that (`);
      expect(report).not.toContain("DID NOT HOLD");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("says what did not hold, and what to do where nothing was run", () => {
    expect(reportOf([])).toContain("npm run load");
    const verdicts = [{ what: "nobody is overtaken", held: false, seen: "3 overtaken" }];
    const result = {
      scenario: "x",
      at: "2027-03-15T00:00:00.000Z",
      waitP50Seconds: 0,
      waitP95Seconds: 0,
      verdicts,
    };
    const kept = [{ recorded: false, result: result as unknown as ReturnType<typeof resultOf> }];
    expect(reportOf(kept)).toContain("DID NOT HOLD: nobody is overtaken (3 overtaken)");
  });
});

describe("the command line", () => {
  it("takes one scenario or all", () => {
    const [first] = SCENARIOS;
    expect(readArguments(["tax-day"], 7)).toEqual({ scenarios: [first], seed: 7, part: 1 });
    expect(readArguments(["all", "--seed", "5", "--part", "0.5"], 7)).toEqual({
      scenarios: SCENARIOS,
      seed: 5,
      part: 0.5,
    });
    expect(readArguments(["--help"], 7)).toBeNull();
    for (const { id, scaled } of SCENARIOS) for (const words of [id, scaled]) expect(USAGE).toContain(words);
  });

  it.each([
    [[], "SCENARIO: nothing was given; allowed is one of tax-day, "],
    [["tax"], "SCENARIO: tax was given; allowed is one of tax-day, "],
    [["tax-day", "deadline"], "SCENARIO: tax-day deadline was given"],
    [["tax-day", "--part", "2"], "--part: 2 was given; allowed is 0.05 to 1"],
    [["tax-day", "--part", ""], "--part: "],
    [["tax-day", "--seed", "x"], "--seed: x was given"],
    [["tax-day", "--speed", "9"], "--speed"],
  ])("says what is wrong with %j", (words, said) => {
    expect(readArguments(words, 7)).toContain(said);
  });
});
