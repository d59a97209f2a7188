import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { SettingsError } from "../settings.ts";
import { type NamedOperator, parseOperators, readOperatorsFile, tokenBook } from "./roles.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const ANNA: NamedOperator = { name: "Anna Holm", role: "viewer", tokenSha256: sha256("token-of-anna-0123") };
const BENT: NamedOperator = { name: "Bent", role: "operator", tokenSha256: sha256("token-of-bent-0123") };

describe("a token", () => {
  const book = tokenBook("token-of-the-setting", [ANNA, BENT]);

  it("is its holder's", () => {
    expect(book("token-of-anna-0123")).toEqual({ name: "Anna Holm", role: "viewer" });
    expect(book("token-of-bent-0123")).toEqual({ name: "Bent", role: "operator" });
    expect(book("token-of-the-setting")).toEqual({ name: "operator", role: "admin" });
  });

  it.each(["", "token-of-anna-012", "token-of-anna-01234", ANNA.tokenSha256, "Anna Holm"])(
    "is nobody's: %s",
    (token) => {
      expect(book(token)).toBeNull();
    },
  );
});

function problemsOf(operators: unknown): readonly string[] {
  try {
    parseOperators("operators.json", JSON.stringify({ operators }));
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
  }
  return [];
}

describe("the operators file", () => {
  // PROTOCOL: a file that gives each operator a name, a role and a token of their own
  it("gives everybody a name, a role and a token of their own", () => {
    expect(parseOperators("operators.json", JSON.stringify({ operators: [ANNA, BENT] }))).toEqual([
      ANNA,
      BENT,
    ]);
    expect(readOperatorsFile(null)).toEqual([]);
  });

  it.each([
    [{ ...ANNA, role: "boss" }, 'operators.0.role: "boss"; allowed: "viewer", "operator" or "admin"'],
    [{ ...ANNA, name: " " }, 'operators.0.name: " "; allowed: a name of 1 to 100 characters'],
    [{ ...ANNA, name: "operator" }, 'name "operator" given twice; allowed: one of its own, not "operator"'],
    [{ ...ANNA, name: BENT.name }, 'name "Bent" given twice; allowed: one of its own, not "operator"'],
    [{ ...ANNA, tokenSha256: BENT.tokenSha256 }, `"Bent" has another's token; allowed: one each`],
    [{ ...ANNA, token: "x" }, "operators.0.token: (not shown); allowed: there is no such field; "],
  ])("names what is wrong with %o", (wrong, line) => {
    const problems = problemsOf([wrong, BENT]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`operators.json: ${line}`);
  });

  it("never shows a token that was put in place of its hash", () => {
    expect(problemsOf([{ ...ANNA, tokenSha256: "a-secret-token" }]).join()).not.toContain("a-secret-token");
  });

  it("that cannot be read, or is no JSON, is one line", () => {
    expect(() => readOperatorsFile("no/such/file.json")).toThrow(
      /^SLUSE_OPERATORS: "no\/such\/file.json"; allowed: /,
    );
    expect(() => parseOperators("operators.json", "{")).toThrow(/^operators.json: not JSON; allowed: /);
  });
});
