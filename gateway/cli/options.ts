import { type Command, Option } from "commander";
import type { Setting } from "#core/settings";
import { gapsIn, LANGUAGE_TAGS, readIn, type Texts } from "#languages";
import {
  A_TIME,
  type Bounds,
  FIELD_NAMES,
  FIELDS,
  meaningOf,
  type RoomDocument,
  type SettingField,
  settingOf,
  unitOf,
  wholeNumbers,
  withoutUnit,
} from "#operator-api";
import { type ChangeBody, changeSchema } from "#operator-api/schemas";
import { badFieldsOf } from "../fields.ts";
import { wrongUsage } from "./fault.ts";

/** What commander makes of the options of `set`: a text, or false for `--no-...`. */
export type SetOptions = Readonly<Record<string, string | boolean | undefined>> & {
  readonly reason?: string;
  readonly endSessions?: true;
  readonly ifVersion?: string;
};

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
      const unit = unitOf(field) === "seconds" ? "seconds" : "number";
      return [[field, new Option(`${flag} <${unit}>`, meaning)]];
    }
    case "choice":
      return [[field, new Option(`${flag} <${field}>`, meaning)]];
    case "time":
      return [[field, new Option(`${flag} <time>`, `${meaning}; ${A_TIME}`)]];
    case "texts":
      return LANGUAGE_TAGS.map((tag) => {
        const words = `${meaning} that is read in ${languageName(tag)}; what is not given stays as it is`;
        return [`${field}.${tag}`, inLanguage(flag, tag, words)];
      });
  }
}

function inLanguage(flag: string, tag: string, words = ""): Option {
  return new Option(`${flag}-${tag} <text>`, words);
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
export function readChangeOptions(options: SetOptions): ChangeBody {
  const given = givenOf(options);
  const parsed = changeSchema.safeParse(given);
  const named = new Map(FIELD_NAMES.flatMap(optionsOf).map(([field, { long }]) => [field, `${long}`]));
  if (!parsed.success) {
    const lines = badFieldsOf(parsed.error, changeSchema, given).map(({ field, given: value, allowed }) =>
      field === "endSessions"
        ? "--end-sessions: allowed: with --mode closed"
        : `${named.get(field) ?? `--${field}`}: ${value}; allowed: ${allowedFor(field) ?? allowed}`,
    );
    throw wrongUsage(...lines);
  }
  if (Object.keys(parsed.data).some((field) => field !== "reason")) return parsed.data;
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

/** The languages in which a message is to stay as it is: the room's others, and whatever the message was said in. */
export function untoldIn({ message }: ChangeBody, room: RoomDocument): readonly string[] {
  if (!message) return [];
  const known = new Set([...room.languages, ...Object.keys(room.settings?.message ?? {})]);
  return [...known].filter((tag) => message[tag] === undefined);
}

/** Gives the message what the room has of it in other languages. Without a word in any there is no message. */
export function withOtherLanguages(change: ChangeBody, { settings }: RoomDocument): ChangeBody {
  if (!change.message) return change;
  const message: Texts = { ...settings?.message, ...change.message };
  return { ...change, message: Object.values(message).every((text) => text === "") ? null : message };
}

/** What is to be known of a message that is not read in every language of the room. */
export function silencesOf({ message }: ChangeBody, { languages }: RoomDocument): readonly string[] {
  const read = alternatives.format(readIn(message ?? {}).map(languageName));
  return gapsIn(message, languages).map(({ lang, instead }) => {
    const name = languageName(lang);
    return instead === null
      ? `the ${name} message is empty: whoever reads the page in ${name} sees no message, not the ${read} one either`
      : `there is no ${name} message: whoever reads the page in ${name} sees the ${languageName(instead)} one`;
  });
}

const names = new Intl.DisplayNames("en", { type: "language" });
const alternatives = new Intl.ListFormat("en", { type: "disjunction" });

function languageName(tag: string): string {
  return names.of(tag) ?? tag;
}

/** The body of a PATCH as it was given; what was not given is not in it. */
function givenOf(options: SetOptions): object {
  const given = FIELD_NAMES.map((field) => [field, givenFor(field, options)]);
  return Object.fromEntries(
    [...given, ["endSessions", options.endSessions], ["reason", options.reason]].filter(
      ([, value]) => value !== undefined,
    ),
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

function textsOf(field: string, options: SetOptions): Texts | null | undefined {
  const given = LANGUAGE_TAGS.flatMap((tag): [string, string][] => {
    const text = options[inLanguage(`--${field}`, tag).attributeName()];
    return typeof text === "string" ? [[tag, text]] : [];
  });
  const isTakenAway = options[field] === false;
  if (given.length === 0) return isTakenAway ? null : undefined;
  if (isTakenAway) throw wrongUsage(`--no-${field}: given with a ${field}; allowed: the one or the other`);
  return Object.fromEntries(given);
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
