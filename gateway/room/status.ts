import { estimateWait, type Snapshot, type WaitRow, waitingIn, waitRows } from "#core";
import type { StatusDocument } from "../visitor-documents.ts";
import type { Room } from "./room.ts";

/**
 * The status document (PROTOCOL), the same bytes for everyone, made once a change and not once a request.
 */
export interface Status {
  readonly json: string;
  readonly bytes: Buffer;
  /** As the last member of another object, with that object's closing brace. */
  readonly lastMember: Buffer;
  readonly waits: readonly WaitRow[];
  readonly serving: number;
  readonly outflowPerMinute: number;
  /** Changes when every page should be told at once: mode, whether anybody is let in, message, generation, opening time. */
  readonly urgency: string;
}

/** A line that was lost admits nobody until it is known how it stood; an open room lets everybody by. */
export function isAdmitting({ mode, admitsInMs }: Snapshot): boolean {
  return mode === "open" || (mode === "queue" && admitsInMs === 0);
}

/**
 * A page that asks seldom must still hear of its call in time: it asks twice at least in a claim window, and by how much
 * pages differ from one another is less than that.
 */
function pollSecondsOf({ pollSeconds, claimWindowSeconds }: Snapshot["settings"]): number {
  return Math.max(1, Math.min(pollSeconds, Math.floor(claimWindowSeconds / 3)));
}

export function statusOf(room: Room, line: Snapshot, seal: string): Status {
  const { settings } = line;
  const waits = waitRows(line, room.watched);
  const document: StatusDocument = {
    room: room.id,
    mode: line.mode,
    admitting: isAdmitting(line),
    generation: line.generation,
    issued: line.issued,
    serving: line.serving,
    reached: line.reached,
    waiting: waitingIn(line),
    outflowPerMinute: settings.outflowPerMinute,
    admittedPerMinute: line.admittedLastMinute,
    showRate: line.showPermille / 1000,
    waits,
    message: settings.message,
    messageRevision: settings.messageRevision,
    opensAt: settings.opensAtMs === 0 ? null : settings.opensAtMs,
    passesNotBefore: settings.passesNotBeforeMs,
    pollSeconds: pollSecondsOf(settings),
    claimWindowSeconds: settings.claimWindowSeconds,
    seal,
    updatedAt: line.storeTimeMs,
  };
  const json = JSON.stringify(document);
  const urgency = [
    line.generation,
    line.mode,
    isAdmitting(line),
    settings.messageRevision,
    settings.opensAtMs,
  ].join();
  const lastMember = Buffer.from(`${json}}`);
  const { serving, outflowPerMinute } = document;
  return {
    json,
    bytes: lastMember.subarray(0, -1),
    lastMember,
    waits,
    serving,
    outflowPerMinute,
    urgency,
  };
}

/** The high end of the wait of somebody with so many ahead, or null where it is not known. */
export function waitSeconds(status: Status, ahead: number): number | null {
  const seconds = estimateWait(status.waits, ahead)?.highSeconds;
  return seconds === undefined ? null : Math.ceil(seconds);
}
