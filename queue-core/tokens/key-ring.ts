import { createPrivateKey, createPublicKey } from "node:crypto";
import { isPassJwk, isTicketJwk, type PassJwk, parseKeySet, signsFromMs } from "./key-set.ts";
import { demand, demandIssuer } from "./key-set-error.ts";
import { importPassKey, importPassSigningKey, type PassSigner, type PassVerifier } from "./pass.ts";
import { importSealKey, type SealKeys } from "./seal.ts";
import { newestFirst } from "./signing-key.ts";
import { importTicketKey, type TicketKeys } from "./ticket.ts";

/** What is published at `/.well-known/jwks.json`. */
export interface PublicKeySet {
  readonly keys: readonly PublicPassJwk[];
}

export interface PublicPassJwk {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly kid: string;
  readonly alg: "EdDSA";
  readonly use: "sig";
  readonly x: string;
}

/** A deployment's keys, ready for use. Opaque: hand it to the functions of this folder. */
export interface KeyRing extends TicketKeys, SealKeys, PassVerifier, PassSigner {
  readonly publicKeys: PublicKeySet;
}

/**
 * Checks a key set and imports its keys. `issuer` is the deployment's public URL, to the letter: it is in
 * every token, and tokens of another deployment are refused even where the keys are shared.
 * Throws {@link KeySetError}, which names the member at fault and holds no key material.
 */
export async function loadKeyRing(set: unknown, { issuer }: { readonly issuer: string }): Promise<KeyRing> {
  demandIssuer(issuer);
  const { keys } = parseKeySet(set);
  for (const [index, key] of keys.entries()) if (isPassJwk(key)) demandPair(key, `keys[${index}]`);

  const ticketJwks = newestFirst(keys.filter(isTicketJwk).map(withSignsFrom));
  const passJwks = newestFirst(keys.filter(isPassJwk).map(withSignsFrom));
  return {
    issuer,
    ticketKeys: ticketJwks.map(importTicketKey),
    sealKeys: ticketJwks.map(importSealKey),
    passKeys: new Map(await Promise.all(passJwks.map(importNamedPassKey))),
    passSigningKeys: await Promise.all(passJwks.map((jwk) => importPassSigningKey(jwk, "keys"))),
    publicKeys: { keys: passJwks.map(publicJwk) },
  };
}

/** The public halves of the pass keys, those that do not sign yet included: so they are known when they do. */
export function publicJwks(ring: KeyRing): PublicKeySet {
  return ring.publicKeys;
}

async function importNamedPassKey(jwk: PassJwk): Promise<[string, CryptoKey]> {
  return [jwk.kid, await importPassKey(jwk, "keys")];
}

function withSignsFrom<Jwk extends { readonly sluse_signs_from?: number }>(
  key: Jwk,
): Jwk & { signsFromMs: number } {
  return { ...key, signsFromMs: signsFromMs(key) };
}

/** Signing with another key's public half gives the private one away, so the two are compared. */
function demandPair(key: PassJwk, at: string): void {
  demand(isPair(key), "bad-key", `${at}.x`, "expected the public half of `d`");
}

function isPair({ kty, crv, x, d }: PassJwk): boolean {
  try {
    const privateKey = createPrivateKey({ key: { kty, crv, x, d }, format: "jwk" });
    return createPublicKey(privateKey).export({ format: "jwk" }).x === x;
  } catch {
    // Node 24 refuses such a key itself.
    return false;
  }
}

function publicJwk({ kty, crv, kid, alg, x }: PassJwk): PublicPassJwk {
  return { kty, crv, kid, alg, use: "sig", x };
}
