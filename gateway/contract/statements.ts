/** PROTOCOL.md as statements, and what of them tests quote. Pure: coverage.test.ts gives it the files. */

/** A line comment of a test that quotes what the test shows. */
const QUOTATION = /^[ \t]*\/\/ PROTOCOL: (.+)$/gm;
/** A piece of fewer words says nothing without the piece before it: `600`, `none`. */
const LEAST_WORDS = 3;

/**
 * A sentence, or a part of one behind a semicolon; of a table's row, such a part of a cell. `lead` says which row
 * and, in a table of several columns, which column it is, so that a quotation can tell short cells apart:
 * `hold | claim: 202 if called`.
 */
export interface Statement {
  readonly lead: string;
  readonly text: string;
}

/** Words of PROTOCOL.md that a test says it shows, with the test's file and line. */
export interface Quotation {
  readonly words: string;
  readonly at: string;
}

export function statementsOf(markdown: string): Statement[] {
  return markdown.split(/\n{2,}/).flatMap((block) => {
    const lines = block.split("\n").filter((line) => !line.startsWith("#"));
    const prose = lines.filter((line) => !line.startsWith("|")).join(" ");
    const rows = rowsOf(lines.filter((line) => line.startsWith("|")));
    return [...partsOf(prose).map((text) => ({ lead: "", text })), ...rows];
  });
}

export function quotationsIn(path: string, source: string): Quotation[] {
  return [...source.matchAll(QUOTATION)].map((found) => ({
    words: plain(found[1] ?? ""),
    at: `${path}:${source.slice(0, found.index).split("\n").length}`,
  }));
}

/** In how many statements these words occur: one, unless they are out of date or too few to tell. */
export function occurrences(statements: readonly Statement[], words: string): number {
  return statements.filter(({ lead, text }) => (lead + text).includes(words)).length;
}

/** What no quotation says of a statement; empty where every word of it is quoted. */
export function unquoted({ lead, text }: Statement, quotations: readonly string[]): string[] {
  const whole = lead + text;
  const left = [...whole];
  for (const words of quotations) {
    const at = whole.indexOf(words);
    if (at !== -1) left.fill("\0", at, at + words.length);
  }
  const pieces = left.slice(lead.length).join("").split(/\0+/);
  return pieces.map((piece) => piece.trim()).filter((piece) => /[a-z0-9]/i.test(piece));
}

function rowsOf(lines: readonly string[]): Statement[] {
  const [names = [], , ...rows] = lines.map(cellsOf);
  return rows.flatMap(([subject = "", ...cells]) =>
    cells.flatMap((cell, index) => {
      const column = cells.length > 1 ? `${names[index + 1]}: ` : "";
      return partsOf(cell).map((text) => ({ lead: `${plain(subject)} | ${column}`, text }));
    }),
  );
}

function cellsOf(row: string): string[] {
  const cells = row.split(/(?<!\\)\|/);
  return cells.slice(1, -1).map((cell) => cell.trim());
}

/** Splits behind full stops and semicolons, but not within code. */
function partsOf(text: string): string[] {
  const parts = text.split(/(?<=^(?:[^`]*`[^`]*`)*[^`]*[.;])(?:\s+|$)/).map((part) => plain(part));
  const said = parts.map((part) => part.replace(/[.;]$/, "")).filter((part) => part !== "");
  const joined: string[] = [];
  for (const part of said) {
    const last = joined.pop();
    if (last === undefined) joined.push(part);
    else if (part.split(" ").length >= LEAST_WORDS) joined.push(last, part);
    else joined.push(`${last}; ${part}`);
  }
  return joined;
}

/** As it is read: a quotation may leave out the marks of code, and knows no line breaks. */
function plain(text: string): string {
  return text
    .replace(/`|\*\*|\\(?=\|)/g, "")
    .replace(/\s+/g, " ")
    .trim();
}
