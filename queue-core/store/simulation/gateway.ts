import { type Floor, mergeFloors, NO_FLOOR } from "../../domain/floor.ts";
import type { RoomSettings } from "../../domain/settings.ts";
import type { Snapshot } from "../../domain/snapshot.ts";
import type { ExtendEntry, JoinEntry, JoinOutcome, RenewEntry, TicketRef } from "../../domain/visitors.ts";
import type { Batch, Ending, Reply } from "../store.ts";
import type { Visitor } from "./crowd.ts";
import type { Answer, Operation } from "./operation.ts";

/** Sends an operation to the stores; undefined when the reply got lost on its way back. */
export type Ask = (gateway: string, floor: Floor, operation: Operation) => Promise<Answer | undefined>;

/** Visitors who ask the same thing in one store call, in the order in which they came. */
interface Gathered<Entry> {
  visitors: Visitor[];
  entries: Entry[];
}

const gathered = <Entry>(): Gathered<Entry> => ({ visitors: [], entries: [] });

/** What a gateway does on the waiting path: gathers, sends one call at a time, repeats, remembers. */
export class SimulatedGateway {
  readonly name: string;
  snapshot: Snapshot | undefined;
  private floor: Floor = NO_FLOOR;
  private readonly seed: RoomSettings;
  private nextBatchId = 1;
  private joins = gathered<JoinEntry>();
  private claims = gathered<TicketRef>();
  private renewals = gathered<RenewEntry>();
  private extensions = gathered<ExtendEntry>();
  private endings: Ending[] = [];
  /** Sessions ended up to here are known. */
  private endedRevision = 0;
  /** A batch of joins whose fate is not known: sent again with the same id until it is. */
  private unanswered: { batch: Batch<JoinEntry>; visitors: Visitor[] } | undefined;
  private readonly ask: Ask;

  constructor(name: string, seed: RoomSettings, ask: Ask) {
    this.name = name;
    this.seed = seed;
    this.ask = ask;
  }

  join(visitor: Visitor, entry: JoinEntry): void {
    this.joins.visitors.push(visitor);
    this.joins.entries.push(entry);
  }

  claim(visitor: Visitor, ticket: TicketRef): void {
    this.claims.visitors.push(visitor);
    this.claims.entries.push(ticket);
  }

  extend(visitor: Visitor, entry: ExtendEntry): void {
    this.extensions.visitors.push(visitor);
    this.extensions.entries.push(entry);
  }

  renew(visitor: Visitor, entry: RenewEntry): void {
    this.renewals.visitors.push(visitor);
    this.renewals.entries.push(entry);
  }

  end(ending: Ending): void {
    this.endings.push(ending);
  }

  /** One round: everything that has gathered, or a tick. */
  async flush(): Promise<void> {
    const batches = [this.joins, this.claims, this.extensions, this.renewals];
    const isBusy =
      batches.some(({ entries }) => entries.length > 0) || this.endings.length > 0 || this.unanswered;
    const hasMissed = this.snapshot !== undefined && this.snapshot.endedRevision !== this.endedRevision;
    if (!isBusy || hasMissed) await this.advance();
    await this.sendJoins();
    await this.sendClaims();
    await this.sendExtensions();
    await this.sendRenewals();
    await this.sendEndings();
  }

  async restore(mayStartLine = false): Promise<void> {
    const restoration = { floor: this.floor, seed: this.seed, mayStartLine, confirmed: true };
    await this.call({ kind: "restore", restoration });
    // A store that was put back may give revisions again for other endings.
    this.endedRevision = 0;
  }

  /** Sends one operation and minds what its reply says about the line. */
  async call(operation: Operation, floor = this.floor): Promise<Answer | undefined> {
    const answer = await this.ask(this.name, floor, operation);
    if (!answer) return undefined;
    if (answer.reply.kind === "done") this.remember(answer.reply);
    else if (operation.kind !== "restore") await this.restore();
    return answer;
  }

  private async advance(): Promise<void> {
    const answer = await this.call({ kind: "advance", endedAfter: this.endedRevision });
    if (answer?.kind === "advance" && answer.reply.kind === "done") {
      this.endedRevision = answer.reply.result.revision;
    }
  }

  private remember({ snapshot }: Extract<Reply<unknown>, { kind: "done" }>): void {
    this.snapshot = snapshot;
    this.floor = mergeFloors(this.floor, snapshot);
  }

  private async sendJoins(): Promise<void> {
    if (!this.unanswered && this.joins.entries.length > 0) {
      const { visitors, entries } = this.joins;
      this.unanswered = { visitors, batch: this.batch(entries) };
      this.joins = gathered();
    }
    if (!this.unanswered) return;
    const { batch, visitors } = this.unanswered;
    const answer = await this.call({ kind: "join", batch });
    if (answer?.kind !== "join" || answer.reply.kind !== "done") return;
    this.unanswered = undefined;
    const { snapshot, result } = answer.reply;
    result.forEach((outcome: JoinOutcome, i) => {
      visitors[i]?.joined(outcome, snapshot);
    });
  }

  /** A claim is not repeated by the gateway: whoever got no reply asks again. */
  private async sendClaims(): Promise<void> {
    const { visitors, entries } = this.claims;
    if (entries.length === 0) return;
    this.claims = gathered();
    // Tickets remember the line as it stood when they were signed.
    const tickets = visitors.map(({ ticketFloor }) => ticketFloor);
    const floor = tickets.reduce(mergeFloors, this.floor);
    const answer = await this.call({ kind: "claim", batch: this.batch(entries) }, floor);
    const reply = answer?.kind === "claim" && answer.reply.kind === "done" ? answer.reply : undefined;
    visitors.forEach((visitor, i) => {
      visitor.claimed(reply?.result[i], reply?.snapshot);
    });
  }

  private async sendExtensions(): Promise<void> {
    const { visitors, entries } = this.extensions;
    if (entries.length === 0) return;
    this.extensions = gathered();
    const answer = await this.call({ kind: "extend", batch: this.batch(entries) });
    const reply = answer?.kind === "extend" && answer.reply.kind === "done" ? answer.reply : undefined;
    visitors.forEach((visitor, i) => {
      visitor.extended(reply?.result[i]);
    });
  }

  private async sendRenewals(): Promise<void> {
    const { visitors, entries } = this.renewals;
    if (entries.length === 0) return;
    this.renewals = gathered();
    const answer = await this.call({ kind: "renew", batch: this.batch(entries) });
    const reply = answer?.kind === "renew" && answer.reply.kind === "done" ? answer.reply : undefined;
    visitors.forEach((visitor, i) => {
      visitor.renewed(reply?.result[i]);
    });
  }

  private async sendEndings(): Promise<void> {
    if (this.endings.length === 0) return;
    const entries = this.endings;
    this.endings = [];
    const answer = await this.call({ kind: "end", batch: this.batch(entries) });
    if (answer?.reply.kind !== "done") this.endings = [...entries, ...this.endings];
  }

  private batch<Entry>(entries: readonly Entry[]): Batch<Entry> {
    this.nextBatchId += 1;
    return { gateway: this.name, id: this.nextBatchId - 1, entries };
  }
}
