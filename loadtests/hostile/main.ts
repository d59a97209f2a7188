/** `npm run hostile`: what slow and hostile clients do to honest visitors, and to the gateway. */
import { parseArgs } from "node:util";
import { ATTACKS, type Attack } from "./attacks.ts";
import { ASKED } from "./honest.ts";
import { connectionsOf, type Round, runHostile } from "./hostile.ts";
import { type Finding, judge, measureOf, megabytes, noiseFloors } from "./judge.ts";

const USAGE =
  "usage: npm run hostile -- [--short] [--rounds 1..9] [--seconds 1..30] [--attack NAME]...\nattacks:\n" +
  ATTACKS.map(({ name, words }) => `  ${name.padEnd(24)} ${words}`).join("\n");
const VISITORS_PER_SECOND = 40;

const { values } = readArguments();
const form = values.short ? "short" : "full";
const rounds = whole("rounds", values.rounds, 1, 9);
const seconds = whole("seconds", values.seconds, 1, 30);
const attacks = (values.attack ?? ATTACKS.map(({ name }) => name)).map(attackOf);
for (const attack of attacks) {
  const most = connectionsOf(attack, form, process.pid);
  if (most < attack.connections[form]) {
    say(
      `${attack.name}: ${most} connections, not ${attack.connections[form]}: this system allows no more open files (ulimit -n)`,
    );
  }
}
say(
  `${rounds} rounds of ${attacks.length} attacks; ${VISITORS_PER_SECOND} honest visitors a second, each by a connection of ` +
    `their own, ${seconds} s alone and ${seconds} s under attack. The attackers run at low priority.\n`,
);
const measured = await runHostile({
  attacks,
  form,
  rounds,
  seconds,
  visitorsPerSecond: VISITORS_PER_SECOND,
  onRound: (round) => say(progress(round)),
});
const findings = judge(measured);
say(`\n${findings.map(describe).join("\n\n")}\n\n${measureOf(noiseFloors(measured))}`);
const broken = findings.filter(({ faults }) => faults.length > 0);
say(
  broken.length === 0
    ? `All ${findings.length} attacks were held.`
    : `${broken.length} of ${findings.length} attacks were NOT held: ${broken.map(({ attack }) => attack).join(", ")}.`,
);
process.exitCode = broken.length === 0 ? 0 : 1;

function progress({ attack, alone, attacked }: Round): string {
  const p99 = ASKED.map((asked) => `${asked} ${ms(alone[asked].p99)} > ${ms(attacked[asked].p99)}`).join(
    ", ",
  );
  return `  ${attack.padEnd(24)} p99 ms: ${p99}`;
}

function describe(finding: Finding): string {
  const { attack, connections, closedByGateway, latency, peakMemoryGrowth, descriptors, faults } = finding;
  const words = ATTACKS.find(({ name }) => name === attack)?.words ?? "";
  const rows = ASKED.map((asked) => {
    const { aloneP50, aloneP99, attackedP50, attackedP99 } = latency[asked];
    return `    ${asked.padEnd(8)} ${ms(aloneP50).padStart(7)} ${ms(aloneP99).padStart(7)}    ${ms(attackedP50).padStart(7)} ${ms(attackedP99).padStart(7)}`;
  });
  return [
    `${attack}: ${connections.toLocaleString("en")} clients ${words}`,
    `    ms       alone: p50     p99    attacked: p50  p99`,
    ...rows,
    `    the gateway closed ${closedByGateway.toLocaleString("en")} of their connections; memory at the peak ${megabytes(peakMemoryGrowth)} MB over the start; descriptors ${descriptors.before} > ${descriptors.peak} > ${descriptors.after}`,
    faults.length === 0 ? "    held" : `    NOT HELD: ${faults.join("; ")}`,
  ].join("\n");
}

function ms(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}

function attackOf(name: string): Attack {
  return (
    ATTACKS.find((attack) => attack.name === name) ?? fail(`no attack is called ${JSON.stringify(name)}`)
  );
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        short: { type: "boolean", default: false },
        rounds: { type: "string", default: "3" },
        seconds: { type: "string", default: "6" },
        attack: { type: "string", multiple: true },
      },
    });
  } catch (error) {
    return fail((error as Error).message);
  }
}

function whole(name: string, given: string, least: number, most: number): number {
  const value = Number(given);
  if (/^\d+$/.test(given) && value >= least && value <= most) return value;
  return fail(`--${name}: ${JSON.stringify(given)}; allowed: ${least} to ${most}`);
}

function fail(why: string): never {
  process.stderr.write(`${why}\n${USAGE}\n`);
  process.exit(2);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
