#!/usr/bin/env node
/** `npx sluse`: the command line as it is built, after it is where it was not. */
import { buildWhenNeeded } from "../../.ci/build.mjs";

try {
  await buildWhenNeeded();
} catch (fault) {
  process.stderr.write(`build: ${fault.message}\n`);
  process.exit(1);
}
process.setSourceMapsEnabled(true);
await import("../../dist/sluse.mjs");
