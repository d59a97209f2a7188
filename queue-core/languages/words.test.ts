import { expect, it } from "vitest";
import { countedIn, fill } from "./words.ts";

it("fill puts values in and leaves what it does not know", () => {
  expect(fill("{n} of {m}", { n: "1" })).toBe("1 of {m}");
  expect(fill("{name}", { name: "{name} $& $1" })).toBe("{name} $& $1");
});

it("the form of a count is the locale's, and so is the number", () => {
  const polish = { one: "{n} osoba", few: "{n} osoby", many: "{n} osób", other: "{n} osoby" };
  const inPolish = countedIn("pl-PL");
  expect([1, 3, 5, 12_000].map((n) => inPolish(polish, n))).toEqual([
    "1 osoba",
    "3 osoby",
    "5 osób",
    "12\u00a0000 osób",
  ]);
  expect(countedIn("da-DK")({ one: "én", other: "{n}" }, 1)).toBe("én");
  // A form that a language lacks, as where the browser knows its plurals otherwise.
  expect(inPolish({ other: "{n}" }, 5)).toBe("5");
});
