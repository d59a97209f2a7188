import { isIP } from "node:net";
import { type Dispatcher, errors, Pool } from "undici";
import type { Client } from "../http/forwarded.ts";
import { endWithLength, isBodiless, type Reply, statusLine } from "../http/reply.ts";
import { headerOf, type Request } from "../http/request.ts";
import { sendProblem } from "../http/respond.ts";
import type { HttpResponse } from "../http/uws.ts";
import {
  asBytes,
  type OriginNames,
  type ResponseHead,
  requestHeaders,
  responseHead,
  withCookies,
} from "./headers.ts";
import { Upload } from "./upload.ts";

export interface ProxySettings {
  /** How long an origin may take for its headers once it has the whole request. 60,000. */
  headersTimeoutMs?: number;
  /** How long an origin may be silent within a body. 300,000. */
  bodyTimeoutMs?: number;
  /** 5,000. */
  connectTimeoutMs?: number;
  /** Requests at once to one origin; further ones wait for their turn. 1,024. */
  connectionsPerOrigin?: number;
  /** A clock that only goes forward. */
  nowMs?: () => number;
}

/** Where a room's requests go. */
export interface ProxyRoom {
  id: string;
  /** An http(s) URL; only its scheme, host and port count. */
  origin: string;
  /** The Host sent on, and the name its certificate must have; the visitor's Host where undefined. */
  originHost?: string | undefined;
}

/**
 * Why the origin's answer did not come. `away` (502), `slow` (504), `malformed` (400: the request cannot be
 * written down for the origin): nothing was sent yet, the reply is the caller's to give. `cut`: the answer had
 * begun; the visitor's connection was closed.
 */
export type ProxyFailure = "away" | "slow" | "malformed" | "cut";

export interface ForwardEvents {
  /** The origin's headers came, `seconds` after the request was taken on. */
  response(status: number, seconds: number): void;
  failure(kind: ProxyFailure): void;
  /** The value of the origin's `Sluse-Command`; runs before `setCookies` is asked. */
  command?(value: string): void;
}

export interface Forward {
  reply: Reply;
  request: Request;
  room: ProxyRoom;
  /** `SLUSE_PUBLIC_URL`, or the address at which this visitor sees the room: what a `Location` naming the origin becomes. */
  publicUrl: string;
  client: Client;
  /** The verified pass, sent on as `Sluse-Pass`. */
  pass?: string | undefined;
  /** `Set-Cookie` values for the reply; a function is asked once the origin's headers are here. */
  setCookies?: readonly string[] | (() => readonly string[]) | undefined;
  on: ForwardEvents;
}

export interface OriginProxy {
  /** Streams a request to its room's origin and the answer back. Neither body is kept or rewritten. */
  forward(exchange: Forward): void;
  /** Lets running requests finish, then closes every connection. */
  close(): Promise<void>;
  /** Cuts running requests off. */
  destroy(): Promise<void>;
}

interface Origin {
  readonly pool: Pool;
  readonly names: OriginNames;
  /** The name that an https origin's certificate must have. */
  readonly servername: string | undefined;
}

const IDEMPOTENT = new Set(["GET", "HEAD"]);
/** Each needs another idle connection that the origin has closed. */
const MAX_RETRIES = 3;

/** One proxy for all rooms: keeps a pool of connections per origin. */
export function createProxy(settings: ProxySettings = {}): OriginProxy {
  const origins = new Map<string, Origin>();
  const nowMs = settings.nowMs ?? (() => performance.now());

  function originOf(room: ProxyRoom): Origin {
    const key = `${room.origin} ${room.originHost ?? ""}`;
    const known = origins.get(key);
    if (known !== undefined) return known;
    const origin = openOrigin(room, settings);
    origins.set(key, origin);
    return origin;
  }

  return {
    forward(exchange) {
      if (headerOf(exchange.request, "upgrade") !== undefined) {
        sendProblem(exchange.reply, 501, "upgrade-not-supported", "This upgrade is not supported.");
        return;
      }
      if (exchange.reply.open) new Exchange(exchange, originOf(exchange.room), nowMs).start();
    },
    async close() {
      await Promise.all([...origins.values()].map(({ pool }) => pool.close()));
    },
    async destroy() {
      await Promise.all([...origins.values()].map(({ pool }) => pool.destroy()));
    },
  };
}

function openOrigin(room: ProxyRoom, settings: ProxySettings): Origin {
  const url = new URL(room.origin);
  const sentHost = room.originHost === undefined ? url : new URL(`${url.protocol}//${room.originHost}`);
  const pool = new Pool(url.origin, {
    connections: settings.connectionsPerOrigin ?? 1024,
    headersTimeout: settings.headersTimeoutMs ?? 60_000,
    bodyTimeout: settings.bodyTimeoutMs ?? 300_000,
    connectTimeout: settings.connectTimeoutMs ?? 5_000,
    pipelining: 1,
  });
  return {
    pool,
    names: {
      hosts: new Set([url.host, sentHost.host]),
      hostNames: new Set([url.hostname, sentHost.hostname]),
    },
    servername: url.protocol === "https:" && isIP(sentHost.hostname) === 0 ? sentHost.hostname : undefined,
  };
}

/** One request on its way to the origin and its answer on the way back. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #forward: Forward;
  readonly #origin: Origin;
  readonly #nowMs: () => number;
  readonly #startedMs: number;
  #controller: Dispatcher.DispatchController | null = null;
  #upload: Upload | null = null;
  #retries = 0;
  #status = 0;
  /** Set from the arrival of the origin's headers on. */
  #head: ResponseHead | null = null;
  #headSent = false;
  #waitsForDrain = false;
  /** What the visitor's socket did not take yet of a body of known length, and where in the body it starts. */
  #unsent: Buffer | null = null;
  #unsentOffset = 0;

  constructor(forward: Forward, origin: Origin, nowMs: () => number) {
    this.#forward = forward;
    this.#origin = origin;
    this.#nowMs = nowMs;
    this.#startedMs = nowMs();
  }

  start(): void {
    const { reply } = this.#forward;
    reply.onAbort(() => this.#stop(new errors.RequestAbortedError()));
    if (reply.body !== null) this.#upload = new Upload(reply.body);
    this.#dispatch();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (!this.#forward.reply.open) controller.abort(new errors.RequestAbortedError());
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return;
    const { reply, on, setCookies, publicUrl } = this.#forward;
    const raw = (controller.rawHeaders ?? []) as Buffer[];
    const received = responseHead(raw, this.#origin.names, publicUrl);
    on.response(status, (this.#nowMs() - this.#startedMs) / 1000);
    if (received.command !== undefined) on.command?.(received.command);
    const ours = typeof setCookies === "function" ? setCookies() : (setCookies ?? []);
    const head = ours.length === 0 ? received : { ...received, headers: withCookies(received.headers, ours) };
    this.#status = status;
    this.#head = head;
    if (reply.isHead || isBodiless(status) || head.contentLength === 0) {
      reply.finish((res) => this.#writeWithoutBody(res, head));
      return;
    }
    // The body's start is mostly in the same read: wait for it within this turn, and send both at once.
    queueMicrotask(() => {
      if (reply.open && !this.#headSent) reply.res.cork(() => this.#writeHead(reply.res, head));
    });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { reply } = this.#forward;
    const head = this.#head;
    if (head === null || !reply.open) return;
    reply.res.cork(() => {
      this.#writeHead(reply.res, head);
      this.#writeChunk(reply.res, head, chunk);
    });
    if (this.#waitsForDrain) controller.pause();
  }

  onResponseEnd(): void {
    const { reply } = this.#forward;
    const head = this.#head;
    this.#upload?.stop();
    if (head === null || head.contentLength !== null) return;
    reply.finish((res) => {
      this.#writeHead(res, head);
      res.end();
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const { reply, on } = this.#forward;
    this.#upload?.stop();
    if (!reply.open) return;
    if (this.#head !== null) {
      on.failure("cut");
      reply.drop();
    } else if (this.#mayRetry(error)) {
      this.#retries += 1;
      this.#dispatch();
    } else {
      on.failure(failureOf(error));
    }
  }

  #dispatch(): void {
    const { request, room, client, pass } = this.#forward;
    const target = request.query === null ? request.path : `${request.path}?${request.query}`;
    const options: Dispatcher.DispatchOptions & { servername?: string } = {
      method: request.method,
      path: asBytes(target),
      headers: requestHeaders(request, {
        hostHeader: room.originHost ?? request.host,
        roomId: room.id,
        pass,
        client,
      }),
      // undici takes anything that can be iterated; its types name streams only.
      body: this.#upload as AsyncIterable<Buffer> as Dispatcher.DispatchOptions["body"],
    };
    if (this.#origin.servername !== undefined) options.servername = this.#origin.servername;
    this.#origin.pool.dispatch(options, this);
  }

  /** The origin closed an idle connection just as it was used again: it never saw this request. */
  #mayRetry(error: Error): boolean {
    if (
      this.#retries === MAX_RETRIES ||
      this.#upload !== null ||
      !IDEMPOTENT.has(this.#forward.request.method)
    )
      return false;
    return error instanceof errors.SocketError && (error.socket?.bytesRead ?? 0) > 0;
  }

  #stop(reason: Error): void {
    this.#controller?.abort(reason);
    this.#upload?.stop();
  }

  #writeHead(res: HttpResponse, head: ResponseHead): void {
    if (this.#headSent) return;
    this.#headSent = true;
    if (this.#status !== 200) res.writeStatus(statusLine(this.#status));
    const [first, ...others] = head.headers;
    if (first === undefined) return;
    // One call for all: each costs as much. The parser of the origin's reply lets no line break through.
    const lines = [first[1], ...others.map(([name, value]) => `${name}: ${value}`)];
    res.writeHeader(first[0], Buffer.from(lines.join("\r\n"), "latin1"));
  }

  #writeWithoutBody(res: HttpResponse, head: ResponseHead): void {
    this.#writeHead(res, head);
    const { reply } = this.#forward;
    if (!reply.isHead && !isBodiless(this.#status)) res.end();
    else if (head.contentLength === null || this.#status === 204) res.endWithoutBody();
    else endWithLength(res, head.contentLength);
  }

  #writeChunk(res: HttpResponse, head: ResponseHead, chunk: Buffer): void {
    const { reply } = this.#forward;
    if (head.contentLength === null) {
      if (!res.write(chunk)) return this.#waitForDrain(res);
    } else {
      const offset = res.getWriteOffset();
      if (!this.#tryEnd(res, chunk, offset, head.contentLength)) {
        this.#unsent = chunk;
        this.#unsentOffset = offset;
        return this.#waitForDrain(res);
      }
    }
    if (reply.open) reply.body?.keepReading(false);
  }

  /** Whether the visitor's socket took all of the chunk. */
  #tryEnd(res: HttpResponse, chunk: Buffer, offset: number, totalBytes: number): boolean {
    const { reply } = this.#forward;
    // Once complete, nothing may be touched: let the rest of an upload run past before that.
    if (offset + chunk.length >= totalBytes) reply.body?.discard(true);
    const [taken, complete] = res.tryEnd(chunk, totalBytes);
    if (complete) reply.ended();
    return taken;
  }

  #waitForDrain(res: HttpResponse): void {
    this.#waitsForDrain = true;
    this.#forward.reply.body?.keepReading(true);
    res.onWritable((offset) => this.#onWritable(res, offset));
  }

  #onWritable(res: HttpResponse, offset: number): boolean {
    const head = this.#head;
    if (!this.#waitsForDrain || head === null) return true;
    if (this.#unsent !== null && head.contentLength !== null) {
      const rest = this.#unsent.subarray(offset - this.#unsentOffset);
      if (!this.#tryEnd(res, rest, offset, head.contentLength)) return false;
      this.#unsent = null;
    }
    this.#waitsForDrain = false;
    // Not from inside this callback: the origin's next chunk would be written within it.
    queueMicrotask(() => this.#controller?.resume());
    return true;
  }
}

function failureOf(error: Error): ProxyFailure {
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.ConnectTimeoutError)
    return "slow";
  if (error instanceof errors.InvalidArgumentError || error instanceof errors.NotSupportedError)
    return "malformed";
  return "away";
}
