import type { Floor, JoinEntry, JoinOutcome, Snapshot, TicketRef } from "#core";
import { Recent } from "./recent.ts";

/** Tickets that were found to have lost their place, so that each counts once. */
const MOST_LOST = 10_000;

/**
 * Finds places that were lost although their tickets are good. Every call tells the store how far the line has come
 * as far as this gateway knows; what contradicts that in the answer is a place lost.
 */
export class Places {
  readonly #lost = new Recent(MOST_LOST);
  #batchId: number | null = null;
  #known: Pick<Floor, "generation" | "issued"> = { generation: 0, issued: 0 };

  /** What was known before a batch of joins was first sent: a repeat may well be given what is known by now. */
  sending(batchId: number, { generation, issued }: Floor): void {
    if (batchId === this.#batchId) return;
    this.#batchId = batchId;
    this.#known = { generation, issued };
  }

  /** How many newcomers were given a number that had been given to somebody before. */
  givenTwice(entries: readonly JoinEntry[], outcomes: readonly JoinOutcome[], line: Snapshot): number {
    const { generation, issued } = this.#known;
    if (line.generation !== generation) return 0;
    return outcomes.filter(
      (outcome, i) =>
        "number" in outcome &&
        outcome.number > 0 &&
        outcome.number <= issued &&
        outcome.jti === entries[i]?.jti,
    ).length;
  }

  /** How many of these good tickets hold a number that the store's line has not come to. */
  unknown(tickets: readonly TicketRef[], line: Snapshot): number {
    return tickets.filter((ticket) => isBeyond(ticket, line) && this.#lost.isNew(ticket.jti)).length;
  }
}

function isBeyond({ generation, number }: TicketRef, line: Snapshot): boolean {
  return generation > line.generation || (generation === line.generation && number > line.issued);
}
