import { randomBytes } from "node:crypto";
import type { CrowdOptions } from "./arguments.ts";
import { type Ask, Client, type Reply } from "./client.ts";
import { CookieJar } from "./cookies.ts";
import { DueList } from "./due.ts";
import { type Journey, journeyThrough, type Step } from "./journeys.ts";
import { OrderWatch } from "./order.ts";
import { type Random, randomOf } from "./random.ts";
import {
  askHealth,
  askMetrics,
  type GateMetrics,
  type Line,
  numberOr,
  readLine,
  type ServiceHealth,
} from "./watch.ts";

/** Where a visitor is on the way in and through. The last three are where it ends. */
type Phase = "coming" | "joining" | "waiting" | "claiming" | "inside" | "served" | "noShow" | "gaveUp";

interface Visitor {
  phase: Phase;
  /** What chance decides on the way; how often it is asked depends on the replies. */
  random: Random;
  /** What the visitor chooses inside, in a stream of its own so that a replay chooses alike. */
  choices: Random;
  jar: CookieJar;
  staysAway: boolean;
  wasAdmitted: boolean;
  wasCalled: boolean;
  wasToldClosed: boolean;
  arrivedMs: number;
  key: string;
  firstJoinSentMs: number;
  number: number;
  firstClaimSentMs: number;
  registeredMs: number;
  stepsDone: number;
  step: Step | undefined;
  ledTo: string | undefined;
  /** Replies in a row that a visitor inside takes before going home. */
  patience: number;
}

/** What a crowd has seen so far; every number is of this crowd's own visitors unless it says otherwise. */
export interface CrowdView {
  elapsedSeconds: number;
  visitors: number;
  arrived: number;
  joined: number;
  called: number;
  /** Let in as they joined. */
  straightIn: number;
  waiting: number;
  admitted: number;
  /** Over the last five seconds. */
  admittedPerSecond: number;
  inside: number;
  served: number;
  noShows: number;
  gaveUp: number;
  /** Claims answered 410: the turn was missed, or the line began anew. They joined again. */
  rejoined: number;
  /** Visits that the service lost in a crash and that began anew. */
  lostVisits: number;
  /** Visitors who were told, by a reply or on their page, that the operator has closed the room. */
  toldClosed: number;
  /** Requests to the service that gave what was asked for, and those that failed on the way or there. */
  answered: number;
  refused: number;
  errors: Record<string, number>;
  /** Times that somebody was overtaken. */
  inversions: number;
  duplicateNumbers: number;
  /** Times that `serving` was seen to fall within one generation. */
  servingFell: number;
  waitP50Seconds: number;
  waitP95Seconds: number;
  line: Line | undefined;
  health: ServiceHealth | undefined;
  /** Crashes of the service that were seen. */
  crashes: number;
  gate: GateMetrics | undefined;
  /** How it ended: everybody went home, the time was over, or it was stopped. */
  ended: "everybody" | "time" | "stopped" | undefined;
}

/** Everybody who came when called got in and had what they came for. */
export function everybodyGotIn(view: CrowdView): boolean {
  return view.served + view.noShows === view.visitors;
}

/** The line kept its order: nobody overtaken, no number given twice, no step back. */
export function orderWasKept(view: CrowdView): boolean {
  return view.inversions + view.duplicateNumbers + view.servingFell === 0;
}

export interface Crowd {
  /** What has been seen so far; cheap enough for once a second. */
  view(): CrowdView;
  /** Resolves with the last view when the crowd has gone home. Never rejects. */
  done: Promise<CrowdView>;
  /** Sends everybody home now. */
  stop(): void;
}

const tickMs = 5;
/** Error pages in a row that a visitor takes before going home. */
export const patienceInRow = 5;
const requestPatienceMs = 30_000;
const mostRedirects = 5;

/** Sends visitors until they are through, the time is over, or `stop` is called. Loopback is the caller's to check. */
export function startCrowd(options: CrowdOptions): Crowd {
  return new Swarm(options).start();
}

/** The visitors as state machines: one list of what is due, one timer, one callback a reply. */
class Swarm {
  readonly #options: CrowdOptions;
  readonly #journey: Journey;
  readonly #client: Client;
  readonly #watcher: Client;
  readonly #serviceWatcher: Client | undefined;
  readonly #visitors: Visitor[];
  readonly #due = new DueList<Visitor>();
  /** Waiting visitors by number. Two with one number are a fault that is counted, and both still wait. */
  readonly #waiting = new Map<number, Visitor[]>();
  readonly #order = new OrderWatch();
  readonly #errors: Record<string, number> = {};
  readonly #startedMs = performance.now();
  readonly #admittedAtMs: number[] = [];
  readonly #waitsMs: number[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #counts = { arrived: 0, joined: 0, called: 0, straightIn: 0, inside: 0, served: 0, noShows: 0, gaveUp: 0 };
  #toldClosed = 0;
  #answered = 0;
  #refused = 0;
  #crashesBefore: number | undefined;
  #rejoined = 0;
  #lostVisits = 0;
  #servingFell = 0;
  #line: Line | undefined;
  #lastPolled: Line | undefined;
  #health: ServiceHealth | undefined;
  #gate: GateMetrics | undefined;
  #ended: CrowdView["ended"];
  #endedMs = 0;
  #resolve: (view: CrowdView) => void = () => {};

  constructor(options: CrowdOptions) {
    const origin = options.gateway ?? options.service;
    if (origin === undefined) throw new TypeError("a crowd needs a gateway or a service to go to");
    this.#options = options;
    this.#journey = journeyThrough(options.room, options.path);
    this.#client = new Client(origin, options.connections, requestPatienceMs);
    this.#watcher = new Client(origin, 1, 3_000);
    this.#serviceWatcher = options.service ? new Client(options.service, 1, 3_000) : undefined;
    this.#visitors = Array.from({ length: options.visitors }, (_, index) => this.#newVisitor(index));
  }

  start(): Crowd {
    const done = new Promise<CrowdView>((resolve) => {
      this.#resolve = resolve;
    });
    this.#every(tickMs, () => this.#tick());
    if (this.#options.gateway) this.#keepAsking(() => this.#pollLine());
    if (this.#serviceWatcher) this.#keepAsking(() => this.#pollHealth());
    if (this.#options.operator) this.#keepAsking(() => this.#pollMetrics());
    this.#after(this.#options.forSeconds * 1_000, () => this.#end("time"));
    return { view: () => this.#view(), done, stop: () => this.#end("stopped") };
  }

  #newVisitor(index: number): Visitor {
    const random = randomOf(this.#options.seed, index);
    const arriveMs = random() * this.#options.arriveSeconds * 1_000;
    const visitor: Visitor = {
      phase: "coming",
      random,
      choices: randomOf(~this.#options.seed, index),
      jar: new CookieJar(),
      staysAway: random() * 100 < this.#options.noShowPercent,
      wasAdmitted: false,
      wasCalled: false,
      wasToldClosed: false,
      arrivedMs: 0,
      key: "",
      firstJoinSentMs: 0,
      number: 0,
      firstClaimSentMs: 0,
      registeredMs: 0,
      stepsDone: 0,
      step: undefined,
      ledTo: undefined,
      patience: patienceInRow,
    };
    this.#due.add(visitor, this.#startedMs + arriveMs);
    return visitor;
  }

  // --- time -------------------------------------------------------------------------------------------------

  #tick(): void {
    const nowMs = performance.now();
    while (!this.#client.isFull) {
      const visitor = this.#due.take(nowMs);
      if (!visitor) break;
      this.#act(visitor);
    }
    const { served, noShows, gaveUp } = this.#counts;
    if (served + noShows + gaveUp === this.#visitors.length) this.#end("everybody");
  }

  #in(visitor: Visitor, delayMs: number): void {
    this.#due.add(visitor, performance.now() + delayMs);
  }

  #every(periodMs: number, what: () => void): void {
    this.#timers.add(setInterval(what, periodMs));
  }

  #after(delayMs: number, what: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      what();
    }, delayMs);
    this.#timers.add(timer);
  }

  /** Asks again a while after each reply, so that a slow answerer is never asked twice at once. */
  #keepAsking(ask: () => Promise<number>): void {
    const again = () => {
      ask().then(
        (pauseMs) => {
          if (!this.#ended) this.#after(pauseMs, again);
        },
        () => {
          if (!this.#ended) this.#after(1_000, again);
        },
      );
    };
    again();
  }

  #end(how: NonNullable<CrowdView["ended"]>): void {
    if (this.#ended) return;
    this.#ended = how;
    this.#endedMs = performance.now();
    // Node takes one kind of handle for the other.
    for (const timer of this.#timers) clearTimeout(timer);
    const last = this.#view();
    const clients = [this.#client, this.#watcher, this.#serviceWatcher];
    void Promise.all(clients.map((client) => client?.close())).then(() => this.#resolve(last));
  }

  // --- the way to the gate ----------------------------------------------------------------------------------

  #act(visitor: Visitor): void {
    if (visitor.phase === "coming") this.#come(visitor);
    else if (visitor.phase === "joining") this.#join(visitor);
    else if (visitor.phase === "claiming") this.#claim(visitor);
    else if (visitor.phase === "inside") this.#walk(visitor);
  }

  #come(visitor: Visitor): void {
    if (visitor.arrivedMs === 0) {
      visitor.arrivedMs = performance.now();
      this.#counts.arrived += 1;
    }
    visitor.step = this.#journey.next(0, undefined, visitor.choices);
    if (!this.#options.gateway) {
      this.#enterInside(visitor);
      return this.#walk(visitor);
    }
    this.#send(visitor, navigation("GET", this.#options.path), (reply) => {
      if (this.#holdsPass(visitor)) {
        this.#enterInside(visitor);
        return this.#onStepReply(visitor, reply);
      }
      if (isWaitingPage(reply)) {
        this.#beginJoin(visitor);
        return this.#in(visitor, 50 + visitor.random() * 150);
      }
      if (reply.status > 0 && reply.status < 400) {
        // Let through without a pass: the room stands open.
        this.#enterInside(visitor);
        return this.#onStepReply(visitor, reply);
      }
      this.#loseHeart(visitor, "page", reply);
    });
  }

  #beginJoin(visitor: Visitor): void {
    visitor.phase = "joining";
    // Not from the seed: a replay within a minute would otherwise be given the numbers of the run before.
    visitor.key = randomBytes(24).toString("base64url");
    visitor.firstJoinSentMs = 0;
    visitor.firstClaimSentMs = 0;
    visitor.registeredMs = 0;
  }

  #join(visitor: Visitor): void {
    visitor.firstJoinSentMs ||= performance.now();
    const ask = this.#onPage("join", { "Idempotency-Key": visitor.key });
    this.#send(visitor, ask, (reply) => {
      if (reply.status !== 200 || !reply.json) return this.#tryAgain(visitor, "join", reply);
      if (typeof reply.json.number === "number" && reply.json.number !== visitor.number) {
        visitor.number = reply.json.number;
        this.#order.numbered(visitor.number, visitor.firstJoinSentMs, performance.now());
        this.#counts.joined += 1;
      }
      this.#takeLine(readLine(reply.json.status));
      if (reply.json.state === "admitted") {
        if (!visitor.wasCalled) this.#counts.straightIn += 1;
        this.#enterInside(visitor);
        return this.#walk(visitor);
      }
      this.#wait(visitor, visitor.random() * 300);
    });
  }

  /** Waits for the number to be called; where it was called already, asks at the gate after a while. */
  #wait(visitor: Visitor, whenCalledMs: number): void {
    visitor.phase = "waiting";
    if (this.#line && (visitor.number <= this.#line.serving || this.#line.mode === "open")) {
      return this.#call(visitor, whenCalledMs);
    }
    const others = this.#waiting.get(visitor.number);
    if (others) others.push(visitor);
    else this.#waiting.set(visitor.number, [visitor]);
  }

  #call(visitor: Visitor, delayMs: number): void {
    if (!visitor.wasCalled) this.#counts.called += 1;
    visitor.wasCalled = true;
    if (visitor.staysAway) {
      this.#leave(visitor, "noShow");
      this.#counts.noShows += 1;
      return;
    }
    visitor.phase = "claiming";
    this.#in(visitor, delayMs);
  }

  #claim(visitor: Visitor): void {
    const sentMs = performance.now();
    visitor.firstClaimSentMs ||= sentMs;
    const ask = this.#onPage(`claim?to=${encodeURIComponent(this.#options.path)}`, {});
    this.#send(visitor, ask, (reply) => {
      if (reply.status === 200) {
        if (visitor.number > 0) {
          this.#order.admitted(visitor.number, visitor.firstClaimSentMs, performance.now());
        }
        this.#enterInside(visitor);
        return this.#walk(visitor);
      }
      if (reply.status === 202) {
        if (visitor.registeredMs > 0) {
          this.#order.stillAtGate(visitor.number, visitor.registeredMs, sentMs);
        } else visitor.registeredMs = performance.now();
        return this.#in(visitor, Math.max(100, numberOr(reply.json?.retryAfterMs, 1_000)));
      }
      if (reply.status === 409) return this.#wait(visitor, 1_000 + visitor.random() * 500);
      if (reply.status === 410 || reply.status === 401) {
        this.#rejoined += 1;
        this.#count("claim", reply);
        this.#beginJoin(visitor);
        return this.#in(visitor, 200 + visitor.random() * 500);
      }
      this.#tryAgain(visitor, "claim", reply);
    });
  }

  /** What a waiting page sends: a script's own request, to the page's own host. */
  #onPage(operation: string, headers: Record<string, string>): Ask {
    return {
      method: "POST",
      path: `/_sluse/rooms/${this.#options.room}/${operation}`,
      headers: {
        Accept: "application/json",
        Origin: this.#client.origin,
        "Sec-Fetch-Mode": "cors",
        "Sec-Fetch-Site": "same-origin",
        ...(this.#line?.seal ? { "Sluse-Seal": this.#line.seal } : {}),
        ...headers,
      },
    };
  }

  // --- inside -----------------------------------------------------------------------------------------------

  #enterInside(visitor: Visitor): void {
    visitor.phase = "inside";
    visitor.patience = patienceInRow;
    visitor.step ??= this.#journey.next(visitor.stepsDone, visitor.ledTo, visitor.choices);
    this.#counts.inside += 1;
    if (this.#options.gateway) this.#noteAdmission(visitor);
  }

  #noteAdmission(visitor: Visitor): void {
    if (visitor.wasAdmitted) return;
    visitor.wasAdmitted = true;
    const nowMs = performance.now();
    this.#admittedAtMs.push(nowMs);
    this.#waitsMs.push(nowMs - visitor.arrivedMs);
  }

  #walk(visitor: Visitor): void {
    const { step } = visitor;
    if (!step) {
      this.#leave(visitor, "served");
      this.#counts.served += 1;
      return;
    }
    visitor.ledTo = step.path.split("?")[0];
    const ask = navigation(step.method, step.path, step.form, this.#client.origin);
    this.#send(visitor, ask, (reply) => this.#onStepReply(visitor, reply));
  }

  #onStepReply(visitor: Visitor, reply: Reply, redirects = 0): void {
    if (this.#options.gateway && isWaitingPage(reply)) {
      if (this.#line?.mode === "closed") this.#noteClosed(visitor);
      else this.#count("sent back to wait", reply);
      this.#counts.inside -= 1;
      this.#beginJoin(visitor);
      return this.#in(visitor, 500);
    }
    if (reply.status === 0 || reply.status >= 400) {
      this.#refused += 1;
      return this.#loseHeart(visitor, "service", reply);
    }
    this.#answered += 1;
    if (reply.status < 300) return this.#finishStep(visitor);
    const to = this.#pathOf(reply.headers.location);
    if (to === undefined || redirects === mostRedirects) return this.#loseHeart(visitor, "redirect", reply);
    visitor.ledTo = to.split("?")[0];
    this.#send(visitor, navigation("GET", to), (next) => this.#onStepReply(visitor, next, redirects + 1));
  }

  #finishStep(visitor: Visitor): void {
    this.#noteAdmission(visitor);
    visitor.patience = patienceInRow;
    const isLost = visitor.stepsDone > 0 && visitor.ledTo === this.#journey.frontPage;
    if (isLost) this.#lostVisits += 1;
    // Whoever stands on the front page again goes on from there.
    visitor.stepsDone = isLost ? 1 : visitor.stepsDone + 1;
    visitor.step = this.#journey.next(visitor.stepsDone, visitor.ledTo, visitor.choices);
    this.#in(visitor, visitor.step ? this.#thinkMs(visitor) : 0);
  }

  #thinkMs(visitor: Visitor): number {
    return this.#options.thinkSeconds * 1_000 * (0.5 + visitor.random());
  }

  /** The path of a redirect that stays on this host; anything else is not followed. */
  #pathOf(location: string | string[] | undefined): string | undefined {
    if (typeof location !== "string" || !URL.canParse(location, this.#client.origin)) return undefined;
    const url = new URL(location, this.#client.origin);
    return url.origin === this.#client.origin ? url.pathname + url.search : undefined;
  }

  /** An error page where a visitor wanted in: they load it again some times, then go home. */
  #loseHeart(visitor: Visitor, what: string, reply: Reply): void {
    this.#count(what, reply);
    visitor.patience -= 1;
    if (visitor.patience > 0) return this.#in(visitor, 2_000 + visitor.random() * 3_000);
    this.#leave(visitor, "gaveUp");
    this.#counts.gaveUp += 1;
  }

  /** Sluse's own page keeps trying for as long as it takes: the place is safe. */
  #tryAgain(visitor: Visitor, what: string, reply: Reply): void {
    if (reply.json?.code === "closed") this.#noteClosed(visitor);
    else this.#count(what, reply);
    const askedMs = Number(reply.headers["retry-after"] ?? 1) * 1_000;
    const pauseMs = Number.isFinite(askedMs) ? Math.min(30_000, Math.max(500, askedMs)) : 1_000;
    this.#in(visitor, pauseMs * (1 + visitor.random()));
  }

  /** What an operator has decided is no error. */
  #noteClosed(visitor: Visitor): void {
    if (!visitor.wasToldClosed) this.#toldClosed += 1;
    visitor.wasToldClosed = true;
  }

  #leave(visitor: Visitor, phase: "served" | "noShow" | "gaveUp"): void {
    if (visitor.phase === "inside") this.#counts.inside -= 1;
    visitor.phase = phase;
  }

  // --- requests ---------------------------------------------------------------------------------------------

  #send(visitor: Visitor, ask: Ask, onReply: (reply: Reply) => void): void {
    const cookie = visitor.jar.header(ask.path);
    const headers = cookie ? { ...ask.headers, Cookie: cookie } : ask.headers;
    this.#client.send({ ...ask, headers }, (reply) => {
      if (this.#ended) return;
      const lines = reply.headers["set-cookie"];
      if (lines !== undefined) visitor.jar.store(typeof lines === "string" ? [lines] : lines, Date.now());
      onReply(reply);
    });
  }

  #holdsPass(visitor: Visitor): boolean {
    return visitor.jar.has(`sluse_pass_${this.#options.room}`);
  }

  #count(what: string, reply: Reply): void {
    const code = typeof reply.json?.code === "string" ? ` ${reply.json.code}` : "";
    const name = `${what} ${reply.error ?? reply.status}${code}`;
    this.#errors[name] = (this.#errors[name] ?? 0) + 1;
  }

  // --- what everybody sees ----------------------------------------------------------------------------------

  async #pollLine(): Promise<number> {
    const path = `/_sluse/rooms/${this.#options.room}/status`;
    const reply = await this.#watcher.ask({ method: "GET", path, headers: {} });
    if (this.#ended) return 0;
    const line = reply.status === 200 ? readLine(reply.json) : undefined;
    if (!line) this.#count("status", reply);
    this.#watchServing(line);
    this.#takeLine(line);
    // As often as the live frames that a page near the front gets; one asks for all, so it costs the gate nothing.
    return 1_000;
  }

  /** Polls follow each other, so within a generation nobody who asks again may see a place go up. */
  #watchServing(line: Line | undefined): void {
    if (!line) return;
    const before = this.#lastPolled;
    if (before && line.generation === before.generation && line.serving < before.serving)
      this.#servingFell += 1;
    this.#lastPolled = line;
  }

  /** Calls those whose turn it became. Replies cross, so an older document than the last one says nothing. */
  #takeLine(line: Line | undefined): void {
    if (!line) return;
    const before = this.#line;
    if (before && line.generation < before.generation) return;
    if (before && line.generation === before.generation && line.serving < before.serving) return;
    this.#line = line;
    const isNewLine = before !== undefined && line.generation > before.generation;
    if (isNewLine) this.#order.forget();
    // The pages of all who wait say so.
    if (line.mode === "closed")
      for (const visitor of [...this.#waiting.values()].flat()) this.#noteClosed(visitor);
    if (isNewLine || (line.mode === "open" && before?.mode !== "open")) {
      for (const number of [...this.#waiting.keys()]) this.#callNumber(number);
    } else this.#callUpTo(before?.serving ?? 0, line.serving);
  }

  /** A call of some numbers looks at those; a long jump looks at those who wait, whichever is less. */
  #callUpTo(servingBefore: number, serving: number): void {
    if (serving - servingBefore <= this.#waiting.size) {
      for (let number = servingBefore + 1; number <= serving; number += 1) this.#callNumber(number);
      return;
    }
    for (const number of [...this.#waiting.keys()]) if (number <= serving) this.#callNumber(number);
  }

  #callNumber(number: number): void {
    const visitors = this.#waiting.get(number);
    if (!visitors) return;
    this.#waiting.delete(number);
    for (const visitor of visitors) this.#call(visitor, visitor.random() * 300);
  }

  async #pollHealth(): Promise<number> {
    if (this.#serviceWatcher) this.#health = await askHealth(this.#serviceWatcher, this.#options.room);
    this.#crashesBefore ??= this.#health?.crashes;
    return 1_000;
  }

  async #pollMetrics(): Promise<number> {
    const { operator, room } = this.#options;
    this.#gate = operator ? await askMetrics(operator, room, process.env.SLUSE_METRICS_TOKEN) : undefined;
    return 1_000;
  }

  #view(): CrowdView {
    const nowMs = this.#ended ? this.#endedMs : performance.now();
    const waits = [...this.#waitsMs].sort((a, b) => a - b);
    const admittedLately = this.#admittedAtMs.length - firstAfter(this.#admittedAtMs, nowMs - 5_000);
    const spanSeconds = Math.min(5, Math.max(1, (nowMs - this.#startedMs) / 1_000));
    return {
      elapsedSeconds: (nowMs - this.#startedMs) / 1_000,
      visitors: this.#visitors.length,
      ...this.#counts,
      waiting: [...this.#waiting.values()].reduce((sum, visitors) => sum + visitors.length, 0),
      admitted: this.#admittedAtMs.length,
      admittedPerSecond: admittedLately / spanSeconds,
      rejoined: this.#rejoined,
      lostVisits: this.#lostVisits,
      toldClosed: this.#toldClosed,
      answered: this.#answered,
      refused: this.#refused,
      errors: { ...this.#errors },
      inversions: this.#order.inversions,
      duplicateNumbers: this.#order.duplicateNumbers,
      servingFell: this.#servingFell,
      waitP50Seconds: percentile(waits, 50) / 1_000,
      waitP95Seconds: percentile(waits, 95) / 1_000,
      line: this.#line,
      health: this.#health,
      crashes: (this.#health?.crashes ?? 0) - (this.#crashesBefore ?? 0),
      gate: this.#gate,
      ended: this.#ended,
    };
  }
}

function navigation(method: "GET" | "POST", path: string, form?: string, origin?: string): Ask {
  const headers: Record<string, string> = {
    Accept: "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "da",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
  };
  if (method === "GET") return { method, path, headers: { ...headers, "Sec-Fetch-Site": "none" } };
  headers["Sec-Fetch-Site"] = "same-origin";
  headers["Content-Type"] = "application/x-www-form-urlencoded";
  if (origin) headers.Origin = origin;
  return { method, path, headers, body: form ?? "" };
}

/** Sluse's page says when to come again and is not the service's own. */
function isWaitingPage(reply: Reply): boolean {
  const isOneOfItsStatuses = [200, 202, 429, 503].includes(reply.status);
  const { "retry-after": retryAfter, "demo-service": service } = reply.headers;
  return isOneOfItsStatuses && retryAfter !== undefined && service === undefined;
}

function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? 0;
}

/** The index of the first moment after `momentMs` in a rising list. */
function firstAfter(moments: readonly number[], momentMs: number): number {
  let low = 0;
  let high = moments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((moments[middle] ?? 0) <= momentMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
