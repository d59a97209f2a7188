/** `npm run faults`: breaks gateway and store under a line, and says what visitors lost. */
import { FAULT_NAMES, type FaultReport, runFault } from "./faults.ts";
import { openLab } from "./lab.ts";

const VISITORS = 500;
const STOP_MS = 20_000;

let lost = false;
for (const name of FAULT_NAMES) {
  const lab = await openLab({ outflowPerMinute: 120, claimWindowSeconds: 600 });
  try {
    const report = await runFault(lab, name, { visitors: VISITORS, stopMs: STOP_MS });
    process.stdout.write(`\n${describe(report)}\n`);
    lost ||= losses(report) > 0;
  } finally {
    await lab.close();
  }
}
process.exitCode = lost ? 1 : 0;

function describe({ fault, ...counts }: FaultReport): string {
  const lines = Object.entries(counts).map(([name, value]) => `  ${name.padEnd(16)} ${value}`);
  return [fault, ...lines].join("\n");
}

/** Everything that must not happen, added up. */
function losses(report: FaultReport): number {
  const { placesLost, numbersTwice, servingWentBack, turnsMissed } = report;
  return (
    placesLost +
    numbersTwice +
    servingWentBack +
    turnsMissed +
    report.serviceFailures +
    report.pageFailures +
    report.statusFailures
  );
}
