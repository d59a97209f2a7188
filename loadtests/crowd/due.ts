/** What is to be done when, the earliest first; a binary heap. */
export class DueList<Item> {
  readonly #heap: { dueMs: number; item: Item }[] = [];

  get size(): number {
    return this.#heap.length;
  }

  add(item: Item, dueMs: number): void {
    const heap = this.#heap;
    let at = heap.length;
    const added = { dueMs, item };
    heap.push(added);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (!parent || parent.dueMs <= dueMs) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = added;
  }

  /** Takes out the earliest item if its time has come. */
  take(nowMs: number): Item | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (!first || first.dueMs > nowMs) return undefined;
    const last = heap.pop();
    if (last && heap.length > 0) this.#sink(last);
    return first.item;
  }

  #sink(entry: { dueMs: number; item: Item }): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      const left = heap[below];
      if (!left) break;
      const right = heap[below + 1];
      if (right && right.dueMs < left.dueMs) below += 1;
      const child = heap[below];
      if (!child || child.dueMs >= entry.dueMs) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = entry;
  }
}
