/** What a room does with the people who come (PROTOCOL "Modes"). */
export type Mode = "queue" | "hold" | "open" | "closed";

export const MODES: readonly Mode[] = ["queue", "hold", "open", "closed"];

/** A text in one or more languages, by their tags. An empty one is silence; one that is missing is looked for in the others. */
export type Texts = Readonly<Record<string, string>>;

/** Who may change a setting: an operator, or the store by itself as a consequence of what an operator does. */
type ChangedBy = "operator" | "store";

interface Described {
  readonly changedBy: ChangedBy;
  /** What it is called, in English. */
  readonly label: string;
  /** In English, for whoever reads the API, the command line's help or the console. */
  readonly meaning: string;
}

/** A whole number. `default` null: the rooms file must say it. */
export interface WholeSetting extends Described {
  readonly kind: "whole";
  readonly least: number;
  readonly most: number;
  readonly default: number | null;
  /** What 0 stands for where it is no number like others. */
  readonly zero?: string;
  /** What is counted, where the name does not end in a unit. */
  readonly counted?: string;
}

/** A time, epoch ms; 0 is none. Outside of the store it goes by its name without `Ms`. */
export interface TimeSetting extends Described {
  readonly kind: "time";
  readonly default: 0;
  /** What it stands for that there is none. */
  readonly none: string;
}

/** One of a few words. */
export interface ChoiceSetting extends Described {
  readonly kind: "choice";
  readonly choices: readonly string[];
  readonly default: string;
}

/** A text in some of the languages that Sluse speaks, or null for none. */
export interface TextsSetting extends Described {
  readonly kind: "texts";
  /** Of each language's text. */
  readonly mostCharacters: number;
  readonly default: null;
}

export type Setting = WholeSetting | TimeSetting | ChoiceSetting | TextsSetting;

const DAY_SECONDS = 86_400;

/**
 * Every setting of a room, once: what the store keeps and the scripts read, the rooms file, the operators' API, the
 * command line and the console take and say of them is made from this table. It is in the order in which they are
 * shown and written down. The rooms file seeds them once; after that the store's win.
 */
export const SETTINGS = {
  mode: {
    kind: "choice",
    choices: MODES,
    default: "queue",
    changedBy: "operator",
    label: "Mode",
    meaning: "queue, hold (nobody new), open (everybody) or closed",
  },
  outflowPerMinute: {
    kind: "whole",
    least: 1,
    most: 1_000_000,
    default: null,
    changedBy: "operator",
    label: "Outflow",
    meaning: "admissions a minute",
  },
  capacity: {
    kind: "whole",
    least: 0,
    most: 100_000_000,
    default: 0,
    zero: "no bound",
    counted: "sessions",
    changedBy: "operator",
    label: "Capacity",
    meaning: "most sessions at once",
  },
  sessionSeconds: {
    kind: "whole",
    least: 1,
    most: DAY_SECONDS,
    default: 600,
    changedBy: "operator",
    label: "Session",
    meaning: "time without use after which a place inside ends",
  },
  sessionGraceSeconds: {
    kind: "whole",
    least: 0,
    most: DAY_SECONDS,
    default: 1800,
    changedBy: "operator",
    label: "Grace for forms",
    meaning: "time after a session in which a form can still be sent",
  },
  claimWindowSeconds: {
    kind: "whole",
    least: 1,
    most: DAY_SECONDS,
    default: 600,
    changedBy: "operator",
    label: "Claim window",
    meaning: "time that somebody who is called has to come",
  },
  pollSeconds: {
    kind: "whole",
    least: 1,
    most: 60,
    default: 5,
    changedBy: "operator",
    label: "Polling",
    meaning: "time after which a page without a live connection asks again how the line stands",
  },
  opensAtMs: {
    kind: "time",
    default: 0,
    none: "open already",
    changedBy: "operator",
    label: "Opening time",
    meaning: "until then people line up and nobody is let in",
  },
  message: {
    kind: "texts",
    mostCharacters: 2_000,
    default: null,
    changedBy: "operator",
    label: "Message",
    meaning: "shown on every waiting page",
  },
  messageRevision: {
    kind: "whole",
    least: 0,
    most: Number.MAX_SAFE_INTEGER,
    default: 0,
    changedBy: "store",
    label: "Revision of the message",
    meaning: "grows with each change of the message, so that a page knows when to say it anew",
  },
  passesNotBeforeMs: {
    kind: "time",
    default: 0,
    none: "passes of any time are good",
    changedBy: "store",
    label: "Passes from before end",
    meaning: "passes issued before are void; raised by a reset that ends sessions",
  },
  version: {
    kind: "whole",
    least: 0,
    most: Number.MAX_SAFE_INTEGER,
    default: 1,
    changedBy: "store",
    label: "Version",
    meaning:
      "grows with each change; the highest wins a merge, so that a failover undoes no operator's brake",
  },
} as const satisfies Readonly<Record<string, Setting>>;

type Table = typeof SETTINGS;
export type SettingName = keyof Table;

type ValueOf<Of extends Setting> = Of extends { readonly choices: readonly (infer Choice)[] }
  ? Choice
  : Of extends TextsSetting
    ? Texts | null
    : number;

/** What an operator steers, as the store keeps it; see `SETTINGS` for the meaning of each. */
export type RoomSettings = { readonly [Name in SettingName]: ValueOf<Table[Name]> };

/** Those that an operator changes; the rest the store keeps by itself. */
export type OperatorSetting = {
  [Name in SettingName]: Table[Name]["changedBy"] extends "operator" ? Name : never;
}[SettingName];

export type SettingsChange = Partial<Pick<RoomSettings, OperatorSetting>>;

/** Settings as somebody remembers them: of an older release they lack what has come since. */
export type KnownSettings = Partial<RoomSettings> & Pick<RoomSettings, "version">;

/** Those that have no default. */
export type RequiredSetting = {
  [Name in SettingName]: Table[Name] extends { readonly kind: "whole"; readonly default: null }
    ? Name
    : never;
}[SettingName];

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

export const OPERATOR_SETTINGS = SETTING_NAMES.filter(
  (name) => SETTINGS[name].changedBy === "operator",
) as readonly OperatorSetting[];

/** Settings with the default of whatever is not given. */
export function settingsWith(
  given: Pick<RoomSettings, RequiredSetting> & Partial<RoomSettings>,
): RoomSettings {
  const defaults = SETTING_NAMES.map((name) => [name, SETTINGS[name].default]);
  return { ...Object.fromEntries(defaults), ...given };
}

/** The name of a setting in the rooms file, the API and the console, where times are written out: without their unit. */
export type PublicName<Name extends string> = Name extends `${infer Time}Ms` ? Time : Name;

export function publicNameOf<Name extends SettingName>(name: Name): PublicName<Name> {
  return name.replace(/Ms$/, "") as PublicName<Name>;
}

/** What of something that was kept or told is settings: the fields that are as the table says. Null without a version. */
export function knownSettingsOf(value: unknown): KnownSettings | null {
  if (typeof value !== "object" || value === null) return null;
  const told = value as Readonly<Record<string, unknown>>;
  const known = SETTING_NAMES.filter((name) => isValueOf(SETTINGS[name], told[name]));
  if (!known.includes("version")) return null;
  return Object.fromEntries(known.map((name) => [name, told[name]])) as KnownSettings;
}

function isValueOf(setting: Setting, value: unknown): boolean {
  switch (setting.kind) {
    case "whole":
      return isWhole(value) && value >= setting.least && value <= setting.most;
    case "time":
      return isWhole(value) && value >= 0 && value <= LAST_TIME_MS;
    case "choice":
      return setting.choices.some((choice) => choice === value);
    case "texts":
      return value === null || isTexts(value, setting.mostCharacters);
  }
}

/** No date comes after it (ECMAScript, 21.4.1.1). */
const LAST_TIME_MS = 8_640_000_000_000_000;

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isTexts(value: unknown, mostCharacters: number): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((text) => typeof text === "string" && text.length <= mostCharacters);
}

/** What a setting is for. */
export function meaningOf(setting: Setting): string {
  const isZeroSpecial = setting.kind === "whole" && setting.zero !== undefined;
  return isZeroSpecial ? `${setting.meaning}; 0 is ${setting.zero}` : setting.meaning;
}
