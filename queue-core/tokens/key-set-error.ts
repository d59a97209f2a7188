import { isRecord } from "./token.ts";

export type KeySetErrorCode = "bad-key-set" | "bad-key" | "duplicate-kid" | "missing-key" | "bad-issuer";

/** The keys are wrong. Names the member at fault and what is allowed, never what was given: it may be secret. */
export class KeySetError extends Error {
  override readonly name = "KeySetError";
  readonly code: KeySetErrorCode;
  /** Where, for example `keys[1].k`. */
  readonly member: string;

  constructor(code: KeySetErrorCode, member: string, allowed: string) {
    super(`${member}: ${allowed}`);
    this.code = code;
    this.member = member;
  }
}

/** Ends in a {@link KeySetError} unless `holds`. */
export function demand(
  holds: boolean,
  code: KeySetErrorCode,
  member: string,
  allowed: string,
): asserts holds {
  if (!holds) throw new KeySetError(code, member, allowed);
}

/** The issuer goes into every token letter by letter, so it is bounded and plain. */
export function demandIssuer(issuer: unknown): asserts issuer is string {
  const plain =
    typeof issuer === "string" && issuer.length <= 256 && /^https?:\/\/[\x21-\x7e]+$/.test(issuer);
  demand(plain && URL.canParse(issuer), "bad-issuer", "issuer", "an http(s) URL of at most 256 characters");
}

/** The keys of a JWK Set, not yet looked at. */
export function listedKeys(set: unknown): readonly unknown[] {
  const keys: unknown = isRecord(set) ? set.keys : undefined;
  demand(Array.isArray(keys), "bad-key-set", "keys", 'expected a JWK Set, {"keys":[...]}');
  return keys;
}
