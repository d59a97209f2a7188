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
 * The waits that can honestly be promised now, or none where they are not known: in a room that is held, or
 * before a line that is filling a bounded service has been watched for a minute. `busyMs` is how long, without
 * a break, somebody has been waiting.
 */
export function waitRows(line: Snapshot, busyMs: number): readonly WaitRow[] {
  if (line.mode !== "queue") return [];
  const { capacity, outflowPerMinute } = line.settings;
  const measured = busyMs >= MEASURED_AFTER_MS;
  if (!measured && capacity > 0 && line.sessions >= capacity / 2) return [];
  // A lowered outflow counts at once, not when the last minute has shown it.
  const perMinute = measured ? Math.min(line.admittedLastMinute, outflowPerMinute) : outflowPerMinute;
  if (perMinute <= 0) return [];
  const ahead = Math.max(1, line.issued - line.serving);
  const showRate = line.showPermille / 1000;
  const fewest = ahead * Math.max(0.05, showRate - SPREAD);
  const most = ahead * Math.min(1, showRate + SPREAD);
  const slowest = Math.min(perMinute, surePerMinute(line, busyMs)) * (1 - SPREAD);
  return [
    [0, 0, HANDLING_SECONDS],
    [
      ahead,
      Math.ceil((fewest * 60) / (perMinute * (1 + SPREAD))),
      Math.ceil((most * 60) / slowest) + HANDLING_SECONDS,
    ],
  ];
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

/** The wait of somebody with so many ahead, or null where it is not known. */
export function waitFor(rows: readonly WaitRow[], ahead: number): { low: number; high: number } | null {
  const at = rows.findIndex((row) => row[0] >= ahead);
  const above = rows[at === -1 ? rows.length - 1 : at];
  if (!above) return null;
  const below = at === -1 ? rows[rows.length - 2] : rows[at - 1];
  if (!below || above[0] === ahead) return { low: above[1], high: above[2] };
  // Beyond the last row the line through the last two is the best that is known.
  const share = (ahead - below[0]) / (above[0] - below[0]);
  return { low: between(below[1], above[1], share), high: between(below[2], above[2], share) };
}

function between(low: number, high: number, share: number): number {
  return Math.ceil(low + (high - low) * share);
}
