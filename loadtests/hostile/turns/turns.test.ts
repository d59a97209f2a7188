import { describe, expect, it } from "vitest";
import { TURN_ATTACKS } from "./attacks.ts";
import { faultOf, runTurnAttack } from "./turns.ts";

/** Those that take seconds, one of each kind; `npm run hostile -- --short` plays all. */
const PLAYED_HERE = ["sockets without a session", "side doors", "one pass for many", "abandoned places"];

describe("a figure", () => {
  const figure = { what: "places", got: 7 };

  it.each([
    [{ ...figure, most: 7 }, null],
    [{ ...figure, least: 7, most: 7 }, null],
    [{ ...figure, most: 6 }, "places: 7, allowed 6 or less"],
    [{ ...figure, least: 8 }, "places: 7, allowed 8 or more"],
    [{ ...figure, got: Number.NaN, most: 6 }, "places: NaN, allowed 6 or less"],
  ])("%j: %s", (seen, fault) => expect(faultOf(seen)).toBe(fault));
});

it("each attack has a name of its own", () => {
  const names = TURN_ATTACKS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

describe("in the short form", () => {
  it.each(TURN_ATTACKS.filter(({ name }) => PLAYED_HERE.includes(name)))(
    "$name: held",
    { timeout: 60_000 },
    async (attack) => {
      const { figures } = await runTurnAttack(attack, "short");
      expect(figures.length).toBeGreaterThan(0);
      expect(figures.flatMap((figure) => faultOf(figure) ?? [])).toEqual([]);
    },
  );

  it("all that are named here exist", () => {
    const names = TURN_ATTACKS.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(PLAYED_HERE));
  });
});
