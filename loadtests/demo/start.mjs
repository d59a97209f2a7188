/**
 * `npm start` on a fresh clone: sets up what is missing, then runs the demo. Plain JavaScript, since nothing
 * that could run TypeScript may be installed yet.
 */
import { setUp } from "../../.ci/setup.mjs";

const code = setUp({ wants: ["redis"] });
if (code !== 0) process.exit(code);
const { register } = await import("tsx/esm/api");
register();
await import("./main.ts");
