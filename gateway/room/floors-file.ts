import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Floor, knownSettingsOf } from "#core";

/**
 * The format in which floors are kept; of the release before formats they had none. What a later release has added to
 * one is kept. It is raised where an earlier release could not read one for what it is.
 */
const FLOOR_FORMAT = 1;

/**
 * What this gateway remembers of each line, kept in the data folder so that a gateway that starts anew can put
 * right a store that was lost meanwhile.
 */
export interface FloorsFile {
  read(room: string): Floor | null;
  /** Whether a later release has kept this room's floor in a format that is not known here: it stays as it is. */
  isNewer(room: string): boolean;
  /** Writes all floors in one step, if any has changed since. Those of other rooms stay. */
  write(floors: ReadonlyMap<string, Floor>): void;
}

type Kept = Readonly<Record<string, unknown>>;

/**
 * `suffix` tells the files of several workers apart. Where something in it cannot be read, the file as it was is kept
 * under the name that `onUnreadable` is told, and the rest is read.
 */
export function floorsFile(
  folder: string,
  suffix: string,
  onUnreadable: (aside: string) => void,
): FloorsFile {
  const path = join(folder, `floors${suffix}.json`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const kept = new Map(Object.entries(readKept(path, onUnreadable)));
  const isNewer = (room: string) => Number(kept.get(room)?.format ?? 0) > FLOOR_FORMAT;
  let written = "";
  return {
    isNewer,
    read: (room) => (isNewer(room) ? null : floorOf(kept.get(room))),
    write(floors) {
      for (const [room, floor] of floors) if (!isNewer(room)) kept.set(room, keptAs(floor, kept.get(room)));
      const text = JSON.stringify(Object.fromEntries(kept));
      if (text === written) return;
      writeFileSync(`${path}.new`, text, { mode: 0o600 });
      renameSync(`${path}.new`, path);
      written = text;
    },
  };
}

function readKept(path: string, onUnreadable: (aside: string) => void): Readonly<Record<string, Kept>> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    // None yet: the store's own state, tickets and pages still know the line.
    return {};
  }
  const found = parsed(text);
  const readable = Object.entries(found ?? {}).filter(([, floor]) => isKeepable(floor));
  if (found === null || readable.length < Object.keys(found).length) {
    const aside = `${path}.unreadable`;
    writeFileSync(aside, text, { mode: 0o600 });
    onUnreadable(aside);
  }
  return Object.fromEntries(readable) as Readonly<Record<string, Kept>>;
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const found: unknown = JSON.parse(text);
    return isRecord(found) ? found : null;
  } catch {
    return null;
  }
}

/** One that could not be written again, such as one nested too deep, would keep all others from being written. */
function isKeepable(floor: unknown): boolean {
  try {
    return isRecord(floor) && JSON.stringify(floor).length > 0;
  } catch {
    return false;
  }
}

function floorOf(kept: Kept | undefined): Floor | null {
  const counts = [kept?.generation, kept?.issued, kept?.serving, kept?.peakJoinsPerSecond];
  if (!counts.every(isCount)) return null;
  const [generation = 0, issued = 0, serving = 0, peakJoinsPerSecond = 0] = counts;
  return { generation, issued, serving, peakJoinsPerSecond, settings: knownSettingsOf(kept?.settings) };
}

/** A floor with what a later release had kept beside it. */
function keptAs(floor: Floor, before: Kept | undefined): Kept {
  const settingsBefore = isRecord(before?.settings) ? before.settings : null;
  const settings = floor.settings ? { ...settingsBefore, ...floor.settings } : settingsBefore;
  return { ...before, ...floor, format: FLOOR_FORMAT, settings };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
