import { FORGOTTEN_MS, LONGEST_ROLL_CALL_MS, SEEN_MS } from "./constants.ts";

/**
 * After the store restarted (its run id changed), what it holds may be older than what gateways remember.
 * Until every gateway seen in the last ten seconds has offered its floor again, or five seconds have passed,
 * joins and claims are put off.
 */
export interface RollCall {
  /** Identifies one life of the store's process. */
  runId: string;
  /** Room time at which waiting for the others ends. */
  untilMs: number;
  /** By gateway: when it was last seen, in room time, and the life of the store that it has restored. */
  readonly gateways: Map<string, { seenMs: number; restoredRunId: string }>;
}

export function newRollCall(): RollCall {
  return { runId: "", untilMs: 0, gateways: new Map() };
}

/**
 * A gateway has offered its floor in this life of the store. Returns those not seen for so long that they are
 * forgotten: each start of a gateway has a name of its own.
 */
export function answer(rollCall: RollCall, gateway: string, runId: string, roomTimeMs: number): string[] {
  if (runId !== rollCall.runId) {
    rollCall.untilMs = roomTimeMs + LONGEST_ROLL_CALL_MS;
    rollCall.runId = runId;
  }
  const gone = [...rollCall.gateways].filter(([, { seenMs }]) => roomTimeMs - seenMs > FORGOTTEN_MS);
  for (const [name] of gone) rollCall.gateways.delete(name);
  rollCall.gateways.set(gateway, { seenMs: roomTimeMs, restoredRunId: runId });
  return gone.map(([name]) => name);
}

/** A gateway called: remembers when. One that has not restored since the store's restart stays unanswered. */
export function see(rollCall: RollCall, gateway: string, roomTimeMs: number): void {
  const known = rollCall.gateways.get(gateway);
  if (known) known.seenMs = roomTimeMs;
}

/** Whether this gateway has offered its floor in this life of the store. */
export function hasRestored(rollCall: RollCall, gateway: string): boolean {
  return rollCall.gateways.get(gateway)?.restoredRunId === rollCall.runId;
}

/** Whether joins and claims of this gateway must still wait. */
export function isIncomplete(rollCall: RollCall, gateway: string, roomTimeMs: number): boolean {
  if (!hasRestored(rollCall, gateway)) return true;
  if (roomTimeMs >= rollCall.untilMs) return false;
  const seenFromMs = rollCall.untilMs - LONGEST_ROLL_CALL_MS - SEEN_MS;
  return [...rollCall.gateways.values()].some(
    ({ seenMs, restoredRunId }) => seenMs >= seenFromMs && restoredRunId !== rollCall.runId,
  );
}
