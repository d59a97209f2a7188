import { parseArgs } from "node:util";
import { SCENARIOS, type Scenario } from "./scenarios.ts";

export const USAGE = `Usage: npm run load -- SCENARIO [--seed N] [--part P]
${SCENARIOS.map(({ id, published, scaled }) => `  ${id.padEnd(17)} ${published}\n${" ".repeat(20)}here: ${scaled}`).join("\n")}
  all               one after the other
  --seed N          send the same visitors again
  --part P          0.05 to 1: so much of its visitors and of its time; 1
A gateway, a Redis, a service and the visitors run on this machine, and end by themselves within 3 minutes a scenario.
The result goes to loadtests/results/local/; npm run load:report shows all. Exit code 0: all held; 1: not; 2: wrong arguments.`;

/** What a command line asks for. */
export interface Asked {
  readonly scenarios: readonly Scenario[];
  readonly seed: number;
  readonly part: number;
}

/** What is asked for; a line that says what is wrong with it; null where help is wanted. `anySeed` where none is given. */
export function readArguments(words: string[], anySeed: number): Asked | string | null {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(words);
  } catch (error) {
    return (error as Error).message;
  }
  const { values, positionals } = parsed;
  if (values.help) return null;
  const [id = "nothing", ...more] = positionals;
  const scenarios = id === "all" ? SCENARIOS : SCENARIOS.filter((scenario) => scenario.id === id);
  const known = [...SCENARIOS.map((scenario) => scenario.id), "all"].join(", ");
  if (scenarios.length === 0 || more.length > 0)
    return `SCENARIO: ${[id, ...more].join(" ")} was given; allowed is one of ${known}`;
  const seed = Number(values.seed ?? anySeed);
  if (!/^\d+$/.test(values.seed ?? "0") || seed >= 2 ** 32)
    return `--seed: ${values.seed} was given; allowed is a whole number from 0 to 4294967295`;
  const part = Number(values.part ?? 1);
  if (!(part >= 0.05 && part <= 1)) return `--part: ${values.part} was given; allowed is 0.05 to 1`;
  return { scenarios, seed, part };
}

function parse(args: string[]) {
  const options = {
    seed: { type: "string" },
    part: { type: "string" },
    help: { type: "boolean", short: "h" },
  } as const;
  return parseArgs({ args, allowPositionals: true, options });
}
