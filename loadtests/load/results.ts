import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Sample, sum, type Verdict } from "./checks.ts";
import type { Run } from "./run.ts";
import type { Scenario } from "./scenarios.ts";

/** Recorded results lie here; those of this machine's own runs in `local/`, which git does not track. */
const RESULTS = fileURLToPath(new URL("../results/", import.meta.url));

/** One run of one scenario, as it is kept. */
export interface Result {
  readonly scenario: string;
  readonly published: string;
  /** How the published peak was scaled to one machine; a part under 1 says so too. */
  readonly scaled: string;
  readonly at: string;
  readonly machine: string;
  readonly seed: number;
  readonly tookSeconds: number;
  readonly visitors: number;
  readonly served: number;
  readonly mostWaiting: number;
  readonly mostInside: number;
  readonly outflowPerSecond: number;
  /** Of the wave with the most visitors. */
  readonly waitP50Seconds: number;
  readonly waitP95Seconds: number;
  readonly answered: number;
  readonly refused: number;
  readonly overtaken: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly verdicts: readonly Verdict[];
  readonly samples: readonly Sample[];
}

export function resultOf(scenario: Scenario, run: Run, seed: number, part: number, nowMs: number): Result {
  const { waves, samples } = run;
  const largest = waves.reduce((most, wave) => (wave.visitors > most.visitors ? wave : most));
  const most = (of: "waiting" | "inside") => Math.max(0, ...samples.map((sample) => sample[of]));
  const [cpu] = cpus();
  return {
    scenario: scenario.id,
    published: scenario.published,
    scaled: part === 1 ? scenario.scaled : `${scenario.scaled}; ${part} of that`,
    at: new Date(nowMs).toISOString(),
    machine: `${cpus().length} x ${cpu?.model ?? "unknown"}, Node ${process.versions.node}; gateway, Redis, service and visitors on it`,
    seed,
    tookSeconds: Math.round(run.tookSeconds),
    visitors: sum(waves, "visitors"),
    served: sum(waves, "served"),
    mostWaiting: most("waiting"),
    mostInside: most("inside"),
    outflowPerSecond: run.outflowPerMinute / 60,
    waitP50Seconds: largest.waitP50Seconds,
    waitP95Seconds: largest.waitP95Seconds,
    answered: sum(waves, "answered"),
    refused: sum(waves, "refused"),
    overtaken: sum(waves, "inversions"),
    errors: errorsOf(run),
    verdicts: run.verdicts,
    samples,
  };
}

function errorsOf({ waves }: Run): Record<string, number> {
  const all: Record<string, number> = {};
  for (const { errors } of waves) {
    for (const [name, count] of Object.entries(errors)) all[name] = (all[name] ?? 0) + count;
  }
  return all;
}

/** Writes a result of this machine's own; the last of a scenario replaces the one before. Gives its path. */
export function keepResult(result: Result, folder = RESULTS): string {
  const local = join(folder, "local");
  mkdirSync(local, { recursive: true });
  const path = join(local, `${result.scenario}.json`);
  writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
  return path;
}

/** Every result that is kept, the recorded ones first. */
export function readResults(folder = RESULTS): { readonly recorded: boolean; readonly result: Result }[] {
  return [
    { path: folder, recorded: true },
    { path: join(folder, "local"), recorded: false },
  ].flatMap(({ path, recorded }) =>
    namesIn(path).map((name) => ({
      recorded,
      result: JSON.parse(readFileSync(join(path, name), "utf8")) as Result,
    })),
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .sort();
  } catch {
    return [];
  }
}

const COLUMNS: readonly [head: string, of: (result: Result, recorded: boolean) => string | number][] = [
  ["scenario", ({ scenario }) => scenario],
  ["kept", (_, recorded) => (recorded ? "recorded" : "local")],
  ["on", ({ at }) => at.slice(0, 10)],
  ["visitors", ({ visitors }) => visitors],
  ["served", ({ served }) => served],
  ["most in line", ({ mostWaiting }) => mostWaiting],
  ["most inside", ({ mostInside }) => mostInside],
  ["outflow/s", ({ outflowPerSecond }) => outflowPerSecond],
  ["half waited s", ({ waitP50Seconds }) => waitP50Seconds.toFixed(1)],
  ["95 % waited s", ({ waitP95Seconds }) => waitP95Seconds.toFixed(1)],
  ["refused", ({ refused }) => refused],
  ["overtaken", ({ overtaken }) => overtaken],
  ["held", ({ verdicts }) => `${verdicts.filter(({ held }) => held).length}/${verdicts.length}`],
];

/** The results as a table in Markdown, then how each was scaled, and what did not hold. */
export function reportOf(results: ReturnType<typeof readResults>): string {
  if (results.length === 0) return "No results yet: npm run load -- tax-day";
  const rows = results.map(({ result, recorded }) => COLUMNS.map(([, of]) => String(of(result, recorded))));
  const heads = COLUMNS.map(([head]) => head);
  const widths = heads.map((head, at) => Math.max(head.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  return [
    line(heads),
    line(widths.map((width) => "-".repeat(width))),
    ...rows.map(line),
    "",
    "Every run is scaled to one machine:",
    ...results.map(({ result }) => `- ${result.scenario}: ${result.scaled} (${result.machine})`),
    ...results.flatMap(({ result }) => brokenOf(result)),
  ].join("\n");
}

function brokenOf({ scenario, at, verdicts }: Result): string[] {
  return verdicts
    .filter(({ held }) => !held)
    .map(({ what, seen }) => `- ${scenario} of ${at}: DID NOT HOLD: ${what} (${seen})`);
}
