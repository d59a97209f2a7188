/** `npm run bench`: what the gateway's main requests cost, beside a bare uWebSockets.js reply. */
import { parseArgs } from "node:util";
import { type BenchRow, runBench } from "./bench.ts";

const USAGE = "usage: npm run bench -- [--seconds 1..60] [--connections 1..1000] [--rounds 1..20] [--check]";
/** After some 60,000 joins they cost no less. */
const WARM_UP_SECONDS = 4;

const { values } = readArguments();
if (values.help) {
  process.stdout.write(`${USAGE}\n--check: exit code 1 where a ratio is below its target\n`);
  process.exit(0);
}
const options = {
  seconds: whole("seconds", values.seconds, 1, 60),
  connections: whole("connections", values.connections, 1, 1_000),
  rounds: whole("rounds", values.rounds, 1, 20),
  warmUpSeconds: WARM_UP_SECONDS,
};
process.stdout.write(
  `${options.rounds} rounds of ${options.seconds} s, ${options.connections} connections, one generator thread (wrk)\n`,
);
const rows = await runBench({
  ...options,
  onRound: (name, { requestsPerSecond }) =>
    process.stdout.write(`  ${name.padEnd(16)} ${Math.round(requestsPerSecond).toLocaleString("en")}/s\n`),
});
process.stdout.write(`\n${table(rows)}\n`);
const below = rows.filter(
  ({ ratio, target, failures }) => (target !== null && ratio < target) || failures > 0,
);
if (values.check && below.length > 0) process.exitCode = 1;

function readArguments() {
  try {
    return parseArgs({
      options: {
        seconds: { type: "string", default: "3" },
        connections: { type: "string", default: "1000" },
        rounds: { type: "string", default: "7" },
        check: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
    return process.exit(2);
  }
}

function whole(name: string, given: string, least: number, most: number): number {
  const value = Number(given);
  if (/^\d+$/.test(given) && value >= least && value <= most) return value;
  process.stderr.write(`--${name}: ${JSON.stringify(given)}; allowed: ${least} to ${most}\n${USAGE}\n`);
  return process.exit(2);
}

function table(rows: readonly BenchRow[]): string {
  const lines = rows.map(({ name, requestsPerSecond, ratio, target, failures, cpuMicroseconds }) => {
    const aim = target === null ? "" : `at least ${target.toFixed(2)}${ratio < target ? "  BELOW" : ""}`;
    const rate = Math.round(requestsPerSecond).toLocaleString("en");
    return `${name.padEnd(16)} ${rate.padStart(9)}  ${ratio.toFixed(2).padStart(7)}  ${cpuMicroseconds.toFixed(1).padStart(6)}  ${String(failures).padStart(8)}  ${aim}`;
  });
  return ["request            per sec  of bare  cpu µs  failures  target", ...lines].join("\n");
}
