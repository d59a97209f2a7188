/**
 * `npm run keys`: writes signing keys. `npm run keys -- --rotate` adds new ones, which sign an hour from now,
 * when every gateway has been restarted with the file. The file is SLUSE_KEYS, or keys.json in SLUSE_DATA.
 */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { generateKeySet, KeySetError, rotateKeySet } from "#core/tokens";
import { makeFolder } from "./data-folder.ts";
import { readKeySet, writeKeySet } from "./keys.ts";
import { SettingsError } from "./settings.ts";

const USAGE = `Usage: npm run keys -- [--rotate] [--file PATH]
  (nothing)     write a new file of signing keys; one that is there is never overwritten
  --rotate      add new keys to the file; they sign an hour from now, when every gateway has it
  --file PATH   the file; without it SLUSE_KEYS, else keys.json in SLUSE_DATA (.sluse)
The file is secret (mode 600). A gateway reads it at its start: SLUSE_KEYS=PATH npm run gateway
Exit code 0: done; 2: wrong arguments, or the file cannot be used.`;

const ROTATION_MS = 3_600_000;

/** Says what is wrong with the command, and ends with 2. */
function fail(line: string): never {
  process.stderr.write(`${line}\n`);
  process.exit(2);
}

function readArguments() {
  const options = {
    rotate: { type: "boolean" },
    file: { type: "string" },
    help: { type: "boolean", short: "h" },
  } as const;
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options });
    if (values.file === "") throw new Error("--file: nothing was given; allowed: a path");
    if (positionals[0] === undefined) return values;
    throw new Error(`${positionals[0]}: not an argument; did you mean --file ${positionals[0]}?`);
  } catch (error) {
    return fail(`${(error as Error).message}\n${USAGE}`);
  }
}

async function run(path: string, rotate: boolean): Promise<string> {
  const nowMs = Date.now();
  if (rotate) {
    writeKeySet(path, await rotateKeySet(readKeySet(path), nowMs));
    return `${path}: new keys added; they sign from ${new Date(nowMs + ROTATION_MS).toISOString()}`;
  }
  if (existsSync(path)) fail(`${path} exists already; --rotate adds new keys to it, --file writes elsewhere`);
  makeFolder(dirname(resolve(path)));
  writeKeySet(path, await generateKeySet(nowMs));
  return `${path}: written (mode 600)`;
}

const given = readArguments();
const inData = join(process.env.SLUSE_DATA || ".sluse", "keys.json");
try {
  const said = given.help
    ? USAGE
    : await run(given.file ?? (process.env.SLUSE_KEYS || inData), !!given.rotate);
  process.stdout.write(`${said}\n`);
} catch (error) {
  const isTold = error instanceof SettingsError || error instanceof KeySetError;
  // A file that cannot be written is a wrong argument; Node's message says which, and why.
  if (isTold || (error as NodeJS.ErrnoException).syscall !== undefined) fail((error as Error).message);
  throw error;
}
