/**
 * The order of the test files. A clean clone knows no durations of an earlier run, and vitest then goes by the files'
 * sizes: a short file that waits for a minute would start last, when nothing else is left to run beside it.
 */
import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The files that take longest, which start first, in this order. */
export const LONGEST = [
  "loadtests/faults/faults.test.ts",
  "gateway/browser/journey.test.ts",
  "gateway/page/waiting-page.test.ts",
  "dashboards/story/story.test.ts",
  "gateway/page/accessibility.test.ts",
  "gateway/contract/grace.test.ts",
  "gateway/audit-verify-command.test.ts",
  "gateway/contract/exit-codes.test.ts",
  "gateway/browser/operator-console.test.ts",
  "dashboards/operator/accessibility.test.ts",
  "queue-core/store/redis/redis-faults.test.ts",
  "loadtests/crowd/crowd.test.ts",
  "loadtests/demo/demo.test.ts",
  "gateway/contract/ways-round.test.ts",
  "gateway/foreign/jupyter.test.ts",
  "gateway/contract/claim.test.ts",
  "gateway/contract/status.test.ts",
  "gateway/browser/plain-journey.test.ts",
  "gateway/contract/join.test.ts",
  "gateway/contract/stores.test.ts",
  "dashboards/live.test.ts",
  "loadtests/bench/bench.test.ts",
  "gateway/workers.test.ts",
  "loadtests/hostile/hostile.test.ts",
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placeOf = ({ moduleId }: TestSpecification) => {
      const place = LONGEST.indexOf(relative(this.ctx.config.root, moduleId));
      return place === -1 ? LONGEST.length : place;
    };
    return (await super.sort(files)).toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}
