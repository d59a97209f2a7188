import { join } from "node:path";
import { fileURLToPath } from "node:url";

const TOP = fileURLToPath(new URL("../..", import.meta.url));

/** Node's arguments that run a program of dist/, which is built before the tests. */
export function argumentsFor(program: "gateway" | "keys" | "audit-verify" | "sluse"): string[] {
  return ["--enable-source-maps", join(TOP, "dist", `${program}.mjs`)];
}
