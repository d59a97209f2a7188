import { MOST_PLAUSIBLE_AHEAD_MS, MOST_PLAUSIBLE_GROWTH } from "./constants.ts";
import type { KnownSettings } from "./settings.ts";

/**
 * The highest state of a line that somebody remembers: a gateway, a ticket, a page's seal. Offered to the
 * store with every call, so that a failover that lost writes, or an empty store, is put right by whoever
 * comes first.
 */
export interface Floor {
  readonly generation: number;
  readonly issued: number;
  readonly serving: number;
  /** The settings last seen, or null from those who do not carry them (tickets, seals). */
  readonly settings: KnownSettings | null;
  /** Most joins in one second seen; the barrier skipped when an empty store is filled. */
  readonly peakJoinsPerSecond: number;
}

export const NO_FLOOR: Floor = {
  generation: 0,
  issued: 0,
  serving: 0,
  settings: null,
  peakJoinsPerSecond: 0,
};

/** Numbers compare by generation first; within one they take the maximum, so merging twice changes nothing. */
export function mergeFloors(a: Floor, b: Floor): Floor {
  const settings = mergeSettings(a.settings, b.settings);
  const peakJoinsPerSecond = Math.max(a.peakJoinsPerSecond, b.peakJoinsPerSecond);
  if (a.generation !== b.generation) {
    const newer = a.generation > b.generation ? a : b;
    return { ...newer, settings, peakJoinsPerSecond };
  }
  return {
    generation: a.generation,
    issued: Math.max(a.issued, b.issued),
    serving: Math.max(a.serving, b.serving),
    settings,
    peakJoinsPerSecond,
  };
}

/** The highest version wins, field by field: what it does not know is taken from the other. */
function mergeSettings(a: KnownSettings | null, b: KnownSettings | null): KnownSettings | null {
  if (a === null || b === null) return a ?? b;
  return a.version >= b.version ? completed(a, b) : completed(b, a);
}

function completed(known: KnownSettings, other: KnownSettings): KnownSettings {
  const isWhole = Object.keys(other).every((name) => name in known);
  return isWhole ? known : { ...other, ...known };
}

/**
 * Whether a store at (generation, issued) may believe this floor. An empty store (generation 0) has nothing
 * to compare with, and must take a line of any length back.
 */
export function isPlausible(
  floor: Floor,
  line: { readonly generation: number; readonly issued: number; readonly storeTimeMs: number },
): boolean {
  if (floor.generation > line.storeTimeMs + MOST_PLAUSIBLE_AHEAD_MS) return false;
  if (line.generation === 0) return true;
  const base = floor.generation === line.generation ? line.issued : 0;
  return floor.issued <= base + MOST_PLAUSIBLE_GROWTH && floor.serving <= base + MOST_PLAUSIBLE_GROWTH;
}
