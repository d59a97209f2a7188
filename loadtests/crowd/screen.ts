import type { CrowdOptions } from "./arguments.ts";
import { type CrowdView, everybodyGotIn } from "./crowd.ts";

/** The crowd as a block of lines, for a terminal that is drawn anew. */
export function screenOf(options: CrowdOptions, view: CrowdView): string[] {
  const { line, health, gate } = view;
  const rows: [string, string][] = [
    [options.room, `${clock(view.elapsedSeconds)}  seed ${options.seed}  ${whereTo(options)}`],
    [
      "visitors",
      `${view.arrived} of ${view.visitors} have come, ${view.joined} joined, ${view.called} called`,
    ],
  ];
  if (options.gateway) {
    const outflow = line ? `${(line.outflowPerMinute / 60).toFixed(1)}/s outflow` : "outflow unknown";
    const length = line ? `${line.waiting} in all, ${line.mode}` : "no answer";
    rows.push(["line", `${view.waiting} of them waiting (${length})`]);
    rows.push(["admitted", `${view.admitted}, ${view.admittedPerSecond.toFixed(1)}/s against ${outflow}`]);
    rows.push(["order", orderOf(view)]);
  } else rows.push(["got a page", `${view.admitted}, ${view.admittedPerSecond.toFixed(1)}/s`]);
  rows.push([
    "inside",
    `${view.inside}${options.gateway ? "" : " trying"}; ${view.served} served, ${view.noShows} stayed away, ${view.gaveUp} gave up`,
  ]);
  rows.push(["service", health ? serviceOf(health) : "no answer"]);
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
    options.gateway ? `waiting ${view.waiting} called ${view.called}` : "no gate",
    `admitted ${view.admitted} (${view.admittedPerSecond.toFixed(1)}/s${view.line ? ` of ${(view.line.outflowPerMinute / 60).toFixed(1)}` : ""})`,
    `inside ${view.inside}`,
    `served ${view.served}`,
    `gave up ${view.gaveUp}`,
    `service ${view.health ? `${view.health.state} ${view.health.inside}/${view.health.capacity}` : "unknown"}`,
    `errors ${Object.values(view.errors).reduce((sum, count) => sum + count, 0)}`,
    `inversions ${view.inversions}`,
  ];
  return parts.join("  ");
}

/** What is said when the crowd has gone home. */
export function summaryOf(options: CrowdOptions, view: CrowdView): string {
  const why = { everybody: "Everybody is through", time: "The time is over", stopped: "Stopped" };
  const all = everybodyGotIn(view);
  const verdict = all
    ? `everybody ${view.noShows > 0 ? "who came when called " : ""}got in and was served`
    : `${view.visitors - view.served - view.noShows} of ${view.visitors} were not served`;
  const replay = `Replay who comes and stays away with --seed ${options.seed}.`;
  return [...screenOf(options, view), "", `${why[view.ended ?? "stopped"]}: ${verdict}. ${replay}`].join(
    "\n",
  );
}

function whereTo(options: CrowdOptions): string {
  return options.gateway ? `through ${options.gateway}` : `straight to ${options.service}, without a gate`;
}

function orderOf(view: CrowdView): string {
  const { inversions, duplicateNumbers, servingFell, rejoined } = view;
  return `${inversions} overtaken, ${duplicateNumbers} numbers given twice, ${servingFell} times backwards, ${rejoined} joined again`;
}

function serviceOf(health: NonNullable<CrowdView["health"]>): string {
  const { state, inside, capacity, queued, p95Ms } = health;
  return `${state.toUpperCase()}  ${inside} inside of ${capacity}, ${queued} requests queued, 95 % answered in ${Math.round(p95Ms)} ms`;
}

function errorsOf(view: CrowdView): string {
  const errors = Object.entries(view.errors).sort((a, b) => b[1] - a[1]);
  const lost = view.lostVisits > 0 ? [`${view.lostVisits} visits lost by the service`] : [];
  const named = errors.slice(0, 4).map(([name, count]) => `${count} x ${name}`);
  const more = errors.length > 4 ? [`${errors.length - 4} kinds more`] : [];
  return [...named, ...more, ...lost].join(", ") || "none";
}

function clock(elapsedSeconds: number): string {
  const whole = Math.floor(elapsedSeconds);
  return `${String(Math.floor(whole / 60)).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
}

function seconds(value: number): string {
  return value < 10 ? `${value.toFixed(1)} s` : `${Math.round(value)} s`;
}
