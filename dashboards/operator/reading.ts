/** What a chart says of one of its lines, and of when. */

/** A value and its time; both null where nothing is known. */
export interface Reading {
  readonly value: number | null;
  /** Epoch ms. */
  readonly atMs: number | null;
  /** It is as fresh as the chart can have it: of any other the time is to be said. */
  readonly isNow: boolean;
}

interface Course {
  readonly at: readonly number[];
  readonly values: readonly (number | null)[];
  /** How far points lie apart. */
  readonly stepMs: number;
  /** The end of the time shown. */
  readonly untilMs: number;
}

/** The step that is still being filled is not drawn, and the next is asked for some seconds later. */
const STEPS_BEHIND = 2;
const ASKED_EVERY_MS = 10_000;

/** The last value that is known. */
export function latestOf({ at, values, stepMs, untilMs }: Course): Reading {
  const index = values.findLastIndex((value) => value !== null);
  const [value = null, atMs = null] = [values[index], at[index]];
  return {
    value,
    atMs,
    isNow: atMs !== null && untilMs - atMs <= STEPS_BEHIND * stepMs + ASKED_EVERY_MS,
  };
}

/** The value at a point, known or not. */
export function readingAt({ at, values }: Course, index: number): Reading {
  return { value: values[index] ?? null, atMs: at[index] ?? null, isNow: false };
}

/** The stretches of a course without gaps, as indices: from the first known value to the one after the last. */
export function stretchesOf(values: readonly (number | null)[]): readonly (readonly [number, number])[] {
  const stretches: [number, number][] = [];
  for (const [i, value] of values.entries()) {
    if (value === null) continue;
    const last = stretches.at(-1);
    if (last?.[1] === i) last[1] = i + 1;
    else stretches.push([i, i + 1]);
  }
  return stretches;
}
