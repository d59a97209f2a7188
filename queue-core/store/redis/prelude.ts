/** What stands before every script: the names of its keys, arguments, fields and constants, made from the tables. */
import { NO_AUDIT_HEAD } from "../../domain/audit.ts";
import * as CONSTANTS from "../../domain/constants.ts";
import { SETTING_NAMES, SETTINGS } from "../../domain/settings.ts";
import { SENTINEL } from "../audit/entry.ts";
import {
  type ArgumentKind,
  argumentsOf,
  FIRST_FIELDS,
  initialValues,
  KEYS,
  LINE_FORMAT,
  luaNameOf,
  type ScriptName,
  toldNames,
} from "./wire.ts";

/** Constants by name; a test gives the scripts others than the model's. */
export type Constants = Readonly<Record<string, number>>;

export const SHARED_CONSTANTS: Constants = { ...CONSTANTS };

/** The Lua that comes before `source`. It has no more than `source` names: Lua counts locals, and makes tables anew. */
export function preludeOf(script: ScriptName, source: string, constants: Constants): string {
  return [...keys(), ...args(script), ...tables(source), ...named(source, constants), ""].join("\n");
}

function keys(): string[] {
  const single = KEYS.filter((name) => !name.includes(":"));
  const names = single.map((name) => name.toUpperCase());
  const places = single.map((name) => `KEYS[${KEYS.indexOf(name) + 1}]`);
  const [even, odd] = [KEYS.indexOf("places:0") + 1, KEYS.indexOf("places:1") + 1];
  return [
    `local ${names.join(", ")} = ${places.join(", ")}`,
    `local PLACES = { [0] = KEYS[${even}], [1] = KEYS[${odd}] }`,
  ];
}

/** An argument by its name in capitals; of a list, where in ARGV it begins: `FIRST_` and its name. */
function args(script: ScriptName): string[] {
  return argumentsOf(script).map(([name, kind], index) => ARGUMENT[kind](name.toUpperCase(), index + 1));
}

const ARGUMENT: Readonly<Record<ArgumentKind, (name: string, at: number) => string>> = {
  text: (name, at) => `local ${name} = ARGV[${at}]`,
  number: (name, at) => `local ${name} = tonumber(ARGV[${at}])`,
  flag: (name, at) => `local ${name} = ARGV[${at}] == '1'`,
  list: (name, at) => `local FIRST_${name} = ${at}`,
};

/** The tables, those of them that `source` names. */
function tables(source: string): string[] {
  const initial = initialValues();
  const values = Object.entries(initial).map(
    ([name, value]) => `${name} = ${typeof value === "number" ? value : `'${value}'`}`,
  );
  const settings = SETTING_NAMES.map(
    (name) => `{ name = '${luaNameOf(name)}', told = '${name}', kind = '${SETTINGS[name].kind}' }`,
  );
  const all = {
    LINE_FORMAT: String(LINE_FORMAT),
    FIRST_FIELDS: list(FIRST_FIELDS),
    LATER_FIELDS: list(Object.keys(initial).filter((name) => !FIRST_FIELDS.includes(name))),
    SETTINGS: `{ ${settings.join(", ")} }`,
    TOLD: list(toldNames()),
    NO_HASH: `'${NO_AUDIT_HEAD.hash}'`,
    SENTINEL: `'${SENTINEL}'`,
  };
  // Made only where it is called for.
  return [...named(source, all), `local function initial_values() return { ${values.join(", ")} } end`];
}

function named(source: string, values: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(values)
    .filter(([name]) => new RegExp(`\\b${name}\\b`).test(source))
    .map(([name, value]) => `local ${name} = ${value}`);
}

function list(names: readonly string[]): string {
  return `{ ${names.map((name) => `'${name}'`).join(", ")} }`;
}
