import { estimateWait, type Snapshot, type WaitRow } from "#core";

/** The line at one moment, and the waits that it promised then. */
interface Moment {
  /** The store's time, epoch ms. */
  readonly atMs: number;
  readonly issued: number;
  readonly serving: number;
  readonly waits: readonly WaitRow[];
}

/** What a number was promised when it was given out, and when it was called. */
export interface Promised {
  readonly joinedMs: number;
  /** The high end of the range that was shown. */
  readonly seconds: number;
  /** Null where the call is so young that it has not been noted. */
  readonly calledMs: number | null;
}

/** Moments are kept this far apart at first, and twice as far each time that there are too many. */
const SPACING_MS = 1_000;
const MOST_MOMENTS = 4_096;
/** A page says "under 1 minute" of anything shorter. */
const LEAST_PROMISE_SECONDS = 60;

/**
 * Remembers how the line stood while it grew. What any number was promised follows from when it was given, so
 * nothing is kept of any visitor; a room costs at most a megabyte.
 */
export class Promises {
  #moments: Moment[] = [];
  #generation = 0;
  #spacingMs = SPACING_MS;

  /** The line as pages are told of it now. */
  note({ generation, storeTimeMs, issued, serving }: Snapshot, waits: readonly WaitRow[]): void {
    if (generation !== this.#generation) {
      this.#generation = generation;
      this.#moments = [];
      this.#spacingMs = SPACING_MS;
    }
    const last = this.#moments.at(-1);
    if (last !== undefined) {
      if (storeTimeMs - last.atMs < this.#spacingMs || issued < last.issued || serving < last.serving) return;
      if (issued === last.issued && serving === last.serving) return;
    }
    this.#moments.push({ atMs: storeTimeMs, issued, serving, waits });
    if (this.#moments.length > MOST_MOMENTS) this.#thin();
  }

  /** Null where this gateway did not see it given out, or nothing was promised then. */
  of(number: number): Promised | null {
    const first = this.#moments[0];
    if (first === undefined || number <= first.issued) return null;
    const joined = this.#firstWhere((moment) => moment.issued >= number);
    const called = this.#firstWhere((moment) => moment.serving >= number);
    if (joined === null) return null;
    const wait = estimateWait(joined.waits, number - joined.serving);
    if (wait === null) return null;
    const seconds = Math.max(LEAST_PROMISE_SECONDS, wait.highSeconds);
    return { joinedMs: joined.atMs, seconds, calledMs: called?.atMs ?? null };
  }

  #firstWhere(holds: (moment: Moment) => boolean): Moment | null {
    let from = 0;
    let to = this.#moments.length;
    while (from < to) {
      const middle = Math.floor((from + to) / 2);
      if (holds(this.#moments[middle] as Moment)) to = middle;
      else from = middle + 1;
    }
    return this.#moments[from] ?? null;
  }

  #thin(): void {
    this.#spacingMs *= 2;
    this.#moments = this.#moments.filter((_, i) => i % 2 === 0);
  }
}
