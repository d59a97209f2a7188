/**
 * Lets the proxy do a little of its work in each turn of the event loop, in order. A crowd can have hundreds of
 * downloads begin or be cut off in one turn, megabytes for the buffers of each; whoever asks for a page meanwhile
 * waits for one turn after another, and these must stay short.
 */
export class LoopShare {
  readonly #mostBytes: number;
  readonly #nextTurn: (call: () => void) => unknown;
  readonly #waiting: { readonly bytes: number; readonly work: () => void }[] = [];
  #spentBytes = 0;
  #turnSet = false;

  /** `mostBytes`: of bodies, in one turn; other work is reckoned in bytes too. */
  constructor(mostBytes: number, nextTurn: (call: () => void) => unknown = setImmediate) {
    this.#mostBytes = mostBytes;
    this.#nextTurn = nextTurn;
  }

  /** Counts what was done in this turn. False: its share is spent, and more is to be done {@link later}. */
  spend(bytes: number): boolean {
    this.#spentBytes += bytes;
    this.#setTurn();
    return this.#spentBytes < this.#mostBytes;
  }

  /** Does the work, worth so many bytes, in the first turn that has a share left for it. */
  later(bytes: number, work: () => void): void {
    this.#waiting.push({ bytes, work });
    this.#setTurn();
  }

  #setTurn(): void {
    if (this.#turnSet) return;
    this.#turnSet = true;
    this.#nextTurn(() => this.#turn());
  }

  #turn(): void {
    this.#turnSet = false;
    this.#spentBytes = 0;
    while (this.#spentBytes < this.#mostBytes) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#spentBytes += next.bytes;
      next.work();
    }
    this.#setTurn();
  }
}
