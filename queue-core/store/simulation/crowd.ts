import { type Floor, NO_FLOOR } from "../../domain/floor.ts";
import type { Snapshot } from "../../domain/snapshot.ts";
import type {
  ClaimOutcome,
  ExtendOutcome,
  JoinEntry,
  JoinOutcome,
  LapsedUse,
  RenewOutcome,
  TicketRef,
} from "../../domain/visitors.ts";
import type { SimulatedGateway } from "./gateway.ts";

/**
 * How a visitor behaves. `page`: looks each second and claims when called. `bot`: claims as often as it can.
 * `gone`: takes a place and is never seen again. `leaver`: says goodbye after a while. `sleeper`: a phone in
 * a pocket, which looks only now and then, and when called often asks for more time first, or how it stands.
 * `burner`: claims, and asks again when a grant would have lapsed.
 */
export type Kind = "page" | "bot" | "gone" | "leaver" | "sleeper" | "burner";

const POLL_MS = 1000;
const LATE_USES: readonly LapsedUse[] = ["form", "save", "page", "part"];

/** The simulation's surroundings of a visitor. */
export interface World {
  /** True time, which no fault changes. */
  readonly nowMs: number;
  random(): number;
  freshJti(): string;
  anyGateway(): SimulatedGateway;
}

/** One visitor, from arrival until they are gone. */
export class Visitor {
  readonly kind: Kind;
  readonly arrivedMs: number;
  ticket: TicketRef | undefined;
  ticketFloor: Floor = NO_FLOOR;
  admittedMs: number | undefined;
  private placedMs: number | undefined;
  isGone = false;
  private readonly world: World;
  private gateway: SimulatedGateway;
  private nextMs: number;
  private isInside = false;
  private renewalsLeft: number;
  /** Some come on with a pass past its end. */
  private lateUsesLeft: number;
  private readonly key: string | undefined;

  constructor(kind: Kind, world: World) {
    this.kind = kind;
    this.world = world;
    this.arrivedMs = world.nowMs;
    this.gateway = world.anyGateway();
    this.nextMs = world.nowMs;
    this.renewalsLeft = Math.floor(world.random() * 4);
    this.lateUsesLeft = this.renewalsLeft === 3 ? 6 : 0;
    this.key = world.random() < 0.2 ? world.freshJti() : undefined;
  }

  /** Since when this one waits and would come at once if called; undefined for all others. */
  get liveSinceMs(): number | undefined {
    return this.isGone || this.isInside || this.kind !== "page" ? undefined : this.placedMs;
  }

  act(): void {
    if (this.isGone || this.nextMs > this.world.nowMs) return;
    // Nothing more until the reply.
    this.nextMs = Number.POSITIVE_INFINITY;
    if (this.world.random() < 0.01) this.gateway = this.world.anyGateway();
    if (!this.ticket) this.arrive();
    else if (this.isInside) this.useSession(this.ticket);
    else this.wait(this.ticket);
  }

  joined(outcome: JoinOutcome, snapshot: Snapshot): void {
    if (outcome.state === "closed" || outcome.state === "must-wait") {
      this.later(outcome.state === "closed" ? 5 * POLL_MS : POLL_MS);
      this.isGone = this.world.random() < 0.3;
      return;
    }
    if (outcome.number === 0) {
      this.isGone = true;
      return;
    }
    const { jti, number } = outcome;
    const { generation, issued, serving } = snapshot;
    this.ticket = { jti, number, generation };
    this.placedMs ??= this.world.nowMs;
    this.ticketFloor = { ...NO_FLOOR, generation, issued: Math.max(issued, number), serving };
    if (outcome.state === "admitted") this.enter(outcome.remainingMs);
    else this.settleDown(number <= serving);
  }

  claimed(outcome: ClaimOutcome | undefined, snapshot: Snapshot | undefined): void {
    this.later(this.kind === "bot" ? 1 : POLL_MS);
    if (this.kind === "burner") this.later((61 + 20 * this.world.random()) * POLL_MS);
    if (!outcome || !snapshot) return;
    if (outcome.state === "admitted") this.enter(outcome.remainingMs);
    else if (outcome.state === "closed") this.later(5 * POLL_MS);
    else if (!["called", "returned", "waiting"].includes(outcome.state)) this.startAnew();
  }

  /** Comes back within the window, or only after it. */
  extended(outcome: ExtendOutcome | undefined): void {
    this.later(outcome ? this.world.random() * 70 * POLL_MS : POLL_MS);
  }

  renewed(outcome: RenewOutcome | undefined): void {
    if (!outcome) this.later(POLL_MS);
    else if (outcome.state === "live") {
      const isLate = this.renewalsLeft === 0 && this.lateUsesLeft > 0;
      this.later(outcome.remainingMs * ((isLate ? 1 : 0.5) + 0.4 * this.world.random()));
    } else if (this.lateUsesLeft > 0) this.later(40 * POLL_MS * this.world.random());
    else this.isGone = true;
  }

  private arrive(): void {
    const draw = this.world.random();
    const intent = draw < 0.9 ? "join" : draw < 0.95 ? "enter" : "pass-through";
    const entry: JoinEntry = { jti: this.world.freshJti(), intent };
    const keyed =
      this.key !== undefined && intent === "join" ? { ...entry, idempotencyKey: this.key } : entry;
    this.gateway.join(this, keyed);
  }

  private settleDown(isCalled: boolean): void {
    const { random } = this.world;
    if (this.kind === "gone") this.isGone = true;
    else if (this.kind === "leaver") this.later(random() * 60 * POLL_MS);
    else if (this.kind === "sleeper") this.later(random() * 120 * POLL_MS);
    else this.later(this.kind === "bot" || isCalled ? 1 : random() * POLL_MS);
  }

  private wait(ticket: TicketRef): void {
    if (this.kind === "leaver" && this.world.random() < 0.5) {
      this.gateway.end({ jti: ticket.jti, number: ticket.number, kind: "left" });
      this.isGone = this.world.random() < 0.7;
      if (!this.isGone) this.startAnew();
      return;
    }
    const reloads = this.world.random() < 0.02;
    if (reloads) {
      this.gateway.join(this, { jti: this.world.freshJti(), intent: "join", ticket });
      return;
    }
    const seen = this.gateway.snapshot;
    const isCalled = seen && (seen.generation !== ticket.generation || seen.serving >= ticket.number);
    const asksForTime = isCalled && this.kind === "sleeper" && this.world.random() < 0.7;
    if (asksForTime) this.gateway.extend(this, { ...ticket, look: this.world.random() < 0.3 });
    else if (isCalled || this.kind === "bot") this.gateway.claim(this, ticket);
    else this.later(POLL_MS * (0.9 + 0.2 * this.world.random()));
  }

  private enter(remainingMs: number): void {
    this.isInside = true;
    this.admittedMs ??= this.world.nowMs;
    this.later(remainingMs * this.world.random());
  }

  private useSession({ jti, number }: TicketRef): void {
    const draw = this.world.random();
    if (this.renewalsLeft > 0) {
      this.renewalsLeft -= 1;
      this.gateway.renew(this, { jti });
      return;
    }
    if (this.lateUsesLeft > 0) {
      this.lateUsesLeft -= 1;
      this.gateway.renew(this, { jti, as: LATE_USES[Math.floor(draw * LATE_USES.length)] });
      return;
    }
    if (draw < 0.5) this.gateway.end({ jti, number, kind: "ended" });
    // Some come back with their old ticket.
    if (draw < 0.2) this.startAnew();
    else this.isGone = true;
  }

  /** Asks for a new number with the old ticket, or gives up. */
  private startAnew(): void {
    this.isInside = false;
    this.placedMs = undefined;
    if (!this.ticket || this.world.random() < 0.5) {
      this.isGone = true;
      return;
    }
    this.nextMs = Number.POSITIVE_INFINITY;
    this.gateway.join(this, { jti: this.world.freshJti(), intent: "join", ticket: this.ticket });
  }

  private later(ms: number): void {
    this.nextMs = this.world.nowMs + ms;
  }
}
