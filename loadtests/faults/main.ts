/** `npm run faults`: breaks gateway and store under a line, says what visitors lost, and judges it. */
import { brokenPromises, FAULT_NAMES, type FaultReport, runFault } from "./faults.ts";
import { openLab } from "./lab.ts";

const VISITORS = 500;
const STOP_MS = 20_000;
/** The service is bounded: after a wipe nobody is let in for half a session. */
const ROOM = { outflowPerMinute: 120, claimWindowSeconds: 600, capacity: 1_000, sessionSeconds: 180 };

refuseArguments();
const broken: string[] = [];
for (const name of FAULT_NAMES) {
  const lab = await openLab(ROOM);
  try {
    const report = await runFault(lab, name, { visitors: VISITORS, stopMs: STOP_MS });
    process.stdout.write(`\n${describe(report)}\n`);
    broken.push(...brokenPromises(report).map((what) => `${name}: ${what}`));
  } finally {
    await lab.close();
  }
}
process.stdout.write(`\n${verdict()}\n`);
process.exitCode = broken.length > 0 ? 1 : 0;

/** Whoever asks for help must not start minutes of faults. */
function refuseArguments(): void {
  const asked = process.argv.slice(2);
  if (asked.length === 0) return;
  const usage =
    "usage: npm run faults (no options; some ten minutes, ends with a verdict and the exit code 0 or 1)";
  process.stdout.write(`${usage}\n`);
  process.exit(asked.includes("--help") ? 0 : 2);
}

function describe({ fault, ...counts }: FaultReport): string {
  const lines = Object.entries(counts).map(([name, value]) => `  ${name.padEnd(16)} ${value}`);
  return [fault, ...lines].join("\n");
}

function verdict(): string {
  if (broken.length > 0) return ["Promises were broken.", ...broken.map((line) => `  ${line}`)].join("\n");
  return [
    `Every promise held, with ${FAULT_NAMES.join(", ")}: no place was lost, no number given twice, the line`,
    "never went back, nobody at the gate was overtaken or missed a turn, whoever was inside stayed inside, and",
    "the gate admitted again in time.",
  ].join("\n");
}
