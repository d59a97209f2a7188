import { type KeyedHash, keyedHash } from "./keyed-hash.ts";

export interface PassNetworksOptions {
  /** A clock that only goes forward, ms. */
  readonly now: () => number;
  /** 8 random bytes. */
  readonly hashKey: Uint8Array;
}

/** A pass that comes from so many networks within {@link WINDOW_SECONDS} is shared: no journey leads through as many. */
const NETWORKS = 8;
const WINDOW_SECONDS = 600;
/** A pass is looked for in one of so many sets, by its hash. A power of two. */
const SETS = 16_384;
/** Of how many passes a set knows. */
const WAYS = 4;
const PASSES = SETS * WAYS;
/** A pass that goes on being shared is counted anew after ten minutes, of which the first may have begun before. */
const MINUTES_SHOWN = WINDOW_SECONDS / 60 + 1;

/**
 * How many passes are shared: seen from eight networks within ten minutes. Nothing is refused for it, since a phone
 * changes networks too; it is for an operator to hear of.
 *
 * The memory is fixed, some 5 MB: of 65,536 passes the hashes of the last eight networks, and when each was seen. No pass
 * and no address is kept. Where more passes are in use, the one of fewest networks in its set is forgotten.
 */
export class PassNetworks {
  readonly #now: () => number;
  readonly #hash: KeyedHash;
  readonly #passes = new Uint32Array(PASSES);
  readonly #networks = new Uint32Array(PASSES * NETWORKS);
  readonly #seenAtSeconds = new Uint32Array(PASSES * NETWORKS);
  readonly #countedAtSeconds = new Uint32Array(PASSES);
  readonly #shared = new Map<string, SharedByMinute>();

  constructor({ now, hashKey }: PassNetworksOptions) {
    this.#now = now;
    this.#hash = keyedHash(hashKey);
  }

  /** A request came with this pass, by its `jti`, of this room, from this network. */
  saw(room: string, pass: string, network: string): void {
    const nowSeconds = this.#nowSeconds();
    const entry = this.#entryOf(this.#hash(pass), nowSeconds);
    this.#see(entry, this.#hash(network), nowSeconds);
    if (this.#networksOf(entry, nowSeconds) < NETWORKS) return;
    if (!isRecent(this.#countedAtSeconds[entry], nowSeconds)) {
      this.#countedAtSeconds[entry] = nowSeconds;
      this.#count(room, nowSeconds);
    }
  }

  /** How many passes of a room are shared, or were eleven minutes ago at most. */
  sharedIn(room: string): number {
    return this.#shared.get(room)?.sum(minuteOf(this.#nowSeconds())) ?? 0;
  }

  /** Such that 0, of an empty table, is long ago. */
  #nowSeconds(): number {
    return Math.floor(this.#now() / 1_000) + WINDOW_SECONDS;
  }

  #see(entry: number, hash: number, nowSeconds: number): void {
    const first = entry * NETWORKS;
    let at = first;
    for (let place = first; place < first + NETWORKS; place++) {
      if (this.#networks[place] === hash) {
        at = place;
        break;
      }
      if (this.#seenAt(place) < this.#seenAt(at)) at = place;
    }
    this.#networks[at] = hash;
    this.#seenAtSeconds[at] = nowSeconds;
  }

  /** Where a pass stands, in the place of another where it was not known. */
  #entryOf(hash: number, nowSeconds: number): number {
    const first = (hash % SETS) * WAYS;
    for (let entry = first; entry < first + WAYS; entry++) if (this.#passes[entry] === hash) return entry;
    const entry = this.#leastOf(first, nowSeconds);
    this.#passes[entry] = hash;
    this.#countedAtSeconds[entry] = 0;
    this.#seenAtSeconds.fill(0, entry * NETWORKS, (entry + 1) * NETWORKS);
    return entry;
  }

  /** Of a set the pass of fewest networks, of these the one that was seen longest ago. */
  #leastOf(first: number, nowSeconds: number): number {
    let least = first;
    for (let entry = first + 1; entry < first + WAYS; entry++) {
      const fewer = this.#networksOf(entry, nowSeconds) - this.#networksOf(least, nowSeconds);
      if (fewer < 0 || (fewer === 0 && this.#lastSeenAt(entry) < this.#lastSeenAt(least))) least = entry;
    }
    return least;
  }

  #networksOf(entry: number, nowSeconds: number): number {
    let count = 0;
    for (let place = entry * NETWORKS; place < (entry + 1) * NETWORKS; place++)
      if (isRecent(this.#seenAtSeconds[place], nowSeconds)) count += 1;
    return count;
  }

  #lastSeenAt(entry: number): number {
    let last = 0;
    for (let place = entry * NETWORKS; place < (entry + 1) * NETWORKS; place++)
      last = Math.max(last, this.#seenAt(place));
    return last;
  }

  #seenAt(place: number): number {
    return this.#seenAtSeconds[place] ?? 0;
  }

  #count(room: string, nowSeconds: number): void {
    const shared = this.#shared.get(room) ?? new SharedByMinute();
    this.#shared.set(room, shared);
    shared.add(minuteOf(nowSeconds));
  }
}

/** Counts of the last minutes, in a ring. */
class SharedByMinute {
  readonly #counts = new Uint32Array(MINUTES_SHOWN);
  #minute = 0;

  add(minute: number): void {
    this.#turnTo(minute);
    const at = minute % MINUTES_SHOWN;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
  }

  sum(minute: number): number {
    this.#turnTo(minute);
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  #turnTo(minute: number): void {
    const passed = Math.min(minute - this.#minute, MINUTES_SHOWN);
    for (let i = 0; i < passed; i++) this.#counts[(minute - i) % MINUTES_SHOWN] = 0;
    this.#minute = minute;
  }
}

function isRecent(atSeconds: number | undefined, nowSeconds: number): boolean {
  return nowSeconds - (atSeconds ?? 0) < WINDOW_SECONDS;
}

function minuteOf(seconds: number): number {
  return Math.floor(seconds / 60);
}
