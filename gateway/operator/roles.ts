import { createHash, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { ROLES, type Role } from "#operator-api";
import { badFieldsOf } from "../fields.ts";
import { SettingsError } from "../settings.ts";

/** Somebody who may use the operators' listener. The name stands in the audit trail. */
export interface Operator {
  readonly name: string;
  readonly role: Role;
}

/** Finds whose token this is; null: nobody's. The time it takes says nothing about any token. */
export type TokenBook = (token: string) => Operator | null;

/** Who holds `SLUSE_OPERATOR_TOKEN`: an admin of no name of their own. */
const HOLDER_OF_THE_SETTING: Operator = { name: "operator", role: "admin" };

const operatorSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^\S(.{0,98}\S)?$/u)
      .describe("a name of 1 to 100 characters"),
    role: z.enum(ROLES).describe('"viewer", "operator" or "admin"'),
    tokenSha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .describe("the SHA-256 of a random token: 64 of 0 to 9 and a to f"),
  })
  .describe('{"name": "Anna Holm", "role": "operator", "tokenSha256": "..."}');
const fileSchema = z
  .strictObject({
    operators: z.array(operatorSchema).max(1_000).describe("a list of operators, 1000 at most"),
  })
  .describe('{"operators": [...]}');

/** An operator by name, with the SHA-256 of the token. */
export type NamedOperator = z.infer<typeof operatorSchema>;

/** The operators of a file; none where there is no file. Throws `SettingsError` naming each mistake. */
export function readOperatorsFile(path: string | null): readonly NamedOperator[] {
  if (path === null) return [];
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new SettingsError([
      `SLUSE_OPERATORS: ${JSON.stringify(path)}; allowed: a readable file of operators`,
    ]);
  }
  return parseOperators(path, text);
}

/** Checks the text of an operators file; `path` only names it in errors. */
export function parseOperators(path: string, text: string): readonly NamedOperator[] {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw new SettingsError([`${path}: not JSON; allowed: a JSON file, {"operators": [...]}`]);
  }
  const parsed = fileSchema.safeParse(given);
  if (!parsed.success) {
    const wrong = badFieldsOf(parsed.error, fileSchema, given);
    throw new SettingsError(
      wrong.map(
        ({ field, given, allowed }) => `${path}: ${field}: ${shownOf(field, given)}; allowed: ${allowed}`,
      ),
    );
  }
  const problems = clashes(parsed.data.operators);
  if (problems.length > 0) throw new SettingsError(problems.map((line) => `${path}: ${line}`));
  return parsed.data.operators;
}

/** All who may come in: the holder of `SLUSE_OPERATOR_TOKEN`, and those of the file. */
export function tokenBook(operatorToken: string, named: readonly NamedOperator[]): TokenBook {
  const entries: [digest: Buffer, operator: Operator][] = [
    [digestOf(operatorToken), HOLDER_OF_THE_SETTING],
    ...named.map(({ name, role, tokenSha256 }): [Buffer, Operator] => [
      Buffer.from(tokenSha256, "hex"),
      { name, role },
    ]),
  ];
  return (token) => {
    const given = digestOf(token);
    let found: Operator | null = null;
    // Every entry is looked at, whichever is right.
    for (const [digest, operator] of entries) if (timingSafeEqual(given, digest)) found = operator;
    return found;
  };
}

/** What stands where a token's hash belongs may be the token. */
function shownOf(field: string, given: string): string {
  return /token/i.test(field) ? "(not shown)" : given;
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function clashes(operators: readonly NamedOperator[]): string[] {
  const names = new Set([HOLDER_OF_THE_SETTING.name]);
  const digests = new Set<string>();
  const problems: string[] = [];
  for (const { name, tokenSha256 } of operators) {
    if (names.has(name))
      problems.push(`name ${JSON.stringify(name)} given twice; allowed: one of its own, not "operator"`);
    if (digests.has(tokenSha256))
      problems.push(`${JSON.stringify(name)} has another's token; allowed: one each`);
    names.add(name);
    digests.add(tokenSha256);
  }
  return problems;
}
