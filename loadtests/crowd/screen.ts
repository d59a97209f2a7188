import type { CrowdOptions } from "./arguments.ts";
import { type CrowdView, everybodyGotIn, orderWasKept, patienceInRow } from "./crowd.ts";

const BAR_CELLS = 30;

/** The crowd as a block of lines, for a terminal that is drawn anew. */
export function screenOf(options: CrowdOptions, view: CrowdView): string[] {
  const { line, health, gate } = view;
  const rows: [string, string][] = [
    [options.room, `${clock(view.elapsedSeconds)}  seed ${options.seed}  ${whereTo(options)}`],
    [
      "visitors",
      `${view.arrived} of ${view.visitors} have come${options.gateway ? `, ${view.joined} joined, ${view.called} called` : ""}`,
    ],
  ];
  if (options.gateway) {
    const outflow = line ? `${(line.outflowPerMinute / 60).toFixed(1)}/s outflow` : "outflow unknown";
    const length = line ? `${line.waiting} in all, ${line.mode}` : "no answer";
    rows.push(["line", `${view.waiting} of them waiting (${length})`]);
    rows.push(["admitted", `${view.admitted}, ${view.admittedPerSecond.toFixed(1)}/s against ${outflow}`]);
    rows.push(["order", orderOf(view)]);
  } else rows.push(["got a page", `${view.admitted}, ${view.admittedPerSecond.toFixed(1)}/s`]);
  rows.push(["inside", `${view.inside}${options.gateway ? "" : " trying"}`]);
  rows.push([
    "served",
    `${bar(view.served, view.visitors)} ${view.served} of ${view.visitors}; ${view.noShows} stayed away, ${view.gaveUp} gave up`,
  ]);
  rows.push(["requests", `${bar(view.answered, view.answered + view.refused)} ${requestsOf(view)}`]);
  rows.push(["service", health ? `${serviceOf(health)}${crashesOf(view)}` : "no answer"]);
  if (gate)
    rows.push(["gate says", `${gate.activeSessions} sessions, ${gate.admissionsTotal} admissions in all`]);
  rows.push([
    "wait",
    `half within ${seconds(view.waitP50Seconds)}, 95 % within ${seconds(view.waitP95Seconds)}`,
  ]);
  rows.push(["errors", errorsOf(view)]);
  return rows.map(([name, text]) => `${name.padEnd(11)}${text}`);
}

/** The crowd as one line, for logs. */
export function lineOf(options: CrowdOptions, view: CrowdView): string {
  const parts = [
    `${options.room} ${clock(view.elapsedSeconds)}`,
    `come ${view.arrived}/${view.visitors}`,
    options.gateway ? `waiting ${view.waiting} called ${view.called}` : "NO GATE",
    `admitted ${view.admitted} (${view.admittedPerSecond.toFixed(1)}/s${view.line ? ` of ${(view.line.outflowPerMinute / 60).toFixed(1)}` : ""})`,
    `inside ${view.inside}`,
    `served ${view.served}`,
    `gave up ${view.gaveUp}`,
    `refused ${view.refused}`,
    `service ${view.health ? `${view.health.state} ${view.health.inside}/${view.health.capacity}` : "unknown"}`,
    `errors ${Object.values(view.errors).reduce((sum, count) => sum + count, 0)}`,
    ...(options.gateway ? [`overtaken ${view.inversions}`] : []),
  ];
  return parts.join("  ");
}

/** What is said when the crowd has gone home: the last picture, what became of everybody, the verdict. */
export function summaryOf(options: CrowdOptions, view: CrowdView): string {
  return [...screenOf(options, view), "", ...sentencesOf(options, view), "", verdictOf(options, view)].join(
    "\n",
  );
}

/** What became of everybody, a sentence each; nothing is said of what did not happen. */
function sentencesOf(options: CrowdOptions, view: CrowdView): string[] {
  const said = [howItEnded(options, view), gotIn(options, view)];
  const add = (count: number, sentence: string) => count > 0 && said.push(`${count} ${sentence}`);
  const notCome = view.visitors - view.arrived;
  const left = view.visitors - view.served - view.noShows - view.gaveUp - view.inside - notCome;
  if (options.gateway) add(view.straightIn, "went straight in, without waiting.");
  add(view.noShows, "were called and stayed away.");
  add(view.gaveUp, `gave up after ${patienceInRow} error pages in a row.`);
  add(left, "were still waiting for their turn.");
  add(view.inside, "were still at it.");
  add(notCome, "had not come yet.");
  add(view.rejoined, "times somebody lost their turn and took a new place.");
  add(view.toldClosed, "were told that the operator has closed the room.");
  said.push(`The service answered ${view.answered} requests and refused ${view.refused}${crashesOf(view)}.`);
  if (options.gateway)
    said.push(orderWasKept(view) ? "Nobody was overtaken." : `THE ORDER WAS BROKEN: ${orderOf(view)}.`);
  return said;
}

function howItEnded(options: CrowdOptions, view: CrowdView): string {
  const after = clock(view.elapsedSeconds);
  if (view.ended === "everybody") return `Everybody has gone home after ${after}.`;
  if (view.ended === "time") return `The time is over (--for-seconds ${options.forSeconds}).`;
  return `The crowd was stopped after ${after}.`;
}

function gotIn({ gateway }: CrowdOptions, { admitted, served, visitors }: CrowdView): string {
  const what = gateway ? "got in" : "got a page of the service";
  if (admitted === served) return `${served} of ${visitors} ${what} and were served.`;
  return `${admitted} of ${visitors} ${what}; ${served} were served to the end.`;
}

function verdictOf(options: CrowdOptions, view: CrowdView): string {
  const replay = `--seed ${options.seed} sends the same crowd again.`;
  const wrong = [
    ...(everybodyGotIn(view) ? [] : ["not everybody who came was served"]),
    ...(orderWasKept(view) ? [] : ["the order was broken"]),
  ];
  if (wrong.length === 0) return `Good: everybody who came was served. ${replay}`;
  const bad = `Not good: ${wrong.join(", and ")}. ${replay}`;
  if (options.gateway) return bad;
  return `${bad}\nThrough the gate it waits and is served: npm run crowd -- ${options.room} ${options.visitors} --seed ${options.seed}`;
}

function whereTo(options: CrowdOptions): string {
  return options.gateway ? `through ${options.gateway}` : `straight at ${options.service}, WITHOUT A GATE`;
}

function orderOf(view: CrowdView): string {
  const { inversions, duplicateNumbers, servingFell } = view;
  return `${inversions} overtaken, ${duplicateNumbers} numbers given twice, ${servingFell} times backwards`;
}

function requestsOf({ answered, refused }: CrowdView): string {
  const all = answered + refused;
  if (all === 0) return "none yet";
  return `${Math.floor((answered / all) * 100)} % answered; ${refused} of ${all} refused`;
}

function serviceOf(health: NonNullable<CrowdView["health"]>): string {
  const { state, inside, capacity, queued, p95Ms } = health;
  return `${state.toUpperCase()}  ${inside} inside, carries ${capacity}; ${queued} requests queued, 95 % answered in ${Math.round(p95Ms)} ms`;
}

function crashesOf({ crashes, lostVisits }: CrowdView): string {
  if (crashes === 0) return "";
  const lost = lostVisits > 0 ? `, ${lostVisits} visits lost in it` : "";
  return `; it crashed ${crashes === 1 ? "once" : `${crashes} times`}${lost}`;
}

function errorsOf(view: CrowdView): string {
  const errors = Object.entries(view.errors).sort((a, b) => b[1] - a[1]);
  const named = errors.slice(0, 4).map(([name, count]) => `${count} x ${name}`);
  const more = errors.length > 4 ? [`${errors.length - 4} kinds more`] : [];
  return [...named, ...more].join(", ") || "none";
}

/** `part` of `whole` as a bar; full only where nothing is missing. */
function bar(part: number, whole: number): string {
  const cells = whole === 0 ? 0 : Math.floor((part / whole) * BAR_CELLS);
  return `[${"#".repeat(cells)}${"-".repeat(BAR_CELLS - cells)}]`;
}

function clock(elapsedSeconds: number): string {
  const whole = Math.floor(elapsedSeconds);
  return `${String(Math.floor(whole / 60)).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
}

function seconds(value: number): string {
  return value < 10 ? `${value.toFixed(1)} s` : `${Math.round(value)} s`;
}
