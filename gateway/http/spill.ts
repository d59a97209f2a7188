import { randomUUID } from "node:crypto";
import { closeSync, ftruncateSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Bytes that wait on disk, first in first out, in a file that has no name any more: it is gone with the
 * process. Synchronous, since it takes in what cannot be made to wait. Throws where the disk is full.
 */
export class Spill {
  readonly #file: number;
  #readOffset = 0;
  #writeOffset = 0;

  constructor() {
    const path = join(tmpdir(), `sluse-body-${randomUUID()}`);
    this.#file = openSync(path, "wx+", 0o600);
    unlinkSync(path);
  }

  get isEmpty(): boolean {
    return this.#readOffset === this.#writeOffset;
  }

  /** How much waits. */
  get bytes(): number {
    return this.#writeOffset - this.#readOffset;
  }

  write(bytes: Uint8Array): void {
    let from = 0;
    while (from < bytes.length) {
      const written = writeSync(this.#file, bytes, from, bytes.length - from, this.#writeOffset);
      from += written;
      this.#writeOffset += written;
    }
  }

  /** Fills `memory` from the start with what came first, and returns how many bytes. */
  read(memory: Uint8Array): number {
    const read = readSync(this.#file, memory, 0, memory.length, this.#readOffset);
    this.#readOffset += read;
    if (this.isEmpty && read > 0) {
      ftruncateSync(this.#file, 0);
      this.#readOffset = 0;
      this.#writeOffset = 0;
    }
    return read;
  }

  close(): void {
    closeSync(this.#file);
  }
}
