import { readFileSync } from "node:fs";

const { scripts } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/** What `npm run gateway` tells Node before the program's name, so that what is measured is what is run. */
export const NODE_ARGUMENTS: readonly string[] = scripts.gateway
  .replace(/^exec node /, "")
  .split(" ")
  .slice(0, -1);
