import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UNITS_PER_ADMISSION } from "./constants.ts";
import { callAndGrant, newLine, settle } from "./line.ts";
import { type CallFacts, callBudget, creditCapUnits, probeSize } from "./pace.ts";
import { seededRandom } from "./random.ts";
import type { RoomSettings } from "./settings.ts";
import { TEST_SETTINGS } from "./test-settings.ts";
import { claimBatch, joinBatch, type TicketRef } from "./visitors.ts";

const T0 = 1_800_000_000_000;
const TICK_MS = 100;
const settings: RoomSettings = {
  ...TEST_SETTINGS,
  outflowPerMinute: 600,
  sessionSeconds: 60,
  claimWindowSeconds: 600,
};

const jtiOf = (n: number) => `j${n}`.padEnd(22, "_");

/**
 * Everybody in line at once; those who show up do so 0.2 to 2.2 s after their call, then ask each half second.
 * Returns the admissions so far at the end of each tick.
 */
function admissionsByTick(outflowPerMinute: number, noShowPercent: number, seconds: number): number[] {
  const random = seededRandom(outflowPerMinute * 100 + noShowPercent);
  const line = newLine({ ...settings, outflowPerMinute }, T0, T0);
  const people = Math.ceil(((seconds / 60) * outflowPerMinute * 2) / (1 - noShowPercent / 100)) + 500;
  const entries = Array.from({ length: people }, (_, i) => ({ jti: jtiOf(i + 1), intent: "join" as const }));
  joinBatch(line, entries);
  const ticks = (seconds * 1000) / TICK_MS;
  const due: TicketRef[][] = Array.from({ length: ticks + 50 }, () => []);
  const admitted: number[] = [];
  let seen = 0;
  for (let tick = 0; tick < ticks; tick += 1) {
    settle(line, T0 + tick * TICK_MS);
    callAndGrant(line);
    while (seen < line.serving) {
      seen += 1;
      if (random() * 100 < noShowPercent) continue;
      const at = tick + 2 + Math.floor(random() * 20);
      due[at]?.push({ jti: jtiOf(seen), number: seen, generation: line.generation });
    }
    const tickets = due[tick] ?? [];
    claimBatch(line, tickets).forEach(({ state }, i) => {
      const ticket = tickets[i];
      if (state !== "admitted" && state !== "called") throw new Error(`a called visitor was told ${state}`);
      if (state === "called" && ticket) due[tick + 5]?.push(ticket);
    });
    admitted.push(line.admittedTotal);
  }
  return admitted;
}

describe("pace: admissions follow the outflow whatever the no-shows do", () => {
  for (const outflow of [60, 600, 6000]) {
    for (const noShow of [0, 40, 60]) {
      it(`${outflow} a minute, ${noShow} % no-shows`, () => {
        const admitted = admissionsByTick(outflow, noShow, 270);
        const total = admitted.at(-1) ?? 0;
        const measured = (total - (admitted[(90 * 1000) / TICK_MS - 1] ?? 0)) / 3;
        const tolerance = outflow >= 600 ? 0.02 : 0.1;
        expect(Math.abs(measured - outflow) / outflow).toBeLessThanOrEqual(tolerance);
        expect(total).toBeLessThanOrEqual(outflow * 4.5 + creditCapUnits(outflow) / UNITS_PER_ADMISSION);
      });
    }
  }
});

const anyFacts: fc.Arbitrary<CallFacts> = fc
  .record({
    outflowPerMinute: fc.integer({ min: 1, max: 1_000_000 }),
    creditShare: fc.double({ min: 0, max: 1, noNaN: true }),
    freeCapacity: fc.integer({ min: 0, max: 1_000_000_000 }),
    endingSoon: fc.integer({ min: 0, max: 100_000 }),
    registered: fc.integer({ min: 0, max: 100_000 }),
    recentCalled: fc.nat(100_000),
    recentShows: fc.nat(100_000),
    ratedCalled: fc.nat(100_000),
    ratedShows: fc.nat(100_000),
  })
  .map(({ creditShare, ...facts }) => ({
    ...facts,
    creditUnits: Math.floor(creditShare * creditCapUnits(facts.outflowPerMinute)),
  }));

describe("pace: how many to call", () => {
  it("is a whole number and never negative", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const budget = callBudget(facts);
        return Number.isSafeInteger(budget) && budget >= 0;
      }),
    );
  });

  it("grows with credit and room, and shrinks with those at the gate", () => {
    fc.assert(
      fc.property(anyFacts, fc.nat(1_000_000), (facts, more) => {
        const budget = callBudget(facts);
        return (
          callBudget({ ...facts, creditUnits: facts.creditUnits + more }) >= budget &&
          callBudget({ ...facts, freeCapacity: facts.freeCapacity + more }) >= budget &&
          callBudget({ ...facts, endingSoon: facts.endingSoon + more }) >= budget &&
          callBudget({ ...facts, registered: facts.registered + more }) <= budget
        );
      }),
    );
  });

  it("is nothing where nothing is free and nothing ends soon", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => callBudget({ ...facts, freeCapacity: 0, endingSoon: 0 }) === 0),
    );
  });

  it("asks for no more shows than fit, even of those who seldom show", () => {
    fc.assert(
      fc.property(anyFacts, fc.integer({ min: 0, max: 1_000 }), (facts, freeCapacity) => {
        // A show rate under one in twenty is not believed.
        return callBudget({ ...facts, freeCapacity, endingSoon: 0 }) <= freeCapacity * 20;
      }),
    );
  });
});

describe("pace: calling into a hole", () => {
  it("doubles, whatever the outflow, from twice the look-ahead or what fits", () => {
    const [outflows, places] = [
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.integer({ min: 1, max: 1_000_000_000 }),
    ];
    fc.assert(
      fc.property(outflows, places, (outflow, free) => {
        const sizes = [probeSize(0, outflow, free)];
        for (let i = 0; i < 30; i += 1) sizes.push(probeSize(sizes[i] ?? 0, outflow, free));
        const first = 2 * Math.min(free, Math.max(10, Math.floor(outflow / 20)));
        return sizes.every((size, i) => size === first * 2 ** i);
      }),
    );
  });
});
