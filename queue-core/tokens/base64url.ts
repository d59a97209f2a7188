// Four characters carry three bytes. A last group of two or three characters has bits to spare, which must be
// zero: otherwise several texts decode to the same bytes, and a token is no longer one string.
const canonical = /^(?:[\w-]{4})*(?:[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?$/;

/** True for the one base64url text of its bytes: no padding, no other characters, no stray trailing bits. */
export function isCanonicalBase64url(text: string): boolean {
  return canonical.test(text);
}

const DIGITS = new TextEncoder().encode("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

/**
 * Writes the base64url of the first `length` bytes into `memory` from `start` on, without padding; returns where it
 * ends. For a few bytes it takes a fraction of the time of a Buffer's own method, which leaves JavaScript for it. What
 * does not fit is not written.
 */
export function writeBase64url(bytes: Uint8Array, length: number, memory: Uint8Array, start: number): number {
  let at = start;
  for (let i = 0; i < length; i += 3) {
    const group =
      (byteAt(bytes, i, length) << 16) | (byteAt(bytes, i + 1, length) << 8) | byteAt(bytes, i + 2, length);
    memory[at] = digit(group >> 18);
    memory[at + 1] = digit(group >> 12);
    memory[at + 2] = digit(group >> 6);
    memory[at + 3] = digit(group);
    at += 4;
  }
  return start + Math.ceil((length * 4) / 3);
}

/** Zero beyond the end. */
function byteAt(bytes: Uint8Array, index: number, length: number): number {
  return index < length ? (bytes[index] as number) : 0;
}

function digit(bits: number): number {
  return DIGITS[bits & 63] as number;
}
