import type { ClaimOutcome, Snapshot, TicketRef } from "#core";

/** A visitor who was told `called`: they stood at the gate then, and had not been let in. */
interface Standing {
  readonly number: number;
  /** The first batch of claims since which they surely stand there. */
  readonly sinceBatch: number;
  /** The store's time at that batch, epoch ms. */
  readonly arrivedMs: number;
  /** The last batch in which they were told so, and its room time. */
  readonly askedBatch: number;
  readonly askedAtMs: number;
  readonly wasOvertaken: boolean;
}

/** A number that was let in, and the last batch at whose end it surely was still outside. */
interface LetIn {
  readonly number: number;
  readonly outsideBatch: number;
}

/** A grant that nobody collects is given back after this; then its visitor stands at the gate anew. */
const GRANT_HOLD_MS = 60_000;
/** Let in, and not outdone by a higher number let in later: one or two, as long as the order holds. */
const MOST_LET_IN = 1_000;

/**
 * Judges by what the store answered to claims whether the gate lets people in by number, lowest first. Knows
 * nothing of how the gate works, and counts only what is sure: somebody stood there before and after a higher
 * number, which was still outside when they had come, was let in.
 */
export class GateOrder {
  #batch = 0;
  /** Oldest question first; who has not asked for as long as a grant is held may have been let in meanwhile. */
  readonly #standing = new Map<string, Standing>();
  #letIn: LetIn[] = [];
  #lastServing = Number.POSITIVE_INFINITY;
  #line = "";

  /**
   * Takes the answers to one batch of claims, and the line as it stood right after. Returns how many visitors
   * were overtaken at the gate; each counts once.
   */
  judge(tickets: readonly TicketRef[], outcomes: readonly ClaimOutcome[], line: Snapshot): number {
    this.#startAnewWhereChanged(line);
    this.#batch += 1;
    const told = (state: ClaimOutcome["state"]) => tickets.filter((_, i) => outcomes[i]?.state === state);
    for (const ticket of told("admitted")) this.#takeLetIn(ticket);
    const holdMs = Math.min(GRANT_HOLD_MS, line.settings.sessionSeconds * 1000);
    this.#forgetSilent(line.roomTimeMs - holdMs);
    const overtaken = told("called").filter((ticket) => this.#takeStanding(ticket, line));
    this.#lastServing = line.serving;
    return overtaken.length;
  }

  /** Since when somebody at the gate has been standing there, epoch ms; null where that is not known. */
  arrivedMs(jti: string): number | null {
    return this.#standing.get(jti)?.arrivedMs ?? null;
  }

  /** In an open room everybody comes in, in any order; and settings may have been others in between. */
  #startAnewWhereChanged({ generation, settings, mode }: Snapshot): void {
    const line = `${generation} ${settings.version} ${mode}`;
    if (line === this.#line) return;
    this.#line = line;
    this.#standing.clear();
    this.#letIn = [];
    this.#lastServing = Number.POSITIVE_INFINITY;
  }

  #takeLetIn({ jti, number }: TicketRef): void {
    const outsideBatch =
      this.#standing.get(jti)?.askedBatch ?? (number > this.#lastServing ? this.#batch - 1 : null);
    this.#standing.delete(jti);
    if (outsideBatch === null) return;
    if (this.#letIn.some((other) => other.outsideBatch >= outsideBatch && other.number >= number)) return;
    const notOutdone = this.#letIn.filter(
      (other) => other.outsideBatch > outsideBatch || other.number > number,
    );
    this.#letIn = [...notOutdone, { number, outsideBatch }].slice(-MOST_LET_IN);
  }

  /** Whether this is the first time that it shows that they were overtaken. */
  #takeStanding({ jti, number }: TicketRef, { roomTimeMs, storeTimeMs }: Snapshot): boolean {
    const before = this.#standing.get(jti);
    const sinceBatch = before?.sinceBatch ?? this.#batch;
    const isOvertaken = this.#letIn.some(
      (other) => other.number > number && other.outsideBatch >= sinceBatch,
    );
    const wasOvertaken = before?.wasOvertaken ?? false;
    this.#standing.delete(jti);
    this.#standing.set(jti, {
      number,
      sinceBatch,
      arrivedMs: before?.arrivedMs ?? storeTimeMs,
      askedBatch: this.#batch,
      askedAtMs: roomTimeMs,
      wasOvertaken: wasOvertaken || isOvertaken,
    });
    return isOvertaken && !wasOvertaken;
  }

  #forgetSilent(beforeMs: number): void {
    for (const [jti, { askedAtMs }] of this.#standing) {
      if (askedAtMs > beforeMs) return;
      this.#standing.delete(jti);
    }
  }
}
