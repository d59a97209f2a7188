import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
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

/**
 * Whether this process is the only one that works in the folder; holds it then until it ends, however it ends. The
 * kernel keeps the name (an abstract unix socket), so nothing is left behind that could be out of date.
 */
export async function holdDataFolder(path: string): Promise<boolean> {
  const { dev, ino } = statSync(path);
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(false);
      else reject(error);
    });
    server.listen(`\0sluse-data-${dev}-${ino}`, () => {
      server.unref();
      resolve(true);
    });
  });
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
