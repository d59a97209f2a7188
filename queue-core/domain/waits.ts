import type { Snapshot } from "./snapshot.ts";

/** `[ahead, lowSeconds, highSeconds]`: so many ahead wait between these. Interpolate between rows. */
export type WaitRow = readonly [ahead: number, lowSeconds: number, highSeconds: number];

/** Admissions are believed once the line has been busy for a whole minute of their measuring. */
export const MEASURED_AFTER_MS = 60_000;
/** How far the coming minutes may differ from the last one, as a share. */
const SPREAD = 0.15;
/** Being called, coming to the gate, being let in: added to every high end. */
const HANDLING_SECONDS = 5;

/**
 * The waits that can honestly be promised now, or none where they are not known: in a room that is held, while a
 * line that was lost admits nobody yet, or before a line that is filling a bounded service has been watched for a
 * minute. `busyMs` is how long, without a break, somebody has been waiting before a gate that admits.
 */
export function waitRows(line: Snapshot, busyMs: number): readonly WaitRow[] {
  if (line.mode !== "queue" || line.admitsInMs !== 0) return [];
  const { capacity, outflowPerMinute } = line.settings;
  const measured = busyMs >= MEASURED_AFTER_MS;
  if (!measured && capacity > 0 && line.sessions >= capacity / 2) return [];
  // A lowered outflow counts at once, not when the last minute has shown it.
  const perMinute = measured ? Math.min(line.admittedLastMinute, outflowPerMinute) : outflowPerMinute;
  if (perMinute <= 0) return [];
  const showRate = line.showPermille / 1000;
  const slowest = Math.min(perMinute, surePerMinute(line, busyMs)) * (1 - SPREAD);
  const row = (ahead: number): WaitRow => {
    const people = peopleAmong(line, ahead);
    const fewest = people * Math.max(0.05, showRate - SPREAD);
    const most = people * Math.min(1, showRate + SPREAD);
    return [
      ahead,
      Math.ceil((fewest * 60) / (perMinute * (1 + SPREAD))),
      Math.ceil((most * 60) / slowest) + HANDLING_SECONDS,
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
 * The pace that a bounded service keeps even if every session lasts its full length. Once the line has been busy
 * for a session's length, what was measured is what the service really frees.
 */
function surePerMinute({ settings }: Snapshot, busyMs: number): number {
  const { capacity, sessionSeconds } = settings;
  if (capacity === 0 || busyMs >= Math.max(MEASURED_AFTER_MS, sessionSeconds * 1000)) {
    return Number.POSITIVE_INFINITY;
  }
  return (capacity * 60) / sessionSeconds;
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
