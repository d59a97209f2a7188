/** Starts a request that waited or not; its {@link Turn} is over once when it is. */
export type Start = () => void;

/**
 * Keeps one address from taking every connection to a service: clients that read nothing hold theirs for as long
 * as they like. Where an address runs its share, its further requests wait, in order, for its own to end. Streams
 * that stay open by their nature, and would keep the pages beside them waiting, are counted apart.
 */
export class FairShare {
  readonly #most: number;
  readonly #mostStreams: number;
  readonly #later: (start: Start) => void;
  readonly #running = new Map<string, number>();
  readonly #streams = new Map<string, number>();
  /** Sets keep their order, and give up any one at no cost. */
  readonly #waiting = new Map<string, Set<Start>>();

  /**
   * `most`: requests of one address at once; `mostStreams`: beside them. `later` starts the one after a request that was
   * cut off: hundreds that read nothing are cut off at once, and as many then begin to fill their buffers. Its place is
   * taken meanwhile: it must leave as others do, though its visitor be gone.
   */
  constructor(most: number, mostStreams: number, later: (start: Start) => void) {
    this.#most = most;
    this.#mostStreams = mostStreams;
    this.#later = later;
  }

  /** Starts a request when its address may. False: it waits, and must be given up where its visitor goes away. */
  enter(address: string, start: Start): boolean {
    const running = this.#running.get(address) ?? 0;
    if (running < this.#most) {
      this.#running.set(address, running + 1);
      start();
      return true;
    }
    const queue = this.#waiting.get(address);
    if (queue === undefined) this.#waiting.set(address, new Set([start]));
    else queue.add(start);
    return false;
  }

  giveUp(address: string, start: Start): void {
    const queue = this.#waiting.get(address);
    queue?.delete(start);
    if (queue?.size === 0) this.#waiting.delete(address);
  }

  leave(address: string, wasCutOff = false): void {
    const next = this.#waiting.get(address)?.values().next().value;
    if (next !== undefined) {
      this.giveUp(address, next);
      return wasCutOff ? this.#later(next) : next();
    }
    const running = (this.#running.get(address) ?? 0) - 1;
    if (running > 0) this.#running.set(address, running);
    else this.#running.delete(address);
  }

  /** A running request turns out to be a stream: from now on it counts as one. False: there are too many of these. */
  becomeStream(address: string): boolean {
    const streams = this.#streams.get(address) ?? 0;
    if (streams >= this.#mostStreams) return false;
    this.#streams.set(address, streams + 1);
    this.leave(address);
    return true;
  }

  leaveStream(address: string): void {
    const streams = (this.#streams.get(address) ?? 0) - 1;
    if (streams > 0) this.#streams.set(address, streams);
    else this.#streams.delete(address);
  }
}

/** Begins one after another, so many milliseconds between them; the first soon too. */
export function spacedOut(
  betweenMs: number,
  setTimer: (call: () => void, ms: number) => unknown,
): (start: Start) => void {
  const due: Start[] = [];
  const setNext = () => setTimer(beginOne, betweenMs);
  const beginOne = () => {
    due[0]?.();
    due.shift();
    if (due.length > 0) setNext();
  };
  return (start) => {
    if (due.push(start) === 1) setNext();
  };
}

/** What one running request takes of its address's share. */
export class Turn {
  readonly #share: FairShare;
  readonly #address: string;
  #isStream = false;

  constructor(share: FairShare, address: string) {
    this.#share = share;
    this.#address = address;
  }

  /** The answer will stay open: others may run meanwhile. */
  becomesStream(): void {
    this.#isStream = this.#share.becomeStream(this.#address);
  }

  over(wasCutOff: boolean): void {
    if (this.#isStream) this.#share.leaveStream(this.#address);
    else this.#share.leave(this.#address, wasCutOff);
  }
}
