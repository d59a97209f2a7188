import { describe, expect, it } from "vitest";
import { callAndGrant, type Line, newLine, settle } from "./line.ts";
import { creditCapUnits, UNITS_PER_ADMISSION } from "./pace.ts";
import { seededRandom } from "./random.ts";
import type { RoomSettings } from "./settings.ts";
import { claimBatch, joinBatch } from "./visitors.ts";

const T0 = 1_800_000_000_000;
const settings: RoomSettings = {
  mode: "queue",
  outflowPerMinute: 600,
  capacity: 0,
  sessionSeconds: 600,
  sessionGraceSeconds: 1800,
  claimWindowSeconds: 600,
  opensAtMs: 0,
  message: null,
  messageRevision: 0,
  passesNotBeforeMs: 0,
  version: 1,
};

const jtiOf = (n: number) => `j${n}`.padEnd(22, "_");

/** Everybody in line at once; those who show up do so 0.2 to 2.2 s after their call, then poll each second. */
function admissionsOverTime(outflowPerMinute: number, noShowPercent: number, seconds: number) {
  const random = seededRandom(outflowPerMinute * 100 + noShowPercent);
  const line: Line = newLine({ ...settings, outflowPerMinute }, T0, T0);
  const people = Math.ceil(((seconds / 60) * outflowPerMinute * 2) / (1 - noShowPercent / 100)) + 500;
  joinBatch(
    line,
    Array.from({ length: people }, (_, i) => ({ jti: jtiOf(i + 1), intent: "join" as const })),
  );
  const due: { atMs: number; number: number }[][] = [];
  const admittedAt: number[] = [];
  let seen = 0;
  for (let ms = 0; ms < seconds * 1000; ms += 100) {
    settle(line, T0 + ms);
    callAndGrant(line);
    while (seen < line.serving) {
      seen += 1;
      if (random() * 100 < noShowPercent) continue;
      const at = Math.floor((ms + 200 + random() * 2000) / 100);
      due[at] = [...(due[at] ?? []), { atMs: ms, number: seen }];
    }
    const tickets = (due[ms / 100] ?? []).map(({ number }) => ({
      jti: jtiOf(number),
      number,
      generation: line.generation,
    }));
    const outcomes = claimBatch(line, tickets);
    outcomes.forEach((outcome, i) => {
      const ticket = tickets[i];
      if (outcome.state === "admitted") admittedAt.push(ms);
      else if (ticket) {
        expect(outcome.state).toBe("called");
        const at = ms / 100 + 5;
        due[at] = [...(due[at] ?? []), { atMs: ms, number: ticket.number }];
      }
    });
  }
  return { line, admittedAt };
}

describe("pace: admissions follow the outflow whatever the no-shows do", () => {
  for (const outflow of [60, 600, 6000]) {
    for (const noShow of [0, 40, 60]) {
      it(`${outflow} a minute, ${noShow} % no-shows`, () => {
        const { line } = admissionsOverTime(outflow, noShow, 270);
        const before = admissionsOverTime(outflow, noShow, 90).line.admittedTotal;
        const measured = (line.admittedTotal - before) / 3;
        const tolerance = outflow >= 600 ? 0.02 : 0.1;
        expect(Math.abs(measured - outflow) / outflow).toBeLessThanOrEqual(tolerance);
        const most = outflow * 4.5 + creditCapUnits(outflow) / UNITS_PER_ADMISSION;
        expect(line.admittedTotal).toBeLessThanOrEqual(most);
      });
    }
  }
});
