// The global of this name is a getter, which V8 calls anew at each use.
import { Buffer } from "node:buffer";
import { STATUS_CODES } from "node:http";
import { startsOf } from "#core/bytes";
import type { LateUpgrade } from "./late-upgrade.ts";
import { type Header, headerOf, type Request } from "./request.ts";
import { RequestBody } from "./request-body.ts";
import type { HttpResponse, SocketContext } from "./uws.ts";

/**
 * The answer to one request. It knows whether the visitor is still there, so that nothing is written after an
 * abort, and that a reply to HEAD has no body. Opened before the handler returns or first awaits.
 */
export class Reply {
  /** For streams; touch it only while {@link open}. */
  readonly res: HttpResponse;
  readonly isHead: boolean;
  /** Null where the request announced none. */
  readonly body: RequestBody | null;
  #open = true;
  #aborted = false;
  #abortHandlers: (() => void)[] | null = null;
  readonly #onEnd: (() => void) | null;
  readonly #handshake: Handshake | null;

  /**
   * `onEnd` runs when the last byte is handed over; not where the visitor went away before. `context` is there
   * for a WebSocket's handshake, which {@link upgrade} completes.
   */
  constructor(
    res: HttpResponse,
    request: Request,
    onEnd: (() => void) | null = null,
    context: SocketContext | null = null,
  ) {
    this.res = res;
    this.#onEnd = onEnd;
    this.#handshake =
      context === null ? null : { key: headerOf(request, "sec-websocket-key") ?? "", context };
    this.isHead = request.method === "HEAD";
    res.onAborted(() => this.#abort());
    this.body = request.bodyBytes === 0 ? null : new RequestBody(res);
  }

  /** False once the reply was sent or the visitor went away. */
  get open(): boolean {
    return this.#open;
  }

  /** Whether this answers a WebSocket's handshake, so that it may become one. */
  get canUpgrade(): boolean {
    return this.#handshake !== null;
  }

  /** Whether the visitor went away, or {@link drop} was called, before the reply was complete. */
  get aborted(): boolean {
    return this.#aborted;
  }

  /** Runs when the visitor goes away before the reply is complete; at once where that has happened. */
  onAbort(handler: () => void): void {
    if (this.#aborted) handler();
    else if (this.#abortHandlers === null) this.#abortHandlers = [handler];
    else this.#abortHandlers.push(handler);
  }

  /** Sends status, headers and body together. Does nothing where the reply is no longer open. */
  send(status: number, headers: readonly Header[], body: string | Uint8Array = ""): void {
    // Before anything is marked as sent: a bad header throws.
    const head = headOf(status, headers);
    this.finish((res) => {
      res.writeStatus(head);
      endWithBody(res, status, body, this.isHead);
    });
  }

  /** Sends a prepared reply. Does nothing where the reply is no longer open. */
  sendPrepared(prepared: PreparedReply): void {
    this.finish((res) => writePrepared(res, prepared, this.isHead));
  }

  /**
   * Sends a reply of which one header's value is this visitor's own, and a body that starts in its own way, in ASCII,
   * and ends as others do, 64 KB in all. `writeOwn` writes the value where it is told, at most 2 KB, and returns where
   * it ends. Does nothing where the reply is no longer open.
   */
  sendOwn(
    prepared: PreparedOwnReply,
    writeOwn: (memory: Buffer, start: number) => number,
    start: string,
    end: Uint8Array,
  ): void {
    if (!this.#open) return;
    const head = ownHead(prepared, writeOwn);
    const body = joined(start, end);
    this.finish((res) => {
      res.writeStatus(head);
      endWithBody(res, 200, body, this.isHead);
    });
  }

  /** Runs the last writes of a reply, corked; `write` must end it. The rest of the request's body runs past. */
  finish(write: (res: HttpResponse) => void): void {
    if (!this.#open) return;
    this.ended();
    this.res.cork(() => write(this.res));
  }

  /**
   * Makes a WebSocket of the connection: its `open` has run, with this `data`, when this returns. Does nothing
   * where the reply is no longer open. `protocol`: the subprotocol agreed on, empty for none.
   */
  upgrade<Data>(late: LateUpgrade, data: Data, protocol: string, headers: readonly Header[]): void {
    const handshake = this.#handshake;
    if (handshake === null) throw new Error("only a WebSocket's handshake can be upgraded");
    if (!this.#open) return;
    this.ended();
    const { res } = this;
    late.run(res, () => {
      res.writeStatus(statusLine(101));
      for (const [name, value] of headers) res.writeHeader(name, Buffer.from(value, "latin1"));
      res.upgrade(data, handshake.key, protocol, "", handshake.context);
    });
  }

  /** For streams: says that the last byte is being handed over. Must be called just before it is. */
  ended(): void {
    this.#open = false;
    this.#abortHandlers = null;
    this.body?.discard(true);
    this.#onEnd?.();
  }

  /** Closes the connection: the only way to say that a body which has begun cannot be completed. */
  drop(): void {
    if (this.#open) this.res.close();
  }

  #abort(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#aborted = true;
    this.body?.discard(false);
    const handlers = this.#abortHandlers;
    this.#abortHandlers = null;
    for (const handler of handlers ?? []) handler();
  }
}

/** What uWebSockets.js needs to make a WebSocket of a request. */
interface Handshake {
  readonly key: string;
  readonly context: SocketContext;
}

/** A reply that is the same for everyone, encoded once. */
export interface PreparedReply {
  readonly status: number;
  readonly head: Uint8Array;
  readonly body: Uint8Array;
}

/** A reply, 200, that is the same for everyone but for one header's value and its body. */
export interface PreparedOwnReply {
  /** The head up to the value that is a visitor's own. */
  readonly before: Uint8Array;
  /** What follows that value. */
  readonly after: Uint8Array;
}

/**
 * Encodes what {@link Reply.sendOwn} sends for everyone; a visitor's own value stands between `before` and `after` in
 * the header called `name`. Throws on what would begin a line of its own.
 */
export function prepareOwnReply(
  headers: readonly Header[],
  own: { readonly name: string; readonly before: string; readonly after: string },
): PreparedOwnReply {
  checkHeader([own.name, own.after]);
  return {
    before: Buffer.from(headOf(200, [...headers, [own.name, own.before]])),
    after: Buffer.from(own.after),
  };
}

/**
 * Status and headers as uWebSockets.js takes them for a status alone: one call then writes them all, for what one
 * header costs. Throws on a header that would begin a line of its own, which it does not check.
 */
function headOf(status: number, headers: readonly Header[]): string {
  let head = statusLine(status);
  for (const header of headers) {
    checkHeader(header);
    head += `\r\n${header[0]}: ${header[1]}`;
  }
  return head;
}

function checkHeader([name, value]: Header): void {
  // Twice as fast as an expression, and every reply comes by here.
  if (value.includes("\n") || value.includes("\r") || value.includes("\0") || name.includes("\n"))
    throw new Error(`"${name}" is not a valid header`);
}

/** Encodes a reply once for {@link sendPrepared}. */
export function prepareReply(
  status: number,
  headers: readonly Header[],
  body: string | Uint8Array,
): PreparedReply {
  return {
    status,
    head: Buffer.from(headOf(status, headers)),
    body: typeof body === "string" ? Buffer.from(body) : body,
  };
}

/** Answers inside the route handler, without a {@link Reply}: the cheapest way there is. */
export function sendPrepared(res: HttpResponse, prepared: PreparedReply, isHead: boolean): void {
  // endWithoutBody without an abort handler ends the process.
  if (isHead) res.onAborted(() => {});
  writePrepared(res, prepared, isHead);
}

/** The status code with its words, as on the wire. */
export function statusLine(status: number): string {
  return `${status} ${STATUS_CODES[status] ?? "Unknown"}`;
}

/** Whether a reply with this status never has a body, whatever its headers say. */
export function isBodiless(status: number): boolean {
  return status === 204 || status === 304 || status < 200;
}

/**
 * Ends a reply that announces a length and has no body. Not `endWithoutBody(bytes)`: version 20.51 then waits
 * for that body, and closes the connection at the visitor's next request.
 */
export function endWithLength(res: HttpResponse, contentLength: number): void {
  res.writeHeader("content-length", String(contentLength)).endWithoutBody();
}

function writePrepared(res: HttpResponse, { status, head, body }: PreparedReply, isHead: boolean): void {
  res.writeStatus(head);
  endWithBody(res, status, body, isHead);
}

function endWithBody(res: HttpResponse, status: number, body: string | Uint8Array, isHead: boolean): void {
  if (isBodiless(status)) res.endWithoutBody();
  else if (isHead) endWithLength(res, Buffer.byteLength(body));
  else if (body.length === 0) res.end();
  else endAsTaken(res, body);
}

const headMemory = Buffer.alloc(8_192);
const headStart = startsOf(headMemory);
const bodyMemory = Buffer.alloc(65_536);
const bodyStart = startsOf(bodyMemory);

/** Good until the next call, as what {@link joined} gives: put together without an object for each reply. */
function ownHead(
  { before, after }: PreparedOwnReply,
  writeOwn: (memory: Buffer, start: number) => number,
): Uint8Array {
  headMemory.set(before);
  const end = writeOwn(headMemory, before.length);
  headMemory.set(after, end);
  return headStart(end + after.length);
}

/** Throws on more than fits. */
function joined(start: string, end: Uint8Array): Uint8Array {
  bodyMemory.set(end, bodyMemory.write(start, "latin1"));
  return bodyStart(start.length + end.length);
}

/** To keep a copy of a reply of at most so many bytes now and then costs less than to be told each time. */
const SMALL_BYTES = 4_096;
/** The share of small replies of which it is asked whether they were taken: at random, so that nobody can dodge it. */
const ASKED_SHARE = 1 / 8;

/**
 * Ends a reply without keeping copies of what the socket does not take: `end` would, and whoever asks and asks
 * and reads nothing could fill the memory. While earlier replies are unread the socket takes nothing of this
 * one, which is then not over, and uWebSockets.js closes a connection that asks again before the last reply is.
 * Of small replies a connection can so keep some eight, once the kernel's own buffers, many times as large, are full.
 */
function endAsTaken(res: HttpResponse, body: string | Uint8Array): void {
  const totalBytes = Buffer.byteLength(body);
  if (totalBytes <= SMALL_BYTES && Math.random() > ASKED_SHARE) {
    res.end(body);
    return;
  }
  if (res.tryEnd(body, totalBytes)[1]) return;
  const isLent = typeof body === "string" || body.buffer === bodyMemory.buffer;
  const bytes = isLent ? Buffer.from(body) : body;
  res.onAborted(() => {});
  res.onWritable((offset) => res.tryEnd(bytes.subarray(offset), totalBytes)[0]);
}
