/** `npm run story`: an evening with a crowd of five thousand, through the console, read back from Prometheus. */
import { performance } from "node:perf_hooks";
import { runStory } from "./story.ts";

const PICTURES = "screenshots/story";

const startedMs = performance.now();
const tell = (line: string) => {
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  console.log(`${String(seconds).padStart(4)} s  ${line}`);
};

const findings = await runStory({
  crowd: { visitors: 5_000, arriveSeconds: 20, thinkSeconds: 2, noShowPercent: 3 },
  carries: 400,
  trusted: { outflowPerMinute: 4_200, capacity: 680 },
  loweredTo: 1_200,
  stepsUp: 2,
  mustWait: 4_800,
  pictures: PICTURES,
  tell,
});
tell("Prometheus says:");
for (const { holds, says } of findings) tell(`   ${holds ? "yes" : "NO "}  ${says}`);
const failed = findings.filter(({ holds }) => !holds).length;
tell(failed === 0 ? "The story holds." : `${failed} of ${findings.length} do NOT hold.`);
tell(`Pictures: ${PICTURES}/`);
process.exitCode = failed === 0 ? 0 : 1;
