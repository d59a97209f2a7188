/** What may run at a service at once. The pass comes first: whoever has one visitor's pass has one visitor's share. */
export interface ShareBounds {
  readonly requestsOfPass: number;
  /** Of one pass, in turn behind those that run. */
  readonly waitingOfPass: number;
  /** WebSockets and event streams, beside its requests. */
  readonly socketsOfPass: number;
  readonly requestsOfNetwork: number;
  /** Beside its requests. */
  readonly streamsOfNetwork: number;
}

/** Who asks. */
export interface Asker {
  /** The pass's `jti`; null without one. */
  readonly pass: string | null;
  readonly network: string;
}

/**
 * Keeps one pass, and then one network, from taking every connection to a service: clients that read nothing hold
 * theirs for as long as they like. Where a pass runs its share, its further requests wait, in order, for its own to end;
 * then those of a network for the network's, pass by pass in turn. Streams that stay open by their nature, and would
 * keep the pages beside them waiting, are counted apart.
 */
export class FairShare {
  readonly #bounds: ShareBounds;
  readonly #later: (start: () => void) => void;
  readonly #passes: Level;
  readonly #networks: Level;
  readonly #sockets = new Counts();
  readonly #streams = new Counts();

  /**
   * `later` starts the one after a request that was cut off: hundreds that read nothing are cut off at once, and as many
   * then begin to fill their buffers. Its place is taken meanwhile: it must leave as others do, though its visitor be gone.
   */
  constructor(bounds: ShareBounds, later: (start: () => void) => void) {
    this.#bounds = bounds;
    this.#later = later;
    this.#passes = new Level(bounds.requestsOfPass);
    this.#networks = new Level(bounds.requestsOfNetwork);
  }

  /** Starts a request when it may. One that waits must be given up where its visitor goes away. */
  enter(turn: Turn): "begun" | "waits" | "refused" {
    const { pass, network } = turn;
    if (pass !== null && !this.#passes.enter(pass)) {
      if (this.#passes.waitingOf(pass) >= this.#bounds.waitingOfPass) return "refused";
      this.#passes.wait(pass, turn);
      return "waits";
    }
    if (!this.#networks.enter(network)) {
      this.#networks.wait(network, turn);
      return "waits";
    }
    turn.begin();
    return "begun";
  }

  giveUp(turn: Turn): void {
    const { pass, network } = turn;
    if (pass !== null && this.#passes.giveUp(pass, turn)) return;
    if (this.#networks.giveUp(network, turn)) this.leavePass(turn, false);
  }

  /** A request of this network is over. */
  leaveNetwork({ network }: Asker, wasCutOff: boolean): void {
    const next = this.#networks.leave(network);
    if (next !== undefined) this.#begin(next, wasCutOff);
  }

  /** A request of this pass is over: the next that waits for it goes on to its network's turn. */
  leavePass({ pass }: Asker, wasCutOff: boolean): void {
    const next = pass === null ? undefined : this.#passes.leave(pass);
    if (next === undefined) return;
    if (this.#networks.enter(next.network)) this.#begin(next, wasCutOff);
    else this.#networks.wait(next.network, next);
  }

  /** A WebSocket or event stream. False: its pass has too many of these. */
  takeSocket({ pass }: Asker): boolean {
    return pass === null || this.#sockets.add(pass, this.#bounds.socketsOfPass);
  }

  leaveSocket({ pass }: Asker): void {
    if (pass !== null) this.#sockets.subtract(pass);
  }

  /** False: the network has too many, and it counts among its requests. */
  takeStream({ network }: Asker): boolean {
    return this.#streams.add(network, this.#bounds.streamsOfNetwork);
  }

  leaveStream({ network }: Asker): void {
    this.#streams.subtract(network);
  }

  #begin(turn: Turn, wasCutOff: boolean): void {
    if (wasCutOff) this.#later(() => turn.begin());
    else turn.begin();
  }
}

/** How many there are by name. A name of which there is none takes no memory. */
class Counts {
  readonly #counts = new Map<string, number>();

  /** False where there are so many already. */
  add(name: string, most: number): boolean {
    const count = this.#counts.get(name) ?? 0;
    if (count >= most) return false;
    this.#counts.set(name, count + 1);
    return true;
  }

  subtract(name: string): void {
    const count = (this.#counts.get(name) ?? 0) - 1;
    if (count > 0) this.#counts.set(name, count);
    else this.#counts.delete(name);
  }
}

/** So many of each name run at once; the others wait. */
class Level {
  readonly #most: number;
  readonly #running = new Counts();
  readonly #waiting = new Map<string, Waiting>();

  constructor(most: number) {
    this.#most = most;
  }

  enter(name: string): boolean {
    return this.#running.add(name, this.#most);
  }

  wait(name: string, turn: Turn): void {
    const waiting = this.#waiting.get(name) ?? new Waiting();
    this.#waiting.set(name, waiting);
    waiting.add(turn);
  }

  waitingOf(name: string): number {
    return this.#waiting.get(name)?.count ?? 0;
  }

  /** False where it did not wait here. */
  giveUp(name: string, turn: Turn): boolean {
    const waiting = this.#waiting.get(name);
    const waited = waiting?.delete(turn) ?? false;
    if (waiting?.count === 0) this.#waiting.delete(name);
    return waited;
  }

  /** One is over: who takes its place. */
  leave(name: string): Turn | undefined {
    const next = this.#waiting.get(name)?.next();
    if (next === undefined) this.#running.subtract(name);
    else this.giveUp(name, next);
    return next;
  }
}

/** Those who wait: passes take turns, and the requests of one go in order. All without a pass count as one. */
class Waiting {
  /** Maps and sets keep their order, and give up any one at no cost. */
  readonly #byPass = new Map<string, Set<Turn>>();
  count = 0;

  add(turn: Turn): void {
    const ofPass = this.#byPass.get(turn.pass ?? "");
    if (ofPass === undefined) this.#byPass.set(turn.pass ?? "", new Set([turn]));
    else ofPass.add(turn);
    this.count += 1;
  }

  delete(turn: Turn): boolean {
    const ofPass = this.#byPass.get(turn.pass ?? "");
    if (!ofPass?.delete(turn)) return false;
    if (ofPass.size === 0) this.#byPass.delete(turn.pass ?? "");
    this.count -= 1;
    return true;
  }

  /** Whose turn it is; its pass then goes behind all others. */
  next(): Turn | undefined {
    const [first] = this.#byPass;
    if (first === undefined) return undefined;
    const [pass, ofPass] = first;
    this.#byPass.delete(pass);
    this.#byPass.set(pass, ofPass);
    return ofPass.values().next().value;
  }
}

/** Begins one after another, so many milliseconds between them; the first soon too. */
export function spacedOut(
  betweenMs: number,
  setTimer: (call: () => void, ms: number) => unknown,
): (start: () => void) => void {
  const due: (() => void)[] = [];
  const setNext = () => setTimer(beginOne, betweenMs);
  const beginOne = () => {
    due[0]?.();
    due.shift();
    if (due.length > 0) setNext();
  };
  return (start) => {
    if (due.push(start) === 1) setNext();
  };
}

/** What one request takes of its pass's share and its network's. */
export class Turn implements Asker {
  readonly pass: string | null;
  readonly network: string;
  readonly #share: FairShare;
  readonly #start: () => void;
  /** It counts among its pass's sockets, and no more among its requests. */
  #isSocket = false;
  /** So of its network. */
  #isStream = false;

  /** `start` begins the request, at once or later. Once begun, the turn is to be said {@link over}. */
  constructor(share: FairShare, { pass, network }: Asker, start: () => void) {
    this.pass = pass;
    this.network = network;
    this.#share = share;
    this.#start = start;
  }

  begin(): void {
    this.#start();
  }

  /** The answer will stay open: others may run meanwhile. False: its pass has too many of these. */
  becomesStream(): boolean {
    if (!this.#share.takeSocket(this)) return false;
    this.#isSocket = true;
    this.#isStream = this.#share.takeStream(this);
    if (this.#isStream) this.#share.leaveNetwork(this, false);
    this.#share.leavePass(this, false);
    return true;
  }

  over(wasCutOff: boolean): void {
    if (this.#isStream) this.#share.leaveStream(this);
    else this.#share.leaveNetwork(this, wasCutOff);
    if (this.#isSocket) this.#share.leaveSocket(this);
    else this.#share.leavePass(this, wasCutOff);
  }
}
