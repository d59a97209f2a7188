/** The private store of a gateway under test, asked as somebody else would ask it. For tests only. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

type Folder = Readonly<Record<"folder", string>>;

/** What its Redis answers to one command. */
export function askPrivateStore({ folder }: Folder, ...words: string[]): unknown {
  const data = join(folder, "data");
  const files = readdirSync(data, { recursive: true, encoding: "utf8" });
  const socket = join(data, files.find((name) => name.endsWith(".sock")) ?? "");
  return JSON.parse(execFileSync("redis-cli", ["-s", socket, "--json", ...words], { encoding: "utf8" }));
}

/** It forgets everything, as on a lost disk. */
export function wipePrivateStore(gateway: Folder): void {
  askPrivateStore(gateway, "FLUSHALL");
}

/** How the line of a room is kept: as the release before formats kept it, and what came later by name. */
export function keptLine(
  gateway: Folder,
  room: string,
): { readonly first: readonly unknown[]; readonly later: Readonly<Record<string, unknown>> } {
  const script = [
    "local kept = cmsgpack.unpack(redis.call('GET', KEYS[1]))",
    "return { cjson.encode({ unpack(kept, 1, 47) }), cjson.encode(kept[48] or {}) }",
  ].join(" ");
  const said = askPrivateStore(gateway, "EVAL", script, "1", `sluse:{${room}}:line`) as string[];
  return { first: JSON.parse(said[0] ?? ""), later: JSON.parse(said[1] ?? "") };
}

/** Writes down something about a room's line beside what the release before formats kept of it. */
export function keepOfLine(gateway: Folder, room: string, name: string, value: number): void {
  const script = [
    "local kept = cmsgpack.unpack(redis.call('GET', KEYS[1]))",
    "kept[48][ARGV[1]] = tonumber(ARGV[2])",
    "redis.call('SET', KEYS[1], cmsgpack.pack(kept))",
  ].join(" ");
  askPrivateStore(gateway, "EVAL", script, "1", `sluse:{${room}}:line`, name, String(value));
}
