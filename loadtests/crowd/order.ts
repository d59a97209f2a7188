interface Admission {
  number: number;
  firstClaimSentMs: number;
  repliedMs: number;
}

// An overtaken visitor asks again within seconds; older admissions say nothing new about them.
const admissionsKept = 2_000;

/**
 * Watches, from outside, whether the line keeps its order. Replies cross on the way, so only what no crossing
 * can explain counts: one event was over, as its own visitor saw it, before the other began.
 */
export class OrderWatch {
  inversions = 0;
  duplicateNumbers = 0;
  #numbers = new Set<number>();
  #highestReplied: { repliedMs: number; highest: number }[] = [];
  #admissions: Admission[] = [];
  /** Counted once, however often they ask again. */
  #overtaken = new Set<number>();

  /** A visitor got a new number. Whoever had one before this visitor asked must be ahead. */
  numbered(number: number, firstSentMs: number, repliedMs: number): void {
    if (this.#numbers.has(number)) this.duplicateNumbers += 1;
    this.#numbers.add(number);
    if (number < this.#highestBefore(firstSentMs)) this.inversions += 1;
    const highest = Math.max(number, this.#highestReplied.at(-1)?.highest ?? 0);
    this.#highestReplied.push({ repliedMs, highest });
  }

  /** A visitor was admitted at the gate. */
  admitted(number: number, firstClaimSentMs: number, repliedMs: number): void {
    this.#admissions.push({ number, firstClaimSentMs, repliedMs });
    if (this.#admissions.length > admissionsKept) this.#admissions.shift();
  }

  /**
   * A visitor at the gate since `registeredMs` asked at `sentMs` and must wait still. Nobody behind them who came
   * to the gate later may have been let in before they asked. A store that loses everything loses grants that nobody
   * has collected yet, too: those few are overtaken by whoever had collected.
   */
  stillAtGate(number: number, registeredMs: number, sentMs: number): void {
    const overtaken = this.#admissions.some(
      (other) => other.number > number && other.firstClaimSentMs > registeredMs && other.repliedMs < sentMs,
    );
    if (!overtaken || this.#overtaken.has(number)) return;
    this.#overtaken.add(number);
    this.inversions += 1;
  }

  /** The operator began the line anew: numbers may come again. */
  forget(): void {
    this.#numbers.clear();
    this.#highestReplied = [];
    this.#admissions = [];
    this.#overtaken.clear();
  }

  /** The highest number that anybody had been told before this moment. */
  #highestBefore(momentMs: number): number {
    let low = 0;
    let high = this.#highestReplied.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#highestReplied[middle]?.repliedMs ?? 0) < momentMs) low = middle + 1;
      else high = middle;
    }
    return this.#highestReplied[low - 1]?.highest ?? 0;
  }
}
