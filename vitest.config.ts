import { defineConfig } from "vitest/config";
import { LongestFirst } from "./.ci/longest-first.ts";

export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    exclude: ["**/node_modules/**", ".sluse*/**"],
    // One more than the two cores: end-to-end files wait for clocks, browsers and servers of their own much of their time.
    maxWorkers: 3,
    globalSetup: "./.ci/build.mjs",
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A forgotten `.only` would let everything else go untested.
    allowOnly: false,
  },
});
