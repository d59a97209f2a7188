import type { Status } from "./status.ts";

/** How far from the front a page is; the page names its own band. */
export type Band = "near" | "mid" | "far";

/** Each slot of a band gets a frame once a round; slots spread the sending, so that no turn stalls others. */
const SLOT_MS = 100;
const SLOTS: Readonly<Record<Band, number>> = { near: 10, mid: 50, far: 200 };
const BANDS: readonly Band[] = ["near", "mid", "far"];
/** A page of this band has at least so many ahead; with fewer, or less than a minute's wait, it moves to a nearer one. */
const LEAST_AHEAD: Readonly<Record<Band, number>> = { near: 0, mid: 300, far: 5_000 };

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
 * 5 s to the middle, each 20 s to those far off; and soon to everybody when the mode or the message changes, and to
 * those whom a leap of the line may have called.
 */
export class LiveFeed {
  readonly #options: LiveFeedOptions;
  readonly #topics: Readonly<Record<Band, readonly string[]>>;
  readonly #nextSlot: Record<Band, number> = { near: 0, mid: 0, far: 0 };
  #turn = 0;
  #status: Status | null = null;
  readonly #urgent = new Set<string>();
  /** The number called when a topic was last sent to; of this generation. */
  readonly #heard = new Map<string, number>();
  #stopped = false;
  readonly #pages = new Set<LivePage>();

  constructor(options: LiveFeedOptions) {
    this.#options = options;
    const slots = (band: Band) =>
      Array.from({ length: SLOTS[band] }, (_, i) => `${options.room}/${band}/${i}`);
    this.#topics = { near: slots("near"), mid: slots("mid"), far: slots("far") };
  }

  /** The topic for a new page of this band; pages take turns over the slots. */
  topicFor(band: Band): string {
    const slot = this.#nextSlot[band];
    this.#nextSlot[band] = (slot + 1) % SLOTS[band];
    return this.#topicAt(band, slot);
  }

  /** Takes a new status; what matters at once goes to every page that it concerns, the nearest first. */
  update(status: Status): void {
    const known = this.#status;
    this.#status = status;
    const concernsAll = known !== null && known.urgency !== status.urgency;
    if (known === null || concernsAll) this.#heard.clear();
    const wasSending = this.#urgent.size > 0;
    for (const band of BANDS) {
      for (const topic of this.#topics[band]) {
        if (concernsAll || this.#mayBeCalled(band, topic, status)) this.#urgent.add(topic);
      }
    }
    if (!wasSending) this.#sendUrgent();
  }

  /** One turn each 100 ms: the slots whose time it is. */
  start(): void {
    if (this.#stopped) return;
    for (const band of BANDS) this.#send(this.#topicAt(band, this.#turn));
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

  /** Whether the line has leapt, since this topic was sent to, as far as where its pages may stand. */
  #mayBeCalled(band: Band, topic: string, { serving, outflowPerMinute }: Status): boolean {
    if (band === "near") return false;
    const heard = this.#heard.get(topic);
    if (heard === undefined) this.#heard.set(topic, serving);
    // What the outflow takes in half a minute calls nobody who had a minute to wait.
    return heard !== undefined && serving - heard >= Math.max(LEAST_AHEAD[band], outflowPerMinute / 2);
  }

  #topicAt(band: Band, turn: number): string {
    return this.#topics[band][turn % SLOTS[band]] ?? "";
  }

  #sendUrgent(): void {
    if (this.#stopped) return;
    for (const topic of [...this.#urgent].slice(0, SLOTS.near)) this.#send(topic);
    if (this.#urgent.size > 0) setImmediate(() => this.#sendUrgent());
  }

  #send(topic: string): void {
    this.#urgent.delete(topic);
    if (this.#status === null) return;
    this.#heard.set(topic, this.#status.serving);
    if (this.#pages.size > 0) this.#options.publish(topic, this.#status.json);
  }
}

export function readBand(text: string | null): Band {
  return text === "mid" || text === "far" ? text : "near";
}
