import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countBetween, firstFrom, put, remove, type SortedSet, sortedSet, upTo } from "./sorted-set.ts";

const anyMember = fc.constantFrom("a", "b", "c", "dd", "e:1", "e:2", "0001:x", "0002:x");
const anyScore = fc.integer({ min: -5, max: 20 });
const anyChanges = fc.array(fc.tuple(anyMember, fc.option(anyScore)), { maxLength: 40 });

/** The same changes to a set, and to a map that is sorted when asked. */
function applied(changes: readonly (readonly [string, number | null])[]) {
  const set: SortedSet = sortedSet();
  const scores = new Map<string, number>();
  for (const [member, score] of changes) {
    if (score === null) expect(remove(set, member)).toBe(scores.delete(member));
    else {
      put(set, member, score);
      scores.set(member, score);
    }
  }
  const naive = [...scores].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
  return { set, naive };
}

describe("sorted set", () => {
  it("stands in the order of score, then member", () => {
    fc.assert(
      fc.property(anyChanges, (changes) => {
        const { set, naive } = applied(changes);
        expect(set.order).toEqual(naive.map(([member]) => member));
        expect(new Map(naive)).toEqual(set.scores);
      }),
    );
  });

  it("finds and counts as a naive search does", () => {
    fc.assert(
      fc.property(anyChanges, anyScore, anyScore, (changes, low, high) => {
        const { set, naive } = applied(changes);
        expect(upTo(set, high)).toEqual(naive.filter(([, score]) => score <= high).map(([one]) => one));
        expect(firstFrom(set, low)).toBe(naive.find(([, score]) => score >= low)?.[0]);
        const between = naive.filter(([, score]) => low < score && score <= high).length;
        if (low <= high) expect(countBetween(set, low, high)).toBe(between);
      }),
    );
  });
});
