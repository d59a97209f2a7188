/** Changes that are being made: drafts by room, the one under review, and what was done last. */

import { computed, signal } from "@preact/signals";
import {
  type Difference,
  type Draft,
  differencesOf,
  mayDo as isEnough,
  isKnown,
  type KnownRoom,
  LEAST_ROLE,
  type Proposal,
  type SettingField,
  type Settings,
  withField,
} from "#operator-api";
import { changeRoom, resetRoom } from "./api.ts";
import { connection, hear, poll, roomOf, session } from "./live.ts";

/** A change that is looked at before it is made. */
export interface Reviewed {
  readonly room: string;
  readonly proposal: Proposal;
  /** The settings that "now" showed; a change since then is told before it is overwritten. */
  readonly version: number;
}

/** What was just done, so that it can be taken back. */
export interface Done {
  readonly room: string;
  readonly kind: Proposal["kind"];
  readonly reason: string;
  /** What it set, from what to what; none of a reset. */
  readonly changes: readonly Difference[];
}

const drafts = signal<Readonly<Record<string, Draft>>>({});
export const reviewed = signal<Reviewed | null>(null);
export const done = signal<Done | null>(null);

/** Nothing can be changed over a connection that is lost. */
export const canAsk = computed(() => connection.value === "live");

export function mayDo(kind: Proposal["kind"]): boolean {
  const role = session.value?.role;
  return role !== undefined && isEnough(role, LEAST_ROLE[kind]);
}

export function draftOf(room: string): Draft {
  return drafts.value[room] ?? {};
}

export function setField<Field extends SettingField>(
  room: KnownRoom,
  field: Field,
  value: Settings[Field],
): void {
  setDraft(room.id, withField(draftOf(room.id), room.settings, field, value));
}

export function setDraft(room: string, draft: Draft): void {
  drafts.value = { ...drafts.value, [room]: draft };
  // What is about to be made takes the place on the screen of what was made.
  if (Object.keys(draft).length > 0) done.value = null;
}

export function review(room: KnownRoom, proposal: Proposal): void {
  reviewed.value = { room: room.id, proposal, version: room.version };
}

/** Makes the change under review; `endSessions` only with a reset or a closing. Rejects with `ApiError` where it was not, or perhaps not, made. */
export async function apply(reason: string, endSessions: boolean): Promise<void> {
  const asked = reviewed.value;
  const room = asked && roomOf(asked.room);
  if (!asked || !room || !isKnown(room)) return;
  const { proposal, version } = asked;
  if (proposal.kind === "reset") {
    hear(await resetRoom(room.id, version, endSessions, reason));
    done.value = { room: room.id, kind: "reset", reason, changes: [] };
  } else {
    const changed = await changeRoom(room.id, version, proposal.draft, endSessions, reason);
    hear(changed);
    // As the gateway has them now, which may write a time or a text otherwise than the draft.
    const changes = differencesOf(changed.settings ?? {}, room.settings);
    done.value = { room: room.id, kind: "change", reason, changes };
    setDraft(room.id, {});
  }
  reviewed.value = null;
  void poll();
}
