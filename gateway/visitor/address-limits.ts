import { isLoopback, networkOf, siteOf } from "../http/address.ts";
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
/** An IPv6 site (/48) has 65,536 networks to come from. All together may do what so many may. */
export const NETWORKS_OF_A_SITE = 8;
/** Addresses are counted in so many slots, by their hash. A power of two. */
const SLOTS = 65_536;
/** Joins that wait in this process, of all addresses: each keeps a request of at most 16 KB. */
const MOST_WAITING = 5_000;
const TURN_MS = 20;
/** As long as the store remembers an idempotency key. */
const NAMES_KEPT_MS = 60_000;

/** Where an address is counted. */
export interface Counted {
  readonly network: number;
  /** Of the IPv6 site that the network is a part of; null of IPv4. */
  readonly site: number | null;
}

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
  readonly #mostWaitingOfOne: number;
  readonly #networks: Credits;
  readonly #sites: Credits;
  readonly #liveOfNetwork = new Uint16Array(SLOTS);
  readonly #liveOfSite = new Uint16Array(SLOTS);
  readonly #waiting = new Map<number, WaitingHere[]>();
  readonly #waitingOfSite = new Uint16Array(SLOTS);
  #waitingCount = 0;
  /** The slot whose first in line asks again just now. */
  #turnOf = -1;
  readonly #keys: RecentNames;

  constructor(options: AddressLimitOptions) {
    this.#options = options;
    this.#hash = keyedHash(options.hashKey);
    this.#keys = new RecentNames(this.#hash);
    const msPerJoin = 1_000 / options.joinsPerSecond;
    this.#networks = new Credits(msPerJoin, options.now);
    this.#sites = new Credits(msPerJoin / NETWORKS_OF_A_SITE, options.now);
    this.#mostWaitingOfOne = Math.ceil(options.joinsPerSecond * LONGEST_WAIT_SECONDS);
  }

  /** Null for this machine's own, which is never slowed down. */
  countedAt(address: string): Counted | null {
    if (isLoopback(address)) return null;
    const site = siteOf(address);
    return {
      network: this.#hash(networkOf(address)) % SLOTS,
      site: site === null ? null : this.#hash(site) % SLOTS,
    };
  }

  /** Takes a credit. False where there is none, or others of this network wait already. */
  take(at: Counted): boolean {
    if (this.#waiting.has(at.network) && at.network !== this.#turnOf) return false;
    if (!this.#hasCredit(at)) return false;
    this.#networks.take(at.network);
    if (at.site !== null) this.#sites.take(at.site);
    return true;
  }

  /** The credit that was taken brought nothing new. */
  giveBack({ network, site }: Counted): void {
    this.#networks.giveBack(network);
    if (site !== null) this.#sites.giveBack(site);
  }

  /** Puts a join behind those of its network that wait. False where it would wait too long. */
  wait({ network, site }: Counted, { isGone, go }: WaitingJoin): boolean {
    const queue = this.#waiting.get(network);
    if ((queue?.length ?? 0) >= this.#mostWaitingOfOne || this.#waitingCount >= MOST_WAITING) return false;
    if (site !== null) {
      const ofSite = this.#waitingOfSite[site] ?? 0;
      if (ofSite >= NETWORKS_OF_A_SITE * this.#mostWaitingOfOne) return false;
      this.#waitingOfSite[site] = ofSite + 1;
    }
    const join = { isGone, go, site };
    if (queue === undefined) this.#waiting.set(network, [join]);
    else queue.push(join);
    this.#waitingCount += 1;
    if (this.#waitingCount === 1) this.#turnLater();
    return true;
  }

  /** Whether a join with this idempotency key was let by here: the store may know the place that it has been given. */
  knowsKey(room: string, key: string): boolean {
    return this.#keys.has(`${room} ${key}`, this.#options.now());
  }

  rememberKey(room: string, key: string): void {
    this.#keys.add(`${room} ${key}`, this.#options.now());
  }

  /** Counts a live connection in; false where its network or site has too many. */
  openLive({ network, site }: Counted): boolean {
    const ofNetwork = this.#liveOfNetwork[network] ?? 0;
    const ofSite = site === null ? 0 : (this.#liveOfSite[site] ?? 0);
    if (ofNetwork >= MOST_LIVE_CONNECTIONS || ofSite >= NETWORKS_OF_A_SITE * MOST_LIVE_CONNECTIONS)
      return false;
    this.#liveOfNetwork[network] = ofNetwork + 1;
    if (site !== null) this.#liveOfSite[site] = ofSite + 1;
    return true;
  }

  closeLive({ network, site }: Counted): void {
    this.#liveOfNetwork[network] = (this.#liveOfNetwork[network] ?? 0) - 1;
    if (site !== null) this.#liveOfSite[site] = (this.#liveOfSite[site] ?? 0) - 1;
  }

  #hasCredit({ network, site }: Counted): boolean {
    return this.#networks.has(network) && (site === null || this.#sites.has(site));
  }

  #turnLater(): void {
    this.#options.setTimer(() => {
      for (const [network, queue] of this.#waiting) this.#letGo(network, queue);
      if (this.#waitingCount > 0) this.#turnLater();
    }, TURN_MS);
  }

  /** As many as there is credit for; whoever went away costs none. */
  #letGo(network: number, queue: WaitingHere[]): void {
    this.#turnOf = network;
    let gone = 0;
    for (const join of queue) {
      if (!join.isGone()) {
        if (!this.#hasCredit({ network, site: join.site })) break;
        join.go();
      }
      if (join.site !== null) this.#waitingOfSite[join.site] = (this.#waitingOfSite[join.site] ?? 0) - 1;
      gone += 1;
    }
    this.#turnOf = -1;
    queue.splice(0, gone);
    this.#waitingCount -= gone;
    if (queue.length === 0) this.#waiting.delete(network);
  }
}

interface WaitingHere extends WaitingJoin {
  readonly site: number | null;
}

/** The credit of each slot, in a table of fixed size: a rate, and ten seconds of it at once. */
class Credits {
  readonly #msPerJoin: number;
  readonly #now: () => number;
  /** When the credit of each slot will be whole again, ms. */
  readonly #wholeAtMs = new Float64Array(SLOTS);

  constructor(msPerJoin: number, now: () => number) {
    this.#msPerJoin = msPerJoin;
    this.#now = now;
  }

  has(slot: number): boolean {
    return (this.#wholeAtMs[slot] ?? 0) - this.#now() <= BURST_SECONDS * 1_000 - this.#msPerJoin;
  }

  take(slot: number): void {
    this.#wholeAtMs[slot] = Math.max(this.#wholeAtMs[slot] ?? 0, this.#now()) + this.#msPerJoin;
  }

  giveBack(slot: number): void {
    this.#wholeAtMs[slot] = (this.#wholeAtMs[slot] ?? 0) - this.#msPerJoin;
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
