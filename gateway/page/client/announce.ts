/** What a screen reader may be told now. */
export type Spoken = {
  /** Whole, with heading and messages: said when `event` changes. */
  readonly full: string;
  /** The numbers only: said when they alone change. */
  readonly brief: string;
  /** Changes with what must be heard at once: the phase, the operator's message. */
  readonly event: string;
  /** Changes with what is worth hearing soon: the band of the wait, a lost connection. */
  readonly band: string;
};

export type Announced = Omit<Spoken, "full"> & { readonly text: string; readonly atMs: number };

const ROUTINE_MS = 60_000;
/** A wait that wavers over the edge of a band must not talk without end. */
const BAND_CHANGE_MS = 15_000;

/** A screen reader takes a text up when it comes; after this it may go again. */
const TAKEN_UP_MS = 2_000;

/** True for a text that was said and no longer agrees with what is shown: whoever reads on by hand must not find it. */
export function isOutdated(last: Announced | null, spoken: Spoken, nowMs: number): boolean {
  return last !== null && last.brief !== spoken.brief && nowMs - last.atMs >= TAKEN_UP_MS;
}

/** What to say now, or null to stay silent: events at once, changes of band after 15 s, the rest once a minute. */
export function announcement(last: Announced | null, spoken: Spoken, nowMs: number): Announced | null {
  const { full, brief, event, band } = spoken;
  if (last === null || event !== last.event) return { text: full, brief, event, band, atMs: nowMs };
  if (brief === last.brief) return null;
  const quietMs = band === last.band ? ROUTINE_MS : BAND_CHANGE_MS;
  return nowMs - last.atMs >= quietMs ? { text: brief, brief, event, band, atMs: nowMs } : null;
}
