// This file and what it imports run at the edge too: nothing of Node's own in here.
import { CompactSign, compactVerify, errors, importJWK } from "jose";
import { demand, demandIssuer, listedKeys } from "./key-set-error.ts";
import { type SigningKey, signingKey } from "./signing-key.ts";
import {
  isCount,
  isJti,
  isKid,
  isRecord,
  parseJsonPart,
  type Refused,
  readHeader,
  refused,
  splitToken,
} from "./token.ts";

/** The credential of an admitted visitor. Times are kept in whole seconds: a verified pass has them rounded down. */
export interface Pass {
  readonly room: string;
  /** The ticket's: it names the session. */
  readonly jti: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

/** What a pass is held against at each look. */
export interface PassCheck {
  readonly room: string;
  readonly nowMs: number;
  /** How long after its end a pass is still told from an expired one; 0. */
  readonly graceSeconds?: number;
  /** Passes issued earlier fail; 0. A pass keeps whole seconds, so one issued in the very same second may fail too. */
  readonly passesNotBeforeMs?: number;
}

export type PassVerdict =
  | { readonly ok: true; readonly pass: Pass; readonly state: "live" | "grace" }
  | Refused;

/** All that is needed to verify passes: public keys by name, and whose passes they must be. */
export interface PassVerifier {
  readonly issuer: string;
  readonly passKeys: ReadonlyMap<string, CryptoKey>;
}

interface PassSigningKey extends SigningKey {
  readonly privateKey: CryptoKey;
}

export interface PassSigner {
  readonly issuer: string;
  /** Newest first. */
  readonly passSigningKeys: readonly PassSigningKey[];
}

export type SignedPass = { readonly ok: true; readonly pass: Pass } | Refused;

const typ = "sluse-pass+jwt";
const alg = "EdDSA";

/** Signs a pass. */
export async function signPass(ring: PassSigner, pass: Pass, nowMs: number): Promise<string> {
  const key = signingKey(ring.passSigningKeys, nowMs);
  const claims = {
    iss: ring.issuer,
    aud: pass.room,
    jti: pass.jti,
    iat: Math.floor(pass.issuedAtMs / 1000),
    exp: Math.floor(pass.expiresAtMs / 1000),
  };
  if (!isPassClaims(claims)) throw new Error("a pass has a jti of 22 characters and ends after its start");
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg, typ, kid: key.kid })
    .sign(key.privateKey);
}

/** Verifies a pass, signature and all. {@link VerifiedPasses} spares the signature the second time. */
export async function verifyPass(
  verifier: PassVerifier,
  check: PassCheck,
  token: string,
): Promise<PassVerdict> {
  const signed = await readSignedPass(verifier, token);
  return signed.ok ? judgePass(signed.pass, check) : signed;
}

/** What stays true of a token for ever: that it is well-formed, ours, and what it says. */
export async function readSignedPass(verifier: PassVerifier, token: string): Promise<SignedPass> {
  const parts = splitToken(token);
  if (!parts.ok) return parts;
  const header = readHeader(parts.header, typ, alg);
  if (!header.ok) return header;
  const key = verifier.passKeys.get(header.kid);
  if (key === undefined) return refused("unknown-key");
  if (!(await isSignedBy(key, token))) return refused("bad-signature");
  if (header.isNewer) return refused("newer-format");
  const claims = parseJsonPart(parts.payload);
  if (!isPassClaims(claims)) return refused("bad-claims");
  if (claims.iss !== verifier.issuer) return refused("wrong-issuer");
  const { aud, jti, iat, exp } = claims;
  return { ok: true, pass: { room: aud, jti, issuedAtMs: iat * 1000, expiresAtMs: exp * 1000 } };
}

/** What may change from one look to the next: the room asked for, the time, what was revoked. */
export function judgePass(pass: Pass, check: PassCheck): PassVerdict {
  const { room, nowMs, graceSeconds = 0, passesNotBeforeMs = 0 } = check;
  if (pass.room !== room) return refused("wrong-audience");
  if (pass.issuedAtMs < passesNotBeforeMs) return refused("revoked");
  if (nowMs < pass.expiresAtMs) return { ok: true, pass, state: "live" };
  return nowMs < pass.expiresAtMs + graceSeconds * 1000
    ? { ok: true, pass, state: "grace" }
    : refused("expired");
}

/**
 * A verifier out of a deployment's public JWK Set, for those who hold no signing keys. Keys of other kinds are
 * passed over, as the published set may gain some. Throws {@link KeySetError} where no pass key is left.
 */
export async function loadPassVerifier(
  jwks: unknown,
  { issuer }: { readonly issuer: string },
): Promise<PassVerifier> {
  demandIssuer(issuer);
  const passKeys = new Map<string, CryptoKey>();
  for (const [index, jwk] of listedKeys(jwks).entries()) {
    if (!isRecord(jwk) || jwk.kty !== "OKP" || jwk.crv !== "Ed25519" || jwk.alg !== alg) continue;
    demand(isKid(jwk.kid), "bad-key", `keys[${index}].kid`, "expected a name of 1 to 64 characters");
    demand(typeof jwk.x === "string", "bad-key", `keys[${index}].x`, "expected 32 bytes in base64url");
    passKeys.set(jwk.kid, await importPassKey({ x: jwk.x }, `keys[${index}].x`));
  }
  demand(passKeys.size > 0, "missing-key", "keys", "expected at least one Ed25519 key");
  return { issuer, passKeys };
}

/** The public half of a pass key. `at` is its place in the set, for the error. */
export async function importPassKey({ x }: { readonly x: string }, at: string): Promise<CryptoKey> {
  return importEd25519({ x }, at);
}

export async function importPassSigningKey(
  { kid, signsFromMs, x, d }: SigningKey & { readonly x: string; readonly d: string },
  at: string,
): Promise<PassSigningKey> {
  return { kid, signsFromMs, privateKey: await importEd25519({ x, d }, at) };
}

async function importEd25519(
  members: { readonly x: string; readonly d?: string },
  at: string,
): Promise<CryptoKey> {
  const key = await importJWK({ kty: "OKP", crv: "Ed25519", ...members }, alg).catch(() => undefined);
  // Only "oct" keys come back as bytes; what is no key at all is refused with the place it stood in.
  demand(key !== undefined && !(key instanceof Uint8Array), "bad-key", at, "expected an Ed25519 key");
  return key;
}

async function isSignedBy(key: CryptoKey, token: string): Promise<boolean> {
  try {
    await compactVerify(token, key, { algorithms: [alg] });
    return true;
  } catch (error) {
    if (error instanceof errors.JOSEError) return false;
    throw error;
  }
}

interface PassClaims {
  readonly iss: string;
  readonly aud: string;
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
}

/** Claims that are not known here pass: gateways of two versions run side by side while one is rolled out. */
function isPassClaims(claims: unknown): claims is PassClaims {
  return (
    isRecord(claims) &&
    typeof claims.iss === "string" &&
    typeof claims.aud === "string" &&
    isJti(claims.jti) &&
    isCount(claims.iat) &&
    isCount(claims.exp) &&
    isCount(claims.exp * 1000) &&
    claims.iat <= claims.exp
  );
}
