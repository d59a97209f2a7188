import { type AuditFacts, hasLost, lossFacts, nextSequence, recordedText } from "../domain/audit.ts";
import { AUDIT_ENTRIES_KEPT } from "../domain/constants.ts";
import { endingsAfter } from "../domain/endings.ts";
import { type Floor, isPlausible, NO_FLOOR } from "../domain/floor.ts";
import { callAndGrant, type Line, newLine, settle } from "../domain/line.ts";
import {
  changeSettings,
  changesNothing,
  confirm,
  endAllSessions,
  fillFromFloor,
  mergeFloor,
  resetLine,
} from "../domain/operator.ts";
import { answer, hasRestored, isIncomplete, see } from "../domain/roll-call.ts";
import type { RoomSettings } from "../domain/settings.ts";
import { snapshotOf } from "../domain/snapshot.ts";
import { claimBatch, endOne, extendBatch, joinBatch, renewOne } from "../domain/visitors.ts";
import { hashOf, keptText, readKeptList } from "./audit/entry.ts";
import type { Configuration, ConfigureOutcome, Reply, Restoration, Store } from "./store.ts";

export interface MemoryStoreOptions {
  /** The store's clock, epoch ms. */
  readonly now: () => number;
  /** Names one life of the store; a test changes it to restart the store. */
  readonly runId?: () => string;
}

/**
 * The store in this process's memory: the model that the Redis store is compared with, and the demo's
 * fallback. Nothing of it outlives the process.
 */
export function memoryStore({ now, runId = () => "memory" }: MemoryStoreOptions): Store {
  const lines = new Map<string, Line>();
  const audits = new Map<string, readonly string[]>();

  /** The frame of every operation but `restore`: find, merge, settle, act, reply. */
  async function operate<Result>(
    room: string,
    gateway: string,
    floor: Floor,
    waitsForRollCall: boolean,
    act: (line: Line) => Result,
  ): Promise<Reply<Result>> {
    const line = lines.get(room);
    if (!line) return { kind: "empty" };
    settle(line, now());
    if (line.rollCall.runId !== runId()) return { kind: "restoring" };
    see(line.rollCall, gateway, line.roomTimeMs);
    if (waitsForRollCall && isIncomplete(line.rollCall, gateway, line.roomTimeMs)) {
      return { kind: "restoring" };
    }
    mergeFloor(line, floor);
    const result = act(line);
    return { kind: "done", snapshot: snapshotOf(line), result };
  }

  function configure(room: string, line: Line, asked: Configuration): ConfigureOutcome {
    if (asked.id === line.lastConfigurationId) return "changed";
    const before = line.settings;
    if (asked.expectedVersion !== null && asked.expectedVersion !== before.version) return "stale";
    const endsSessions = asked.reset?.endSessions ?? asked.endSessions ?? false;
    if (!asked.reset && !endsSessions && changesNothing(line, asked.change)) return "unchanged";
    if (Object.keys(asked.change).length > 0 || !asked.reset) changeSettings(line, asked.change);
    if (asked.reset) resetLine(line);
    if (endsSessions) endAllSessions(line);
    line.lastConfigurationId = asked.id;
    callAndGrant(line);
    const { actor, reason, change, reset } = asked;
    record(line, { room, actor, reason, change, reset, lost: null }, before);
    return "changed";
  }

  /** Writes the next entry of the audit trail, newest first; `before`: the settings as they were. */
  function record(line: Line, facts: AuditFacts, before: RoomSettings): void {
    const text = recordedText(line.auditHead, facts, line.storeTimeMs, before, line.settings);
    line.auditHead = { sequence: nextSequence(line.auditHead, facts), hash: hashOf(text) };
    const trail = [keptText(text, line.auditHead.hash), ...(audits.get(facts.room) ?? [])];
    audits.set(facts.room, trail.slice(0, AUDIT_ENTRIES_KEPT));
  }

  function found(room: string, { floor, seed, mayStartLine, confirmed }: Restoration): Line | undefined {
    const known = lines.get(room);
    if (known) {
      settle(known, now());
      mergeFloor(known, floor);
      if (confirmed) confirm(known);
      return known;
    }
    const remembers = floor.generation > 0 && isPlausible(floor, { ...NO_FLOOR, storeTimeMs: now() });
    if (!remembers && !mayStartLine) return undefined;
    const line = newLine(seed, remembers ? 0 : now(), now());
    if (remembers) fillFromFloor(line, floor, confirmed);
    lines.set(room, line);
    return line;
  }

  return {
    join: (room, { gateway, id, entries }, floor) =>
      operate(room, gateway, floor, true, (line) => {
        const last = line.lastBatches.get(gateway);
        if (last?.id === id) return last.outcomes;
        const outcomes = joinBatch(line, entries);
        line.lastBatches.set(gateway, { id, outcomes });
        return outcomes;
      }),
    claim: (room, { gateway, entries }, floor) =>
      operate(room, gateway, floor, true, (line) => claimBatch(line, entries)),
    extend: (room, { gateway, entries }, floor) =>
      operate(room, gateway, floor, true, (line) => extendBatch(line, entries)),
    advance: (room, gateway, floor, endedAfter) =>
      operate(room, gateway, floor, false, (line) => {
        callAndGrant(line);
        // What a gateway knew of another life of the store says nothing about this one.
        const after = hasRestored(line.rollCall, gateway) ? endedAfter : 0;
        return endingsAfter(line, after ?? line.endedRevision);
      }),
    renew: (room, { gateway, entries }, floor) =>
      operate(room, gateway, floor, false, (line) => {
        const outcomes = entries.map((entry) => renewOne(line, entry));
        callAndGrant(line);
        return outcomes;
      }),
    end: (room, { gateway, entries }, floor) =>
      operate(room, gateway, floor, false, (line) => {
        for (const { jti, number, kind } of entries) endOne(line, jti, number, kind);
        callAndGrant(line);
        return null;
      }),
    configure: (room, gateway, configuration, floor) =>
      operate(room, gateway, floor, false, (line) => configure(room, line, configuration)),
    restore: async (room, gateway, restoration) => {
      const line = found(room, restoration);
      if (!line) return { kind: "empty" };
      for (const gone of answer(line.rollCall, gateway, runId(), line.roomTimeMs))
        line.lastBatches.delete(gone);
      callAndGrant(line);
      const { auditHead } = restoration;
      if (auditHead && hasLost(line.auditHead, auditHead)) {
        record(line, lossFacts(room, auditHead), line.settings);
      }
      return { kind: "done", snapshot: snapshotOf(line), result: null };
    },
    audit: async (room, limit, skip = 0) => readKeptList((audits.get(room) ?? []).slice(skip, skip + limit)),
    close: async () => {},
  };
}
