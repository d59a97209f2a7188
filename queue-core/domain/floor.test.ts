import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MOST_PLAUSIBLE_AHEAD_MS, MOST_PLAUSIBLE_GROWTH } from "./constants.ts";
import { type Floor, isPlausible, mergeFloors, NO_FLOOR } from "./floor.ts";
import { settingsWith } from "./settings.ts";

/** One set of settings has one version; the same version twice is the same settings. */
const settingsOf = (version: number) => settingsWith({ outflowPerMinute: version + 1, version });

const anyFloor: fc.Arbitrary<Floor> = fc.record({
  generation: fc.nat(3),
  issued: fc.nat(50),
  serving: fc.nat(50),
  settings: fc.option(fc.nat(5).map(settingsOf)),
  peakJoinsPerSecond: fc.nat(9),
});

describe("merging floors", () => {
  it("does not depend on who comes first", () => {
    fc.assert(
      fc.property(anyFloor, anyFloor, (a, b) => {
        expect(mergeFloors(a, b)).toEqual(mergeFloors(b, a));
      }),
    );
    fc.assert(
      fc.property(anyFloor, anyFloor, anyFloor, (a, b, c) => {
        expect(mergeFloors(mergeFloors(a, b), c)).toEqual(mergeFloors(a, mergeFloors(b, c)));
      }),
    );
  });

  it("changes nothing when the same floor comes again", () => {
    fc.assert(
      fc.property(anyFloor, anyFloor, (a, b) => {
        const merged = mergeFloors(a, b);
        expect(mergeFloors(a, a)).toEqual(a);
        expect(mergeFloors(merged, b)).toEqual(merged);
        expect(mergeFloors(NO_FLOOR, merged)).toEqual(merged);
      }),
    );
  });

  it("never goes down", () => {
    fc.assert(
      fc.property(anyFloor, anyFloor, (a, b) => {
        const merged = mergeFloors(a, b);
        expect(merged.generation).toBe(Math.max(a.generation, b.generation));
        expect(merged.settings?.version ?? -1).toBe(
          Math.max(a.settings?.version ?? -1, b.settings?.version ?? -1),
        );
        for (const one of [a, b]) {
          if (one.generation !== merged.generation) continue;
          expect(merged.issued).toBeGreaterThanOrEqual(one.issued);
          expect(merged.serving).toBeGreaterThanOrEqual(one.serving);
        }
      }),
    );
  });
});

describe("what a store believes", () => {
  const line = { generation: 5, issued: 1000, storeTimeMs: 1_800_000_000_000 };
  const most = 1000 + MOST_PLAUSIBLE_GROWTH;

  it.each([
    ["growth up to the bound", { generation: 5, issued: most, serving: most }, true],
    ["more numbers", { generation: 5, issued: most + 1, serving: 0 }, false],
    ["more calls", { generation: 5, issued: 0, serving: most + 1 }, false],
    [
      "a new generation of its own length",
      { generation: 6, issued: MOST_PLAUSIBLE_GROWTH, serving: 0 },
      true,
    ],
    ["a new generation that is too long", { generation: 6, issued: most, serving: 0 }, false],
    [
      "a generation of tomorrow",
      { generation: line.storeTimeMs + MOST_PLAUSIBLE_AHEAD_MS, issued: 1, serving: 1 },
      true,
    ],
    [
      "one after that",
      { generation: line.storeTimeMs + MOST_PLAUSIBLE_AHEAD_MS + 1, issued: 1, serving: 1 },
      false,
    ],
  ])("%s", (_, floor, isBelieved) => {
    expect(isPlausible({ ...NO_FLOOR, ...floor }, line)).toBe(isBelieved);
  });

  it("any length, where it is empty itself", () => {
    expect(isPlausible({ ...NO_FLOOR, generation: 6, issued: 3 * most }, { ...line, generation: 0 })).toBe(
      true,
    );
  });
});
