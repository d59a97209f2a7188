import { Spill } from "../http/spill.ts";

/** A WebSocket's message. */
export interface Message {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** Each message on disk follows its length (four bytes) and whether it is binary (one). */
const LABEL_BYTES = 5;

/** Messages that wait on disk, first in first out, at most `mostBytes` of them. */
export class MessageBacklog {
  readonly #mostBytes: number;
  #spill: Spill | null = null;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get isEmpty(): boolean {
    return this.#spill === null || this.#spill.isEmpty;
  }

  /** False where there is no room for it, here or on the disk: it is lost then. */
  push({ data, isBinary }: Message): boolean {
    const label = Buffer.allocUnsafe(LABEL_BYTES);
    label.writeUInt32LE(data.length, 0);
    label.writeUInt8(isBinary ? 1 : 0, 4);
    try {
      this.#spill ??= new Spill();
      if (this.#spill.bytes + LABEL_BYTES + data.length > this.#mostBytes) return false;
      this.#spill.write(label);
      this.#spill.write(data);
      return true;
    } catch {
      return false;
    }
  }

  shift(): Message | null {
    if (this.#spill === null || this.#spill.isEmpty) return null;
    const label = Buffer.allocUnsafe(LABEL_BYTES);
    this.#spill.read(label);
    const data = Buffer.allocUnsafe(label.readUInt32LE(0));
    if (data.length > 0) this.#spill.read(data);
    return { data, isBinary: label.readUInt8(4) === 1 };
  }

  /** What still waits is lost. */
  close(): void {
    this.#spill?.close();
    this.#spill = null;
  }
}
