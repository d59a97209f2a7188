import { type Command, Option } from "commander";
import type { Setting } from "#core/settings";
import {
  A_TIME,
  type Bounds,
  FIELD_NAMES,
  FIELDS,
  meaningOf,
  type SettingField,
  settingOf,
  silentIn,
  wholeNumbers,
  withoutUnit,
} from "#operator-api";
import { type ChangeBody, changeSchema } from "#operator-api/schemas";
import { badFieldsOf } from "../fields.ts";
import { wrongUsage } from "./fault.ts";

/** What commander makes of the options of `set`: a text, or false for `--no-...`. */
export type SetOptions = Readonly<Record<string, string | boolean | undefined>> & {
  readonly reason?: string;
  readonly ifVersion?: string;
};

/** What `set` is asked to change. */
export interface AskedChange {
  readonly change: ChangeBody;
  /** The language in which nothing was said of the message, so that it stays as it is; null: none such. */
  readonly untold: Language | null;
}

type Message = NonNullable<ChangeBody["message"]>;
type Language = keyof Message;

const LANGUAGES: Readonly<Record<Language, string>> = { da: "Danish", en: "English" };

/** What a setting is called here: its name in the API as words, without the unit. */
export function nameOf(field: string): string {
  return withoutUnit(field).replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** The options of a setting that are given a value, by the field of the API that each sets. */
function optionsOf(field: SettingField): readonly (readonly [field: string, option: Option])[] {
  const setting: Setting = FIELDS[field];
  const flag = `--${nameOf(field).replaceAll(" ", "-")}`;
  const meaning = meaningOf(setting);
  switch (setting.kind) {
    case "whole": {
      const unit = field.endsWith("Seconds") ? "seconds" : "number";
      return [[field, new Option(`${flag} <${unit}>`, meaning)]];
    }
    case "choice":
      return [[field, new Option(`${flag} <${field}>`, meaning)]];
    case "time":
      return [[field, new Option(`${flag} <time>`, `${meaning}; ${A_TIME}`)]];
    case "texts":
      return Object.entries(LANGUAGES).map(([language, name]) => {
        const words = `${meaning} that is read in ${name}; what is not given stays as it is`;
        return [`${field}.${language}`, new Option(`${flag}-${language} <text>`, words)];
      });
  }
}

/** The option that says that there is none, where there may be none. */
function takingAway(field: SettingField): readonly Option[] {
  const setting: Setting = FIELDS[field];
  const flag = `--no-${nameOf(field).replaceAll(" ", "-")}`;
  if (setting.kind === "time") return [new Option(flag, setting.none)];
  return setting.kind === "texts" ? [new Option(flag, "none, in every language")] : [];
}

/** Every setting that can be changed, as options. */
export function addSettings(command: Command): Command {
  for (const field of FIELD_NAMES) {
    for (const [, option] of optionsOf(field)) command.addOption(option);
    for (const option of takingAway(field)) command.addOption(option);
  }
  return command;
}

/** Reads the options of `set` by the schema that the API checks them by. Throws `CommandFault` naming each mistake. */
export function readChangeOptions(options: SetOptions): AskedChange {
  const given = givenOf(options);
  const parsed = changeSchema.safeParse(given);
  const named = new Map(FIELD_NAMES.flatMap(optionsOf).map(([field, { long }]) => [field, `${long}`]));
  if (!parsed.success) {
    const lines = badFieldsOf(parsed.error, changeSchema, given).map(
      ({ field, given: value, allowed }) =>
        `${named.get(field) ?? `--${field}`}: ${value}; allowed: ${allowedFor(field) ?? allowed}`,
    );
    throw wrongUsage(...lines);
  }
  const untold = untoldOf(options);
  if (Object.keys(parsed.data).some((field) => field !== "reason")) return { change: parsed.data, untold };
  const takenAway = FIELD_NAMES.flatMap(takingAway).map(({ long }) => long);
  throw wrongUsage(
    `nothing to change; allowed: at least one of ${[...named.values(), ...takenAway].join(", ")}`,
  );
}

/** Where a time is not to be given, the command line has an option; null: it says the same as the API. */
function allowedFor(field: string): string | null {
  const isTime = settingOf(field)?.kind === "time";
  return isTime ? `${A_TIME}, or --no-${nameOf(field).replaceAll(" ", "-")} for none` : null;
}

/** Gives the message its other language as the room has it. Without a word in either there is no message. */
export function withOtherLanguage({ change, untold }: AskedChange, now: Message | null): ChangeBody {
  const { message } = change;
  if (!message) return change;
  const whole = untold === null ? message : { ...message, [untold]: now?.[untold] ?? "" };
  return { ...change, message: whole.da === "" && whole.en === "" ? null : whole };
}

/** What is to be known of a message that is silent in one language; null: nothing. */
export function silenceOf({ message }: ChangeBody): string | null {
  const silent = silentIn(message);
  if (silent === null) return null;
  const heard = LANGUAGES[silent === "da" ? "en" : "da"];
  const name = LANGUAGES[silent];
  return (
    `the ${name} message is empty: whoever reads the page in ${name} sees no message, ` +
    `not the ${heard} one either`
  );
}

function untoldOf({ messageDa, messageEn }: SetOptions): Language | null {
  if ((messageDa === undefined) === (messageEn === undefined)) return null;
  return messageDa === undefined ? "da" : "en";
}

/** The body of a PATCH as it was given; what was not given is not in it. */
function givenOf(options: SetOptions): object {
  const given = FIELD_NAMES.map((field) => [field, givenFor(field, options)]);
  return Object.fromEntries(
    [...given, ["reason", options.reason]].filter(([, value]) => value !== undefined),
  );
}

function givenFor(field: SettingField, options: SetOptions): unknown {
  const { kind } = FIELDS[field];
  if (kind === "texts") return textsOf(field, options);
  const given = options[withoutUnit(field)];
  if (kind === "time" && given === false) return null;
  return kind === "whole" ? wholeOf(given) : given;
}

/** What is no number stays as it was given, so that it is shown so. */
function wholeOf(text: unknown): unknown {
  return typeof text === "string" && /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}

function textsOf(field: string, options: SetOptions): object | null | undefined {
  const languages = Object.keys(LANGUAGES);
  const given = languages.map((one) => options[`${field}${one.charAt(0).toUpperCase()}${one.slice(1)}`]);
  const isTakenAway = options[field] === false;
  if (given.every((text) => text === undefined)) return isTakenAway ? null : undefined;
  if (isTakenAway) throw wrongUsage(`--no-${field}: given with a ${field}; allowed: the one or the other`);
  return Object.fromEntries(languages.map((one, i) => [one, given[i] ?? ""]));
}

/** A whole number within bounds; undefined where the option was not given. Throws `CommandFault`. */
export function readWhole(
  option: string,
  text: string | undefined,
  { least, most }: Bounds,
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw wrongUsage(`${option}: ${JSON.stringify(text)}; allowed: ${wholeNumbers(least, most)}`);
}
