/** What the console says of each setting: the types ask every language for all of it, and English takes the table's. */
import {
  DOCUMENT_FIELDS,
  FIELD_NAMES,
  FIELDS,
  meaningOf,
  type SettingField,
  type WholeField,
} from "#operator-api";

/** Whole numbers but the outflow, which has a control of its own. */
export type LimitField = Exclude<WholeField, "outflowPerMinute">;

export const LIMITS = FIELD_NAMES.filter(
  (field): field is LimitField => FIELDS[field].kind === "whole" && field !== "outflowPerMinute",
);

/** Those that have a name: what an operator sets, and what the audit trail tells besides. */
type NamedField = SettingField | "passesNotBefore";

/** Those that stand with a hint below them. */
type HintedField = LimitField | "opensAt";

export interface SettingWords {
  readonly fields: Readonly<Record<NamedField, string>>;
  readonly hints: Readonly<Record<HintedField, string>>;
}

const NAMED: readonly NamedField[] = [...FIELD_NAMES, "passesNotBefore"];
const HINTED: readonly HintedField[] = [...LIMITS, "opensAt"];

export const ENGLISH: SettingWords = {
  fields: made(NAMED, (field) => DOCUMENT_FIELDS[field].label),
  hints: made(HINTED, (field) => sentence(meaningOf(FIELDS[field]))),
};

function made<Field extends string>(
  fields: readonly Field[],
  word: (field: Field) => string,
): Readonly<Record<Field, string>> {
  return Object.fromEntries(fields.map((field) => [field, word(field)])) as Record<Field, string>;
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
