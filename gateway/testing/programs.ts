import { join } from "node:path";
import { fileURLToPath } from "node:url";

const TOP = fileURLToPath(new URL("../..", import.meta.url));

/** Node's arguments that run a program of dist/, which is built before the tests; a copy of it where `top` is another folder. */
export function argumentsFor(program: "gateway" | "keys" | "audit-verify" | "sluse", top = TOP): string[] {
  return ["--enable-source-maps", join(top, "dist", `${program}.mjs`)];
}
