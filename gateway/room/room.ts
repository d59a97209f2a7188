import {
  type AuditEntry,
  type ClaimOutcome,
  type Configuration,
  type ConfigureOutcome,
  type Ending,
  type Endings,
  type ExtendEntry,
  type ExtendOutcome,
  type Floor,
  type JoinEntry,
  type JoinOutcome,
  type LapsedUse,
  mergeFloors,
  NO_FLOOR,
  type RenewEntry,
  type RenewOutcome,
  type Reply,
  type RoomSettings,
  type Snapshot,
  type Store,
  StoreError,
  type TicketRef,
  type Watched,
  watchLine,
} from "#core";
import { Coalescer, type Done } from "./coalescer.ts";
import { EndedPasses } from "./ended-passes.ts";

/** A gateway asks for the line this often when no visitor's call has brought it. */
export const TICK_MS = 250;
/** An entry whose batch got no answer for this long is told `store-down`; its visitor tries again. */
export const PATIENCE_MS = 3_000;
/** Between two tries of one batch. */
const RETRY_MS = 100;
/** Beyond so many entries not yet sent, newcomers are told to try again. */
const MOST_WAITING_ENTRIES = 50_000;

export interface RoomOptions {
  readonly id: string;
  readonly store: Store;
  /** This gateway's name; no other has it at the same time. */
  readonly gateway: string;
  readonly seed: RoomSettings;
  /** What this gateway remembered on disk of the line, or null. */
  readonly remembered: Floor | null;
  /** A later release left a floor that this one does not know; nothing of it is believed or overwritten. */
  readonly remembersNewer?: boolean;
  /** The store may start a new line where nobody remembers one. */
  readonly mayStartLine: boolean;
  /** Local clock, epoch ms. */
  readonly now: () => number;
  readonly setTimer: (call: () => void, ms: number) => unknown;
  /** Random, so that a restarted gateway does not seem to repeat its last batch. */
  readonly firstBatchId: number;
  readonly onChange: (room: Room) => void;
  readonly onStoreCall: (operation: string, seconds: number) => void;
  readonly onTrouble: (message: string, room: string) => void;
  readonly onRebuilt: (news: RebuiltNews) => void;
}

/** What an operator should hear of a line that the store had lost. */
export interface RebuiltNews {
  readonly room: string;
  /** The line was filled from what somebody remembered; later: the gate admits again. */
  readonly event: "line-rebuilt" | "line-admits-again";
  /** Epoch ms from which the gate admits; null where a gateway that was live before, or an operator, must confirm. */
  readonly admitsFromMs: number | null;
  readonly line: Snapshot;
}

/**
 * How the store stands to this room: asked and answered, not answering, without a line to serve, or with one that a
 * later release keeps in a format that this one must not touch.
 */
export type StoreState = "up" | "down" | "empty" | "newer";

/**
 * One room as this gateway knows it: the latest snapshot, the highest floor it has seen, and the batches that
 * carry its visitors to the store.
 */
export class Room {
  readonly id: string;
  readonly #options: RoomOptions;
  readonly #joins: Coalescer<JoinEntry, JoinOutcome>;
  readonly #claims: Coalescer<TicketRef, ClaimOutcome>;
  readonly #extensions: Coalescer<ExtendEntry, ExtendOutcome>;
  readonly #renewals: Coalescer<RenewEntry, RenewOutcome>;
  readonly #endings: Coalescer<Ending, null>;
  readonly #ended = new EndedPasses();
  /** Sessions that the service ended while the store did not answer. */
  readonly #unsaid = new Set<Ending>();
  /** Sessions that ended up to this revision are known; 0 after the store was met anew. */
  #endedRevision = 0;
  #snapshot: Snapshot | null = null;
  #floor: Floor;
  #confirmed: boolean;
  #state: StoreState = "down";
  #restoring: Promise<boolean> | null = null;
  #newsAtMs = 0;
  #clockOffsetMs = 0;
  #watched: Watched | null = null;
  #closed = false;

  constructor(options: RoomOptions) {
    const { id, setTimer, store, gateway } = options;
    const shared = { setTimer, now: () => performance.now(), firstId: options.firstBatchId };
    this.id = id;
    this.#options = options;
    this.#floor = options.remembered ?? NO_FLOOR;
    this.#confirmed = options.remembered !== null;
    this.#joins = new Coalescer({
      ...shared,
      send: (number, entries) =>
        this.#persist("join", () => store.join(id, { gateway, id: number, entries }, this.#floor)),
    });
    this.#claims = new Coalescer({
      ...shared,
      send: (number, entries) =>
        this.#persist("claim", () => store.claim(id, { gateway, id: number, entries }, this.#floor)),
    });
    this.#extensions = new Coalescer({
      ...shared,
      send: (number, entries) =>
        this.#persist("extend", () => store.extend(id, { gateway, id: number, entries }, this.#floor)),
    });
    this.#renewals = new Coalescer({
      ...shared,
      send: (number, entries) =>
        this.#persist("renew", () => store.renew(id, { gateway, id: number, entries }, this.#floor)),
    });
    this.#endings = new Coalescer({
      ...shared,
      send: async (number, entries) => {
        const ended = await this.#persist("end", () =>
          store.end(id, { gateway, id: number, entries }, this.#floor).then(asDone),
        );
        return ended && entries.map(() => null);
      },
    });
  }

  /** The line as last heard, or null before the first answer. */
  get snapshot(): Snapshot | null {
    return this.#snapshot;
  }

  get state(): StoreState {
    return this.#state;
  }

  get remembersNewer(): boolean {
    return this.#options.remembersNewer ?? false;
  }

  /** What this gateway would tell a store that forgot. */
  get floor(): Floor {
    return this.#floor;
  }

  /** The local clock corrected by the store's, epoch ms: what tokens are dated by. */
  now(): number {
    return this.#options.now() + this.#clockOffsetMs;
  }

  /** Local time of the last news, epoch ms. */
  get newsAtMs(): number {
    return this.#newsAtMs;
  }

  /** From when, epoch ms, a rebuilt line admits; null where it does, or must be confirmed (`snapshot.admitsInMs`). */
  get admitsFromMs(): number | null {
    const { admitsInMs = 0, storeTimeMs = 0 } = this.#snapshot ?? {};
    return admitsInMs ? storeTimeMs + admitsInMs : null;
  }

  /** What was seen of the line since somebody waits; null while nobody does, or nobody is let in. */
  get watched(): Watched | null {
    return this.#watched;
  }

  /** Takes what a verified ticket or a page's seal says of the line. */
  learn(generation: number, issued: number, serving: number): void {
    const floor = this.#floor;
    const known =
      generation < floor.generation ||
      (generation === floor.generation && issued <= floor.issued && serving <= floor.serving);
    if (!known) this.#floor = mergeFloors(floor, { ...NO_FLOOR, generation, issued, serving });
  }

  join(entry: JoinEntry, done: Done<JoinOutcome>): void {
    this.#add(this.#joins, entry, done);
  }

  claim(ticket: TicketRef, done: Done<ClaimOutcome>): void {
    this.#add(this.#claims, ticket, done);
  }

  /** A called visitor asks for the whole claim window anew. */
  extend(ticket: TicketRef, done: Done<ExtendOutcome>): void {
    this.#add(this.#extensions, ticket, done);
  }

  /** How a ticket stands; nothing is extended, nobody comes to the gate, no grant is collected. */
  look({ jti, number, generation }: TicketRef, done: Done<ExtendOutcome>): void {
    this.#add(this.#extensions, { jti, number, generation, look: true }, done);
  }

  renew(jti: string, done: Done<RenewOutcome>): void {
    this.#add(this.#renewals, { jti }, done);
  }

  /** How long a session still has, by the store; nothing is renewed. `ended`: it has lapsed, too. */
  lookAtSession(jti: string, done: Done<RenewOutcome>): void {
    this.#add(this.#renewals, { jti, as: "look" }, done);
  }

  /** What a lapsed pass is still good for. Where its session lives, it is renewed. */
  useLapsed(jti: string, as: LapsedUse, done: Done<RenewOutcome>): void {
    this.#add(this.#renewals, { jti, as }, done);
  }

  /** `passExpiresAtMs`: of its pass, where one is known, which is refused here from now on. */
  end(ending: Ending, passExpiresAtMs: number | null, done: Done<null>): void {
    const graceMs = (this.#snapshot?.settings.sessionGraceSeconds ?? 0) * 1000;
    if (passExpiresAtMs !== null) this.#ended.add(ending.jti, passExpiresAtMs + graceMs, this.now());
    this.#add(this.#endings, ending, (settled) => {
      // Whoever leaves can ask again; a service says it once, so it is kept until the store has heard it.
      if (!settled.ok && ending.kind === "ended") this.#unsaid.add(ending);
      done(settled);
    });
  }

  /** Whether the session ended, here or at another gateway: its pass fails, whatever its `exp` says. */
  hasEnded(jti: string): boolean {
    return this.#ended.has(jti);
  }

  /** Changes settings or resets; null where the store cannot be asked. */
  async configure(configuration: Configuration): Promise<ConfigureOutcome | null> {
    const { store, gateway } = this.#options;
    return this.#persist("configure", () => store.configure(this.id, gateway, configuration, this.#floor));
  }

  async audit(limit: number, skip = 0): Promise<readonly AuditEntry[]> {
    return this.#options.store.audit(this.id, limit, skip);
  }

  /** Meets the store, and from then on asks for the line at least every `TICK_MS`. */
  async start(): Promise<void> {
    await this.#restore();
    this.#tick();
  }

  stop(): void {
    this.#closed = true;
  }

  #add<Entry, Outcome>(batches: Coalescer<Entry, Outcome>, entry: Entry, done: Done<Outcome>): void {
    if (this.#state !== "up" || batches.waiting >= MOST_WAITING_ENTRIES) {
      done({ ok: false, code: "store-down" });
      return;
    }
    batches.add(entry, done);
  }

  #tick(): void {
    if (this.#closed) return;
    const { setTimer, now, store, gateway } = this.#options;
    const sinceNewsMs = now() - this.#newsAtMs;
    const isFresh = this.#state === "up" && sinceNewsMs >= 0 && sinceNewsMs < TICK_MS;
    if (isFresh && this.#snapshot?.endedRevision === this.#endedRevision) {
      setTimer(() => this.#tick(), TICK_MS - sinceNewsMs);
      return;
    }
    const ask = () => store.advance(this.id, gateway, this.#floor, this.#endedRevision);
    void this.#attempt("advance", ask).then(async (reply) => {
      if (reply?.kind === "done") this.#refuseEnded(reply);
      else await this.#restore();
      setTimer(() => this.#tick(), TICK_MS);
    });
  }

  /** A pass lives no longer than a session and its grace from now. */
  #refuseEnded({ snapshot, result }: { snapshot: Snapshot; result: Endings }): void {
    const { sessionSeconds, sessionGraceSeconds } = snapshot.settings;
    const untilMs = this.now() + (sessionSeconds + sessionGraceSeconds) * 1000;
    for (const jti of result.jtis) this.#ended.add(jti, untilMs, this.now());
    this.#endedRevision = result.revision;
  }

  /** Repeats an operation until it is done or patience is out; null then. */
  async #persist<Result>(operation: string, call: () => Promise<Reply<Result>>): Promise<Result | null> {
    const { now, setTimer } = this.#options;
    const startedMs = now();
    for (;;) {
      const reply = await this.#attempt(operation, call);
      if (reply?.kind === "done") return reply.result;
      if (now() - startedMs > PATIENCE_MS || this.#closed) return null;
      await new Promise<void>((resolve) => setTimer(resolve, RETRY_MS));
      await this.#restore();
    }
  }

  /** One store call; takes in its snapshot. Null where the store did not answer. */
  async #attempt<Result>(
    operation: string,
    call: () => Promise<Reply<Result>>,
  ): Promise<Reply<Result> | null> {
    const startedMs = performance.now();
    try {
      const reply = await call();
      if (reply.kind === "done") this.#take(reply.snapshot);
      return reply;
    } catch (error) {
      if (!(error instanceof StoreError)) this.#setState("down", `unexpected: ${(error as Error).stack}`);
      else this.#setState(error.code === "newer-format" ? "newer" : "down", error.message);
      return null;
    } finally {
      this.#options.onStoreCall(operation, (performance.now() - startedMs) / 1000);
    }
  }

  /** Offers the store what this gateway remembers; one at a time, shared by all who need it. */
  #restore(): Promise<boolean> {
    this.#restoring ??= this.#offerFloor().finally(() => {
      this.#restoring = null;
    });
    return this.#restoring;
  }

  async #offerFloor(): Promise<boolean> {
    const { store, gateway, seed, mayStartLine } = this.#options;
    const offer = { floor: this.#floor, seed, mayStartLine, confirmed: this.#confirmed };
    const reply = await this.#attempt("restore", () => store.restore(this.id, gateway, offer));
    this.#endedRevision = 0;
    if (reply?.kind === "empty") this.#setState("empty", "the store has no line and nobody remembers one");
    return reply?.kind === "done";
  }

  #take(snapshot: Snapshot): void {
    const { now, onChange } = this.#options;
    const { generation, issued, serving, settings, peakJoinsPerSecond } = snapshot;
    this.#newsAtMs = now();
    this.#clockOffsetMs = snapshot.storeTimeMs - this.#newsAtMs;
    this.#setState("up", "");
    this.#sayUnsaid();
    if (this.#isOlder(snapshot)) return;
    const before = this.#snapshot;
    this.#snapshot = snapshot;
    this.#confirmed = true;
    this.#floor = mergeFloors(this.#floor, { generation, issued, serving, settings, peakJoinsPerSecond });
    this.#watched = watchLine(this.#watched, snapshot);
    this.#tellRebuilt(before, snapshot);
    onChange(this);
  }

  #sayUnsaid(): void {
    const endings = [...this.#unsaid];
    this.#unsaid.clear();
    for (const ending of endings) this.end(ending, null, () => {});
  }

  /** Tells once that a lost line was filled, again where that becomes surer, and once that it admits. */
  #tellRebuilt(before: Snapshot | null, line: Snapshot): void {
    const pauseBefore = before === null ? 0 : before.admitsInMs;
    const isAnother = before !== null && line.roomTimeMs < before.roomTimeMs;
    const news = { room: this.id, admitsFromMs: this.admitsFromMs, line };
    if (line.admitsInMs === 0) {
      if (pauseBefore !== 0) this.#options.onRebuilt({ ...news, event: "line-admits-again" });
    } else if (isAnother || pauseBefore === 0 || (pauseBefore === null && line.admitsInMs !== null)) {
      this.#options.onRebuilt({ ...news, event: "line-rebuilt" });
    }
  }

  /** A late reply of another call must not take the shown line back, nor a change of its settings. */
  #isOlder({ generation, issued, serving, settings }: Snapshot): boolean {
    const last = this.#snapshot;
    if (!last) return false;
    if (generation !== last.generation) return generation < last.generation;
    return issued < last.issued || serving < last.serving || settings.version < last.settings.version;
  }

  #setState(state: StoreState, reason: string): void {
    if (this.#state === state) return;
    this.#state = state;
    if (reason !== "") this.#options.onTrouble(reason, this.id);
  }
}

function asDone(reply: Reply<null>): Reply<true> {
  return reply.kind === "done" ? { ...reply, result: true } : reply;
}
