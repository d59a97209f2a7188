import type { ClaimOutcome, JoinEntry, Snapshot, Store, TicketRef, WaitRow } from "#core";
import { GateOrder } from "./gate-order.ts";
import { OutflowWatch } from "./outflow-watch.ts";
import { Places } from "./places.ts";
import { Promises } from "./promises.ts";
import { Recent } from "./recent.ts";

/** How a place was lost: the store's line has not come to its number, or its number was given to two. */
export type LostPlace = "unknown" | "given_twice";

/** What is told of one room's promises. */
export interface Findings {
  readonly overtaken: (room: string, count: number) => void;
  readonly admittedBeyondOutflow: (room: string, count: number) => void;
  readonly placesLost: (room: string, how: LostPlace, count: number) => void;
  /** Somebody who had waited was let in: what they had been promised, and the wait that the line cost them. */
  readonly waited: (room: string, promisedSeconds: number, lineSeconds: number) => void;
}

type Held = JoinEntry & { readonly ticket: TicketRef };

function holdsTicket(entry: JoinEntry): entry is Held {
  return entry.ticket !== undefined;
}

/** Whoever is let in asks again and again while the session lives; each counts once while among these. */
const MOST_LET_IN = 10_000;

/**
 * Watches from this gateway whether a room keeps what it promises, by what is asked of the store and what the store
 * answers. It changes nothing and decides nothing.
 */
export class Witness {
  readonly #room: string;
  readonly #findings: Findings;
  readonly #order = new GateOrder();
  readonly #outflow = new OutflowWatch();
  readonly #places = new Places();
  readonly #promises = new Promises();
  readonly #letIn = new Recent(MOST_LET_IN);

  constructor(room: string, findings: Findings) {
    this.#room = room;
    this.#findings = findings;
  }

  /** The store as the room should use it. */
  watching(store: Store): Store {
    return {
      ...store,
      join: async (room, batch, floor) => {
        this.#places.sending(batch.id, floor);
        const reply = await store.join(room, batch, floor);
        if (reply.kind === "done") {
          const held = batch.entries.filter(holdsTicket).map(({ ticket }) => ticket);
          this.#lost("given_twice", this.#places.givenTwice(batch.entries, reply.result, reply.snapshot));
          this.#lost("unknown", this.#places.unknown(held, reply.snapshot));
        }
        return reply;
      },
      claim: async (room, batch, floor) => {
        const reply = await store.claim(room, batch, floor);
        if (reply.kind === "done") this.#claimed(batch.entries, reply.result, reply.snapshot);
        return reply;
      },
    };
  }

  /** The line as pages are told of it now. */
  published(line: Snapshot, waits: readonly WaitRow[]): void {
    this.#promises.note(line, waits);
    const beyond = this.#outflow.see(line);
    if (beyond > 0) this.#findings.admittedBeyondOutflow(this.#room, beyond);
  }

  #claimed(tickets: readonly TicketRef[], outcomes: readonly ClaimOutcome[], line: Snapshot): void {
    this.#lost("unknown", this.#places.unknown(tickets, line));
    for (const [i, ticket] of tickets.entries()) {
      if (outcomes[i]?.state === "admitted" && this.#letIn.isNew(ticket.jti)) this.#waited(ticket, line);
    }
    const overtaken = this.#order.judge(tickets, outcomes, line);
    if (overtaken > 0) this.#findings.overtaken(this.#room, overtaken);
  }

  /** What a visitor took to come after the call is not the line's wait. */
  #waited({ jti, number, generation }: TicketRef, line: Snapshot): void {
    const promised = generation === line.generation ? this.#promises.of(number) : null;
    if (promised === null) return;
    const arrivedMs = this.#order.arrivedMs(jti) ?? line.storeTimeMs;
    const ownMs = Math.max(0, arrivedMs - (promised.calledMs ?? arrivedMs));
    const lineMs = line.storeTimeMs - promised.joinedMs - ownMs;
    this.#findings.waited(this.#room, promised.seconds, Math.max(0, lineMs) / 1000);
  }

  #lost(how: LostPlace, count: number): void {
    if (count > 0) this.#findings.placesLost(this.#room, how, count);
  }
}
