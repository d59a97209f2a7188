/** What is printed for people. What is meant for programs is the API's own JSON. */
import type { WholeSetting } from "#core/settings";
import { fallbackOrder, type Texts, textIn } from "#languages";
import {
  type AuditDocument,
  type AuditEntryDocument,
  admittedPerMinuteOf,
  FIELD_NAMES,
  forecastOf,
  inOrderOfTrouble,
  isJustStarted,
  isKnown,
  type KnownRoom,
  type LineDocument,
  type OverviewDocument,
  type OverviewRoom,
  type RoomDocument,
  type SettingsDocument,
  sessionsOf,
  settingOf,
  standstillOf,
  type TroubleKind,
  troublesOf,
  unitOf,
} from "#operator-api";
import type { ChangeBody } from "#operator-api/schemas";
import { type Column, type Format, list, printable, table, UNKNOWN } from "./format.ts";
import { nameOf } from "./options.ts";

const ROOMS: readonly Column[] = [
  { heading: "ROOM" },
  { heading: "MODE" },
  { heading: "WAITING", right: true },
  { heading: "WAIT", right: true },
  // At the pace of the last sample: nothing says how many joined in the last minute.
  { heading: "JOINS/MIN (5 S)", right: true },
  { heading: "ADMITTED/MIN", right: true },
  { heading: "OUTFLOW/MIN", right: true },
  { heading: "SESSIONS", right: true },
  { heading: "P95", right: true },
  { heading: "ERRORS", right: true },
  { heading: "TROUBLE" },
];

/** When the overview is of, and since when its gateway runs, epoch ms. */
type Moment = Pick<OverviewDocument, "at" | "startedAt">;

/** What the console calls a trouble. */
const TROUBLES: Readonly<Record<TroubleKind, string>> = {
  "store-down": "store down",
  "line-lost": "no line in the store",
  "newer-format": "line of a newer release",
  rebuilt: "line rebuilt after a loss",
  "implausible-floor": "an impossible place was claimed",
  "not-moving": "line not moving",
  "outflow-not-reached": "outflow not reached",
  full: "service full",
  "origin-errors": "service answers with errors",
  "origin-slow": "service slow",
  "shared-pass": "a pass is used from many networks",
};

/** All rooms, those in trouble first, then those that stand still, as at the console. */
export function roomsView({ rooms, ...moment }: OverviewDocument, format: Format): string {
  const rows = inOrderOfTrouble(rooms).map((room) => {
    const note = noteOf(room, format);
    const last = troubleOf(room, format) || (note && `note: ${note}`) || UNKNOWN;
    return [...roomCells(room, moment, format), last];
  });
  return table(ROOMS, rows);
}

function roomCells(room: OverviewRoom, moment: Moment, format: Format): string[] {
  const { wait, figures, settings } = room;
  const line = lineOf(room);
  const known = (value: number | null | undefined, write: (value: number) => string) =>
    value === null || value === undefined ? UNKNOWN : write(value);
  return [
    room.id,
    modeText(room, moment, format),
    known(room.waiting, format.number),
    waitText(wait, line, format),
    known(figures?.joinsPerMinute, format.number),
    known(admittedPerMinute(room, moment), format.number),
    known(settings?.outflowPerMinute, format.number),
    known(isKnown(room) ? sessionsOf(room) : null, (sessions) =>
      sessionsText(sessions, settings?.capacity ?? 0, format),
    ),
    known(figures?.originP95Seconds, (seconds) => `${format.number(seconds * 1_000)} ms`),
    known(figures?.originErrorShare, format.percent),
  ];
}

/** Until an opening time that is to come the mode in force is not the one that was set. */
function modeText(room: OverviewRoom, { at }: Moment, format: Format): string {
  const line = lineOf(room);
  if (line === null || room.settings === null) return UNKNOWN;
  const { opensAt, mode } = room.settings;
  if (opensAt === null || Date.parse(opensAt) <= at) return line.mode;
  const then = mode === "queue" ? "" : `, then ${mode}`;
  return `${line.mode} until ${format.opening(Date.parse(opensAt))}${then}`;
}

/** Of a room whose store answers; null: not known. */
function admittedPerMinute(room: OverviewRoom, moment: Moment): number | null {
  return room.store === "up" && isKnown(room) ? admittedPerMinuteOf(room, isJustStarted(moment)) : null;
}

function lineOf(room: RoomDocument): LineDocument | null {
  return isKnown(room) ? room.state : null;
}

/** The wait of somebody who comes now. */
function waitText(wait: OverviewRoom["wait"], line: LineDocument | null, format: Format): string {
  if (line === null) return UNKNOWN;
  if (line.waiting === 0) return line.mode === "queue" || line.mode === "open" ? "no wait" : UNKNOWN;
  if (wait === null) return UNKNOWN;
  const [low, high] = [format.seconds(wait.lowSeconds), format.seconds(wait.highSeconds)];
  return low === high ? low : `${low} – ${high}`;
}

function sessionsText(sessions: number, capacity: number, format: Format): string {
  const bound = capacity === 0 ? "" : ` of ${format.number(capacity)}`;
  return format.number(sessions) + bound;
}

/** The worst first; empty where there is none. */
function troubleOf(room: OverviewRoom, format: Format): string {
  const said = troublesOf(room).map(({ kind }) => TROUBLES[kind]);
  const pause = room.store === "up" ? lineOf(room)?.pause : null;
  if (!pause) return said.join(", ");
  return [
    ...said,
    `admits nobody until ${pause.until === null ? "the mode is set" : format.time(pause.until)}`,
  ].join(", ");
}

/** That people wait at a room which an operator shut: perhaps somebody forgot it. Empty where it is not so. */
function noteOf(room: OverviewRoom, format: Format): string {
  const still = standstillOf(room);
  if (still === null) return "";
  const waiting = `${format.number(still.waiting)} ${still.waiting === 1 ? "waits" : "wait"}`;
  return `${still.mode === "hold" ? "on hold" : still.mode}; ${waiting}`;
}

/** One room: its settings, then its line. */
export function roomView(room: OverviewRoom, moment: Moment, format: Format): string {
  const heading = `${room.id}: ${printable(roomName(room, format))} (version ${room.version ?? UNKNOWN})\n`;
  if (!isKnown(room)) return `${heading}\n  The store has not answered since the gateway started.\n`;
  const settings = list(settingEntries(room.settings, room.languages, format));
  return `${heading}\n${settings}\n${list(lineEntries(room, moment, format))}`;
}

function roomName({ id, name, languages }: OverviewRoom, { locale }: Format): string {
  return textIn(name, fallbackOrder(locale, languages))?.text ?? id;
}

/** A text has a line for each language. */
function settingEntries(
  settings: SettingsDocument,
  languages: readonly string[],
  format: Format,
): [string, string][] {
  return FIELD_NAMES.flatMap((field): [string, string][] => {
    if (field !== "message") return [[nameOf(field), valueText(field, settings[field], format)]];
    return languages.map((tag) => [`message ${tag}`, messageIn(tag, settings.message, languages)]);
  });
}

function lineEntries(room: KnownRoom, moment: Moment, format: Format): [string, string][] {
  const { number } = format;
  const line = room.state;
  const sessions = sessionsOf(room);
  const trouble = troubleOf(room, format);
  const note = noteOf(room, format);
  return [
    ...(line.mode === room.settings.mode ? [] : [["in force", line.mode] as [string, string]]),
    ["waiting", number(line.waiting)],
    ["called", `${number(line.serving)} of ${number(line.issued)} numbers`],
    ["at the gate", number(line.registered)],
    ["admitted", admittedText(room, line, moment, format)],
    ["sessions", sessions === null ? "not known until the line admits again" : number(sessions)],
    ["show rate", isShowRateMeasured(line) ? format.percent(line.showRate) : UNKNOWN],
    ["store", line.store],
    ["as of", format.time(line.updatedAt)],
    ...(trouble === "" ? [] : [["trouble", trouble] as [string, string]]),
    ...(note === "" ? [] : [["note", note] as [string, string]]),
  ];
}

/** A line says that all came too where nobody was called: of late nobody was, if nobody was let in either. */
function isShowRateMeasured({ showRate, serving, admittedPerMinute }: LineDocument): boolean {
  return serving > 0 && (showRate < 1 || admittedPerMinute > 0);
}

function admittedText(room: OverviewRoom, line: LineDocument, moment: Moment, format: Format): string {
  const { number, time } = format;
  if (line.store !== "up")
    return `${number(line.admittedPerMinute)} in the minute before ${time(line.updatedAt)}`;
  if (!isJustStarted(moment)) return `${number(line.admittedPerMinute)} in the last minute`;
  const now = admittedPerMinute(room, moment);
  return `${now === null ? UNKNOWN : number(now)} a minute in the last seconds; the gateway has only started`;
}

/** A setting's value with its unit. */
function valueText(field: string, value: unknown, format: Format): string {
  const setting = settingOf(field);
  if (setting?.kind === "texts") return messageText(value);
  if (value === null || value === undefined) return "none";
  if (setting?.kind === "time") return timeText(value, format);
  if (setting?.kind === "whole") return wholeText(field, Number(value), setting, format);
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Epoch ms, 0 for none, or RFC 3339. */
function timeText(value: unknown, format: Format): string {
  if (value === 0) return "any time";
  return format.time(typeof value === "number" ? value : Date.parse(String(value)));
}

function wholeText(field: string, value: number, { zero, counted }: WholeSetting, format: Format): string {
  if (value === 0 && zero !== undefined) return zero;
  if (unitOf(field) === "seconds") return format.seconds(value);
  const unit = unitOf(field) === "perMinute" ? "a minute" : counted;
  return unit === undefined ? format.number(value) : `${format.number(value)} ${unit}`;
}

/** What is read in a language; where nothing was said in it, in which it is read instead. */
function messageIn(tag: string, message: Texts | null, languages: readonly string[]): string {
  const told = message && textIn(message, fallbackOrder(tag, languages));
  if (!told?.text) return "none";
  return told.lang === tag ? told.text : `as in ${told.lang}`;
}

function messageText(value: unknown): string {
  if (typeof value !== "object" || value === null) return "none";
  return Object.entries(value)
    .map(([tag, text]) => `${tag} ${text === "" ? "none" : `“${text}”`}`)
    .join(" / ");
}

/** What a change did: before and after, and what it means for those who wait. */
export function changeView(
  before: RoomDocument,
  after: RoomDocument,
  { reason, endSessions, ...change }: ChangeBody,
  format: Format,
): string {
  const inside: [string, string][] = endSessions ? [["sessions", sessionsEnded(before, format)]] : [];
  const entries = Object.keys(change).map((field): [string, string] => [
    nameOf(field),
    beforeAndAfter(
      valueText(field, valueIn(before, field), format),
      valueText(field, valueIn(after, field), format),
    ),
  ]);
  const meaning = "outflowPerMinute" in change ? forecastText(after, format) : "";
  const done = before.version === after.version ? "as it was" : "changed";
  return `${after.id}: ${done}, version ${after.version}\n${list([...entries, ...inside, reasonEntry(reason)])}${meaning}`;
}

/** What is to be known of an opening time that had passed, by the store's clock, when it was set; null: nothing. */
export function passedOpening(
  { opensAt }: { readonly opensAt?: string | null | undefined },
  after: RoomDocument,
  format: Format,
): string | null {
  const line = lineOf(after);
  if (!opensAt || line === null || Date.parse(opensAt) > line.updatedAt) return null;
  return `the opening time ${format.opening(Date.parse(opensAt))} has passed: it has no effect`;
}

function valueIn({ settings }: RoomDocument, field: string): unknown {
  const named: Readonly<Record<string, unknown>> = settings ?? {};
  return named[field];
}

function beforeAndAfter(before: string, after: string): string {
  return before === after ? `${after}, as it was` : `${before} → ${after}`;
}

function reasonEntry(reason: string): [string, string] {
  return ["reason", reason === "" ? "none given" : reason];
}

/** As the console says it of the same room. */
function forecastText(room: RoomDocument, format: Format): string {
  if (!isKnown(room)) return "";
  const forecast = forecastOf(room, {}, room.state.updatedAt);
  if (forecast.kind !== "through") return "";
  const time = format.clock(forecast.atMs);
  return `  ${format.number(room.state.waiting)} waiting are through by about ${time}\n`;
}

function sessionsEnded({ sessions }: RoomDocument, format: Format): string {
  return `${format.number(sessions ?? 0)} ended`;
}

/** What a reset did. */
export function resetView(
  before: RoomDocument,
  after: RoomDocument,
  { endSessions, reason }: { readonly endSessions: boolean; readonly reason: string },
  format: Format,
): string {
  const stay = `${format.number(before.sessions ?? 0)} stay`;
  return `${after.id}: the line was reset, version ${after.version}\n${list([
    ["waiting", `${format.number(before.waiting ?? 0)} lost their place`],
    ["sessions", endSessions ? sessionsEnded(before, format) : stay],
    reasonEntry(reason),
  ])}`;
}

const AUDIT: readonly Column[] = [
  { heading: "WHEN" },
  { heading: "ROOM" },
  { heading: "ENTRY", right: true },
  { heading: "WHO" },
  { heading: "WHAT" },
  { heading: "WHY" },
];

/** The audit trail, newest first. `filters` are what was asked of the entries, such as `room tax`. */
export function auditView({ entries }: AuditDocument, filters: readonly string[], format: Format): string {
  if (entries.length === 0) return noEntry(filters);
  const rows = entries.map((entry) => [
    format.time(entry.at),
    entry.room,
    String(entry.sequence),
    entry.actor,
    whatText(entry, format),
    entry.reason === "" ? UNKNOWN : entry.reason,
  ]);
  return table(AUDIT, rows);
}

/** That nobody has changed anything is known only where all entries were asked for. */
function noEntry(filters: readonly string[]): string {
  if (filters.length === 0) return "There is no such entry: nobody has changed anything.\n";
  return `No entry fits: ${printable(filters.join(", "))}.\n`;
}

function whatText({ action, endSessions, changes }: AuditEntryDocument, format: Format): string {
  if (action === "lost") return "the store had lost entries before this one";
  const reset = action === "reset" ? [`reset${endSessions ? " with all sessions" : ""}`] : [];
  const changed = changes.map(({ field, from, to }) => {
    const values = `${valueText(field, from, format)} → ${valueText(field, to, format)}`;
    return `${nameOf(field)} ${values}`;
  });
  return [...reset, ...changed].join("; ") || "as it was, which ended an alarm";
}
