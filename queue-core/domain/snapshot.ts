import type { AuditHead } from "./audit.ts";
import {
  admitsInMs,
  isQuiet,
  type Line,
  liveSessions,
  modeInForce,
  reachedNumber,
  skippedAhead,
  waitingBeforeSkipped,
} from "./line.ts";
import { showPermille } from "./pace.ts";
import type { Mode, RoomSettings } from "./settings.ts";

/** What every operation of the store replies: all that gateways, pages and operators need of a line. */
export interface Snapshot {
  readonly generation: number;
  readonly issued: number;
  readonly serving: number;
  /** The highest number whose claim window has begun; below `serving` where numbers were called early. */
  readonly reached: number;
  readonly settings: RoomSettings;
  /** The mode in force, which `opensAtMs` or an unconfirmed restore may turn into `hold`. */
  readonly mode: Mode;
  readonly storeTimeMs: number;
  readonly roomTimeMs: number;
  readonly openTimeMs: number;
  readonly creditUnits: number;
  readonly registered: number;
  readonly sessions: number;
  /** Whether a newcomer would be let in at once. */
  readonly quiet: boolean;
  readonly showPermille: number;
  readonly admittedLastMinute: number;
  readonly joinedTotal: number;
  readonly calledTotal: number;
  readonly showsTotal: number;
  readonly admittedTotal: number;
  readonly peakJoinsPerSecond: number;
  readonly alarm: Line["alarm"];
  /** Numbers above `serving` that were skipped when a lost line was filled: nobody is known to hold them. */
  readonly skipped: number;
  /** How many wait ahead of those. */
  readonly waitingBeforeSkipped: number;
  /**
   * After a lost line was filled: in how many ms of room time the gate admits again; 0 where it does, null where it
   * waits until a gateway that was live before, or an operator, confirms how the line stood.
   */
  readonly admitsInMs: number | null;
  /** Of the last session that ended; a gateway that knows another asks for the endings after its own. */
  readonly endedRevision: number;
  /** Of the room's audit trail: its last entry. */
  readonly auditHead: AuditHead;
}

type Waiting = Pick<Snapshot, "mode" | "issued" | "serving" | "skipped">;

/** How many wait: nobody in an open room, where the line stands still because all come in. */
export function waitingIn({ mode, issued, serving, skipped }: Waiting): number {
  return mode === "open" ? 0 : issued - serving - skipped;
}

export function snapshotOf(line: Line): Snapshot {
  return {
    generation: line.generation,
    issued: line.issued,
    serving: line.serving,
    reached: reachedNumber(line),
    settings: line.settings,
    mode: modeInForce(line),
    storeTimeMs: line.storeTimeMs,
    roomTimeMs: line.roomTimeMs,
    openTimeMs: line.openTimeMs,
    creditUnits: line.creditUnits,
    registered: line.gate.order.length,
    sessions: liveSessions(line),
    quiet: isQuiet(line),
    showPermille: showPermille(line),
    admittedLastMinute: line.admittedLastMinute,
    joinedTotal: line.joinedTotal,
    calledTotal: line.calledTotal,
    showsTotal: line.showsTotal,
    admittedTotal: line.admittedTotal,
    peakJoinsPerSecond: line.peakJoinsPerSecond,
    alarm: line.alarm,
    skipped: skippedAhead(line),
    waitingBeforeSkipped: waitingBeforeSkipped(line),
    admitsInMs: admitsInMs(line),
    endedRevision: line.endedRevision,
    auditHead: line.auditHead,
  };
}
