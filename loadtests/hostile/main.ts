/**
 * `npm run hostile`: what hostile clients do to honest visitors and to the gateway by their connections, and what others
 * gain who want more turns than their own.
 */
import { parseArgs } from "node:util";
import { ATTACKS, type Attack } from "./attacks.ts";
import { ASKED } from "./honest.ts";
import { connectionsOf, type Round, runHostile } from "./hostile.ts";
import { type Finding, judge, measureOf, megabytes, noiseFloors } from "./judge.ts";
import { TURN_ATTACKS } from "./turns/attacks.ts";
import { type Figure, faultOf, runTurnAttack, type TurnAttack } from "./turns/turns.ts";

const USAGE =
  "usage: npm run hostile -- [--short] [--rounds 1..9] [--seconds 1..30] [--attack NAME]...\n" +
  `by connections, in rounds:\n${listed(ATTACKS)}\non the line, each once (--rounds and --seconds say nothing here):\n${listed(TURN_ATTACKS)}`;
const VISITORS_PER_SECOND = 40;

const { values } = readArguments();
if (values.help) {
  say(USAGE);
  process.exit(0);
}
const form = values.short ? "short" : "full";
const rounds = whole("rounds", values.rounds, 1, 9);
const seconds = whole("seconds", values.seconds, 1, 30);
const wanted = values.attack ?? [...ATTACKS, ...TURN_ATTACKS].map(({ name }) => name);
for (const name of wanted) if (![...ATTACKS, ...TURN_ATTACKS].some((one) => one.name === name)) unknown(name);

const held = [
  ...(await byConnections(ATTACKS.filter(({ name }) => wanted.includes(name)))),
  ...(await onTheLine(TURN_ATTACKS.filter(({ name }) => wanted.includes(name)))),
];
const broken = held.filter(({ isHeld }) => !isHeld);
say(
  broken.length === 0
    ? `All ${held.length} attacks were held.`
    : `${broken.length} of ${held.length} attacks were NOT held: ${broken.map(({ attack }) => attack).join(", ")}.`,
);
process.exitCode = broken.length === 0 ? 0 : 1;

interface Verdict {
  readonly attack: string;
  readonly isHeld: boolean;
}

async function byConnections(attacks: readonly Attack[]): Promise<Verdict[]> {
  if (attacks.length === 0) return [];
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
  say(`\n${findings.map(describe).join("\n\n")}\n\n${measureOf(noiseFloors(measured))}\n`);
  return findings.map(({ attack, faults }) => ({ attack, isHeld: faults.length === 0 }));
}

async function onTheLine(attacks: readonly TurnAttack[]): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const attack of attacks) {
    say(`${attack.name}: ${attack.words}`);
    if (form === "short" && attack.onlyInFull) {
      say("    not played in the short form\n");
      continue;
    }
    const { figures } = await runTurnAttack(attack, form);
    for (const figure of figures) say(`    ${figureText(figure)}`);
    const isHeld = figures.every((figure) => faultOf(figure) === null);
    say(isHeld ? "    held\n" : "    NOT HELD\n");
    verdicts.push({ attack: attack.name, isHeld });
  }
  return verdicts;
}

function figureText(figure: Figure): string {
  const { what, got, least, most } = figure;
  const bounds = [
    ...(least === undefined ? [] : [`${least} or more`]),
    ...(most === undefined ? [] : [`${most} or less`]),
  ];
  return `${faultOf(figure) === null ? "  " : "! "}${what}: ${got.toLocaleString("en")} (allowed: ${bounds.join(", ")})`;
}

function listed(attacks: readonly { readonly name: string; readonly words: string }[]): string {
  return attacks.map(({ name, words }) => `  ${name.padEnd(30)} ${words}`).join("\n");
}

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

function unknown(name: string): never {
  return fail(`no attack is called ${JSON.stringify(name)}`);
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        short: { type: "boolean", default: false },
        rounds: { type: "string", default: "3" },
        seconds: { type: "string", default: "6" },
        attack: { type: "string", multiple: true },
        help: { type: "boolean", default: false },
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
