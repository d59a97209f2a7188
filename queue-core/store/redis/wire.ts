/**
 * What goes between this process and the scripts, each thing once and by name: a room's keys, the arguments of every
 * script, the line as it is kept, and what a reply tells of it. Encoding, decoding and what the scripts know of it
 * (`prelude.ts`) are made from these tables; nobody counts positions.
 */
import { type AuditHead, NO_AUDIT_HEAD } from "../../domain/audit.ts";
import {
  type RoomSettings,
  SETTING_NAMES,
  SETTINGS,
  type Setting,
  type SettingName,
} from "../../domain/settings.ts";
import type { Snapshot } from "../../domain/snapshot.ts";

/** A room's keys, in the order in which every script has them; the prelude names them in capitals. */
export const KEYS = [
  "line",
  "seconds",
  "calls",
  "gate",
  "sessions",
  "fates",
  "forgetting",
  "gateways",
  "batches",
  "places:0",
  "places:1",
  "audit",
  "endings",
] as const;

/** All keys of a room share its hash tag, so that a cluster keeps them together. */
export function keysOf(room: string): readonly string[] {
  return KEYS.map((name) => keyOf(room, name));
}

export function keyOf(room: string, name: (typeof KEYS)[number]): string {
  return `sluse:{${room}}:${name}`;
}

// The line as it is kept -------------------------------------------------------------------------------

/**
 * The format in which a room is kept. A release that adds a field leaves it: fields are kept by name, and who does not
 * know one keeps it as it was. It is raised where an earlier release could not go on without breaking a promise; such
 * a release then changes nothing any more, and says so.
 */
export const LINE_FORMAT = 1;

/**
 * The fields that the release before formats knew, in the order in which it kept them, as the beginning of one
 * MessagePack array: read many times as fast as a hash of as many fields. This list is closed. What came later
 * follows in a map, by name, beside the format.
 */
export const FIRST_FIELDS: readonly string[] = `
  mode message alarm run_id last_configuration_id
  generation issued serving
  outflow_per_minute capacity session_seconds session_grace_seconds claim_window_seconds
  opens_at_ms message_revision passes_not_before_ms version
  store_time_ms room_time_ms open_time_ms credit_units second
  recent_called recent_shows rated_called rated_shows admitted_last_minute
  called_total shows_total admitted_total joined_total joined_this_second
  peak_joins_per_second stalled_since_ms probed_at_ms probe_size
  catch_up_until_ms sessions_known_from_ms awaiting_report roll_call_until_ms places_period
  gathering_until_ms skipped_from skipped_to ended_revision
  audit_sequence audit_hash
`
  .trim()
  .split(/\s+/);

/** Fields of the line beside its settings that have come since, each with what a line has that was kept before. */
const LATER_STATE: Readonly<Record<string, number | string>> = { early_from: 0 };

/** Those fields of the line's own that are no whole numbers, each with what it is at first. */
const TEXTS = { alarm: "", run_id: "", last_configuration_id: "", audit_hash: NO_AUDIT_HEAD.hash };

/** A setting's name in the scripts. */
export function luaNameOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** What each field of a line is that was kept before it came to be, and of a new line before its settings are known. */
export function initialValues(): Readonly<Record<string, number | string>> {
  const numbers = FIRST_FIELDS.map((name) => [name, 0]);
  const settings = SETTING_NAMES.map((name) => [luaNameOf(name), initialOf(name)]);
  return { ...Object.fromEntries(numbers), ...TEXTS, ...LATER_STATE, ...Object.fromEntries(settings) };
}

function initialOf(name: SettingName): number | string {
  const setting = SETTINGS[name];
  // The one without a default has stood in every line that was ever kept.
  return setting.kind === "texts" ? "null" : (setting.default ?? 1);
}

// Settings ---------------------------------------------------------------------------------------------

/** What a script gets as settings, or as some of them: a JSON object by the scripts' names, texts as JSON in a text. */
export function settingsArgument(settings: Partial<RoomSettings>): string {
  const named = Object.entries(settings).map(([name, value]) => [
    luaNameOf(name),
    name in SETTINGS && SETTINGS[name as SettingName].kind === "texts" ? JSON.stringify(value) : value,
  ]);
  return JSON.stringify(Object.fromEntries(named));
}

const REPLY_KIND_OF: Readonly<Record<Setting["kind"], ReplyKind>> = {
  whole: "number",
  time: "number",
  choice: "text",
  texts: "json",
};

// Arguments --------------------------------------------------------------------------------------------

/** How a script reads an argument: as it is; as a number, nil for ""; as true for "1"; as a list of all that are left. */
export type ArgumentKind = "text" | "number" | "flag" | "list";

/** What every script has first. */
const FRAME = {
  /** Epoch ms; "": the server's own clock. */
  now_ms: "number",
  /** This life of the store, as its caller knows it; "": the script asks the server. */
  run_id: "text",
  gateway: "text",
  floor_generation: "number",
  floor_issued: "number",
  floor_serving: "number",
  floor_peak_joins_per_second: "number",
  /** "": the floor carries no settings. */
  floor_version: "number",
  floor_settings: "text",
} as const satisfies Record<string, ArgumentKind>;

/** What each script has after those. */
const ARGUMENTS = {
  /** `marked`, six each: entries that are more than a fresh visitor who joins. */
  join: { batch_id: "text", count: "number", width: "number", jtis: "text", marked: "list" },
  /** Three each: jti, number, generation. */
  claim: { tickets: "list" },
  /** Four each: a ticket's three, and "look" or "". */
  extend: { tickets: "list" },
  /** Two each: jti, and as what (`RenewEntry`). */
  renew: { sessions: "list" },
  /** Three each: jti, number, "left" or "ended". */
  end: { endings: "list" },
  /** "": nothing is asked. */
  advance: { ended_after: "number" },
  configure: {
    /** "": any. */
    expected_version: "number",
    /** Whether the settings change, or are only written anew. */
    changes: "flag",
    reset: "flag",
    ends_sessions: "flag",
    /** What happened, as JSON (`factsText` in domain/audit.ts). */
    facts: "text",
    /** Of this wish. */
    id: "text",
    /** What changes: some settings. */
    change: "text",
  },
  restore: {
    /** The settings of a line that is new. */
    seed: "text",
    /** An empty store may start a line. */
    may_start_line: "flag",
    /** The floor is the gateway's own memory. */
    confirmed: "flag",
    /** The last audit entry that the gateway saw, and what is said if it is not here. */
    last_sequence: "number",
    last_hash: "text",
    loss_facts: "text",
  },
  trail: {},
} as const satisfies Record<string, Readonly<Record<string, ArgumentKind>>>;

export type ScriptName = keyof typeof ARGUMENTS;

interface Given {
  readonly text: string;
  /** Null: "". */
  readonly number: number | null;
  readonly flag: boolean;
  readonly list: readonly (string | number)[];
}

type ValuesOf<Table extends Readonly<Record<string, ArgumentKind>>> = {
  readonly [Name in keyof Table]: Given[Table[Name]];
};
export type FrameValues = ValuesOf<typeof FRAME>;
export type OwnValues<Name extends ScriptName> = ValuesOf<(typeof ARGUMENTS)[Name]>;

/** The names of a script's arguments in their order, each with its kind. */
export function argumentsOf(script: ScriptName): readonly (readonly [name: string, kind: ArgumentKind])[] {
  return Object.entries({ ...FRAME, ...ARGUMENTS[script] });
}

/** What every script has first, as it is sent. */
export function frameArguments(values: FrameValues): readonly string[] {
  return inOrder(FRAME, values);
}

/** A script's own arguments, as they are sent. */
export function ownArguments<Name extends ScriptName>(
  script: Name,
  values: OwnValues<Name>,
): readonly string[] {
  return inOrder(ARGUMENTS[script], values);
}

function inOrder(table: Readonly<Record<string, ArgumentKind>>, values: object): readonly string[] {
  const byName = values as Readonly<Record<string, Given[ArgumentKind]>>;
  return Object.keys(table).flatMap((name) => sent(byName[name]));
}

function sent(value: Given[ArgumentKind] | undefined): string | readonly string[] {
  if (typeof value === "boolean") return value ? "1" : "";
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? value.map(String) : String(value);
}

// Replies ----------------------------------------------------------------------------------------------

/** How a value of a reply is read: `flag` is 1 or 0; `pause` is ms, or -1 where nobody knows; `json` is in a text. */
export type ReplyKind = "text" | "number" | "flag" | "pause" | "json";

/** What a reply tells of the line: its settings first, then these in this order, then the head of the audit trail. */
export const TOLD = {
  generation: "number",
  issued: "number",
  serving: "number",
  reached: "number",
  mode: "text",
  storeTimeMs: "number",
  roomTimeMs: "number",
  openTimeMs: "number",
  creditUnits: "number",
  registered: "number",
  sessions: "number",
  quiet: "flag",
  showPermille: "number",
  admittedLastMinute: "number",
  joinedTotal: "number",
  calledTotal: "number",
  showsTotal: "number",
  admittedTotal: "number",
  peakJoinsPerSecond: "number",
  alarm: "text",
  skipped: "number",
  waitingBeforeSkipped: "number",
  admitsInMs: "pause",
  endedRevision: "number",
} as const satisfies Readonly<Record<Exclude<keyof Snapshot, "settings" | "auditHead">, ReplyKind>>;

export const AUDIT_HEAD = { sequence: "number", hash: "text" } as const satisfies Readonly<
  Record<keyof AuditHead, ReplyKind>
>;

/** How the settings of a reply are read. */
export const SETTING_KINDS = Object.fromEntries(
  SETTING_NAMES.map((name): [SettingName, ReplyKind] => [name, REPLY_KIND_OF[SETTINGS[name].kind]]),
) as Readonly<Record<SettingName, ReplyKind>>;

/** The scripts' names of all that a reply tells, in its order. */
export function toldNames(): readonly string[] {
  const told = Object.keys(TOLD).map((name) => (name === "mode" ? "mode_in_force" : luaNameOf(name)));
  const head = Object.keys(AUDIT_HEAD).map((name) => `audit_${name}`);
  return [...SETTING_NAMES.map(luaNameOf), ...told, ...head];
}
