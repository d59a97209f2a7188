import { getDefaultHighWaterMark } from "node:stream";
import { errors } from "undici";
import type { RequestBody } from "../http/request-body.ts";

/**
 * A write of at least so many bytes always tells its writer to wait until it is through: when undici asks for
 * the next chunk, the operating system has taken the last.
 */
const AWAITED_WRITE_BYTES = Math.max(65_536, getDefaultHighWaterMark(false));

/**
 * A request's body as undici takes it in: chunk by chunk, each when the last was written. At most one chunk
 * waits here while another is being written; until then the visitor's socket is not read.
 */
export class Upload implements AsyncIterableIterator<Buffer> {
  readonly #body: RequestBody;
  readonly #waiting: Buffer[] = [];
  #written: Buffer | null = null;
  #ended = false;
  #stopped = false;
  #wake: (() => void) | null = null;

  constructor(body: RequestBody) {
    this.#body = body;
    body.read({
      chunk: (data) => {
        this.#waiting.push(data);
        if (this.#wake === null) body.pause();
        this.#changed();
      },
      end: () => {
        this.#ended = true;
        this.#changed();
      },
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Buffer, undefined>> {
    if (this.#written !== null && this.#written.length >= AWAITED_WRITE_BYTES)
      this.#body.release(this.#written);
    this.#written = null;
    while (!this.#stopped) {
      const chunk = this.#waiting.shift();
      if (this.#waiting.length === 0) this.#body.resume();
      if (chunk !== undefined) {
        this.#written = chunk;
        return { done: false, value: chunk };
      }
      if (this.#ended) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    throw new errors.RequestAbortedError();
  }

  /** Ends a body that nobody will read to its end; its reader, if there still is one, gets an error. */
  stop(): void {
    this.#stopped = true;
    this.#waiting.length = 0;
    this.#changed();
  }

  #changed(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}
