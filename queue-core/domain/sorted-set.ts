/** Members in the order of (score, member): what a Redis sorted set is, for the memory store. */
export interface SortedSet {
  readonly scores: Map<string, number>;
  readonly order: string[];
}

export function sortedSet(): SortedSet {
  return { scores: new Map(), order: [] };
}

/** Adds the member, or moves it to its new score. */
export function put(set: SortedSet, member: string, score: number): void {
  remove(set, member);
  set.scores.set(member, score);
  set.order.splice(rank(set, score, member), 0, member);
}

/** True if the member was there. */
export function remove(set: SortedSet, member: string): boolean {
  const score = set.scores.get(member);
  if (score === undefined) return false;
  set.order.splice(rank(set, score, member), 1);
  set.scores.delete(member);
  return true;
}

/** The members with a score of at most `highest`, lowest first. */
export function upTo(set: SortedSet, highest: number): string[] {
  return set.order.slice(0, rank(set, highest + 1, ""));
}

/** The members with a score of at least `lowest`, lowest first. */
export function from(set: SortedSet, lowest: number): string[] {
  return set.order.slice(rank(set, lowest, ""));
}

/** How many have `above < score <= highest`; scores are integers. */
export function countBetween(set: SortedSet, above: number, highest: number): number {
  return rank(set, highest + 1, "") - rank(set, above + 1, "");
}

/** The first member with a score of at least `lowest`. */
export function firstFrom(set: SortedSet, lowest: number): string | undefined {
  return set.order[rank(set, lowest, "")];
}

/** How many stand before this member; undefined where it is none. */
export function rankOf(set: SortedSet, member: string): number | undefined {
  const score = set.scores.get(member);
  return score === undefined ? undefined : rank(set, score, member);
}

/** How many stand before (score, member). */
function rank(set: SortedSet, score: number, member: string): number {
  let low = 0;
  let high = set.order.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(set, set.order[middle] ?? "", score, member)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isBefore(set: SortedSet, other: string, score: number, member: string): boolean {
  const otherScore = set.scores.get(other) ?? 0;
  return otherScore < score || (otherScore === score && other < member);
}
