import { describe, expect, it } from "vitest";
import { UNITS_PER_ADMISSION } from "./constants.ts";
import { callAndGrant, type Line, newLine, settle } from "./line.ts";
import { creditCapUnits } from "./pace.ts";
import { seededRandom } from "./random.ts";
import { TEST_SETTINGS } from "./test-settings.ts";
import { claimBatch, type TicketRef } from "./visitors.ts";

const T0 = 1_800_000_000_000;
/** Gateways ask four times a second. */
const TICK_MS = 250;
const OUTFLOW = 300;
const WINDOW_SECONDS = 300;

interface Day {
  /** Room time of each admission, ms. */
  readonly admittedMs: readonly number[];
  /** The numbers of those who came in, in their order. */
  readonly order: readonly number[];
  readonly line: Line;
}

const ticketOf = (line: Line, number: number): TicketRef => ({
  jti: `j${number}`.padEnd(22, "_"),
  number,
  generation: line.generation,
});

/**
 * So many abandoned places in front, then people whose pages hear within a second that they are called, ask, and ask
 * again each two seconds until they are in; those with a number that `isAway` says do not come.
 */
function opened(ghosts: number, people: number, seconds: number, isAway = (_: number) => false): Day {
  const random = seededRandom(ghosts);
  const settings = { ...TEST_SETTINGS, outflowPerMinute: OUTFLOW, claimWindowSeconds: WINDOW_SECONDS };
  const line = newLine({ ...settings, sessionSeconds: 3_600 }, T0, T0);
  line.issued = ghosts + people;
  const ticks = (seconds * 1000) / TICK_MS;
  const due: TicketRef[][] = Array.from({ length: ticks + 16 }, () => []);
  const admittedMs: number[] = [];
  const order: number[] = [];
  let heard = ghosts;
  for (let tick = 0; tick < ticks; tick += 1) {
    settle(line, T0 + tick * TICK_MS);
    callAndGrant(line);
    while (heard < line.serving) {
      heard += 1;
      if (!isAway(heard)) due[tick + Math.ceil(random() * 4)]?.push(ticketOf(line, heard));
    }
    const tickets = due[tick] ?? [];
    claimBatch(line, tickets).forEach(({ state }, i) => {
      const ticket = tickets[i];
      if (!ticket) return;
      if (state === "admitted") order.push(ticket.number);
      else if (state === "called") due[tick + 8]?.push(ticket);
      else throw new Error(`${ticket.number} was told ${state}`);
    });
    while (admittedMs.length < line.admittedTotal) admittedMs.push(line.roomTimeMs);
  }
  return { admittedMs, order, line };
}

describe.each([
  { ghosts: 12_000, mostSeconds: 12 },
  { ghosts: 1_000_000, mostSeconds: 20 },
])("behind $ghosts abandoned places at 300 a minute", ({ ghosts, mostSeconds }) => {
  it(`the service stands idle for ${mostSeconds} s at most, even before one single visitor`, () => {
    const idle = [1, 5_000].map((people) => (opened(ghosts, people, 60).admittedMs[0] ?? Number.NaN) / 1000);
    console.info(`${ghosts} ghosts: idle for ${idle.join(" and ")} s, before 1 and 5,000 people`);
    for (const seconds of idle) expect(seconds).toBeLessThanOrEqual(mostSeconds);
  });

  it("admissions keep to the outflow, without a gap, in the order of the numbers", () => {
    const { admittedMs, order } = opened(ghosts, 5_000, 600);
    const [firstMs = Number.NaN] = admittedMs;
    const cap = creditCapUnits(OUTFLOW) / UNITS_PER_ADMISSION;
    for (const [i, ms] of admittedMs.entries()) {
      const earned = ((ms - firstMs) * OUTFLOW) / 60_000;
      expect(i + 1).toBeLessThanOrEqual(earned + cap + 1);
      expect(i + 1).toBeGreaterThanOrEqual(earned - cap);
    }
    // The first come in while others are still on their way to the gate, who then go first.
    const settled = order.slice(cap + 10);
    const inversions = settled.filter(
      (number, i) => i >= 20 && number < Math.max(...settled.slice(i - 20, i)) - 20,
    );
    expect(settled.length).toBeGreaterThan(2_000);
    expect(inversions).toEqual([]);
  });

  it("the windows of those called early wait for the gate, and then run their whole length", () => {
    // Every tenth is away, with the page in a hidden tab.
    const isAway = (number: number) => number % 10 === 0;
    const seconds = WINDOW_SECONDS + 100;
    const { line, order } = opened(ghosts, 6_000, seconds, isAway);
    const head = Math.max(...order);
    expect(line.serving).toBeGreaterThan(head + 500);
    const stateOf = (number: number) => claimBatch(structuredClone(line), [ticketOf(line, number)])[0]?.state;
    const tens = (from: number, to: number) =>
      Array.from({ length: (to - from) / 10 }, (_, i) => from + 10 * i);
    const tenBelow = Math.floor(head / 10) * 10;
    const calledEarly = Math.min(line.serving, ghosts + 6_000);
    // Whom the gate passed within a window's length, and all whom it has not reached.
    for (const number of tens(tenBelow - 1_400, calledEarly - 10)) expect(stateOf(number)).not.toBe("missed");
    expect(stateOf(ghosts + 100)).toBe("missed");
  });
});
