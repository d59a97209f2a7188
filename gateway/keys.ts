import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { generateKeySet, type JsonWebKeySet, type KeyRing, KeySetError, loadKeyRing } from "#core/tokens";
import { type Settings, SettingsError } from "./settings.ts";

/** The deployment's keys; made in the data folder where `SLUSE_KEYS` names none. Throws `SettingsError`. */
export async function openKeys(settings: Settings, nowMs: number): Promise<KeyRing> {
  const path = settings.keysFile ?? join(settings.dataFolder, "keys.json");
  if (settings.keysFile === null && !existsSync(path)) writeKeySet(path, await generateKeySet(nowMs));
  try {
    return await loadKeyRing(readKeySet(path), { issuer: settings.publicUrl.origin });
  } catch (error) {
    if (!(error instanceof KeySetError)) throw error;
    throw new SettingsError([`SLUSE_KEYS: ${JSON.stringify(path)}: ${error.message}`]);
  }
}

/** Reads a key file that only its owner may read. Throws `SettingsError`. */
export function readKeySet(path: string): unknown {
  let mode: number;
  let text: string;
  try {
    mode = statSync(path).mode & 0o777;
    text = readFileSync(path, "utf8");
  } catch {
    throw new SettingsError([
      `SLUSE_KEYS: ${JSON.stringify(path)}; allowed: a readable file (npm run keys makes one)`,
    ]);
  }
  if ((mode & 0o077) !== 0) {
    throw new SettingsError([
      `SLUSE_KEYS: ${JSON.stringify(path)} has mode ${mode.toString(8)}; allowed: 600, so that only its owner reads it`,
    ]);
  }
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message may quote the file, which holds secrets.
    throw new SettingsError([`SLUSE_KEYS: ${JSON.stringify(path)}: not JSON`]);
  }
}

/** Writes a key file in one step, readable by its owner alone. */
export function writeKeySet(path: string, set: JsonWebKeySet): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.new`;
  writeFileSync(draft, `${JSON.stringify(set, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}
