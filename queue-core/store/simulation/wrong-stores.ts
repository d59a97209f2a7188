import { MAX_OPEN_STEP_MS } from "../../domain/constants.ts";
import { NO_FLOOR } from "../../domain/floor.ts";
import type { Snapshot } from "../../domain/snapshot.ts";
import type { ClaimOutcome, JoinOutcome, TicketRef } from "../../domain/visitors.ts";
import type { Batch, Reply, Store } from "../store.ts";
import { memorySubject, type OpenSubject } from "./subject.ts";

/**
 * Stores that break one promise each, to show that the simulation would notice. Each is the true store with
 * something put in front of it.
 */

const UNITS = 60_000;
const OUTAGE_MS = 5_000;
const GATHERING_MS = 12_000;

const inFrontOf =
  (wrong: (store: Store) => Store): OpenSubject =>
  async (clock) => {
    const subject = await memorySubject(clock);
    return { ...subject, name: `${wrong.name} store`, store: wrong(subject.store) };
  };

/** Lets newcomers in while there is credit, though others wait. */
export const overtaking = inFrontOf(function overtaking(store) {
  return {
    ...store,
    join: async (...asked) => {
      const reply = await store.join(...asked);
      if (reply.kind !== "done" || reply.snapshot.creditUnits < UNITS) return reply;
      const remainingMs = reply.snapshot.settings.sessionSeconds * 1000;
      const letIn = (one: JoinOutcome): JoinOutcome =>
        one.state === "placed" ? { ...one, state: "admitted", remainingMs } : one;
      return { ...reply, result: reply.result.map(letIn) };
    },
  };
});

/** Takes no floor: after a failover its last writes are lost for good. */
export const forgetful = inFrontOf(function forgetful(store) {
  return {
    ...store,
    join: (room, batch) => store.join(room, batch, NO_FLOOR),
    claim: (room, batch) => store.claim(room, batch, NO_FLOOR),
    extend: (room, batch) => store.extend(room, batch, NO_FLOOR),
    advance: (room, gateway, _, endedAfter) => store.advance(room, gateway, NO_FLOOR, endedAfter),
    renew: (room, batch) => store.renew(room, batch, NO_FLOOR),
    end: (room, batch) => store.end(room, batch, NO_FLOOR),
    restore: (room, gateway, restoration) =>
      store.restore(room, gateway, { ...restoration, floor: NO_FLOOR }),
  };
});

/** Forgets that it has given numbers out when it is asked for a batch again. */
export const givingTwice = inFrontOf(function givingTwice(store) {
  const lastIds = new Map<string, number>();
  let behind = 0;
  const shifted = (one: JoinOutcome, by: number): JoinOutcome =>
    one.state === "placed" || one.state === "admitted" ? { ...one, number: one.number - by } : one;
  return {
    ...store,
    join: async (room, batch, floor) => {
      const reply = await store.join(room, batch, floor);
      if (reply.kind !== "done") return reply;
      const by = behind;
      if (lastIds.get(batch.gateway) === batch.id) behind += reply.result.length;
      lastIds.set(batch.gateway, batch.id);
      return { ...reply, result: reply.result.map((one) => shifted(one, by)) };
    },
  };
});

/** Holds claims back in front of the true gate, which then learns of a show no sooner than it admits. */
function heldBack(
  store: Store,
  /** Whose turn it is of those held, given the line as it stands; undefined when nobody's. */
  next: (held: readonly TicketRef[], line: Snapshot) => TicketRef | undefined,
): Store {
  let held: TicketRef[] = [];
  const decided = new Set<string>();

  async function letIn(room: string, batch: Batch<TicketRef>): Promise<void> {
    for (;;) {
      const line = await store.advance(room, batch.gateway, NO_FLOOR);
      if (line.kind !== "done") return;
      const one = next(held, line.snapshot);
      if (!one) return;
      const reply = await store.claim(room, { ...batch, entries: [one] }, NO_FLOOR);
      if (reply.kind !== "done" || reply.result[0]?.state === "called") return;
      decided.add(one.jti);
      held = held.filter(({ jti }) => jti !== one.jti);
    }
  }

  return {
    ...store,
    claim: async (room, batch, floor): Promise<Reply<readonly ClaimOutcome[]>> => {
      const before = await store.advance(room, batch.gateway, floor);
      if (before.kind !== "done") return before;
      const { serving } = before.snapshot;
      const isNew = ({ jti, number }: TicketRef) =>
        number <= serving && !decided.has(jti) && !held.some((one) => one.jti === jti);
      held.push(...batch.entries.filter(isNew));
      await letIn(room, batch);
      const outcomes: ClaimOutcome[] = [];
      for (const ticket of batch.entries) {
        const isHeld = held.some(({ jti }) => jti === ticket.jti);
        const reply = isHeld ? undefined : await store.claim(room, { ...batch, entries: [ticket] }, floor);
        const outcome = reply?.kind === "done" ? reply.result[0] : undefined;
        outcomes.push(outcome ?? { state: "called", ahead: 0 });
      }
      const after = await store.advance(room, batch.gateway, floor);
      return after.kind === "done" ? { ...after, result: outcomes } : after;
    },
  };
}

/** Admits whoever claimed first, not the lowest number. */
export const inClaimOrder = inFrontOf(function inClaimOrder(store) {
  return heldBack(store, ([first]) => first);
});

/** Counts an admission as the show: a full service then seems to have nobody coming, and calls more. */
export const countingAdmissions = inFrontOf(function countingAdmissions(store) {
  return heldBack(store, (held, { creditUnits, sessions, settings }) => {
    const isFull = creditUnits < UNITS || (settings.capacity > 0 && sessions >= settings.capacity);
    return isFull ? undefined : [...held].sort((a, b) => a.number - b.number)[0];
  });
});

/** Makes up for an outage: plays the time that was missed, with all its admissions, at once. */
export const makingUp: OpenSubject = async (clock) => {
  let playedMs: number | undefined;
  let lastMs = clock.now();
  /** Room time that the true store would not have let pass; hidden, so that only the burst shows. */
  let surplusMs = 0;
  let openSurplusMs = 0;
  const subject = await memorySubject({ ...clock, now: () => playedMs ?? clock.now() });
  const { store } = subject;

  async function catchingUp<Result>(
    room: string,
    gateway: string,
    ask: () => Promise<Reply<Result>>,
  ): Promise<Reply<Result>> {
    for (playedMs = lastMs + OUTAGE_MS; playedMs < clock.now(); playedMs += OUTAGE_MS) {
      await store.advance(room, gateway, NO_FLOOR);
      surplusMs += Math.min(OUTAGE_MS, clock.now() - playedMs);
      openSurplusMs += Math.min(MAX_OPEN_STEP_MS, clock.now() - playedMs);
    }
    playedMs = undefined;
    lastMs = clock.now();
    const reply = await ask();
    if (reply.kind !== "done") return reply;
    const { roomTimeMs, openTimeMs } = reply.snapshot;
    const snapshot = { roomTimeMs: roomTimeMs - surplusMs, openTimeMs: openTimeMs - openSurplusMs };
    return { ...reply, snapshot: { ...reply.snapshot, ...snapshot } };
  }

  return {
    ...subject,
    name: "making-up store",
    store: {
      ...store,
      extend: (room, batch, floor) => catchingUp(room, batch.gateway, () => store.extend(room, batch, floor)),
      advance: (room, gateway, floor, endedAfter) =>
        catchingUp(room, gateway, () => store.advance(room, gateway, floor, endedAfter)),
      claim: (room, batch, floor) => catchingUp(room, batch.gateway, () => store.claim(room, batch, floor)),
      join: (room, batch, floor) => catchingUp(room, batch.gateway, () => store.join(room, batch, floor)),
      renew: (room, batch, floor) => catchingUp(room, batch.gateway, () => store.renew(room, batch, floor)),
      end: (room, batch, floor) => catchingUp(room, batch.gateway, () => store.end(room, batch, floor)),
      restore: (room, gateway, restoration) =>
        catchingUp(room, gateway, () => store.restore(room, gateway, restoration)),
    },
  };
};

/** Opens the gate at once after a wipe: plays the time in which those who stood there could have come back. */
export const hasty: OpenSubject = async (clock) => {
  let aheadMs = 0;
  let playedMs = 0;
  let playedOpenMs = 0;
  const subject = await memorySubject({ ...clock, now: () => clock.now() + aheadMs });
  const { store } = subject;

  function hidden<Result>(reply: Reply<Result>): Reply<Result> {
    if (reply.kind !== "done") return reply;
    const { storeTimeMs, roomTimeMs, openTimeMs } = reply.snapshot;
    const shown = {
      storeTimeMs: storeTimeMs - aheadMs,
      roomTimeMs: roomTimeMs - playedMs,
      openTimeMs: openTimeMs - playedOpenMs,
    };
    return { ...reply, snapshot: { ...reply.snapshot, ...shown } };
  }

  return {
    ...subject,
    name: "hasty store",
    store: {
      ...store,
      join: async (...asked) => hidden(await store.join(...asked)),
      claim: async (...asked) => hidden(await store.claim(...asked)),
      extend: async (...asked) => hidden(await store.extend(...asked)),
      advance: async (...asked) => hidden(await store.advance(...asked)),
      renew: async (...asked) => hidden(await store.renew(...asked)),
      end: async (...asked) => hidden(await store.end(...asked)),
      configure: async (...asked) => hidden(await store.configure(...asked)),
      restore: async (room, gateway, restoration) => {
        const reply = await store.restore(room, gateway, restoration);
        if (reply.kind !== "done" || reply.snapshot.admitsInMs !== GATHERING_MS) return hidden(reply);
        playedMs = 0;
        playedOpenMs = 0;
        for (let ms = 0; ms < GATHERING_MS; ms += OUTAGE_MS) {
          aheadMs += OUTAGE_MS;
          playedMs += OUTAGE_MS;
          if (reply.snapshot.mode === "queue") playedOpenMs += MAX_OPEN_STEP_MS;
          await store.advance(room, gateway, NO_FLOOR);
        }
        return hidden(await store.restore(room, gateway, restoration));
      },
    },
  };
};

/** Lets every claim window run from the call, though the outflow could not take whom it called. */
export const impatient = inFrontOf(function impatient(store) {
  /** Open time at which `serving` reached each number that it stood at, in their order. */
  const calls: { readonly upTo: number; readonly openMs: number }[] = [];
  function note({ serving, openTimeMs }: Snapshot): void {
    if (serving > (calls.at(-1)?.upTo ?? 0)) calls.push({ upTo: serving, openMs: openTimeMs });
  }
  function judged(line: Snapshot, { number }: TicketRef, outcome: ClaimOutcome): ClaimOutcome {
    const openMs = calls.find(({ upTo }) => upTo >= number)?.openMs ?? line.openTimeMs;
    const isLate = line.openTimeMs - openMs > line.settings.claimWindowSeconds * 1_000 + OUTAGE_MS;
    return outcome.state === "called" && outcome.ahead > 0 && isLate ? { state: "missed" } : outcome;
  }
  return {
    ...store,
    advance: async (...asked) => {
      const reply = await store.advance(...asked);
      if (reply.kind === "done") note(reply.snapshot);
      return reply;
    },
    claim: async (room, batch, floor) => {
      const reply = await store.claim(room, batch, floor);
      if (reply.kind !== "done") return reply;
      note(reply.snapshot);
      const result = reply.result.map((one, i) => judged(reply.snapshot, batch.entries[i] as TicketRef, one));
      return { ...reply, result };
    },
  };
});

/** Keeps granting to whoever has come back, without waiting until they ask. */
export const squandering = inFrontOf(function squandering(store) {
  let returned: TicketRef[] = [];
  return {
    ...store,
    advance: async (room, gateway, floor, endedAfter) => {
      const entries = returned;
      const reply = await store.claim(room, { gateway, id: 0, entries }, floor);
      if (reply.kind === "done") returned = entries.filter((_, i) => reply.result[i]?.state === "returned");
      return store.advance(room, gateway, floor, endedAfter);
    },
    claim: async (room, batch, floor) => {
      const reply = await store.claim(room, batch, floor);
      if (reply.kind !== "done") return reply;
      returned.push(...batch.entries.filter((_, i) => reply.result[i]?.state === "returned"));
      return reply;
    },
  };
});
