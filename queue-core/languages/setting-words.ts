/** What the console says of each setting: the types ask every language for all of it, and English takes the table's. */
import {
  meaningOf,
  OPERATOR_SETTINGS,
  type OperatorSetting,
  type PublicName,
  publicNameOf,
  SETTINGS,
  type WholeSetting,
} from "../domain/settings.ts";

type Named = OperatorSetting | "passesNotBeforeMs";

/** Those that stand with a hint below them: a time, and whole numbers but the outflow, which has a control of its own. */
type Hinted = {
  [Name in OperatorSetting]: Name extends "outflowPerMinute"
    ? never
    : (typeof SETTINGS)[Name] extends WholeSetting | { readonly kind: "time" }
      ? Name
      : never;
}[OperatorSetting];

/** Those of which 0 is no number like others. */
type Zeroed = {
  [Name in OperatorSetting]: (typeof SETTINGS)[Name] extends { readonly zero: string } ? Name : never;
}[OperatorSetting];

export interface SettingWords {
  readonly fields: { readonly [Name in Named as PublicName<Name>]: string };
  readonly hints: { readonly [Name in Hinted as PublicName<Name>]: string };
  /** What 0 is. */
  readonly zeros: { readonly [Name in Zeroed as PublicName<Name>]: string };
}

const NAMED: readonly Named[] = [...OPERATOR_SETTINGS, "passesNotBeforeMs"];
const HINTED = OPERATOR_SETTINGS.filter(
  (name): name is Hinted => name !== "outflowPerMinute" && ["whole", "time"].includes(SETTINGS[name].kind),
);
const ZEROED = OPERATOR_SETTINGS.filter((name): name is Zeroed => "zero" in SETTINGS[name]);

export const ENGLISH: SettingWords = {
  fields: made(NAMED, (name) => SETTINGS[name].label) as SettingWords["fields"],
  hints: made(HINTED, (name) => sentence(meaningOf(SETTINGS[name]))) as SettingWords["hints"],
  zeros: made(ZEROED, (name) => SETTINGS[name].zero) as SettingWords["zeros"],
};

function made<Name extends Named>(names: readonly Name[], word: (name: Name) => string): object {
  return Object.fromEntries(names.map((name) => [publicNameOf(name), word(name)]));
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
