import { isDeepStrictEqual } from "node:util";
import type { Floor } from "../../domain/floor.ts";
import { seededRandom } from "../../domain/random.ts";
import { type RoomSettings, type SettingsChange, settingsWith } from "../../domain/settings.ts";
import { type Kind, Visitor, type World } from "./crowd.ts";
import { SimulatedGateway } from "./gateway.ts";
import { Observer, type Violation } from "./observer.ts";
import { type Answer, type Operation, perform } from "./operation.ts";
import type { OpenSubject, Subject } from "./subject.ts";

/** What can go wrong between gateways and store, and in the store. */
export const FAULTS = [
  "lost-reply",
  "rollback",
  "restart",
  "wipe",
  "clock-ahead",
  "clock-back",
  "outage",
] as const;

export type Fault = (typeof FAULTS)[number];

/** A run of the simulation. The same plan gives the same run. */
export interface Plan {
  readonly seed: number;
  /** One step is a round of every gateway. */
  readonly steps: number;
  /** Stores that get the same calls; the replies of all must equal those of the first. */
  readonly stores: readonly OpenSubject[];
  readonly settings?: Partial<RoomSettings>;
  readonly gateways?: number;
  /** Longest virtual time between two steps, ms; the shortest is a fifth of it. Default 250. */
  readonly stepMs?: number;
  /** Visitors a second on average; none by default after those who `waitAtFirst`. */
  readonly arrivalsPerSecond?: number;
  /** Who stands in line, in order, before the room opens. */
  readonly waitAtFirst?: readonly Kind[];
  /** How likely each kind is among the later ones; pages alone by default. */
  readonly kinds?: Partial<Record<Kind, number>>;
  /** Each may happen now and then, one at a time; none by default. */
  readonly faults?: readonly Fault[];
  readonly withOperator?: boolean;
  /** Stops when nobody is left. */
  readonly untilEmpty?: boolean;
}

export interface Outcome {
  /** Empty, or the first broken promises. */
  readonly violations: readonly Violation[];
  readonly visitors: readonly Visitor[];
  readonly operations: number;
  readonly admitted: number;
}

const T0 = 1_800_000_000_000;
const ROOM = "room";
const HOUR_MS = 3_600_000;

const usual = settingsWith({
  outflowPerMinute: 600,
  sessionSeconds: 60,
  sessionGraceSeconds: 60,
  claimWindowSeconds: 60,
});

/** Runs visitors, gateways, an operator and faults against the stores, in virtual time. */
export async function simulate(plan: Plan): Promise<Outcome> {
  const simulation = new Simulation(plan);
  try {
    return await simulation.run();
  } finally {
    await simulation.close();
  }
}

class Simulation implements World {
  readonly random: () => number;
  nowMs = T0;
  private readonly plan: Plan;
  private readonly seed: RoomSettings;
  private storeAheadMs = 0;
  private life = 1;
  private jtis = 0;
  private operations = 0;
  private configurations = 0;
  private admitted = 0;
  private subjects: Subject[] = [];
  private readonly gateways: SimulatedGateway[];
  private readonly withoutHoles: boolean;
  private readonly observer: Observer;
  private readonly visitors: Visitor[] = [];
  private present: Visitor[] = [];
  /** Counts down the calls until a store that was saved loses what came since. */
  private callsUntilLoss = 0;
  private arrivalsPerSecond: number;

  constructor(plan: Plan) {
    this.plan = plan;
    this.random = seededRandom(plan.seed);
    this.seed = { ...usual, ...plan.settings };
    this.arrivalsPerSecond = plan.arrivalsPerSecond ?? 0;
    const names = Array.from({ length: plan.gateways ?? 2 }, (_, i) => `gateway-${i + 1}`);
    const ask = (gateway: string, floor: Floor, operation: Operation) => this.ask(gateway, floor, operation);
    this.gateways = names.map((name) => new SimulatedGateway(name, this.seed, ask));
    this.withoutHoles = !plan.faults && !plan.withOperator && !plan.kinds && !plan.waitAtFirst;
    this.observer = new Observer({ gateways: names, withoutHoles: this.withoutHoles });
  }

  freshJti(): string {
    this.jtis += 1;
    return `${this.jtis}`.padStart(22, "v");
  }

  anyGateway(): SimulatedGateway {
    return this.pick(this.gateways);
  }

  async run(): Promise<Outcome> {
    const clock = { now: () => this.nowMs + this.storeAheadMs, runId: () => `run-${this.life}` };
    for (const open of this.plan.stores) this.subjects.push(await open(clock));
    for (const gateway of this.gateways) await gateway.restore(true);
    if (this.plan.waitAtFirst) await this.fill(this.plan.waitAtFirst);
    for (let step = 0; step < this.plan.steps && this.observer.violations.length === 0; step += 1) {
      await this.step();
      if (this.plan.untilEmpty && this.present.length === 0) break;
    }
    const { violations } = this.observer;
    return { violations, visitors: this.visitors, operations: this.operations, admitted: this.admitted };
  }

  async close(): Promise<void> {
    for (const { store } of this.subjects) await store.close();
  }

  /** A line that stands before opening: through one gateway, so that the order is the order of `kinds`. */
  private async fill(kinds: readonly Kind[]): Promise<void> {
    const [first] = this.gateways;
    if (!first) return;
    await this.configure({ mode: "hold" });
    for (const kind of kinds) {
      const visitor = new Visitor(kind, this);
      this.visitors.push(visitor);
      first.join(visitor, { jti: this.freshJti(), intent: "join" });
    }
    await first.flush();
    this.present = this.visitors.filter(({ isGone }) => !isGone);
    await this.configure({ mode: "queue" });
  }

  private async step(): Promise<void> {
    const longestMs = this.plan.stepMs ?? 250;
    this.nowMs += Math.ceil(longestMs * (0.2 + 0.8 * this.random()));
    if (this.plan.faults) await this.maybeFault(this.plan.faults);
    if (this.plan.withOperator) await this.maybeOperate();
    this.arrive(longestMs * 0.6);
    for (const visitor of this.present) visitor.act();
    this.present = this.present.filter(({ isGone }) => !isGone);
    const shift = Math.floor(this.random() * this.gateways.length);
    for (let i = 0; i < this.gateways.length; i += 1) {
      await this.gateways[(i + shift) % this.gateways.length]?.flush();
    }
  }

  private arrive(meanStepMs: number): void {
    if (this.plan.arrivalsPerSecond && this.random() < 0.01) {
      this.arrivalsPerSecond = this.plan.arrivalsPerSecond * this.pick([0, 0.2, 1, 1, 3]);
    }
    let expected = (this.arrivalsPerSecond * meanStepMs) / 1000;
    for (; expected > 0; expected -= 1) {
      if (this.random() > expected) continue;
      const visitor = new Visitor(this.drawKind(), this);
      this.visitors.push(visitor);
      this.present.push(visitor);
    }
  }

  private drawKind(): Kind {
    const kinds = Object.entries(this.plan.kinds ?? { page: 1 }) as [Kind, number][];
    let draw = this.random() * kinds.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [kind, weight] of kinds) {
      draw -= weight;
      if (draw < 0) return kind;
    }
    return "page";
  }

  private pick<Choice>(choices: readonly Choice[]): Choice {
    const choice = choices[Math.floor(this.random() * choices.length)];
    if (choice === undefined) throw new Error("nothing to pick from");
    return choice;
  }

  /** The same call to every store; undefined when its reply got lost. */
  private async ask(gateway: string, floor: Floor, operation: Operation): Promise<Answer | undefined> {
    this.operations += 1;
    const answers: Answer[] = [];
    for (const { store } of this.subjects)
      answers.push(await perform(store, ROOM, gateway, floor, operation));
    const [answer] = answers;
    if (!answer) throw new Error("a plan needs a store");
    this.compare(answers);
    const mayLose = this.plan.faults?.includes("lost-reply") && operation.kind !== "restore";
    const isLost = mayLose === true && this.random() < 0.02;
    const storeTimeMs = this.nowMs + this.storeAheadMs;
    const longestWaitMs = this.withoutHoles
      ? Math.max(0, ...this.present.map(({ liveSinceMs }) => this.nowMs - (liveSinceMs ?? this.nowMs)))
      : 0;
    this.observer.saw({ storeTimeMs, gateway, floor, answer, received: !isLost }, longestWaitMs);
    if (answer.reply.kind === "done") this.admitted = answer.reply.snapshot.admittedTotal;
    await this.maybeLose();
    return isLost ? undefined : answer;
  }

  private compare([first, ...others]: readonly Answer[]): void {
    others.forEach((other, i) => {
      if (isDeepStrictEqual(first?.reply, other.reply)) return;
      const names = `${this.subjects[0]?.name} and ${this.subjects[i + 1]?.name}`;
      this.observer.differ(
        `${names} on ${other.kind}:\n${JSON.stringify(first?.reply)}\n${JSON.stringify(other.reply)}`,
      );
    });
  }

  /** One fault at a time, and never while gateways still put the line back after the last. */
  private async maybeFault(faults: readonly Fault[]): Promise<void> {
    if (!this.observer.isWhole || this.callsUntilLoss > 0 || this.random() > 0.015) return;
    switch (this.pick(faults)) {
      case "rollback":
        for (const subject of this.subjects) await subject.save();
        this.callsUntilLoss = 1 + Math.floor(this.random() * 30);
        break;
      case "restart":
        this.restart("nothing");
        break;
      case "wipe":
        for (const subject of this.subjects) await subject.wipe();
        this.restart("everything");
        break;
      case "clock-ahead":
        this.storeAheadMs = Math.floor(this.random() * 12 * HOUR_MS);
        break;
      case "clock-back":
        this.storeAheadMs = -Math.floor(this.random() * 12 * HOUR_MS);
        break;
      case "outage":
        this.nowMs += Math.floor(this.random() * 120_000);
        break;
      case "lost-reply":
        // Not an event of its own: any call's reply may be lost.
        break;
    }
  }

  private async maybeLose(): Promise<void> {
    if (this.callsUntilLoss === 0) return;
    this.callsUntilLoss -= 1;
    if (this.callsUntilLoss > 0) return;
    for (const subject of this.subjects) await subject.rollBack();
    this.restart("writes");
  }

  private restart(loss: "nothing" | "writes" | "everything"): void {
    this.life += 1;
    this.observer.disrupted(loss);
  }

  private async maybeOperate(): Promise<void> {
    if (!this.observer.isWhole || this.random() > 0.02) return;
    const draw = this.random();
    if (draw < 0.35) await this.configure({ outflowPerMinute: this.pick([30, 60, 600, 3000, 6000]) });
    else if (draw < 0.55) await this.configure({ capacity: this.pick([0, 3, 20, 200]) });
    else if (draw < 0.9)
      await this.configure({ mode: this.pick(["queue", "queue", "queue", "hold", "open", "closed"]) });
    else if (draw < 0.93) await this.configure({ message: { da: "Vent", en: `Wait ${this.jtis}` } });
    else if (draw < 0.95) await this.configure({ opensAtMs: this.nowMs + this.storeAheadMs + 3_000 });
    else if (draw < 0.97) await this.configure({ outflowPerMinute: 1 }, { expectedVersion: 0 });
    else await this.configure({}, { reset: { endSessions: this.random() < 0.5 } });
  }

  private async configure(
    change: SettingsChange,
    more: { expectedVersion?: number; reset?: { endSessions: boolean } } = {},
  ): Promise<void> {
    const { expectedVersion = null, reset = null } = more;
    this.configurations += 1;
    const configuration = {
      id: `c${this.configurations}`,
      change,
      reset,
      expectedVersion,
      actor: "operator",
      reason: "simulated",
    };
    await this.anyGateway().call({ kind: "configure", configuration });
  }
}
