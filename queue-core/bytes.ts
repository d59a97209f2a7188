/* Text put together as bytes, in memory that is used again and again: for what every join does. */

/** The first so many bytes of one memory. Each view is made once: making it costs more than to copy what it shows. */
export function startsOf(memory: Buffer): (bytes: number) => Buffer {
  const starts: Buffer[] = [];
  return (bytes) => {
    starts[bytes] ??= memory.subarray(0, bytes);
    return starts[bytes];
  };
}

/** Writes an ASCII text into `memory` from `start` on; returns where it ends. Meant for a few characters. */
export function writeAscii(text: string, memory: Uint8Array, start: number): number {
  for (let i = 0; i < text.length; i += 1) memory[start + i] = text.charCodeAt(i);
  return start + text.length;
}
