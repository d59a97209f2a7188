import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_OPEN_STEP_MS } from "./constants.ts";
import { type Line, newLine, settle } from "./line.ts";
import { creditCapUnits } from "./pace.ts";
import type { RoomSettings } from "./settings.ts";
import { snapshotOf } from "./snapshot.ts";
import { TEST_SETTINGS } from "./test-settings.ts";
import { claimBatch, joinBatch } from "./visitors.ts";

const T0 = 1_800_000_000_000;
const settings: RoomSettings = { ...TEST_SETTINGS, outflowPerMinute: 600, claimWindowSeconds: 600 };

const DAY_MS = 86_400_000;
const anyOutflow = fc.integer({ min: 1, max: 1_000_000 });

/** A line with people inside, at the gate, called and waiting. */
function busyLine(outflowPerMinute: number): Line {
  const line = newLine({ ...settings, outflowPerMinute, sessionSeconds: 3 }, T0, T0);
  const entries = Array.from({ length: 60 }, (_, i) => ({
    jti: `${i}`.padEnd(22, "_"),
    intent: "join" as const,
  }));
  const outcomes = joinBatch(line, entries);
  const tickets = outcomes.flatMap((one) =>
    one.state === "placed" ? [{ jti: one.jti, number: one.number, generation: T0 }] : [],
  );
  settle(line, T0 + 1_000);
  claimBatch(line, tickets);
  return line;
}

describe("settling a line", () => {
  it("twice at one time changes nothing", () => {
    fc.assert(
      fc.property(anyOutflow, fc.integer({ min: -DAY_MS, max: DAY_MS }), (outflow, ms) => {
        const line = busyLine(outflow);
        settle(line, T0 + ms);
        const once = structuredClone(line);
        settle(line, T0 + ms);
        expect(line).toEqual(once);
      }),
      { numRuns: 50 },
    );
  });

  it("earns in many small steps what it earns in one of up to five seconds", () => {
    const steps = fc.array(fc.integer({ min: 1, max: 250 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(anyOutflow, steps, (outflow, stepsMs) => {
        const many = busyLine(outflow);
        const one = busyLine(outflow);
        let nowMs = T0 + 1_000;
        for (const ms of stepsMs) {
          nowMs += ms;
          settle(many, nowMs);
        }
        settle(one, nowMs);
        // Only open time differs: a long step is an outage, which costs no claim window more than its allowance.
        const openTimeMs = one.openTimeMs + Math.max(0, nowMs - T0 - 1_000 - MAX_OPEN_STEP_MS);
        expect(snapshotOf(many)).toEqual({ ...snapshotOf(one), openTimeMs });
        expect(many.seconds).toEqual(one.seconds);
      }),
    );
  });

  it("earns exactly the outflow below the cap, and never more than the cap", () => {
    fc.assert(
      fc.property(anyOutflow, fc.nat(5_000), (outflow, ms) => {
        const line = newLine({ ...settings, outflowPerMinute: outflow }, T0, T0);
        line.creditUnits = 0;
        settle(line, T0 + ms);
        expect(line.creditUnits).toBe(Math.min(creditCapUnits(outflow), outflow * ms));
      }),
    );
  });

  it("never moves by more than five seconds, nor back", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -DAY_MS, max: DAY_MS }), { maxLength: 20 }), (jumpsMs) => {
        const line = newLine(settings, T0, T0);
        let nowMs = T0;
        for (const jumpMs of jumpsMs) {
          const before = line.roomTimeMs;
          nowMs += jumpMs;
          settle(line, nowMs);
          expect(line.roomTimeMs - before).toBe(Math.min(5_000, Math.max(0, jumpMs)));
        }
      }),
    );
  });
});
