/** The last so many texts that were seen: what a gateway can know of repeats without keeping everybody. */
export class Recent {
  readonly #seen = new Set<string>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether it is new, or so old that it has been forgotten. Remembers it. */
  isNew(text: string): boolean {
    if (this.#seen.has(text)) return false;
    this.#seen.add(text);
    if (this.#seen.size > this.#most) this.#forgetOldest();
    return true;
  }

  #forgetOldest(): void {
    for (const oldest of this.#seen) {
      this.#seen.delete(oldest);
      return;
    }
  }
}
