import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const TOP = fileURLToPath(new URL("..", import.meta.url));
const { scripts } = JSON.parse(readFileSync(join(TOP, "package.json"), "utf8"));

/** What `npm run gateway` tells Node before the program's name, so that what is measured is what is run. */
const FLAGS: readonly string[] = scripts.gateway
  .replace(/^.* && exec node /, "")
  .split(" ")
  .slice(0, -1);

/** Node's arguments that run a program of dist/ as `npm run gateway` runs the gateway. */
export function argumentsFor(program: "gateway" | "bare-server"): string[] {
  return [...FLAGS, join(TOP, "dist", `${program}.mjs`)];
}
