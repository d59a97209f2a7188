import { setTimeout as pause } from "node:timers/promises";
import type { Answer, Holder, Lab } from "./lab.ts";

/** What was seen while something was broken, and after. Every count but the first two should be 0. */
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
  /** Replies of the service, the page and the status that were no success while the gateway was up. */
  readonly serviceFailures: number;
  readonly pageFailures: number;
  readonly statusFailures: number;
  /** Until a join was answered again, ms. */
  readonly recoveredMs: number;
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
} as const;

export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

const WATCH_EVERY_MS = 100;
const RECOVERY_MS = 30_000;

/** Lets a line build up, breaks something under it, mends it, and asks everybody for their place again. */
export async function runFault(lab: Lab, name: FaultName, options: FaultOptions): Promise<FaultReport> {
  const before = await joinMany(lab, options.visitors);
  const called = await firstCalled(lab, before);
  const watch = startWatch(lab, name === "gateway killed");
  const startedMs = performance.now();
  await FAULTS[name](lab, options);
  const recovered = await untilJoined(lab, startedMs);
  const seen = await watch.stop();
  const after = await joinMany(lab, options.visitors);
  const turnsMissed = await countMissed(lab, called);
  const again = await Promise.all(before.map(async (holder) => (await lab.join(holder)).holder?.number));
  const numbers = [...before, ...seen.joined, ...recovered.joined, ...after].map(({ number }) => number);
  return {
    fault: name,
    ticketsBefore: before.length,
    joinsPutOff: seen.joinsPutOff,
    placesLost: before.filter(({ number }, i) => again[i] !== number).length,
    numbersTwice: numbers.length - new Set(numbers).size,
    servingWentBack: seen.servingWentBack,
    turnsMissed,
    serviceFailures: seen.serviceFailures,
    pageFailures: seen.pageFailures,
    statusFailures: seen.statusFailures,
    recoveredMs: recovered.ms,
  };
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

/** Those of the front who have been called and have not come yet: their claim windows are running. */
async function firstCalled(lab: Lab, holders: readonly Holder[]): Promise<Holder[]> {
  const { body } = await lab.status();
  const serving = Number(body.serving ?? 0);
  return holders.filter(({ number }) => number <= serving);
}

async function countMissed(lab: Lab, called: readonly Holder[]): Promise<number> {
  const answers = await Promise.all(called.map((holder) => lab.claim(holder)));
  return answers.filter(({ status }) => status !== 200 && status !== 202).length;
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
