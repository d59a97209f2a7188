/** Beyond so many, the oldest are forgotten first: about 100 bytes each. */
const MOST_ENTRIES = 200_000;

/**
 * Sessions that ended while their passes would still be good: those fail here at once. What this gateway did not
 * see itself, the store tells it at the next tick.
 */
export class EndedPasses {
  readonly #lastsUntilMs = new Map<string, number>();

  /** `expiresAtMs`: when the pass fails by itself. */
  add(jti: string, expiresAtMs: number, nowMs: number): void {
    for (const [oldest, untilMs] of this.#lastsUntilMs) {
      if (untilMs > nowMs && this.#lastsUntilMs.size < MOST_ENTRIES) break;
      this.#lastsUntilMs.delete(oldest);
    }
    this.#lastsUntilMs.set(jti, expiresAtMs);
  }

  has(jti: string): boolean {
    return this.#lastsUntilMs.has(jti);
  }
}
