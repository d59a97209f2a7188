/**
 * The settings as operators know them, by the names that the rooms file, the API, the command line and the console
 * have for them. All of it is made from the table in `queue-core/domain/settings.ts`.
 */
import {
  meaningOf,
  OPERATOR_SETTINGS,
  type OperatorSetting,
  type PublicName,
  publicNameOf,
  type RoomSettings,
  SETTING_NAMES,
  SETTINGS,
  type Setting,
  type SettingName,
  type SettingsChange,
  type WholeSetting,
} from "#core/settings";
import { LANGUAGE_TAGS, type Texts } from "#languages";

export { meaningOf };

type Table = typeof SETTINGS;

/** A time that an operator sets is written as RFC 3339, null for none; one that the store keeps stays epoch ms. */
type Written<Name extends SettingName> = Table[Name] extends { readonly kind: "time" }
  ? Name extends OperatorSetting
    ? string | null
    : number
  : Table[Name] extends { readonly kind: "texts" }
    ? Texts | null
    : RoomSettings[Name];

/** What an operator steers, by the names that a PATCH takes. */
export type Settings = { readonly [Name in OperatorSetting as PublicName<Name>]: Written<Name> };

export type SettingField = keyof Settings;

/** The version stands beside the settings. */
type DocumentedName = Exclude<SettingName, "version">;

/** The settings of a room as they are answered. */
export type SettingsDocument = {
  readonly [Name in DocumentedName as PublicName<Name>]: Written<Name>;
};

type OperatorTable = { readonly [Name in OperatorSetting as PublicName<Name>]: Table[Name] };

/** The part of the table that operators change, by its public names, in the order in which it is shown. */
export const FIELDS = Object.fromEntries(
  OPERATOR_SETTINGS.map((name) => [publicNameOf(name), SETTINGS[name]]),
) as OperatorTable;

export const FIELD_NAMES = Object.keys(FIELDS) as readonly SettingField[];

/** Those that are whole numbers. */
export type WholeField = {
  [Field in SettingField]: OperatorTable[Field] extends WholeSetting ? Field : never;
}[SettingField];

const DOCUMENTED = SETTING_NAMES.filter((name): name is DocumentedName => name !== "version");

/** What the table says of each field of a settings document. */
export const DOCUMENT_FIELDS = Object.fromEntries(
  DOCUMENTED.map((name) => [publicNameOf(name), SETTINGS[name]]),
) as Readonly<Record<keyof SettingsDocument, Setting>>;

export const DOCUMENT_FIELD_NAMES = DOCUMENTED.map(publicNameOf) as readonly (keyof SettingsDocument)[];

/** What the table says of a field; null of a name that is not in it, as a newer gateway may say one. */
export function settingOf(field: string): Setting | null {
  const named: Readonly<Record<string, Setting>> = DOCUMENT_FIELDS;
  return Object.hasOwn(named, field) ? (named[field] ?? null) : null;
}

/** The unit that a field's name ends in; null: it ends in none. */
export function unitOf(field: string): "seconds" | "perMinute" | null {
  if (field.endsWith("Seconds")) return "seconds";
  return field.endsWith("PerMinute") ? "perMinute" : null;
}

/** A field's name without its unit: `outflow`, `sessionGrace`, `opensAt`. */
export function withoutUnit(field: string): string {
  return field.slice(0, field.length - (unitOf(field)?.length ?? 0));
}

/** What may be given for a setting, in words. */
export function allowedOf(setting: Setting): string {
  switch (setting.kind) {
    case "whole":
      return wholeNumbers(setting.least, setting.most, setting.zero);
    case "choice": {
      const choices = setting.choices.map((choice) => JSON.stringify(choice));
      return `${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}`;
    }
    case "time":
      return `${A_TIME}, or null`;
    case "texts":
      return `${IN_SOME_LANGUAGE}; or null`;
  }
}

/** What may be given for a text. */
export const IN_SOME_LANGUAGE = `{"da": text, "en": text}, in at least one of ${LANGUAGE_TAGS.join(", ")}`;

export const A_TIME = "a time such as 2027-03-15T19:00:00+01:00";

/** `zero`: what 0 stands for where it is no number like others. */
export function wholeNumbers(least: number, most: number, zero?: string): string {
  return `a whole number from ${least}${least === 0 && zero ? ` (${zero})` : ""} to ${most}`;
}

/** The settings of a room as they are answered. */
export function settingsDocument(settings: RoomSettings): SettingsDocument {
  const written = DOCUMENTED.map((name) => [publicNameOf(name), writtenOf(name, settings[name])]);
  return Object.fromEntries(written);
}

function writtenOf(name: SettingName, value: unknown): unknown {
  const isWrittenOut = SETTINGS[name].kind === "time" && SETTINGS[name].changedBy === "operator";
  if (!isWrittenOut) return value;
  return value === 0 ? null : new Date(value as number).toISOString();
}

/** A change as the store takes it, of one as it is written. What is not named stays as it is. */
export function storedChange(change: Partial<Settings>): SettingsChange {
  const written: Readonly<Record<string, unknown>> = change;
  const named = OPERATOR_SETTINGS.filter((name) => written[publicNameOf(name)] !== undefined);
  return Object.fromEntries(named.map((name) => [name, storedOf(name, written[publicNameOf(name)])]));
}

function storedOf(name: OperatorSetting, value: unknown): unknown {
  if (SETTINGS[name].kind !== "time") return value;
  // A time before 1970 has passed as surely as none was set.
  return value === null ? 0 : Math.max(0, Date.parse(value as string));
}
