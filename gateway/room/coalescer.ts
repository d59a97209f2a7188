/** What became of one entry of a batch, or why nothing is known. */
export type Settled<Outcome> =
  | { readonly ok: true; readonly outcome: Outcome }
  | { readonly ok: false; readonly code: "store-down" };

export type Done<Outcome> = (settled: Settled<Outcome>) => void;

export interface CoalescerOptions<Entry, Outcome> {
  /**
   * Sends one batch; resolves to the outcomes in order, or null where nothing could be learned. It is never
   * called again before it has settled.
   */
  readonly send: (id: number, entries: readonly Entry[]) => Promise<readonly Outcome[] | null>;
  readonly setTimer: (call: () => void, ms: number) => unknown;
  /** A clock that only goes forward, ms. */
  readonly now: () => number;
  /** Ids count up from here. Random in earnest: a restarted gateway must not seem to repeat itself. */
  readonly firstId: number;
  readonly mostEntries?: number;
}

/** The shortest and longest time that an entry waits for others to share a store call with. */
const LEAST_LINGER_MS = 2;
const MOST_LINGER_MS = 25;
/** A batch of so many makes a call cheap enough; waiting for more would only keep visitors waiting. */
const WORTHWHILE_ENTRIES = 5;

/**
 * How long to wait for company at this rate of arrivals: not at all where none is likely to come in time, else
 * until a batch is worth its call. A hundred gateways with two hundred joins a second each then make 4,000
 * calls, not 20,000.
 */
export function lingerMs(entriesPerMs: number): number {
  if (entriesPerMs * MOST_LINGER_MS < 1) return LEAST_LINGER_MS;
  return Math.max(LEAST_LINGER_MS, Math.min(MOST_LINGER_MS, WORTHWHILE_ENTRIES / entriesPerMs));
}

/**
 * Gathers what many visitors ask into few store calls: one in flight, lingering 2 to 25 ms by load, so calls
 * are at most 1000 / linger a second however many come. The order of `add` is the order of the entries.
 * Callbacks, not promises: nothing on the waiting path is a promise per visitor and store.
 */
export class Coalescer<Entry, Outcome> {
  readonly #options: CoalescerOptions<Entry, Outcome>;
  #entries: Entry[] = [];
  #dones: Done<Outcome>[] = [];
  #timerSet = false;
  #inFlight = false;
  #flushedAtMs = 0;
  #entriesPerMs = 0;
  #nextId: number;

  constructor(options: CoalescerOptions<Entry, Outcome>) {
    this.#options = options;
    this.#nextId = options.firstId;
  }

  /** Entries not yet sent. */
  get waiting(): number {
    return this.#entries.length;
  }

  add(entry: Entry, done: Done<Outcome>): void {
    this.#entries.push(entry);
    this.#dones.push(done);
    this.#arm();
  }

  #arm(): void {
    if (this.#timerSet || this.#inFlight || this.#entries.length === 0) return;
    this.#timerSet = true;
    this.#options.setTimer(() => {
      this.#timerSet = false;
      void this.#flush();
    }, lingerMs(this.#entriesPerMs));
  }

  async #flush(): Promise<void> {
    const most = this.#options.mostEntries ?? 500;
    const entries = this.#entries.splice(0, most);
    const dones = this.#dones.splice(0, most);
    const nowMs = this.#options.now();
    this.#entriesPerMs = entries.length / Math.max(1, nowMs - this.#flushedAtMs);
    this.#flushedAtMs = nowMs;
    this.#inFlight = true;
    const outcomes = await this.#options.send(this.#nextId++, entries);
    this.#inFlight = false;
    this.#arm();
    dones.forEach((done, i) => {
      const outcome = outcomes?.[i];
      done(outcome === undefined ? { ok: false, code: "store-down" } : { ok: true, outcome });
    });
  }
}
