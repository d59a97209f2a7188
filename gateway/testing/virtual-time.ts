/** A clock and timers that stand still until the test turns them; `turn` also lets promises run on. */
export class VirtualTime {
  nowMs: number;
  #due: { atMs: number; call: () => void }[] = [];

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  now = () => this.nowMs;
  setTimer = (call: () => void, ms: number) => {
    this.#due.push({ atMs: this.nowMs + ms, call });
  };

  async turn(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    for (;;) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      this.#due.sort((a, b) => a.atMs - b.atMs);
      const next = this.#due[0];
      if (!next || next.atMs > untilMs) break;
      this.#due.shift();
      this.nowMs = next.atMs;
      next.call();
    }
    this.nowMs = untilMs;
  }
}
