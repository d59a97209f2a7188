import { type AuditEntry, type Snapshot, UNITS_PER_ADMISSION, waitingIn } from "#core";
import {
  type AuditEntryDocument,
  DOCUMENT_FIELD_NAMES,
  type LineDocument,
  type RoomDocument,
  type SessionDocument,
  settingsDocument,
} from "#operator-api";
import type { Door } from "../deployment.ts";
import type { Session } from "./sessions.ts";

/**
 * A room as operators see it. The settings and the numbers of the line stand at the top too, under the names that
 * a PATCH takes; `mode` there is the one that was set, `state.mode` the one in force. All of it but the names is
 * null until the store has answered once.
 */
export function roomDocument(
  { config, room }: Pick<Door, "config" | "room">,
  languages: readonly string[],
): RoomDocument {
  const { id, name, match, origin } = config;
  const line = room.snapshot;
  const settings = line && settingsDocument(line.settings);
  const state = line && lineDocument(line, room);
  return {
    id,
    name,
    languages: [...languages],
    match,
    origin,
    version: line?.settings.version ?? null,
    ...settings,
    generation: state?.generation ?? null,
    issued: state?.issued ?? null,
    serving: state?.serving ?? null,
    waiting: state?.waiting ?? null,
    sessions: state?.sessions ?? null,
    settings,
    state: state ?? { store: room.state },
  };
}

function lineDocument(line: Snapshot, { state: store, admitsFromMs }: Door["room"]): LineDocument {
  return {
    mode: line.mode,
    generation: line.generation,
    issued: line.issued,
    serving: line.serving,
    waiting: waitingIn(line),
    registered: line.registered,
    sessions: line.sessions,
    admittedPerMinute: line.admittedLastMinute,
    admittedTotal: line.admittedTotal,
    showRate: line.showPermille / 1_000,
    credit: line.creditUnits / UNITS_PER_ADMISSION,
    quiet: line.quiet,
    alarm: line.alarm === "" ? null : line.alarm,
    // After the store had lost the line: nobody is admitted until then; null: until an operator sets the mode.
    pause: line.admitsInMs === 0 ? null : { until: admitsFromMs },
    auditHead: line.auditHead,
    store,
    updatedAt: line.storeTimeMs,
  };
}

/** Who changed what, from what to what, when and why. A field set to what it was is not among the changes. */
export function auditDocument(entry: AuditEntry): AuditEntryDocument {
  const before = settingsDocument(entry.before);
  const after = settingsDocument(entry.after);
  const changed = DOCUMENT_FIELD_NAMES.filter(
    (field) => field !== "messageRevision" && JSON.stringify(before[field]) !== JSON.stringify(after[field]),
  );
  return {
    at: entry.atMs,
    room: entry.room,
    actor: entry.actor,
    action: actionOf(entry),
    ...endSessionsOf(entry),
    reason: entry.reason,
    changes: changed.map((field) => ({ field, from: before[field], to: after[field] })),
    version: entry.after.version,
    sequence: entry.sequence,
    hash: entry.hash,
    previousHash: entry.previousHash,
    recorded: entry.recorded,
  };
}

/** Whether those inside were put out; a change that did not do it says nothing of it. */
function endSessionsOf({ reset, before, after }: AuditEntry): Pick<AuditEntryDocument, "endSessions"> {
  if (reset !== null) return { endSessions: reset.endSessions };
  return before.passesNotBeforeMs === after.passesNotBeforeMs ? {} : { endSessions: true };
}

/** `lost`: nobody did anything; the store says that it had lost entries. */
function actionOf({ reset, lost }: AuditEntry): AuditEntryDocument["action"] {
  if (lost !== null) return "lost";
  return reset === null ? "change" : "reset";
}

/** Who has logged in, and until when unless the session is used again. */
export function sessionDocument({ operator, endsAtMs }: Session): SessionDocument {
  return { name: operator.name, role: operator.role, endsAt: endsAtMs };
}
