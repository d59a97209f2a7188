/**
 * PROTOCOL.md is kept true by tests that name what they show. Whoever writes a sentence there writes a test of it,
 * with the sentence's words above it in a line comment: `PROTOCOL: A reset voids tickets`. Every word of the page is
 * so quoted somewhere, in pieces of any length; what is changed in it must be changed in its tests too.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { listFiles, readFiles } from "../../.ci/repository.ts";
import { occurrences, type Quotation, quotationsIn, statementsOf, unquoted } from "./statements.ts";

/** What no test shows, each with the reason. What has come to be shown must go from here. */
const NOT_SHOWN: readonly (readonly [words: string, why: string])[] = [
  ["Black-box tests are written against this page", "it is about the page"],
  ["keep it true", "it is about the page"],
  ["replies may gain fields", "it is a freedom"],
  ["needs no more than `npm ci`), `npm test`,", "a test does not run the test command; a clean clone does"],
  ["`npm run load -- SCENARIO`, `npm run load:report`", "not there yet"],
];

const statements = statementsOf(readFileSync(new URL("PROTOCOL.md", import.meta.url), "utf8"));
const tests = readFiles(listFiles().filter((path) => path.endsWith(".test.ts")));
const quotations = tests.flatMap(({ path, text }) => quotationsIn(path, text));
const notShown = quotationsIn("NOT_SHOWN", NOT_SHOWN.map(([words]) => `// PROTOCOL: ${words}`).join("\n"));

function unquotedBy(quoted: readonly Quotation[]): string[] {
  const words = quoted.map((quotation) => quotation.words);
  return statements.flatMap((statement) =>
    unquoted(statement, words).map((piece) => `"${piece}" of "${statement.lead}${statement.text}"`),
  );
}

describe("PROTOCOL.md", () => {
  it("is quoted whole by the tests that show it, or by NOT_SHOWN", () => {
    expect(statements.length).toBeGreaterThan(100);
    expect(unquotedBy([...quotations, ...notShown])).toEqual([]);
  });

  it("holds every quotation, in one place", () => {
    const stale = [...quotations, ...notShown].filter(({ words }) => occurrences(statements, words) !== 1);
    expect(
      stale.map(({ words, at }) => `${at}: "${words}" is there ${occurrences(statements, words)} times`),
    ).toEqual([]);
  });

  it("has nothing in NOT_SHOWN that a test shows", () => {
    const needed = notShown.filter(
      (each) => unquotedBy([...quotations, ...notShown.filter((other) => other !== each)]).length > 0,
    );
    expect(notShown.filter((each) => !needed.includes(each))).toEqual([]);
  });
});

describe("the reader", () => {
  const page = [
    "# The page",
    "A line grows. It never shrinks; `a; b` stays whole.",
    "",
    "Modes:",
    "| mode | join | claim |",
    "|---|---|---|",
    "| `hold` | a number | 409; 202 if called |",
    "",
    "| variable | meaning |",
    "|---|---|",
    "| `PORT` | a port; 1; `a\\|b` for two |",
  ].join("\n");
  const read = statementsOf(page);

  it("tells sentences, their parts, and the cells of a table", () => {
    expect(read.map(({ lead, text }) => lead + text)).toEqual([
      "A line grows",
      "It never shrinks",
      "a; b stays whole",
      "Modes:",
      "hold | join: a number",
      "hold | claim: 409",
      "hold | claim: 202 if called",
      "PORT | a port; 1",
      "PORT | a|b for two",
    ]);
  });

  it("finds quotations in comments, and where they stand", () => {
    const source = 'it("x", () => {\n  // PROTOCOL: It never shrinks\n});\n';
    expect(quotationsIn("a.test.ts", source)).toEqual([{ words: "It never shrinks", at: "a.test.ts:2" }]);
    expect(quotationsIn("a.test.ts", 'const text = "// PROTOCOL: It never shrinks";')).toEqual([]);
  });

  it("sees what is left unsaid, said of nothing, or of two", () => {
    const [grows] = read;
    if (grows === undefined) throw new Error("the page has statements");
    expect(unquoted(grows, ["A line"])).toEqual(["grows"]);
    expect(unquoted(grows, ["A line", "line grows"])).toEqual([]);
    expect(occurrences(read, "It shrinks")).toBe(0);
    expect(occurrences(read, "hold")).toBe(3);
    expect(occurrences(read, "hold | claim: 409")).toBe(1);
  });
});
