import { type Dispatcher, errors } from "undici";
import { endWithLength, isBodiless, statusLine } from "../http/reply.ts";
import type { HttpResponse } from "../http/uws.ts";
import type { Turn } from "./fair-share.ts";
import { cookiesFor, type Forward, hostSentOn, type ProxyFailure } from "./forward.ts";
import { asBytes, type ResponseHead, requestHeaders, responseHead, withCookies } from "./headers.ts";
import type { Origin } from "./origin.ts";
import { Upload } from "./upload.ts";

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
/** Each needs another idle connection that the origin has closed; which one is taken is the pool's choice. */
const MAX_RETRIES = 3;
/** To cut an exchange off takes about as long as to pass on so much of a body. */
const CUT_OFF_BYTES = 65_536;

/** One request on its way to the origin and its answer on the way back. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #forward: Forward;
  readonly #origin: Origin;
  readonly #nowMs: () => number;
  readonly #startedMs: number;
  readonly #turn: Turn;
  readonly #underWay: Set<Exchange>;
  #isUnderWay = false;
  /** Something of the body has come since the last check. */
  #isUsed = false;
  #limit: NodeJS.Timeout | null = null;
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

  /**
   * `turn` is over once, when the connection to the origin is free again. In `underWay` it stands while its answer goes
   * on beyond what came at first: it is to be checked then.
   */
  constructor(forward: Forward, origin: Origin, nowMs: () => number, turn: Turn, underWay: Set<Exchange>) {
    this.#turn = turn;
    this.#underWay = underWay;
    this.#forward = forward;
    this.#origin = origin;
    this.#nowMs = nowMs;
    this.#startedMs = nowMs();
  }

  /** `mostMs`: in which it must be over; undefined is no bound. */
  start(mostMs: number | undefined): void {
    const { reply } = this.#forward;
    if (mostMs !== undefined) this.#limit = setTimeout(() => this.#cutOff(), mostMs).unref();
    reply.onAbort(() => this.#stop(new errors.RequestAbortedError()));
    if (reply.body !== null) this.#upload = new Upload(reply.body);
    this.#dispatch();
  }

  /** Ends where the session that let it through has ended. What comes of its body is the session's use. */
  check(): void {
    const isUsed = this.#isUsed;
    this.#isUsed = false;
    const { reply, mayStay } = this.#forward;
    if (reply.open && mayStay?.(isUsed) === false) reply.drop();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (!this.#forward.reply.open) controller.abort(new errors.RequestAbortedError());
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return;
    const { reply, on } = this.#forward;
    const raw = (controller.rawHeaders ?? []) as Buffer[];
    const received = responseHead(raw, {
      names: this.#origin.names,
      sentHost: hostSentOn(this.#forward),
      publicUrl: this.#forward.publicUrl,
    });
    on.response(status, (this.#nowMs() - this.#startedMs) / 1000);
    if (received.command !== undefined) on.command?.(received.command);
    const isBodyless = reply.isHead || isBodiless(status);
    if (received.isEventStream && !isBodyless) {
      if (this.#forward.oneRequestMs !== undefined) return this.#fail("lasting");
      if (!this.#turn.becomesStream()) return this.#fail("too-many-sockets");
    }
    const head = { ...received, headers: withCookies(received.headers, cookiesFor(this.#forward)) };
    this.#status = status;
    this.#head = head;
    if (isBodyless || head.contentLength === 0) {
      reply.finish((res) => this.#writeWithoutBody(res, head));
      return;
    }
    // The body's start is mostly in the same read: wait for it within this turn, and send both at once.
    queueMicrotask(() => {
      if (!reply.open || this.#headSent) return;
      reply.res.cork(() => this.#writeHead(reply.res, head));
      this.#goesOn();
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
    this.#isUsed = true;
    if (reply.open) this.#goesOn();
    if (this.#waitsForDrain) controller.pause();
    else if (!this.#origin.loop.spend(chunk.length) && reply.open) this.#goOnLater(controller, chunk.length);
  }

  onResponseEnd(): void {
    const { reply } = this.#forward;
    const head = this.#head;
    this.#over(false);
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
    if (reply.open && this.#head === null && this.#mayRetry(error)) {
      this.#retries += 1;
      this.#dispatch();
      return;
    }
    this.#over(reply.aborted);
    if (!reply.open) return;
    if (this.#head === null) return on.failure(failureOf(error));
    on.failure("cut");
    reply.drop();
  }

  #goesOn(): void {
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    this.#underWay.add(this);
  }

  #over(wasCutOff: boolean): void {
    if (this.#limit !== null) clearTimeout(this.#limit);
    if (this.#isUnderWay) this.#underWay.delete(this);
    this.#turn.over(wasCutOff);
  }

  /** Its time is up, whatever it is doing. */
  #cutOff(): void {
    const { reply } = this.#forward;
    if (!reply.open) return;
    if (this.#head === null) this.#fail("slow");
    else reply.drop();
  }

  /** Nothing has been answered yet: the caller does, and the origin is left. */
  #fail(kind: ProxyFailure): void {
    this.#forward.on.failure(kind);
    this.#stop(new errors.RequestAbortedError());
  }

  #dispatch(): void {
    const { request, room, client, pass } = this.#forward;
    const target = request.query === null ? request.path : `${request.path}?${request.query}`;
    const options: Dispatcher.DispatchOptions & { servername?: string } = {
      method: request.method,
      path: asBytes(target),
      headers: requestHeaders(request, {
        hostHeader: hostSentOn(this.#forward),
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

  /**
   * The origin closed an idle connection just as it was used again. It has most likely not seen this request,
   * but may have: an unsafe one is not sent twice.
   */
  #mayRetry(error: Error): boolean {
    if (this.#retries === MAX_RETRIES || this.#upload !== null) return false;
    return SAFE_METHODS.has(this.#forward.request.method) && this.#origin.endedReused(error);
  }

  /** There was much to pass on in this turn: others come first. */
  #goOnLater(controller: Dispatcher.DispatchController, bytes: number): void {
    controller.pause();
    this.#origin.loop.later(bytes, () => controller.resume());
  }

  #stop(reason: Error): void {
    this.#upload?.stop();
    const controller = this.#controller;
    if (controller !== null) this.#origin.loop.later(CUT_OFF_BYTES, () => controller.abort(reason));
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
