import { readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Answer, Holder, Lab } from "./lab.ts";

/** What was seen while something was broken, and after; `brokenPromises` judges it. */
export interface FaultReport {
  readonly fault: string;
  readonly ticketsBefore: number;
  /** Joins that were answered `store-down`, or not at all, while it was broken: their pages try again. */
  readonly joinsPutOff: number;
  readonly placesLost: number;
  readonly numbersTwice: number;
  readonly servingWentBack: number;
  /** Called visitors whose claim was refused after the fault. */
  readonly turnsMissed: number;
  /** Stood at the gate before the fault and after it, and saw somebody with a higher number let in. */
  readonly overtaken: number;
  /** Replies of the service, the page and the status that were no success while the gateway was up. */
  readonly serviceFailures: number;
  readonly pageFailures: number;
  readonly statusFailures: number;
  /** Until a join was answered again, ms. */
  readonly recoveredMs: number;
  /** Until somebody who stood at the gate was let in, ms, and what is promised; null: nobody was. */
  readonly admittedAgainMs: number | null;
  readonly promisedMs: number;
}

export interface FaultOptions {
  /** Who stand in line before it happens. */
  readonly visitors: number;
  /** How long the store is stopped, ms. */
  readonly stopMs: number;
}

const FAULTS = {
  "gateway killed": killGateway,
  "store killed": killStore,
  "store stopped": stopStore,
  "store wiped": wipeStore,
} as const;

export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

const WATCH_EVERY_MS = 100;
const RECOVERY_MS = 30_000;
/** Those at the gate ask again within so long, in an order of their own. */
const COMING_BACK_MS = 1_000;
/** The gate admits so soon after joins are answered again. */
const ADMITTED_SOON_MS = 5_000;
/** A rebuilt line lets its gate gather for so long. */
const GATHERING_MS = 12_000;

/** Lets a line build up, breaks something under it, mends it, and asks everybody for their place again. */
export async function runFault(lab: Lab, name: FaultName, options: FaultOptions): Promise<FaultReport> {
  const before = await joinMany(lab, options.visitors);
  const atGate = await registerCalled(lab, before);
  const watch = startWatch(lab, name === "gateway killed");
  const startedMs = performance.now();
  await FAULTS[name](lab, options);
  const recovered = await untilJoined(lab, startedMs);
  const promisedMs = recovered.ms + ADMITTED_SOON_MS + (name === "store wiped" ? pauseMs(lab) : 0);
  const gate = await untilLetIn(lab, atGate, startedMs, promisedMs);
  const seen = await watch.stop();
  const after = await joinMany(lab, options.visitors);
  const again = await Promise.all(before.map(async (holder) => (await lab.join(holder)).holder?.number));
  const numbers = [...before, ...seen.joined, ...recovered.joined, ...after].map(({ number }) => number);
  return {
    fault: name,
    ticketsBefore: before.length,
    joinsPutOff: seen.joinsPutOff,
    placesLost: before.filter(({ number }, i) => again[i] !== number).length,
    numbersTwice: numbers.length - new Set(numbers).size,
    servingWentBack: seen.servingWentBack,
    turnsMissed: gate.turnsMissed,
    overtaken: gate.overtaken,
    serviceFailures: seen.serviceFailures,
    pageFailures: seen.pageFailures,
    statusFailures: seen.statusFailures,
    recoveredMs: recovered.ms,
    admittedAgainMs: gate.admittedAgainMs,
    promisedMs,
  };
}

/** What was promised and did not hold, in plain words; empty: all of it did. */
export function brokenPromises(report: FaultReport): string[] {
  const counts: readonly [count: number, what: string][] = [
    [report.placesLost, "places were lost"],
    [report.numbersTwice, "numbers were given twice"],
    [report.servingWentBack, "times the line went back"],
    [report.turnsMissed, "called visitors missed their turn"],
    [report.overtaken, "visitors at the gate were overtaken"],
    [report.serviceFailures, "requests with a good pass failed"],
    [report.pageFailures, "times the waiting page failed"],
    [report.statusFailures, "times the status failed"],
  ];
  const { admittedAgainMs, promisedMs } = report;
  const isLate = admittedAgainMs === null || admittedAgainMs > promisedMs;
  const late = isLate ? [`nobody was let in within the ${Math.round(promisedMs / 1000)} s promised`] : [];
  return [...counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`), ...late];
}

/** How long a wiped line admits nobody: its gate gathers, and by capacity it waits for half a session. */
function pauseMs({ capacity, sessionSeconds }: Lab): number {
  return Math.max(GATHERING_MS, capacity === 0 ? 0 : sessionSeconds * 500);
}

async function killGateway({ gateway }: Lab): Promise<void> {
  await gateway.kill();
  await gateway.restart();
}

async function killStore({ gateway }: Lab): Promise<void> {
  process.kill(storePid(gateway.log), "SIGKILL");
}

async function stopStore({ gateway }: Lab, { stopMs }: FaultOptions): Promise<void> {
  const pid = storePid(gateway.log);
  process.kill(pid, "SIGSTOP");
  await pause(stopMs);
  process.kill(pid, "SIGCONT");
}

/** Deletes what the store has on disk, then kills it: the next one starts with nothing. */
async function wipeStore({ gateway }: Lab): Promise<void> {
  const pid = storePid(gateway.log);
  rmSync(join(readlinkSync(`/proc/${pid}/cwd`), "appendonlydir"), { recursive: true });
  process.kill(pid, "SIGKILL");
}

/** The private Redis that the gateway last told of. */
function storePid(log: Lab["gateway"]["log"]): number {
  const pid = log.findLast((line) => typeof line.pid === "number")?.pid;
  if (typeof pid !== "number") throw new Error("the gateway told of no private Redis");
  return pid;
}

async function joinMany(lab: Lab, count: number): Promise<Holder[]> {
  const answers = await Promise.all(Array.from({ length: count }, () => lab.join()));
  return answers.flatMap(({ holder }) => (holder === null ? [] : [holder]));
}

/** All who are called claim; those who must wait for their credit stand at the gate from then on. */
async function registerCalled(lab: Lab, holders: readonly Holder[]): Promise<Holder[]> {
  const { body } = await lab.status();
  const called = holders.filter(({ number }) => number <= Number(body.serving ?? 0));
  const answers = await Promise.all(called.map((holder) => lab.claim(holder)));
  return called.filter((_, i) => answers[i]?.status === 202);
}

/**
 * Those at the gate come back, the last first, and ask round by round until all are let in or the time is over.
 * Whoever must wait in a round though somebody behind them was let in in an earlier one was overtaken.
 */
async function untilLetIn(lab: Lab, atGate: readonly Holder[], startedMs: number, promisedMs: number) {
  const overtaken = new Set<Holder>();
  let outside = [...atGate].sort((a, b) => b.number - a.number);
  const backAtMs = new Map(
    outside.map((holder, i) => [holder, performance.now() + (COMING_BACK_MS * i) / outside.length]),
  );
  let highestIn = 0;
  let turnsMissed = 0;
  let admittedAgainMs: number | null = null;
  const patienceMs = promisedMs + (atGate.length * 60_000) / lab.outflowPerMinute;
  while (outside.length > 0 && performance.now() - startedMs < patienceMs) {
    const asking = outside.filter((holder) => (backAtMs.get(holder) ?? 0) <= performance.now());
    const answers = await Promise.all(asking.map((holder) => lab.claim(holder)));
    const statusOf = new Map(asking.map((holder, i) => [holder, answers[i]?.status]));
    for (const holder of asking) {
      if (statusOf.get(holder) === 202 && holder.number < highestIn) overtaken.add(holder);
    }
    const letIn = asking.filter((holder) => statusOf.get(holder) === 200);
    highestIn = Math.max(highestIn, ...letIn.map(({ number }) => number));
    if (letIn.length > 0) admittedAgainMs ??= Math.round(performance.now() - startedMs);
    // 503 is a store that does not answer, 0 a gateway that is away: their pages ask again.
    const gone = asking.filter((holder) => ![0, 200, 202, 503].includes(statusOf.get(holder) ?? 0));
    turnsMissed += gone.length;
    outside = outside.filter((holder) => !letIn.includes(holder) && !gone.includes(holder));
    await pause(WATCH_EVERY_MS);
  }
  return { overtaken: overtaken.size, turnsMissed: turnsMissed + outside.length, admittedAgainMs };
}

async function untilJoined(lab: Lab, startedMs: number): Promise<{ ms: number; joined: Holder[] }> {
  for (;;) {
    const { holder } = await lab.join();
    const ms = Math.round(performance.now() - startedMs);
    if (holder !== null) return { ms, joined: [holder] };
    if (ms > RECOVERY_MS) throw new Error(`no join was answered within ${RECOVERY_MS} ms`);
    await pause(WATCH_EVERY_MS);
  }
}

/** Asks for everything ten times a second until stopped. `mayBeAway`: the gateway itself is what is broken. */
function startWatch(lab: Lab, mayBeAway: boolean) {
  const seen = { joinsPutOff: 0, servingWentBack: 0, serviceFailures: 0, pageFailures: 0, statusFailures: 0 };
  const joined: Holder[] = [];
  let serving = 0;
  let running = true;
  const failed = ({ status }: Answer) => (status === 0 ? !mayBeAway : status >= 500);
  /** Each kind in a loop of its own: a join that hangs must not keep the others from being asked. */
  async function every(look: () => Promise<void>): Promise<void> {
    while (running) {
      await look();
      await pause(WATCH_EVERY_MS);
    }
  }
  const looking = Promise.all([
    every(async () => {
      const { holder } = await lab.join();
      if (holder !== null) joined.push(holder);
      else seen.joinsPutOff += 1;
    }),
    every(async () => {
      const status = await lab.status();
      if (failed(status)) seen.statusFailures += 1;
      const now = Number(status.body.serving ?? serving);
      if (now < serving) seen.servingWentBack += 1;
      serving = Math.max(serving, now);
    }),
    every(async () => {
      if (failed(await lab.page())) seen.pageFailures += 1;
    }),
    every(async () => {
      if (failed(await lab.service())) seen.serviceFailures += 1;
    }),
  ]);
  return {
    async stop() {
      running = false;
      await looking;
      return { ...seen, joined };
    },
  };
}
