import { type Floor, isPlausible } from "./floor.ts";
import { type Line, recordCall } from "./line.ts";
import { creditCapUnits } from "./pace.ts";
import type { SettingsChange } from "./settings.ts";
import { sortedSet } from "./sorted-set.ts";

/** Puts a change in force. The line has been settled at the old settings. */
export function changeSettings(line: Line, change: SettingsChange): void {
  const before = line.settings;
  const messageChanged =
    change.message !== undefined && JSON.stringify(change.message) !== JSON.stringify(before.message);
  line.settings = {
    ...before,
    ...change,
    messageRevision: before.messageRevision + (messageChanged ? 1 : 0),
    version: Math.max(before.version + 1, line.storeTimeMs),
  };
  line.alarm = "";
  // The operator's word is enough to open a line whose restoring nobody confirmed.
  if (change.mode !== undefined) line.awaitingReport = false;
  if (change.mode !== undefined && before.mode === "open" && change.mode !== "open") callEverybody(line);
  line.creditUnits = Math.min(line.creditUnits, creditCapUnits(line.settings.outflowPerMinute));
}

/** Starts the line anew: tickets of the old generation are void; sessions live on unless they end too. */
export function resetLine(line: Line, endSessions: boolean): void {
  line.generation = Math.max(line.generation + 1, line.storeTimeMs);
  line.issued = 0;
  line.serving = 0;
  forgetCalled(line);
  line.awaitingReport = false;
  line.alarm = "";
  const settings = line.settings;
  line.settings = {
    ...settings,
    passesNotBeforeMs: endSessions ? line.storeTimeMs : settings.passesNotBeforeMs,
    version: Math.max(settings.version + 1, line.storeTimeMs),
  };
  if (endSessions) line.sessions = sortedSet();
}

/** Raises the line to what somebody remembers. Merging the same floor twice changes nothing. */
export function mergeFloor(line: Line, floor: Floor): void {
  if (!isPlausible(floor, line)) {
    line.alarm = "implausible-floor";
    return;
  }
  line.peakJoinsPerSecond = Math.max(line.peakJoinsPerSecond, floor.peakJoinsPerSecond);
  if (floor.settings && floor.settings.version > line.settings.version) line.settings = floor.settings;
  if (floor.generation < line.generation) return;
  if (floor.generation > line.generation) {
    line.generation = floor.generation;
    line.issued = 0;
    line.serving = 0;
    forgetCalled(line);
  }
  line.issued = Math.max(line.issued, floor.issued, floor.serving);
  if (floor.serving <= line.serving) return;
  // Who called them is forgotten: they get a fresh claim window rather than a missed turn.
  recordCall(line, line.serving + 1, floor.serving, false);
  line.serving = floor.serving;
}

/** Fills a line that the store had lost, above every number that may have been given out since. */
export function fillFromFloor(line: Line, floor: Floor, confirmed: boolean): void {
  mergeFloor(line, floor);
  line.issued += Math.max(1, floor.peakJoinsPerSecond);
  line.alarm = "restored";
  line.awaitingReport = !confirmed;
}

function callEverybody(line: Line): void {
  if (line.issued > line.serving) recordCall(line, line.serving + 1, line.issued, false);
  line.serving = line.issued;
}

function forgetCalled(line: Line): void {
  line.calls = sortedSet();
  line.gate = sortedSet();
  line.recentCalled = 0;
  line.recentShows = 0;
  line.ratedCalled = 0;
  line.ratedShows = 0;
  for (const tally of line.seconds.values()) {
    tally.called = 0;
    tally.shows = 0;
  }
}
