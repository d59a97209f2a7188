import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { SettingsError } from "./settings.ts";

/** Makes the data folder where there is none, and tries that it can be written to. Throws `SettingsError`. */
export function openDataFolder(path: string): void {
  try {
    makeFolder(resolve(path));
    const trial = join(path, `.written-${process.pid}`);
    writeFileSync(trial, "");
    rmSync(trial);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SettingsError([
      `SLUSE_DATA: ${JSON.stringify(path)} (${REASONS[code ?? ""] ?? code}); allowed: a folder to write to, or the name of one to make`,
    ]);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: "a file, not a folder",
  ENOTDIR: "a file, not a folder",
  ENOENT: "cannot be made there",
  EACCES: "no leave to write",
  EPERM: "no leave to write",
  EROFS: "read-only",
  ENOSPC: "the disk is full",
};

/** With every folder above it. Not `recursive`: under /proc, where nothing can be made, that never returns. */
export function makeFolder(path: string): void {
  const above = dirname(path);
  if (!existsSync(above)) {
    if (above === path) return;
    makeFolder(above);
  }
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
