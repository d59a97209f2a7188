import { describe, expect, it } from "vitest";
import { NO_FLOOR } from "#core";
import { lineAt } from "./line-fixture.ts";
import { Places } from "./places.ts";

const FLOOR = { ...NO_FLOOR, generation: 1, issued: 100, serving: 10 };
const ENTRY = { jti: "fresh", intent: "join" as const };
const placed = (number: number, jti = "fresh") => ({ state: "placed" as const, number, jti });

describe("a number given twice", () => {
  it("is one that was known to be given when the batch was first sent", () => {
    const places = new Places();
    places.sending(1, FLOOR);
    const line = lineAt({ issued: 102 });
    expect(places.givenTwice([ENTRY, ENTRY], [placed(101), placed(102)], line)).toBe(0);
    expect(places.givenTwice([ENTRY, ENTRY], [placed(100), placed(101)], line)).toBe(1);
  });

  it("is none where a batch is repeated, a place was held already, or nothing was taken", () => {
    const places = new Places();
    places.sending(1, FLOOR);
    places.sending(1, { ...FLOOR, issued: 101 });
    const line = lineAt({ issued: 101 });
    expect(places.givenTwice([ENTRY], [placed(101)], line)).toBe(0);
    expect(places.givenTwice([ENTRY], [placed(50, "of the first join")], line)).toBe(0);
    expect(places.givenTwice([ENTRY], [{ state: "must-wait" }], line)).toBe(0);
    const passedThrough = { state: "admitted" as const, number: 0, jti: "fresh", remainingMs: 0 };
    expect(places.givenTwice([ENTRY], [passedThrough], line)).toBe(0);
  });

  it("is none in a line that was started anew", () => {
    const places = new Places();
    places.sending(1, FLOOR);
    expect(places.givenTwice([ENTRY], [placed(1)], lineAt({ generation: 2, issued: 1 }))).toBe(0);
  });
});

describe("an unknown place", () => {
  it("is a good ticket's beyond the end of the line, or of a later line, and counts once", () => {
    const places = new Places();
    const line = lineAt({ generation: 2, issued: 100 });
    const tickets = [
      { jti: "in line", number: 100, generation: 2 },
      { jti: "beyond", number: 101, generation: 2 },
      { jti: "void", number: 500, generation: 1 },
      { jti: "later", number: 1, generation: 3 },
    ];
    expect(places.unknown(tickets, line)).toBe(2);
    expect(places.unknown(tickets, line)).toBe(0);
  });
});
