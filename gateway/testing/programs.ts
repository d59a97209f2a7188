import { join } from "node:path";
import { fileURLToPath } from "node:url";

const TOP = fileURLToPath(new URL("../..", import.meta.url));

/** Node's arguments that run a program, such as `gateway/main.ts`: as the test run compiled it, else by tsx. */
export function argumentsFor(program: string): string[] {
  const compiled = process.env.PROGRAMS_FOR_TESTS;
  return compiled ? [join(compiled, program.replace(/\.ts$/, ".mjs"))] : argumentsBySource(program);
}

/** The same by tsx, as the npm scripts run it: for a program that starts sources in its turn. */
export function argumentsBySource(program: string): string[] {
  return ["--import", "tsx", join(TOP, program)];
}
