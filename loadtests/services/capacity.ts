/** What a service can carry, and how it behaves when more come than that. Every duration is in ms. */
export interface CapacitySettings {
  /** People inside at once that the service was built for. */
  carries: number;
  /** Requests worked on at the same time. */
  workers: number;
  /** One request's work while no more are inside than the service carries. */
  requestMs: number;
  /** Requests that may wait for a worker; the next one is refused. */
  queueLimit: number;
  /** People inside plus requests waiting that memory holds; one more and the workers crash. */
  crashesAbove: number;
  /** From the crash until requests are taken again. */
  restartMs: number;
  /** After a restart the caches are cold and work takes `coldFactor` as long. */
  coldMs: number;
  coldFactor: number;
  /** Somebody who asked for nothing during this time is no longer inside. */
  idleMs: number;
}

/** A service for `carries` people (1 or more), each of whom may ask 1.6 times a second. */
export function capacityFor(carries: number): CapacitySettings {
  return {
    carries,
    workers: Math.max(1, Math.ceil(carries / 25)),
    requestMs: 25,
    queueLimit: Math.max(4, Math.ceil(carries * 1.5)),
    crashesAbove: Math.max(8, carries * 3),
    restartMs: 6_000,
    coldMs: 4_000,
    coldFactor: 2,
    idleMs: 30_000,
  };
}

/** A request whose work ended, in the order of ending; `crashed` when the workers died under it. */
export interface Finished {
  request: number;
  result: "served" | "crashed";
}

export interface Health {
  inside: number;
  capacity: number;
  queued: number;
  servedTotal: number;
  failedTotal: number;
  p95Ms: number;
  /** Since the service was started. */
  crashes: number;
  state: "well" | "strained" | "down";
}

interface Work {
  request: number;
  cameAtMs: number;
  endsAtMs: number;
}

/** Response times that the 95th percentile is taken from: the latest of the last ten seconds. */
const RECENT_REPLIES = 1_000;
const RECENT_MS = 10_000;

/**
 * The load model of a demo service: bounded workers, a bounded queue, work that takes longer the more people
 * are inside than it carries, and a crash when memory is full. It knows no clock: each call says what time it
 * is, and time never goes back. The same calls give the same results.
 */
export class CapacityModel {
  readonly settings: CapacitySettings;
  /** How often the workers crashed; whoever kept something in their memory has lost it. */
  crashes = 0;
  /** When each person last asked, the longest silent first. */
  #people = new Map<string, number>();
  #queue: Work[] = [];
  #working: Work[] = [];
  #finished: Finished[] = [];
  #downUntilMs = Number.NEGATIVE_INFINITY;
  #coldUntilMs = Number.NEGATIVE_INFINITY;
  #servedTotal = 0;
  #failedTotal = 0;
  #replies: { atMs: number; tookMs: number }[] = [];

  constructor(settings: CapacitySettings) {
    this.settings = settings;
  }

  /** Somebody asks for something. `busy`: the queue is full. `down`: the workers have crashed. */
  enter(request: number, person: string, nowMs: number): "accepted" | "busy" | "down" {
    this.#workUntil(nowMs);
    if (nowMs < this.#downUntilMs) return this.#refuse("down");
    if (this.#queue.length >= this.settings.queueLimit) return this.#refuse("busy");
    this.#people.delete(person);
    this.#people.set(person, nowMs);
    this.#queue.push({ request, cameAtMs: nowMs, endsAtMs: 0 });
    this.#startWork(nowMs);
    if (this.#people.size + this.#queue.length > this.settings.crashesAbove) this.#crash(nowMs);
    return "accepted";
  }

  /** Somebody logged out. */
  leave(person: string): void {
    this.#people.delete(person);
  }

  /** Every accepted request that has ended since the last call, in order. */
  settle(nowMs: number): Finished[] {
    this.#workUntil(nowMs);
    const finished = this.#finished;
    this.#finished = [];
    return finished;
  }

  /** When `settle` next has something to say, or undefined while nothing is being worked on. */
  nextEventAtMs(): number | undefined {
    if (this.#finished.length > 0) return Number.NEGATIVE_INFINITY;
    return this.#nextToEnd()?.endsAtMs;
  }

  health(nowMs: number): Health {
    this.#workUntil(nowMs);
    return {
      inside: this.#people.size,
      capacity: this.settings.carries,
      queued: this.#queue.length,
      servedTotal: this.#servedTotal,
      failedTotal: this.#failedTotal,
      p95Ms: this.#p95Ms(nowMs),
      crashes: this.crashes,
      state: this.#state(nowMs),
    };
  }

  /** Ends, in order, all work that is due, and gives each free worker its next request at that very moment. */
  #workUntil(nowMs: number): void {
    for (let work = this.#nextToEnd(); work && work.endsAtMs <= nowMs; work = this.#nextToEnd()) {
      this.#working.splice(this.#working.indexOf(work), 1);
      this.#finished.push({ request: work.request, result: "served" });
      this.#servedTotal += 1;
      this.#replies.push({ atMs: work.endsAtMs, tookMs: work.endsAtMs - work.cameAtMs });
      if (this.#replies.length > RECENT_REPLIES) this.#replies.shift();
      this.#forgetIdlePeople(work.endsAtMs);
      this.#startWork(work.endsAtMs);
    }
    this.#forgetIdlePeople(nowMs);
  }

  #startWork(nowMs: number): void {
    while (this.#working.length < this.settings.workers) {
      const work = this.#queue.shift();
      if (!work) return;
      work.endsAtMs = nowMs + this.#workMs(nowMs);
      this.#working.push(work);
    }
  }

  /** Thrash: twice as many people as carried make each request take five times as long, and so on by squares. */
  #workMs(nowMs: number): number {
    const { carries, requestMs, coldFactor } = this.settings;
    const excess = Math.max(0, this.#people.size / carries - 1);
    const cold = nowMs < this.#coldUntilMs ? coldFactor : 1;
    return Math.round(requestMs * (1 + 4 * excess * excess) * cold);
  }

  #nextToEnd(): Work | undefined {
    let next = this.#working[0];
    for (const work of this.#working) if (next && work.endsAtMs < next.endsAtMs) next = work;
    return next;
  }

  #crash(nowMs: number): void {
    for (const { request } of [...this.#working, ...this.#queue]) {
      this.#finished.push({ request, result: "crashed" });
      this.#failedTotal += 1;
    }
    this.#working = [];
    this.#queue = [];
    this.#people.clear();
    this.crashes += 1;
    this.#downUntilMs = nowMs + this.settings.restartMs;
    this.#coldUntilMs = this.#downUntilMs + this.settings.coldMs;
  }

  #refuse(why: "busy" | "down"): "busy" | "down" {
    this.#failedTotal += 1;
    return why;
  }

  #forgetIdlePeople(nowMs: number): void {
    for (const [person, lastAskedMs] of this.#people) {
      if (lastAskedMs + this.settings.idleMs > nowMs) return;
      this.#people.delete(person);
    }
  }

  #p95Ms(nowMs: number): number {
    const took = this.#replies.filter(({ atMs }) => atMs > nowMs - RECENT_MS).map(({ tookMs }) => tookMs);
    took.sort((a, b) => a - b);
    return Math.round(took[Math.ceil(took.length * 0.95) - 1] ?? 0);
  }

  #state(nowMs: number): Health["state"] {
    if (nowMs < this.#downUntilMs) return "down";
    const { carries, workers } = this.settings;
    const strained = this.#people.size > carries || this.#queue.length > workers * 4;
    return strained ? "strained" : "well";
  }
}
