import { createHash } from "node:crypto";

/** Different wrong tokens that an address may try before it has to wait. */
const FREE_GUESSES = 20;
/** The same over all addresses. */
const FREE_GUESSES_IN_ALL = 200;
const FIRST_WAIT_MS = 1_000;
const MOST_WAIT_MS = 15 * 60_000;
/** Kept short: whoever guesses from many addresses must not lock out the operator on duty. */
const MOST_WAIT_IN_ALL_MS = 30_000;
/** Guesses are forgotten when the last one, and the wait for it, is this long past. */
const FORGOTTEN_AFTER_MS = 15 * 60_000;
const MOST_ADDRESSES = 10_000;
const REMEMBERED_GUESSES = 32;

interface Guesses {
  count: number;
  lockedUntilMs: number;
  /** The last different ones, hashed: a program that repeats one wrong token tries nothing new. */
  readonly seen: Set<string>;
}

/**
 * Makes guessing at tokens slow: after some different wrong ones each further one doubles the wait, for its address
 * and, by a shorter measure, for all. Sessions and the metrics are not concerned.
 */
export class Lockout {
  readonly #now: () => number;
  readonly #byAddress = new Map<string, Guesses>();
  readonly #inAll: Guesses = noGuesses();

  /** `now`: a clock in ms. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** How long this address must wait before a token of its is looked at, in whole seconds; 0: not at all. */
  waitSeconds(address: string): number {
    const until = Math.max(this.#byAddress.get(address)?.lockedUntilMs ?? 0, this.#inAll.lockedUntilMs);
    return Math.max(0, Math.ceil((until - this.#now()) / 1_000));
  }

  /** Takes note of a token that was nobody's. */
  wrong(address: string, token: string): void {
    const guess = createHash("sha256").update(token).digest("base64");
    const own = this.#guessesOf(address);
    if (own.seen.has(guess)) return;
    this.#count(own, guess, FREE_GUESSES, MOST_WAIT_MS);
    this.#forget(this.#inAll);
    this.#count(this.#inAll, guess, FREE_GUESSES_IN_ALL, MOST_WAIT_IN_ALL_MS);
  }

  #guessesOf(address: string): Guesses {
    const found = this.#byAddress.get(address) ?? noGuesses();
    // The one that guessed last stands last, so that the first is the one to forget.
    this.#byAddress.delete(address);
    this.#byAddress.set(address, found);
    for (const key of this.#byAddress.keys()) {
      if (this.#byAddress.size <= MOST_ADDRESSES) break;
      this.#byAddress.delete(key);
    }
    this.#forget(found);
    return found;
  }

  #forget(guesses: Guesses): void {
    if (this.#now() < guesses.lockedUntilMs + FORGOTTEN_AFTER_MS) return;
    guesses.count = 0;
    guesses.seen.clear();
  }

  #count(guesses: Guesses, guess: string, free: number, mostMs: number): void {
    guesses.count += 1;
    guesses.seen.add(guess);
    for (const oldest of guesses.seen) {
      if (guesses.seen.size <= REMEMBERED_GUESSES) break;
      guesses.seen.delete(oldest);
    }
    const beyond = guesses.count - free;
    const waitMs = beyond <= 0 ? 0 : Math.min(mostMs, FIRST_WAIT_MS * 2 ** Math.min(beyond - 1, 30));
    guesses.lockedUntilMs = this.#now() + waitMs;
  }
}

function noGuesses(): Guesses {
  return { count: 0, lockedUntilMs: Number.NEGATIVE_INFINITY, seen: new Set() };
}
