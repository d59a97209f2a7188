import { Spill } from "./spill.ts";
import type { HttpResponse } from "./uws.ts";

/** What uWebSockets.js reads from a socket at most at once, and so the largest chunk of a body. */
const RECEIVE_BYTES = 524_288;
/** Chunks of at least so many bytes are copied into memory that can be used again. */
const LARGE_CHUNK_BYTES = 65_536;

/** Chunks that wait in memory for a reader; further ones wait on disk. */
const MAX_WAITING_CHUNKS = 4;

/** What a visitor may send meanwhile who does not read the reply. */
const MAX_KEPT_READING_BYTES = 268_435_456;

/** What takes in a request's body, chunk by chunk. */
export interface BodyReader {
  chunk(data: Buffer): void;
  end(): void;
}

/**
 * The body of a request, caught from the moment the handler runs: uWebSockets.js drops what nobody listens
 * for. While it has no reader, or its reader paused it, the visitor's socket is not read.
 *
 * uWebSockets.js (20.51) goes on reading a paused socket for as long as each read fills its buffer, so a
 * sender on a fast line can push in any amount. Little of that is kept in memory; the rest waits on disk.
 */
export class RequestBody {
  readonly #res: HttpResponse;
  #reader: BodyReader | null = null;
  #waiting: Buffer[] = [];
  #spill: Spill | null = null;
  /** Memory given back by {@link release}; of this body alone, so that no mistake can mix two visitors' data. */
  #spare: Buffer[] = [];
  #readerPaused = true;
  #socketPaused = false;
  #isKeptReading = false;
  #delivering = false;
  #ended = false;
  #over = false;

  constructor(res: HttpResponse) {
    this.#res = res;
    res.onData((chunk, isLast) => this.#take(new Uint8Array(chunk), isLast));
  }

  /** Hands over what has come and all that follows, in order. */
  read(reader: BodyReader): void {
    this.#reader = reader;
    this.resume();
  }

  /** The reader gets nothing more until {@link resume}. */
  pause(): void {
    this.#readerPaused = true;
  }

  resume(): void {
    if (this.#reader === null || this.#over) return;
    this.#readerPaused = false;
    this.#deliver(this.#reader);
  }

  /**
   * Gives the memory of a chunk back, for the chunks to come. For readers that know when nothing reads from it
   * any more; without this a large body leaves garbage faster than it is collected.
   */
  release(chunk: Buffer): void {
    if (chunk.buffer.byteLength === RECEIVE_BYTES) this.#spare.push(Buffer.from(chunk.buffer));
  }

  /**
   * To be called with true right after a write that the socket did not take whole, and with false after the
   * next that it did. In between the socket is read whatever the reader wants, and what comes waits on disk:
   * a paused socket never says that it can be written to again, and nor does one that is resumed after such a
   * write. The write itself has set a paused one going.
   */
  keepReading(isKept: boolean): void {
    if (this.#isKeptReading === isKept || this.#over) return;
    this.#isKeptReading = isKept;
    if (isKept) this.#socketPaused = false;
    else if (this.#readerPaused || this.#reader === null) this.#pauseSocket();
  }

  /** Lets the rest run past; called before the reply ends, and after an abort with `reachable` false. */
  discard(reachable: boolean): void {
    if (this.#over) return;
    this.#over = true;
    if (reachable) this.#resumeSocket();
    this.#reader = null;
    this.#waiting = [];
    this.#spare = [];
    this.#spill?.close();
    this.#spill = null;
  }

  /** Runs inside uWebSockets.js: the chunk is gone when this returns. */
  #take(chunk: Uint8Array, isLast: boolean): void {
    if (this.#over) return;
    this.#ended = isLast;
    if (chunk.length > 0) {
      if (this.#reader !== null && !this.#readerPaused && !this.#hasStored())
        this.#reader.chunk(this.#copy(chunk));
      else this.#store(chunk);
    }
    if (this.#over) return;
    if (this.#reader !== null && !this.#readerPaused) this.#deliver(this.#reader);
    else this.#pauseSocket();
  }

  #deliver(reader: BodyReader): void {
    if (this.#delivering) return;
    this.#delivering = true;
    while (!this.#readerPaused && this.#hasStored()) reader.chunk(this.#nextStored());
    this.#delivering = false;
    if (this.#readerPaused || this.#over) return;
    if (!this.#ended) return this.#resumeSocket();
    this.#reader = null;
    reader.end();
  }

  #hasStored(): boolean {
    return this.#waiting.length > 0 || (this.#spill !== null && !this.#spill.isEmpty);
  }

  #store(chunk: Uint8Array): void {
    const onDisk = this.#spill !== null && !this.#spill.isEmpty;
    if (!onDisk && this.#waiting.length < MAX_WAITING_CHUNKS) {
      this.#waiting.push(this.#copy(chunk));
      return;
    }
    if (!this.#storeOnDisk(chunk)) this.#res.close();
  }

  /** False where there is no room: a body with a hole in it must not reach anyone. */
  #storeOnDisk(chunk: Uint8Array): boolean {
    try {
      this.#spill ??= new Spill();
      if (this.#isKeptReading && this.#spill.bytes + chunk.length > MAX_KEPT_READING_BYTES) return false;
      this.#spill.write(chunk);
      return true;
    } catch {
      return false;
    }
  }

  #nextStored(): Buffer {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) return waiting;
    const memory = this.#largeMemory();
    return memory.subarray(0, this.#spill?.read(memory) ?? 0);
  }

  #copy(chunk: Uint8Array): Buffer {
    const isLarge = chunk.length >= LARGE_CHUNK_BYTES && chunk.length <= RECEIVE_BYTES;
    const memory = isLarge ? this.#largeMemory() : Buffer.allocUnsafe(chunk.length);
    memory.set(chunk);
    return memory.subarray(0, chunk.length);
  }

  #largeMemory(): Buffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(RECEIVE_BYTES);
  }

  #pauseSocket(): void {
    if (this.#socketPaused || this.#ended || this.#isKeptReading) return;
    this.#socketPaused = true;
    this.#res.pause();
  }

  #resumeSocket(): void {
    if (!this.#socketPaused) return;
    this.#socketPaused = false;
    this.#res.resume();
  }
}
