import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** A Lua script as Redis knows it. */
export interface Script {
  readonly source: string;
  readonly sha: string;
}

/** The store's scripts by operation, from the files in `lua/`: what operations share comes first in each. */
export const SCRIPTS = {
  join: load("line", "frame", "visitors", "join"),
  claim: load("line", "frame", "visitors", "claim"),
  extend: load("line", "frame", "visitors", "extend"),
  renew: load("line", "frame", "visitors", "renew"),
  end: load("line", "frame", "visitors", "end"),
  advance: load("line", "frame", "advance"),
  configure: load("line", "frame", "sha256", "audit", "configure"),
  restore: load("line", "frame", "sha256", "audit", "restore"),
  trail: load("line", "trail"),
};

function load(...names: readonly string[]): Script {
  const source = names
    .map((name) => readFileSync(new URL(`lua/${name}.lua`, import.meta.url), "utf8"))
    .join("\n");
  return { source, sha: createHash("sha1").update(source).digest("hex") };
}
