import { memoryStore } from "../memory-store.ts";
import type { Store } from "../store.ts";

/** The store's time and the name of its life, both the simulation's. */
export interface SimulatedClock {
  now(): number;
  runId(): string;
}

/** A store under simulation, with the faults that only a test can bring about. */
export interface Subject {
  readonly name: string;
  readonly store: Store;
  /** Remembers the store as it stands, for `rollBack`. */
  save(): Promise<void>;
  /** Puts the store back to the last `save`, as a failover that lost the writes since would. */
  rollBack(): Promise<void>;
  /** Loses everything. */
  wipe(): Promise<void>;
}

export type OpenSubject = (clock: SimulatedClock) => Promise<Subject>;

interface Recorded {
  readonly nowMs: number;
  readonly runId: string;
  readonly again: (store: Store) => Promise<unknown>;
}

/** The memory store; rolled back by playing what it was asked until then to a fresh one. */
export async function memorySubject(clock: SimulatedClock): Promise<Subject> {
  let replayed: Recorded | undefined;
  let recorded: Recorded[] = [];
  let savedCount = 0;
  const fresh = () =>
    memoryStore({ now: () => replayed?.nowMs ?? clock.now(), runId: () => replayed?.runId ?? clock.runId() });
  let inner = fresh();

  function record<Result>(again: (store: Store) => Promise<Result>): Promise<Result> {
    recorded.push({ nowMs: clock.now(), runId: clock.runId(), again });
    return again(inner);
  }

  return {
    name: "memory",
    store: {
      join: (...asked) => record((store) => store.join(...asked)),
      claim: (...asked) => record((store) => store.claim(...asked)),
      extend: (...asked) => record((store) => store.extend(...asked)),
      advance: (...asked) => record((store) => store.advance(...asked)),
      renew: (...asked) => record((store) => store.renew(...asked)),
      end: (...asked) => record((store) => store.end(...asked)),
      configure: (...asked) => record((store) => store.configure(...asked)),
      restore: (...asked) => record((store) => store.restore(...asked)),
      audit: (...asked) => inner.audit(...asked),
      close: () => inner.close(),
    },
    save: async () => {
      savedCount = recorded.length;
    },
    rollBack: async () => {
      recorded = recorded.slice(0, savedCount);
      inner = fresh();
      for (replayed of recorded) await replayed.again(inner);
      replayed = undefined;
    },
    wipe: async () => {
      recorded = [];
      savedCount = 0;
      inner = fresh();
    },
  };
}
