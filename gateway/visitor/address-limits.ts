import { isLoopback, networkOf } from "../http/address.ts";
import { type KeyedHash, keyedHash } from "./keyed-hash.ts";

export interface AddressLimitOptions {
  /** Joins a second that one address may go on making; ten times as many at once. */
  readonly joinsPerSecond: number;
  /** A clock that only goes forward, ms. */
  readonly now: () => number;
  readonly setTimer: (call: () => void, ms: number) => unknown;
  /** 8 random bytes. */
  readonly hashKey: Uint8Array;
}

/** A join that waits for its address's turn. */
export interface WaitingJoin {
  /** The visitor went away. */
  readonly isGone: () => boolean;
  /** Asks again, and is given the credit. */
  readonly go: () => void;
}

/** What an address may have saved up, in seconds of its rate. */
const BURST_SECONDS = 10;
/** Nobody is kept waiting longer than this; who would be is asked to come again. */
export const LONGEST_WAIT_SECONDS = 5;
/** Open live connections of one address; the pages beyond ask for the status instead. */
export const MOST_LIVE_CONNECTIONS = 5_000;
/** Addresses are counted in so many slots, by their hash. A power of two. */
const SLOTS = 65_536;
/** Joins that wait in this process, of all addresses: each keeps a request of at most 16 KB. */
const MOST_WAITING = 5_000;
const TURN_MS = 20;
/** As long as the store remembers an idempotency key. */
const NAMES_KEPT_MS = 60_000;

/**
 * Keeps one address from taking the line for itself: joins beyond its rate wait, in order. Behind one address
 * there may be a school, or all of a carrier's phones, so the limit slows down and takes nothing away.
 *
 * The memory is fixed: an address is a slot of a table, found by a keyed hash, and no address is kept. Two that
 * meet in a slot share its rate, so to slow down one stranger in ten somebody must keep a tenth of the slots
 * busy, each beyond its rate.
 */
export class AddressLimits {
  readonly #options: AddressLimitOptions;
  readonly #hash: KeyedHash;
  readonly #msPerJoin: number;
  readonly #mostWaitingOfOne: number;
  /** When the credit of each slot will be whole again, ms. */
  readonly #wholeAtMs = new Float64Array(SLOTS);
  readonly #live = new Uint16Array(SLOTS);
  readonly #waiting = new Map<number, WaitingJoin[]>();
  #waitingCount = 0;
  /** The slot whose first in line asks again just now. */
  #turnOf = -1;
  readonly #keys: RecentNames;
  readonly #voidTickets: RecentNames;

  constructor(options: AddressLimitOptions) {
    this.#options = options;
    this.#hash = keyedHash(options.hashKey);
    this.#keys = new RecentNames(this.#hash);
    this.#voidTickets = new RecentNames(this.#hash);
    this.#msPerJoin = 1_000 / options.joinsPerSecond;
    this.#mostWaitingOfOne = Math.ceil(options.joinsPerSecond * LONGEST_WAIT_SECONDS);
  }

  /** Where an address is counted; null for this machine's own, which is never slowed down. */
  slotOf(address: string): number | null {
    if (isLoopback(address)) return null;
    return this.#hash(networkOf(address)) % SLOTS;
  }

  /** Takes a credit. False where there is none, or others of this slot wait already. */
  take(slot: number): boolean {
    if (this.#waiting.has(slot) && slot !== this.#turnOf) return false;
    if (!this.#hasCredit(slot)) return false;
    this.#wholeAtMs[slot] = Math.max(this.#wholeAt(slot), this.#options.now()) + this.#msPerJoin;
    return true;
  }

  /** Puts a join behind those of its slot that wait. False where it would wait too long. */
  wait(slot: number, join: WaitingJoin): boolean {
    const queue = this.#waiting.get(slot);
    if ((queue?.length ?? 0) >= this.#mostWaitingOfOne || this.#waitingCount >= MOST_WAITING) return false;
    if (queue === undefined) this.#waiting.set(slot, [join]);
    else queue.push(join);
    this.#waitingCount += 1;
    if (this.#waitingCount === 1) this.#turnLater();
    return true;
  }

  /** Whether a join with this idempotency key was let by here: it asks for the place that it has been given. */
  knowsKey(key: string): boolean {
    return this.#keys.has(key, this.#options.now());
  }

  rememberKey(key: string): void {
    this.#keys.add(key, this.#options.now());
  }

  /** Whether this ticket, though signed by us, gave its holder a new number: it is worth no more than none. */
  isVoid(jti: string): boolean {
    return this.#voidTickets.has(jti, this.#options.now());
  }

  rememberVoid(jti: string): void {
    this.#voidTickets.add(jti, this.#options.now());
  }

  /** Counts a live connection in; false where its address has too many. */
  openLive(slot: number): boolean {
    const open = this.#live[slot] ?? 0;
    if (open >= MOST_LIVE_CONNECTIONS) return false;
    this.#live[slot] = open + 1;
    return true;
  }

  closeLive(slot: number): void {
    this.#live[slot] = (this.#live[slot] ?? 0) - 1;
  }

  #wholeAt(slot: number): number {
    return this.#wholeAtMs[slot] ?? 0;
  }

  #hasCredit(slot: number): boolean {
    return this.#wholeAt(slot) - this.#options.now() <= BURST_SECONDS * 1_000 - this.#msPerJoin;
  }

  #turnLater(): void {
    this.#options.setTimer(() => {
      for (const [slot, queue] of this.#waiting) this.#letGo(slot, queue);
      if (this.#waitingCount > 0) this.#turnLater();
    }, TURN_MS);
  }

  /** As many as there is credit for; whoever went away costs none. */
  #letGo(slot: number, queue: WaitingJoin[]): void {
    this.#turnOf = slot;
    let gone = 0;
    for (const join of queue) {
      if (!join.isGone()) {
        if (!this.#hasCredit(slot)) break;
        join.go();
      }
      gone += 1;
    }
    this.#turnOf = -1;
    queue.splice(0, gone);
    this.#waitingCount -= gone;
    if (queue.length === 0) this.#waiting.delete(slot);
  }
}

/**
 * Which names came in the last while, in a table of fixed size that keeps their hashes. A later name may take an
 * earlier one's place, which is then new again; one in ten thousand that never came seems to have.
 */
class RecentNames {
  readonly #hash: KeyedHash;
  readonly #hashes = new Uint32Array(SLOTS);
  readonly #addedAtMs = new Float64Array(SLOTS).fill(Number.NEGATIVE_INFINITY);

  constructor(hash: KeyedHash) {
    this.#hash = hash;
  }

  has(name: string, nowMs: number): boolean {
    const hash = this.#hash(name);
    const slot = hash % SLOTS;
    return this.#hashes[slot] === hash && nowMs - (this.#addedAtMs[slot] ?? 0) < NAMES_KEPT_MS;
  }

  add(name: string, nowMs: number): void {
    const hash = this.#hash(name);
    this.#hashes[hash % SLOTS] = hash;
    this.#addedAtMs[hash % SLOTS] = nowMs;
  }
}
