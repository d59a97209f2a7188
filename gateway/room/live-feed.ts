import type { Status } from "./status.ts";

/** How far from the front a page is; the page names its own band. */
export type Band = "near" | "mid" | "far";

/** Each slot of a band gets a frame once a round; slots spread the sending, so that no turn stalls others. */
const SLOT_MS = 100;
const SLOTS: Readonly<Record<Band, number>> = { near: 10, mid: 50, far: 200 };
const BANDS: readonly Band[] = ["near", "mid", "far"];

/** "Service restart": pages come back by themselves, each after a moment of its own. */
const RESTARTING = 1012;
/** So many are said goodbye to in one turn. */
const GOODBYES_A_TURN = 100;

/** An open page's connection. */
export interface LivePage {
  end(code: number, reason: string): void;
}

export interface LiveFeedOptions {
  readonly room: string;
  readonly publish: (topic: string, text: string) => void;
  readonly setTimer: (call: () => void, ms: number) => unknown;
}

/**
 * Sends the status document to the open pages of one room: about each second to those near the front, each
 * 5 s to the middle, each 20 s to those far off; and soon to everybody when the mode or the message changes.
 */
export class LiveFeed {
  readonly #options: LiveFeedOptions;
  readonly #nextSlot: Record<Band, number> = { near: 0, mid: 0, far: 0 };
  #turn = 0;
  #status: Status | null = null;
  #urgent: string[] = [];
  #stopped = false;
  readonly #pages = new Set<LivePage>();

  constructor(options: LiveFeedOptions) {
    this.#options = options;
  }

  /** The topic for a new page of this band; pages take turns over the slots. */
  topicFor(band: Band): string {
    const slot = this.#nextSlot[band];
    this.#nextSlot[band] = (slot + 1) % SLOTS[band];
    return this.#topic(band, slot);
  }

  /** Takes a new status; a change that matters at once goes to every page, the nearest first. */
  update(status: Status): void {
    const changed = this.#status !== null && this.#status.urgency !== status.urgency;
    this.#status = status;
    if (!changed || this.#pages.size === 0) return;
    this.#urgent = BANDS.flatMap((band) =>
      Array.from({ length: SLOTS[band] }, (_, slot) => this.#topic(band, slot)),
    );
    this.#sendUrgent();
  }

  /** One turn each 100 ms: the slots whose time it is. */
  start(): void {
    if (this.#stopped) return;
    for (const band of BANDS) this.#send(this.#topic(band, this.#turn % SLOTS[band]));
    this.#turn += 1;
    this.#options.setTimer(() => this.start(), SLOT_MS);
  }

  /** A page connects, and is counted until {@link closed}. */
  opened(page: LivePage): void {
    if (this.#stopped) page.end(RESTARTING, "this gateway stops");
    else this.#pages.add(page);
  }

  closed(page: LivePage): void {
    this.#pages.delete(page);
  }

  /** Sends nothing more, and closes every page's connection so that it comes back, perhaps to another gateway. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const [i, page] of [...this.#pages].entries()) {
      if (i % GOODBYES_A_TURN === 0) await new Promise<void>((resolve) => setImmediate(resolve));
      if (this.#pages.has(page)) page.end(RESTARTING, "this gateway stops");
    }
  }

  #sendUrgent(): void {
    for (const topic of this.#urgent.splice(0, SLOTS.near)) this.#send(topic);
    if (this.#urgent.length > 0 && !this.#stopped) setImmediate(() => this.#sendUrgent());
  }

  #send(topic: string): void {
    if (this.#status !== null && this.#pages.size > 0) this.#options.publish(topic, this.#status.json);
  }

  #topic(band: Band, slot: number): string {
    return `${this.#options.room}/${band}/${slot}`;
  }
}

export function readBand(text: string | null): Band {
  return text === "mid" || text === "far" ? text : "near";
}
