import { expect, test } from "vitest";
import { fill, TEXTS } from "./texts.ts";

/** Every text with its path: `waiting.heading`. */
function flat(value: unknown, path = ""): [path: string, text: string][] {
  if (typeof value === "string") return [[path, value]];
  return Object.entries(value as object).flatMap(([key, inner]) =>
    flat(inner, path ? `${path}.${key}` : key),
  );
}

const da = new Map(flat(TEXTS.da));
const en = new Map(flat(TEXTS.en));
const marks = (text = "") => [...text.matchAll(/\{\w+\}/g)].map((match) => match[0]).sort();

test("both languages have the same texts, none empty", () => {
  expect([...da.keys()]).toEqual([...en.keys()]);
  expect(da.size).toBeGreaterThan(60);
  for (const [path, text] of [...da, ...en]) expect(text.trim(), path).not.toBe("");
});

test("the same values are filled into both", () => {
  for (const [path, text] of da) expect(marks(en.get(path)), path).toEqual(marks(text));
});

test("nothing was left untranslated", () => {
  const alike = [...da].filter(([path, text]) => en.get(path) === text).map(([path]) => path);
  // A range and a pause are written alike; everything else is language.
  expect(alike).toEqual([]);
});

test("texts hold no markup: they are put into pages as they are", () => {
  for (const [path, text] of [...da, ...en]) expect(text, path).not.toMatch(/[<>&]/);
});

test("fill puts values in and leaves what it does not know", () => {
  expect(fill("{n} of {m}", { n: "1" })).toBe("1 of {m}");
  expect(fill("{name}", { name: "{name} $& $1" })).toBe("{name} $& $1");
});
