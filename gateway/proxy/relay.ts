import type { WebSocket as OriginSocket } from "ws";
import { uws, type WebSocket, type WebSocketBehavior } from "../http/uws.ts";
import { MessageBacklog } from "./message-backlog.ts";

/** A longer message closes both connections with 1009. */
export const MOST_MESSAGE_BYTES = 16_777_216;
/** What may be on its way to the origin at once; further messages wait on disk. */
const MOST_UNDER_WAY_BYTES = 1_048_576;
/** What may wait there. A visitor who sends more than that ahead of the origin is closed with 1013. */
const MOST_WAITING_BYTES = 268_435_456;
/** What is counted for a message besides its own bytes, so that empty ones are bounded too. */
const MESSAGE_COST_BYTES = 64;
/** While so much waits for the visitor, the origin is not read. */
const MOST_UNREAD_BYTES = 1_048_576;
/** A visitor from whom nothing comes, not even the answer to a ping, is gone. */
const IDLE_SECONDS = 120;
/** What a visitor sent before leaving has so long to reach the origin. */
const LINGER_MS = 30_000;

/**
 * What uWebSockets.js (20.51) itself says with 1006, and what the origin is told then. It takes the codes 1012 to
 * 3999 for malformed and hides them, so a visitor who closes with one of them says no code.
 */
const CLOSED_FOR_US: Readonly<Record<string, number>> = {
  "Received invalid close payload": 1005,
  "Received too big message": 1009,
};

const GOING_AWAY = 1001;
const POLICY = 1008;
const NO_STATUS = 1005;
const ABNORMAL = 1006;
const TOO_BIG = 1009;
const TRY_AGAIN_LATER = 1013;

type VisitorSocket = WebSocket<RelayData>;

/** What a visitor's WebSocket carries: uWebSockets.js copies the members of its data, so the relay is one. */
export interface RelayData {
  readonly relay: Relay;
}

/**
 * A WebSocket of the service: what comes from the one side goes to the other, message by message, until either
 * closes. Neither is read faster than the other takes it. For the visitor's side, which uWebSockets.js cannot
 * stop reading, that means: what is ahead of the origin waits on disk, up to a bound.
 */
export class Relay {
  readonly #origin: OriginSocket;
  readonly #mayStay: (used: boolean) => boolean;
  readonly #onEnd: () => void;
  readonly #backlog = new MessageBacklog(MOST_WAITING_BYTES);
  #visitor: VisitorSocket | null = null;
  #underWayBytes = 0;
  /** A message has come from either side since the last check. */
  #isUsed = false;
  /** How the visitor closed, once that has happened and the origin is still to be told. */
  #farewell: { readonly code: number; readonly reason: Buffer } | null = null;
  #linger: NodeJS.Timeout | null = null;

  /** `origin` is open; `onEnd` runs once both sides are closed. */
  constructor(origin: OriginSocket, mayStay: (used: boolean) => boolean, onEnd: () => void) {
    this.#origin = origin;
    this.#mayStay = mayStay;
    this.#onEnd = onEnd;
    origin.on("message", (data: Buffer, isBinary: boolean) => this.#fromOrigin(data, isBinary));
    origin.on("error", (error: Error & { code?: string }) => {
      if (error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") this.#closeVisitor(TOO_BIG, "");
    });
    origin.on("close", (code: number, reason: Buffer) => this.#originClosed(code, reason));
  }

  visitorOpened(visitor: VisitorSocket): void {
    this.#visitor = visitor;
  }

  /** The memory of `message` is the caller's again when this returns. */
  fromVisitor(message: ArrayBuffer, isBinary: boolean): void {
    const data = Buffer.from(new Uint8Array(message));
    this.#isUsed = true;
    if (this.#underWayBytes < MOST_UNDER_WAY_BYTES && this.#backlog.isEmpty) this.#send(data, isBinary);
    else if (!this.#backlog.push({ data, isBinary })) {
      this.#origin.terminate();
      this.#closeVisitor(TRY_AGAIN_LATER, "the service does not keep up");
    }
  }

  /** The visitor took what waited for them. */
  visitorDrained(): void {
    if ((this.#visitor?.getBufferedAmount() ?? 0) < MOST_UNREAD_BYTES) this.#origin.resume();
  }

  /** The visitor is there: says so to the origin, and to whatever stands between and forgets idle connections. */
  visitorAlive(): void {
    if (this.#origin.readyState === this.#origin.OPEN) this.#origin.ping();
  }

  visitorClosed(code: number, reason: ArrayBuffer): void {
    this.#visitor = null;
    const words = Buffer.from(new Uint8Array(reason));
    const known = code === ABNORMAL ? CLOSED_FOR_US[words.toString("latin1")] : undefined;
    if (known === undefined) this.#leave(code, words);
    else this.#leave(known, Buffer.alloc(0));
  }

  #leave(code: number, reason: Buffer): void {
    if (this.#origin.readyState === this.#origin.CLOSED) return this.#end();
    // The origin may have said goodbye itself, behind messages that nobody will read.
    this.#origin.resume();
    if (code === ABNORMAL) {
      this.#origin.terminate();
      return;
    }
    this.#farewell = { code, reason };
    this.#linger = setTimeout(() => this.#origin.terminate(), LINGER_MS);
    this.#sendWaiting();
  }

  /** Closes where the session that let the visitor in has ended. Messages are its use; a ping is none. */
  check(): void {
    const isUsed = this.#isUsed;
    this.#isUsed = false;
    if (!this.#mayStay(isUsed)) this.#closeVisitor(POLICY, "the session was ended");
  }

  /** Says goodbye to both sides, as this gateway stops. */
  close(): void {
    this.#closeVisitor(GOING_AWAY, "");
  }

  /** Ends both connections without a word. */
  destroy(): void {
    this.#visitor?.close();
    this.#origin.terminate();
  }

  #fromOrigin(data: Buffer, isBinary: boolean): void {
    this.#isUsed = true;
    this.#visitor?.send(data, isBinary);
    if ((this.#visitor?.getBufferedAmount() ?? 0) >= MOST_UNREAD_BYTES) this.#origin.pause();
  }

  #originClosed(code: number, reason: Buffer): void {
    if (this.#visitor === null) return this.#end();
    if (code === ABNORMAL) this.#visitor.close();
    else this.#closeVisitor(code, reason);
  }

  #send(data: Buffer, isBinary: boolean): void {
    const cost = data.length + MESSAGE_COST_BYTES;
    this.#underWayBytes += cost;
    this.#origin.send(data, { binary: isBinary }, () => {
      this.#underWayBytes -= cost;
      this.#sendWaiting();
    });
  }

  #sendWaiting(): void {
    if (this.#origin.readyState !== this.#origin.OPEN) return;
    while (this.#underWayBytes < MOST_UNDER_WAY_BYTES) {
      const message = this.#backlog.shift();
      if (message === null) break;
      this.#send(message.data, message.isBinary);
    }
    if (this.#farewell === null || !this.#backlog.isEmpty) return;
    const { code, reason } = this.#farewell;
    this.#farewell = null;
    // 1005 stands for a close without a code, and is never sent itself.
    if (code === NO_STATUS) this.#origin.close();
    else this.#origin.close(code, reason);
  }

  #closeVisitor(code: number, reason: string | Buffer): void {
    const visitor = this.#visitor;
    // Its close handler runs within `end`.
    if (code === NO_STATUS) visitor?.end();
    else visitor?.end(code, reason);
  }

  #end(): void {
    if (this.#linger !== null) clearTimeout(this.#linger);
    this.#backlog.close();
    this.#onEnd();
  }
}

/** How the visitors' ends of all relays behave; the route adds `upgrade`. */
export const RELAY_BEHAVIOR: WebSocketBehavior<RelayData> = {
  compression: uws.DISABLED,
  maxPayloadLength: MOST_MESSAGE_BYTES,
  // The relay minds it: whatever is over a bound of uWebSockets.js would be dropped silently.
  maxBackpressure: 0,
  idleTimeout: IDLE_SECONDS,
  sendPingsAutomatically: true,
  open: (visitor) => visitor.getUserData().relay.visitorOpened(visitor),
  message: (visitor, message, isBinary) => visitor.getUserData().relay.fromVisitor(message, isBinary),
  drain: (visitor) => visitor.getUserData().relay.visitorDrained(),
  pong: (visitor) => visitor.getUserData().relay.visitorAlive(),
  close: (visitor, code, reason) => visitor.getUserData().relay.visitorClosed(code, reason),
};
