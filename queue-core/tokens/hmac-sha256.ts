import { hash } from "node:crypto";

const BLOCK_BYTES = 64;
const HASH_BYTES = 32;

/** Signs with one key; see {@link hmacSha256}. */
export type Mac = (ascii: string) => string;

/**
 * HMAC-SHA256 (RFC 2104) with a key of at most 64 bytes, over ASCII texts of at most `mostChars`, as base64url.
 * Half the time of `createHmac`, most of which goes into making its object: every join signs a ticket. Throws on a
 * longer key or text.
 */
export function hmacSha256(key: Uint8Array, mostChars: number): Mac {
  if (key.length > BLOCK_BYTES) throw new Error(`an HMAC key of more than ${BLOCK_BYTES} bytes`);
  const inner = Buffer.alloc(BLOCK_BYTES + mostChars, 0x36);
  const outer = Buffer.alloc(BLOCK_BYTES + HASH_BYTES, 0x5c);
  for (const [i, byte] of key.entries()) {
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  return (ascii) => {
    if (ascii.length > mostChars) throw new Error(`more than ${mostChars} characters to sign`);
    const end = BLOCK_BYTES + inner.write(ascii, BLOCK_BYTES, "latin1");
    outer.write(hash("sha256", inner.subarray(0, end), "binary"), BLOCK_BYTES, "latin1");
    return hash("sha256", outer, "base64url");
  };
}
