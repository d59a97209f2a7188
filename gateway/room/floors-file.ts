import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Floor } from "#core";

/**
 * What this gateway remembers of each line, kept in the data folder so that a gateway that starts anew can put
 * right a store that was lost meanwhile.
 */
export interface FloorsFile {
  read(room: string): Floor | null;
  /** Writes all floors in one step, if any has changed since. */
  write(floors: ReadonlyMap<string, Floor>): void;
}

/** `suffix` tells the files of several workers apart. */
export function floorsFile(folder: string, suffix = ""): FloorsFile {
  const path = join(folder, `floors${suffix}.json`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const remembered = readFloors(path);
  let written = "";
  return {
    read: (room) => remembered.get(room) ?? null,
    write(floors) {
      const text = JSON.stringify(Object.fromEntries(floors));
      if (text === written) return;
      writeFileSync(`${path}.new`, text, { mode: 0o600 });
      renameSync(`${path}.new`, path);
      written = text;
    },
  };
}

function readFloors(path: string): Map<string, Floor> {
  try {
    const found = Object.entries(JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>);
    return new Map(found.filter((entry): entry is [string, Floor] => isFloor(entry[1])));
  } catch {
    // None yet, or unreadable: the store's own state, tickets and pages still know the line.
    return new Map();
  }
}

function isFloor(value: unknown): value is Floor {
  const floor = value as Partial<Floor> | null;
  const counts = [floor?.generation, floor?.issued, floor?.serving, floor?.peakJoinsPerSecond];
  return counts.every((count) => Number.isSafeInteger(count) && (count as number) >= 0);
}
