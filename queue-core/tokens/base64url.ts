// Four characters carry three bytes. A last group of two or three characters has bits to spare, which must be
// zero: otherwise several texts decode to the same bytes, and a token is no longer one string.
const canonical = /^(?:[\w-]{4})*(?:[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?$/;

/** True for the one base64url text of its bytes: no padding, no other characters, no stray trailing bits. */
export function isCanonicalBase64url(text: string): boolean {
  return canonical.test(text);
}
