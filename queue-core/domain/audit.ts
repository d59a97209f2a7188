import { type RoomSettings, SETTING_NAMES, type SettingsChange } from "./settings.ts";

/** Which entry of a room's audit trail is meant: what a gateway remembers of the last one that it saw. */
export interface AuditHead {
  /** The room's first entry has 1, each further one a higher number; 0 is none yet. */
  readonly sequence: number;
  /** SHA-256 as 64 hexadecimal digits. */
  readonly hash: string;
}

/** Of a trail without entries; what the first entry names as the one before it. */
export const NO_AUDIT_HEAD: AuditHead = { sequence: 0, hash: "0".repeat(64) };

/** What happened, as far as it is known before the store has done it. */
export interface AuditFacts {
  readonly room: string;
  readonly actor: string;
  readonly reason: string;
  readonly change: SettingsChange;
  readonly reset: { readonly endSessions: boolean } | null;
  /** In an entry of the store's own: a later entry than its last one, which a gateway remembered. */
  readonly lost: AuditHead | null;
}

export interface AuditEntry extends AuditFacts, AuditHead {
  /** Of the entry before. */
  readonly previousHash: string;
  readonly atMs: number;
  /** The settings before and after, as they stood in the store. */
  readonly before: RoomSettings;
  readonly after: RoomSettings;
  /** The entry as the store wrote it, without its own hash, which is this text's SHA-256. */
  readonly recorded: string;
}

/** `facts` as they stand in the recorded text. */
export function factsText({ room, actor, reason, change, reset, lost }: AuditFacts): string {
  return JSON.stringify({ room, actor, reason, change, reset, lost });
}

/** The text whose hash an entry carries; lua/audit.lua writes the same. */
export function recordedText(
  previous: AuditHead,
  facts: AuditFacts,
  atMs: number,
  before: RoomSettings,
  after: RoomSettings,
): string {
  const chained = `{"sequence":${nextSequence(previous, facts)},"previousHash":"${previous.hash}"`;
  const settings = `"before":${settingsText(before)},"after":${settingsText(after)}`;
  return `${chained},${factsText(facts).slice(1, -1)},"atMs":${atMs},${settings}}`;
}

/** An entry that tells of lost ones comes after them: no sequence is ever given twice. */
export function nextSequence(
  previous: Pick<AuditHead, "sequence">,
  { lost }: Pick<AuditFacts, "lost">,
): number {
  return Math.max(previous.sequence, lost?.sequence ?? 0) + 1;
}

/** Whether a store whose last entry is `head` once had another, which somebody remembers as `remembered`. */
export function hasLost(head: AuditHead, remembered: AuditHead): boolean {
  if (remembered.sequence === head.sequence) return remembered.hash !== head.hash;
  return remembered.sequence > head.sequence;
}

/** What the entry of a store says that has lost entries. */
export function lossFacts(room: string, lost: AuditHead): AuditFacts {
  const reason = `the store had lost entries of this trail: a gateway remembered entry ${lost.sequence}`;
  return { room, actor: "sluse", reason, change: {}, reset: null, lost };
}

/** In the order of the table, as the script writes them. */
function settingsText(settings: RoomSettings): string {
  return JSON.stringify(Object.fromEntries(SETTING_NAMES.map((name) => [name, settings[name]])));
}
