import { afterEach, describe, expect, it } from "vitest";
import { FAULT_NAMES, runFault } from "./faults.ts";
import { type Lab, openLab } from "./lab.ts";

let lab: Lab | null = null;

afterEach(async () => {
  await lab?.close();
  lab = null;
});

/** The short form of `npm run faults`: fewer visitors, a shorter stop. */
// PROTOCOL: `npm run faults`
describe("faults", () => {
  for (const name of FAULT_NAMES) {
    it(`${name}: nobody loses anything`, { timeout: 120_000 }, async () => {
      lab = await openLab({ outflowPerMinute: 120, claimWindowSeconds: 600 });
      const report = await runFault(lab, name, { visitors: 60, stopMs: 8_000 });
      expect(report).toMatchObject({
        ticketsBefore: 60,
        placesLost: 0,
        numbersTwice: 0,
        servingWentBack: 0,
        turnsMissed: 0,
        serviceFailures: 0,
        pageFailures: 0,
        statusFailures: 0,
      });
      if (name === "store stopped") expect(report.joinsPutOff).toBeGreaterThan(0);
    });
  }
});
