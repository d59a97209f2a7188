import { GRANT_HOLD_MS, RENEWAL_SHARE_PERMILLE, SHOW_SECONDS } from "./constants.ts";
import { type Floor, isPlausible } from "./floor.ts";
import { callUnrated, clearFate, type Line } from "./line.ts";
import { creditCapUnits } from "./pace.ts";
import type { SettingsChange } from "./settings.ts";
import { sortedSet, upTo } from "./sorted-set.ts";

/** Whether a change leaves all as it is: it sets what is set already, ends no alarm, and vouches for nothing. */
export function changesNothing(line: Line, change: SettingsChange): boolean {
  const settings: SettingsChange = line.settings;
  const fields = Object.keys(change) as (keyof SettingsChange)[];
  const isSet = fields.every((field) => JSON.stringify(change[field]) === JSON.stringify(settings[field]));
  const isUnsure = line.awaitingReport || line.roomTimeMs < line.sessionsKnownFromMs;
  return isSet && line.alarm === "" && !(change.mode !== undefined && isUnsure);
}

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
  if (change.mode !== undefined) vouch(line);
  if (change.mode !== undefined && before.mode === "open" && change.mode !== "open")
    callUnrated(line, line.issued);
  line.creditUnits = Math.min(line.creditUnits, creditCapUnits(line.settings.outflowPerMinute));
}

/**
 * An operator who sets the mode vouches for the line: that is enough to open one whose restoring nobody confirmed,
 * and to admit by capacity though a wiped store has not heard of all sessions yet.
 */
function vouch(line: Line): void {
  line.awaitingReport = false;
  line.sessionsKnownFromMs = 0;
}

/** Starts the line anew: tickets of the old generation are void; sessions live on. */
export function resetLine(line: Line): void {
  line.generation = Math.max(line.generation + 1, line.storeTimeMs);
  line.issued = 0;
  line.serving = 0;
  forgetGeneration(line);
  line.awaitingReport = false;
  line.alarm = "";
  line.settings = { ...line.settings, version: Math.max(line.settings.version + 1, line.storeTimeMs) };
}

/** Puts all out who are inside, with a change or a reset: what passes were issued fail. */
export function endAllSessions(line: Line): void {
  line.settings = { ...line.settings, passesNotBeforeMs: line.storeTimeMs };
  // Grants that nobody has collected end too: nothing else would ever let their fates be forgotten.
  for (const jti of upTo(line.sessions, line.roomTimeMs + GRANT_HOLD_MS)) clearFate(line, jti);
  line.sessions = sortedSet();
}

/** Raises the line to what somebody remembers. Merging the same floor twice changes nothing. */
export function mergeFloor(line: Line, floor: Floor): void {
  if (!isPlausible(floor, line)) {
    line.alarm = "implausible-floor";
    return;
  }
  line.peakJoinsPerSecond = Math.max(line.peakJoinsPerSecond, floor.peakJoinsPerSecond);
  if (floor.settings && floor.settings.version > line.settings.version) {
    // An older release knows less: what its floor does not name stays as it is.
    line.settings = { ...line.settings, ...floor.settings };
    line.creditUnits = Math.min(line.creditUnits, creditCapUnits(line.settings.outflowPerMinute));
  }
  if (floor.generation < line.generation) return;
  if (floor.generation > line.generation) {
    line.generation = floor.generation;
    line.issued = 0;
    line.serving = 0;
    forgetGeneration(line);
  }
  keepFromSkipping(line, floor.issued);
  line.issued = Math.max(line.issued, floor.issued, floor.serving);
  // Who called them is forgotten: they get a fresh claim window rather than a missed turn.
  callUnrated(line, floor.serving);
}

/** Fills a line that the store had lost, above every number that may have been given out since. */
export function fillFromFloor(line: Line, floor: Floor, confirmed: boolean): void {
  mergeFloor(line, floor);
  line.alarm = "restored";
  line.awaitingReport = !confirmed;
  line.sessionsKnownFromMs = line.roomTimeMs + line.settings.sessionSeconds * RENEWAL_SHARE_PERMILLE;
  gather(line);
  skipBarrier(line);
}

/** A gateway that was live before has reported: opens a line that had only the word of tickets and seals. */
export function confirm(line: Line): void {
  if (!line.awaitingReport) return;
  line.awaitingReport = false;
  gather(line);
  skipBarrier(line);
}

/** Whoever stood at the gate asks again within seconds: until then a higher number must not go ahead of them. */
function gather(line: Line): void {
  line.gatheringUntilMs = line.roomTimeMs + SHOW_SECONDS * 1000;
}

/** Other gateways may have given out numbers in the last second that this floor knows nothing of. */
function skipBarrier(line: Line): void {
  if (line.skippedTo < line.issued) line.skippedFrom = line.issued + 1;
  line.issued += Math.max(1, line.peakJoinsPerSecond);
  line.skippedTo = line.issued;
}

/** Somebody had heard of `issued` numbers: those among the skipped are held. */
function keepFromSkipping(line: Line, issued: number): void {
  if (issued > line.issued) forgetSkipped(line);
  else if (issued < line.skippedTo) line.skippedFrom = Math.max(line.skippedFrom, issued + 1);
}

function forgetSkipped(line: Line): void {
  line.skippedFrom = 0;
  line.skippedTo = 0;
}

/** What belonged to the old generation: its calls, and batches whose numbers would now be somebody else's. */
function forgetGeneration(line: Line): void {
  line.calls = sortedSet();
  line.earlyFrom = 0;
  line.gate = sortedSet();
  line.lastBatches.clear();
  line.catchUpUntilMs = 0;
  forgetSkipped(line);
  line.recentCalled = 0;
  line.recentShows = 0;
  line.ratedCalled = 0;
  line.ratedShows = 0;
  for (const tally of line.seconds.values()) {
    tally.called = 0;
    tally.shows = 0;
  }
}
