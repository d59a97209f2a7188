/** `npm run load -- SCENARIO`: a published peak, scaled to this machine, against a deployment on loopback. */
import { randomInt } from "node:crypto";
import { type Asked, readArguments, USAGE } from "./arguments.ts";
import { sum } from "./checks.ts";
import { keepResult, resultOf } from "./results.ts";
import { runScenario } from "./run.ts";
import type { Scenario } from "./scenarios.ts";

async function run(scenario: Scenario, { seed, part }: Asked): Promise<boolean> {
  console.log(`${scenario.id}: ${scenario.published}\n  scaled: ${scenario.scaled}; seed ${seed}`);
  let lines = 0;
  const done = await runScenario(scenario, {
    seed,
    part,
    onSample: ({ atSeconds, admitted, waiting, inside }, waves) => {
      lines += 1;
      if (lines % 4 !== 0) return;
      console.log(
        `  ${Math.round(atSeconds)} s  come ${sum(waves, "arrived")}  waiting ${waiting}  let in ${admitted}  inside ${inside}  served ${sum(waves, "served")}  refused ${sum(waves, "refused")}  overtaken ${sum(waves, "inversions")}`,
      );
    },
  });
  for (const { what, held, seen } of done.verdicts)
    console.log(`  ${held ? "held" : "NOT HELD"}: ${what} (${seen})`);
  console.log(`  ${keepResult(resultOf(scenario, done, seed, part, Date.now()))}`);
  return done.verdicts.every(({ held }) => held);
}

const asked = readArguments(process.argv.slice(2), randomInt(2 ** 32));
if (asked === null) console.log(USAGE);
else if (typeof asked === "string") {
  console.error(`${asked}\n\n${USAGE}`);
  process.exitCode = 2;
} else {
  for (const scenario of asked.scenarios) if (!(await run(scenario, asked))) process.exitCode = 1;
}
