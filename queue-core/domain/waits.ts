import { mostReadyShows } from "./pace.ts";
import type { Snapshot } from "./snapshot.ts";

/** `[ahead, lowSeconds, highSeconds]`: so many ahead wait between these. Interpolate between rows. */
export type WaitRow = readonly [ahead: number, lowSeconds: number, highSeconds: number];

/** Admissions are believed once the line has been busy for a whole minute of their measuring. */
export const MEASURED_AFTER_MS = 60_000;
/** How far the coming minutes may differ from the last one, as a share. */
const SPREAD = 0.15;
/** Stays seen longer ago than this many session lengths hardly count. */
const REMEMBERED_SESSIONS = 3;
/** Being called, coming to the gate, being let in: added to every high end. */
const HANDLING_SECONDS = 5;
/** A high end of more than so many times the low one is not told while it may still come nearer. */
const WIDEST = 5;
/** And for no longer than this, however long sessions are: a wide wait is better than none for an hour. */
const LONGEST_SILENCE_MS = 600_000;
/** A wait of no more than this is worth telling, however wide: pages say "under 1 minute". */
const SHORT_SECONDS = 60;
/** A service is full from this share of its capacity on: whoever goes is followed within moments. */
const FULL_SHARE = 0.9;

/** What a gateway has seen of a line since somebody has been waiting, without a break, before a gate that admits. */
export interface Watched {
  /** How long that has been, in room time. */
  readonly busyMs: number;
  /** Time spent inside meanwhile, of all sessions together, and how many have gone; what is long ago counts less. */
  readonly insideMs: number;
  readonly gone: number;
  /** At the last look: room time, and how many had been inside and gone since the line began. */
  readonly roomTimeMs: number;
  readonly goneTotal: number;
}

const UNWATCHED: Pick<Watched, "busyMs" | "insideMs" | "gone"> = { busyMs: 0, insideMs: 0, gone: 0 };

/** Takes another look at the line; null while nobody waits, or nobody is let in. */
export function watchLine(watched: Watched | null, line: Snapshot): Watched | null {
  if (line.issued <= line.serving || line.mode !== "queue" || line.admitsInMs !== 0) return null;
  const { roomTimeMs, sessions } = line;
  const goneTotal = line.admittedTotal - sessions;
  if (watched === null) return { busyMs: 0, insideMs: 0, gone: 0, roomTimeMs, goneTotal };
  // Both may go back where a store lost its last writes.
  const stepMs = Math.max(0, roomTimeMs - watched.roomTimeMs);
  const remembered = Math.max(0, 1 - stepMs / (REMEMBERED_SESSIONS * line.settings.sessionSeconds * 1000));
  return {
    busyMs: watched.busyMs + stepMs,
    insideMs: watched.insideMs * remembered + sessions * stepMs,
    gone: watched.gone * remembered + Math.max(0, goneTotal - watched.goneTotal),
    roomTimeMs,
    goneTotal,
  };
}

/**
 * The waits that can honestly be promised now, or none where they are not known: in a room that is held, while a line
 * that was lost admits nobody yet, and at a bounded service before its stays have been watched for long enough: for a
 * session's length and a minute at most, never for more than ten minutes once anybody has gone. Who stands at the
 * gate because they were called early goes before all who wait: after a hole in the line that may be thousands.
 */
export function waitRows(line: Snapshot, watched: Watched | null): readonly WaitRow[] {
  if (line.mode !== "queue" || line.admitsInMs !== 0 || fillsUnwatched(line, watched)) return [];
  const { slowest, fastest } = paceOf(line, watched);
  if (slowest <= 0) return [];
  const showRate = line.showPermille / 1000;
  const early = Math.max(0, line.registered - mostReadyShows(line.settings.outflowPerMinute));
  const row = (ahead: number): WaitRow => {
    const people = peopleAmong(line, ahead);
    const fewest = people * Math.max(0.05, showRate - SPREAD);
    const mostPeople = people * Math.min(1, showRate + SPREAD);
    return [
      ahead,
      Math.ceil(((fewest + early) * 60) / fastest),
      Math.ceil(((mostPeople + early) * 60) / slowest) + HANDLING_SECONDS,
    ];
  };
  const back = row(Math.max(1, line.issued - line.serving));
  if (isTooWide(back) && mayNarrow(line, watched)) return [];
  return [row(0), ...edgesOfSkipped(line).map(row), back];
}

/** The high end of the wait of somebody who stands at the gate behind so many; null where it is not known. */
export function gateWaitSeconds(line: Snapshot, watched: Watched | null, ahead: number): number | null {
  if (line.mode !== "queue" || line.admitsInMs !== 0 || fillsUnwatched(line, watched)) return null;
  const { slowest } = paceOf(line, watched);
  return slowest > 0 ? Math.ceil(((ahead + 1) * 60) / slowest) + HANDLING_SECONDS : null;
}

/** Whether a bounded service is filling, or has filled, and too few have gone to tell how long they stay. */
function fillsUnwatched({ settings, sessions }: Snapshot, watched: Watched | null): boolean {
  const { capacity } = settings;
  const { busyMs, gone } = watched ?? UNWATCHED;
  if (capacity === 0 || sessions < capacity / 2) return false;
  return (gone < sessions && busyMs < MEASURED_AFTER_MS) || (sessions >= capacity && gone === 0);
}

/** Whether a range tells nobody more than that they wait, and its high end only frightens. */
function isTooWide([, lowSeconds, highSeconds]: WaitRow): boolean {
  return highSeconds > SHORT_SECONDS && highSeconds - HANDLING_SECONDS > WIDEST * lowSeconds;
}

/**
 * Whether watching on makes the waits of a bounded service more certain. Once a session's length has been watched
 * all who were inside have gone or stayed on by use, and a minute later those who took their places are counted.
 */
function mayNarrow({ settings }: Snapshot, watched: Watched | null): boolean {
  const { busyMs } = watched ?? UNWATCHED;
  const narrowsMs = settings.sessionSeconds * 1000 + MEASURED_AFTER_MS;
  return settings.capacity > 0 && busyMs < Math.min(narrowsMs, LONGEST_SILENCE_MS);
}

/** How many a minute will be let in, at least and at most. */
function paceOf(
  line: Snapshot,
  watched: Watched | null,
): { readonly slowest: number; readonly fastest: number } {
  const { capacity, outflowPerMinute, sessionSeconds } = line.settings;
  const { busyMs } = watched ?? UNWATCHED;
  const { sure, most } = freedPerMinute(line, watched);
  // A lowered outflow counts at once, not when the last minute has shown it.
  const admitted = busyMs >= MEASURED_AFTER_MS ? line.admittedLastMinute : outflowPerMinute;
  // Whole sessions end in clumps, as they began: between two of them a full service lets nobody in for minutes, and
  // what it frees is told by the stays alone.
  const byStays = capacity > 0 && line.sessions >= capacity * FULL_SHARE && busyMs >= sessionSeconds * 1000;
  const least = byStays ? sure : Math.min(admitted, sure);
  const greatest = byStays ? most : Math.max(admitted, most);
  return {
    slowest: Math.min(outflowPerMinute, least) * (1 - SPREAD),
    fastest: Math.min(outflowPerMinute, greatest) * (1 + SPREAD),
  };
}

/** The next `ahead` numbers without those that nobody holds, over which the line leaps. */
function peopleAmong({ skipped, waitingBeforeSkipped }: Snapshot, ahead: number): number {
  return ahead - Math.min(skipped, Math.max(0, ahead - waitingBeforeSkipped));
}

/** Where the wait stops growing, and where it goes on. */
function edgesOfSkipped({ issued, serving, skipped, waitingBeforeSkipped }: Snapshot): number[] {
  if (skipped === 0) return [];
  const edges = [waitingBeforeSkipped, waitingBeforeSkipped + skipped];
  return edges.filter((ahead) => ahead > 0 && ahead < issued - serving);
}

/**
 * How many places a full service frees a minute, between what is sure and the most that it may be. A mean stay gives
 * it (Little's law), and the mean of those who were seen lies between two bounds: had those inside gone by now, or
 * will each still stay for a whole session, or for as long as those who went, where use keeps sessions open longer.
 * Before anybody has gone that is a session's length; with each who goes the two come nearer to each other.
 */
function freedPerMinute(
  line: Snapshot,
  watched: Watched | null,
): { readonly sure: number; readonly most: number } {
  const { capacity, sessionSeconds } = line.settings;
  if (capacity === 0) return { sure: Number.POSITIVE_INFINITY, most: 0 };
  const { insideMs, gone } = watched ?? UNWATCHED;
  const seen = gone + line.sessions;
  const sessionMs = sessionSeconds * 1000;
  const stillMs = gone === 0 ? sessionMs : Math.max(sessionMs, insideMs / gone);
  const longestMs = gone === 0 ? sessionMs : (insideMs + line.sessions * stillMs) / seen;
  const shortestMs = seen === 0 ? 0 : insideMs / seen;
  return { sure: (capacity * 60_000) / longestMs, most: (capacity * 60_000) / shortestMs };
}

/** An honest wait: between these two. */
export type WaitRange = { readonly lowSeconds: number; readonly highSeconds: number };

/**
 * The wait of somebody with `ahead` people ahead, interpolated linearly between the rows (sorted by `ahead`; before the
 * first row from nobody ahead, no wait). Null where it is not known: no rows, or further back than the last row.
 */
export function estimateWait(waits: readonly WaitRow[], ahead: number): WaitRange | null {
  let nearer: WaitRow = [0, 0, 0];
  for (const row of waits) {
    if (ahead <= row[0]) return between(nearer, row, ahead);
    nearer = row;
  }
  return null;
}

function between(nearer: WaitRow, further: WaitRow, ahead: number): WaitRange {
  const gap = further[0] - nearer[0];
  const share = gap > 0 ? (ahead - nearer[0]) / gap : 1;
  return {
    lowSeconds: nearer[1] + share * (further[1] - nearer[1]),
    highSeconds: nearer[2] + share * (further[2] - nearer[2]),
  };
}
