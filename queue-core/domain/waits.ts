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
 * The waits that can honestly be promised now, or none where they are not known: in a room that is held, while a
 * line that was lost admits nobody yet, or before a line that is filling a bounded service has been watched for a
 * minute, or for long enough to see as many go as are inside.
 */
export function waitRows(line: Snapshot, watched: Watched | null): readonly WaitRow[] {
  if (line.mode !== "queue" || line.admitsInMs !== 0) return [];
  const { capacity, outflowPerMinute } = line.settings;
  const { busyMs, gone } = watched ?? { busyMs: 0, gone: 0 };
  const measured = busyMs >= MEASURED_AFTER_MS;
  if (capacity > 0 && line.sessions >= capacity / 2 && gone < line.sessions && !measured) return [];
  if (capacity > 0 && line.sessions >= capacity && gone === 0) return [];
  const { most, sure } = freedPerMinute(line, watched);
  // A lowered outflow counts at once, not when the last minute has shown it.
  const admitted = measured ? line.admittedLastMinute : outflowPerMinute;
  const slowest = Math.min(outflowPerMinute, admitted, sure) * (1 - SPREAD);
  const fastest = Math.min(outflowPerMinute, Math.max(admitted, most)) * (1 + SPREAD);
  if (slowest <= 0) return [];
  const showRate = line.showPermille / 1000;
  const row = (ahead: number): WaitRow => {
    const people = peopleAmong(line, ahead);
    const fewest = people * Math.max(0.05, showRate - SPREAD);
    const mostPeople = people * Math.min(1, showRate + SPREAD);
    return [
      ahead,
      Math.ceil((fewest * 60) / fastest),
      Math.ceil((mostPeople * 60) / slowest) + HANDLING_SECONDS,
    ];
  };
  return [0, ...edgesOfSkipped(line), Math.max(1, line.issued - line.serving)].map(row);
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
 * will each still stay for a whole session. Before anybody has gone that is a session's length; with each who goes
 * the two come nearer to each other, whatever the stays are like.
 */
function freedPerMinute(
  line: Snapshot,
  watched: Watched | null,
): { readonly sure: number; readonly most: number } {
  const { capacity, sessionSeconds } = line.settings;
  if (capacity === 0) return { sure: Number.POSITIVE_INFINITY, most: 0 };
  const { insideMs, gone } = watched ?? { insideMs: 0, gone: 0 };
  const seen = gone + line.sessions;
  const sessionMs = sessionSeconds * 1000;
  const longestMs = gone === 0 ? sessionMs : (insideMs + line.sessions * sessionMs) / seen;
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
