/** Starts a request that waited or not; {@link FairShare.leave} is called once when it is over. */
export type Start = () => void;

/**
 * Keeps one address from taking every connection to a service: clients that read nothing hold theirs for as long
 * as they like. Where an address runs its share, its further requests wait, in order, for its own to end.
 */
export class FairShare {
  readonly #most: number;
  readonly #running = new Map<string, number>();
  /** Sets keep their order, and give up any one at no cost. */
  readonly #waiting = new Map<string, Set<Start>>();

  /** `most`: requests of one address at once. */
  constructor(most: number) {
    this.#most = most;
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

  leave(address: string): void {
    const next = this.#waiting.get(address)?.values().next().value;
    if (next !== undefined) {
      this.giveUp(address, next);
      return next();
    }
    const running = (this.#running.get(address) ?? 0) - 1;
    if (running > 0) this.#running.set(address, running);
    else this.#running.delete(address);
  }
}
