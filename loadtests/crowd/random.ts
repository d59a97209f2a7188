/** A stream of numbers from 0 to under 1. */
export type Random = () => number;

/**
 * The stream of one visitor: the same for the same seed and index whatever the others do and however their
 * replies interleave, so that a seed replays who comes when, who stays away and what each chooses.
 */
export function randomOf(seed: number, index: number): Random {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35)) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** A whole number from 0 to `below - 1`. */
export function wholeBelow(below: number, random: Random): number {
  return Math.floor(random() * below);
}
