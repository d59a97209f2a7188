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
  readonly mostEntries?: number;
}

/** The shortest and longest time that an entry waits for others to share a store call with. */
const LEAST_LINGER_MS = 2;
const MOST_LINGER_MS = 25;
/** Each so many entries in the last batch make the next one linger a ms longer. */
const ENTRIES_PER_LINGER_MS = 40;

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
  #lastSize = 0;
  #nextId = 1;

  constructor(options: CoalescerOptions<Entry, Outcome>) {
    this.#options = options;
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
    const lingerMs = Math.min(MOST_LINGER_MS, LEAST_LINGER_MS + this.#lastSize / ENTRIES_PER_LINGER_MS);
    this.#options.setTimer(() => {
      this.#timerSet = false;
      void this.#flush();
    }, lingerMs);
  }

  async #flush(): Promise<void> {
    const most = this.#options.mostEntries ?? 1_000;
    const entries = this.#entries.splice(0, most);
    const dones = this.#dones.splice(0, most);
    this.#lastSize = entries.length;
    this.#inFlight = true;
    const outcomes = await this.#options.send(this.#nextId++, entries);
    this.#inFlight = false;
    this.#arm();
    for (const [i, done] of dones.entries()) {
      const outcome = outcomes?.[i];
      done(outcome === undefined ? { ok: false, code: "store-down" } : { ok: true, outcome });
    }
  }
}
