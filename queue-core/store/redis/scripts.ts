import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Constants, preludeOf, SHARED_CONSTANTS } from "./prelude.ts";
import type { ScriptName } from "./wire.ts";

/** A Lua script as Redis knows it. */
export interface Script {
  readonly source: string;
  readonly sha: string;
}

export type Scripts = Readonly<Record<ScriptName, Script>>;

/** The files in `lua/` that make each operation's script: what operations share comes first. */
const FILES: Readonly<Record<ScriptName, readonly string[]>> = {
  join: ["line", "frame", "visitors", "join"],
  claim: ["line", "frame", "visitors", "claim"],
  extend: ["line", "frame", "visitors", "extend"],
  renew: ["line", "frame", "visitors", "renew"],
  end: ["line", "frame", "visitors", "end"],
  advance: ["line", "frame", "advance"],
  configure: ["line", "frame", "sha256", "audit", "configure"],
  restore: ["line", "frame", "sha256", "audit", "restore"],
  trail: ["line", "trail"],
};

export const SCRIPTS = scriptsWith(SHARED_CONSTANTS);

/** The store's scripts by operation. A test gives them other constants than the model's. */
export function scriptsWith(constants: Constants): Scripts {
  const scripts = Object.entries(FILES).map(([name, files]) => {
    const body = files.map(read).join("\n");
    const source = preludeOf(name as ScriptName, body, constants) + body;
    return [name, { source, sha: createHash("sha1").update(source).digest("hex") }];
  });
  return Object.fromEntries(scripts);
}

function read(file: string): string {
  return readFileSync(new URL(`lua/${file}.lua`, import.meta.url), "utf8");
}
