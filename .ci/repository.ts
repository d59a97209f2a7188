/** The repository as its tests see it: what git knows, and what it would know at the next `git add`. */
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const top = join(import.meta.dirname, "..");

/** A file by its path from the top, with `/`. */
export interface SourceFile {
  path: string;
  text: string;
}

/** Every file that is tracked, or new and not ignored; sorted. */
export function listFiles(): string[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: top,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  // A file that was deleted and not yet committed is still listed.
  return [...new Set(listed.split("\0"))].filter((path) => path !== "" && isFile(path)).sort();
}

export function readFiles(paths: string[]): SourceFile[] {
  return paths.map((path) => ({ path, text: readFileSync(join(top, path), "utf8") }));
}

export function isCode(path: string): boolean {
  return /\.(?:ts|tsx|mts|js|mjs)$/.test(path) && !path.endsWith(".d.mts");
}

/** Whole folders that only tests use. */
const TEST_FOLDERS = ["gateway/contract/", "gateway/testing/", "gateway/browser/"];

export function isTest(path: string): boolean {
  return path.endsWith(".test.ts") || TEST_FOLDERS.some((folder) => path.startsWith(folder));
}

function isFile(path: string): boolean {
  return statSync(join(top, path), { throwIfNoEntry: false })?.isFile() ?? false;
}
