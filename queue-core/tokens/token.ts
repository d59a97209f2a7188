import { base64url } from "jose";
import { isCanonicalBase64url } from "./base64url.ts";

/** Why a token was refused: stable words, fit for a metric's label. */
export type TokenRefusal =
  | "too-long"
  | "malformed"
  | "not-canonical"
  | "wrong-type"
  | "newer-format"
  | "wrong-algorithm"
  | "unknown-key"
  | "bad-signature"
  | "bad-claims"
  | "wrong-issuer"
  | "wrong-audience"
  | "revoked"
  | "expired";

export interface Refused {
  readonly ok: false;
  readonly reason: TokenRefusal;
}

/** The three parts of a compact JWS, still encoded. */
export interface TokenParts {
  readonly ok: true;
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
}

/** Longest token that is looked at; ours have about 300 characters. */
export const maxTokenChars = 1024;

const headerMembers = new Set(["alg", "typ", "kid"]);

export function refused(reason: TokenRefusal): Refused {
  return { ok: false, reason };
}

/** Takes a token apart; its parts are canonical base64url, and nothing is said about what they hold. */
export function splitToken(token: string): TokenParts | Refused {
  if (token.length > maxTokenChars) return refused("too-long");
  const [header, payload, signature, more] = token.split(".");
  if (header === undefined || payload === undefined || signature === undefined || more !== undefined) {
    return refused("malformed");
  }
  const canonical = [header, payload, signature].every(isCanonicalBase64url);
  return canonical ? { ok: true, header, payload, signature } : refused("not-canonical");
}

/**
 * Reads a header that must say exactly this type, this algorithm and a key's name. Any other member
 * (`jwk`, `jku`, `x5u`, `crit`, ...) is refused: a token never brings its own key or its own rules.
 *
 * The type is the format, too (RFC 8725, 3.11): `sluse-ticket+jwt` is the one that there has been from the first
 * release on, a later one would be `sluse-ticket-2+jwt`. Such a one is told apart, so that whoever holds it loses
 * nothing at a gateway of an earlier release; it is `newer-format` once its signature was found good.
 */
export function readHeader(
  encoded: string,
  typ: string,
  alg: string,
): { readonly ok: true; readonly kid: string; readonly isNewer: boolean } | Refused {
  const header = parseJsonPart(encoded);
  if (!isRecord(header)) return refused("malformed");
  if (!Object.keys(header).every((member) => headerMembers.has(member))) return refused("malformed");
  const isNewer = isNewerType(header.typ, typ);
  if (header.typ !== typ && !isNewer) return refused("wrong-type");
  if (header.alg !== alg) return refused("wrong-algorithm");
  return isKid(header.kid) ? { ok: true, kid: header.kid, isNewer } : refused("unknown-key");
}

function isNewerType(given: unknown, typ: string): boolean {
  if (typeof given !== "string") return false;
  const number = /^(.+)-([2-9]|[1-9]\d)\+jwt$/.exec(given);
  return number !== null && `${number[1]}+jwt` === typ;
}

/** The JSON value of an encoded part; undefined where it is none. */
export function parseJsonPart(encoded: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(base64url.decode(encoded)));
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A key's name: 1 to 64 characters that need no escape in JSON or in a URL. */
export function isKid(value: unknown): value is string {
  return typeof value === "string" && /^[\w.-]{1,64}$/.test(value);
}

/** A ticket's identity: 16 bytes in 22 characters of canonical base64url, so that the last has four zero bits. */
export function isJti(value: unknown): value is string {
  return typeof value === "string" && /^[\w-]{21}[AQgw]$/.test(value);
}

/** A whole number from 0 that a double holds exactly: ticket numbers, generations, times. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
