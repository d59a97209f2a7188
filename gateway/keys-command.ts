/**
 * `npm run keys`: writes signing keys. `npm run keys -- --rotate` adds new ones, which sign an hour from now,
 * when every gateway has been restarted with the file. The file is SLUSE_KEYS, or keys.json in SLUSE_DATA.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { generateKeySet, KeySetError, rotateKeySet } from "#core/tokens";
import { readKeySet, writeKeySet } from "./keys.ts";
import { SettingsError } from "./settings.ts";

const USAGE = "usage: npm run keys -- [--rotate] [--file PATH]";

function fail(line: string): never {
  process.stderr.write(`${line}\n`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({ options: { rotate: { type: "boolean" }, file: { type: "string" } } }).values;
  } catch (error) {
    return fail(`${(error as Error).message}\n${USAGE}`);
  }
}

const given = readArguments();
const path = given.file ?? process.env.SLUSE_KEYS ?? join(process.env.SLUSE_DATA || ".sluse", "keys.json");
const nowMs = Date.now();
try {
  if (given.rotate) {
    writeKeySet(path, await rotateKeySet(readKeySet(path), nowMs));
    process.stdout.write(
      `${path}: new keys added; they sign from ${new Date(nowMs + 3_600_000).toISOString()}\n`,
    );
  } else if (existsSync(path)) {
    fail(`${path} exists already; --rotate adds new keys to it, --file writes elsewhere`);
  } else {
    writeKeySet(path, await generateKeySet(nowMs));
    process.stdout.write(`${path}: written (mode 600)\n`);
  }
} catch (error) {
  if (error instanceof SettingsError || error instanceof KeySetError) fail(error.message);
  throw error;
}
