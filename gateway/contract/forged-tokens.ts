import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  base64url,
  CompactSign,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  importJWK,
  type JWK,
  SignJWT,
  UnsecuredJWT,
} from "jose";

/** What an attacker might send in the place of a pass, and a few that only a thief of keys could. */
export type Forgeries = readonly (readonly [name: string, token: string])[];

/** The claims of a good token, to be bent. */
export interface GoodToken {
  readonly token: string;
  readonly header: { readonly alg: string; readonly typ: string; readonly kid: string };
  readonly claims: Readonly<Record<string, unknown>>;
}

const UNKNOWN = "unknown-extension";

export function readGoodToken(token: string): GoodToken {
  const [header = "", claims = ""] = token.split(".");
  return { token, header: decoded(header), claims: decoded(claims) };
}

function decoded(part: string) {
  return JSON.parse(new TextDecoder().decode(base64url.decode(part)));
}

/** Bends a good token in every way that JOSE libraries have fallen for, and some more. */
export async function forgeriesOf(good: GoodToken, folder: string): Promise<Forgeries> {
  const { token, header, claims } = good;
  const [encodedHeader = "", encodedClaims = "", signature = ""] = token.split(".");
  const encode = (value: unknown) => base64url.encode(JSON.stringify(value));
  const own = await ownKey(folder, header.kid);
  const sign = (changedHeader: object, changedClaims: object) =>
    signed(
      own,
      { ...header, ...changedHeader },
      {
        ...claims,
        ...changedClaims,
      },
    );
  const stranger = await generateKeyPair("EdDSA", { extractable: true });
  const strangersKey = await exportJWK(stranger.publicKey);
  const strangers = { ...header, alg: "EdDSA", jwk: strangersKey };
  return [
    ["nothing", ""],
    ["garbage", "garbage"],
    ["three dots", "..."],
    ["two dots", ".."],
    ["10 KB", `${encodedHeader}.${"A".repeat(10_000)}.${signature}`],
    ["no algorithm", new UnsecuredJWT(claims).encode()],
    ["no algorithm, named so", `${encode({ ...header, alg: "none" })}.${encodedClaims}.`],
    ["no signature", `${encodedHeader}.${encodedClaims}.`],
    ["another signature", `${encodedHeader}.${encodedClaims}.${"A".repeat(signature.length)}`],
    [
      "other claims under the signature",
      `${encodedHeader}.${encode({ ...claims, jti: "A".repeat(22) })}.${signature}`,
    ],
    [
      "the public key as a secret, as bytes",
      await hmacSigned(good, base64url.decode(own.x ?? own.k ?? ""), own),
    ],
    ["the public key as a secret, as PEM", await hmacSigned(good, await pemOf(own), own)],
    ["an empty secret", await hmacSigned(good, new Uint8Array(1), own)],
    [
      "a key of its own, brought along",
      await new SignJWT(claims).setProtectedHeader(strangers).sign(stranger.privateKey),
    ],
    [
      "a stranger's key under our key's name",
      await new SignJWT(claims).setProtectedHeader({ ...header, alg: "EdDSA" }).sign(stranger.privateKey),
    ],
    [
      "an address of its key, brought along",
      await new SignJWT(claims)
        .setProtectedHeader({ ...header, alg: "EdDSA", jku: "http://evil.example/jwks.json" })
        .sign(stranger.privateKey),
    ],
    ["our own key, brought along", await sign({ jwk: { kty: own.kty, crv: own.crv, x: own.x } }, {})],
    ["the address of a certificate", await sign({ x5u: "http://evil.example/x5u" }, {})],
    ["an unknown key's name", await sign({ kid: "unknown" }, {})],
    ["a key's name of 10 KB", await sign({ kid: "k".repeat(10_000) }, {})],
    ["a key's name that is a list", await sign({ kid: [header.kid] }, {})],
    ["a path as the key's name", await sign({ kid: "../../../../dev/null" }, {})],
    ["no type", await sign({ typ: undefined }, {})],
    ["the plain type", await sign({ typ: "JWT" }, {})],
    ["an extension that must be understood", await sign({ crit: ["b64"], b64: true }, {})],
    ["an unknown extension that must be understood", await sign({ crit: [UNKNOWN], [UNKNOWN]: true }, {})],
    ["another room", await sign({}, { aud: "quiet", more: "a claim that is not known here" })],
    ["all rooms", await sign({}, { aud: [claims.aud, "quiet"] })],
    ["another deployment", await sign({}, { iss: "http://evil.example" })],
    ["no identity", await sign({}, { jti: undefined })],
    ["an identity that is a path", await sign({}, { jti: "../../../../../../etc/x" })],
    ["no time of issue", await sign({}, { iat: undefined })],
    ["a time of issue that is text", await sign({}, { iat: "1" })],
    ["a padded signature", `${token}=`],
    ["a line break at its end", `${encodedHeader}.${encodedClaims}.${signature}%0A`],
    ["bits set that base64url leaves unused", `${encodedHeader}.${encodedClaims}.${nonCanonical(signature)}`],
    ["plain base64's alphabet", `${encodedHeader}.${encodedClaims}.+/${signature.slice(2)}`],
  ];
}

/**
 * A token as its deployment would have signed it, with these claims changed: one that has lapsed, for example.
 * `folder` is the gateway's.
 */
export async function signedAnew(
  { header, claims }: GoodToken,
  folder: string,
  changed: object,
): Promise<string> {
  return signed(await ownKey(folder, header.kid), header, { ...claims, ...changed });
}

/** A pass of this session, of a room's usual length, that was issued so long ago. */
export function passIssuedAgo(
  good: GoodToken,
  folder: string,
  {
    jti,
    issuedSecondsAgo,
    sessionSeconds,
  }: Readonly<Record<"issuedSecondsAgo" | "sessionSeconds", number>> & {
    readonly jti: string;
  },
): Promise<string> {
  const iat = Math.floor(Date.now() / 1000) - issuedSecondsAgo;
  return signedAnew(good, folder, { jti, iat, exp: iat + sessionSeconds });
}

async function ownKey(folder: string, kid: string): Promise<JWK> {
  const { keys } = JSON.parse(readFileSync(join(folder, "data", "keys.json"), "utf8")) as { keys: JWK[] };
  const key = keys.find((each) => each.kid === kid);
  if (!key) throw new Error("the deployment's key set does not hold the key that signed");
  return key;
}

async function signed(own: JWK, header: object, claims: object): Promise<string> {
  const key = await importJWK(own, own.alg);
  const bytes = new TextEncoder().encode(JSON.stringify(claims));
  return new CompactSign(bytes)
    .setProtectedHeader(JSON.parse(JSON.stringify({ ...header, alg: own.alg })))
    .sign(key, { crit: { b64: true, [UNKNOWN]: true } });
}

async function hmacSigned({ header, claims }: GoodToken, secret: Uint8Array, own: JWK): Promise<string> {
  // What really signs tickets is a secret: with it this would be a good ticket.
  const wrong = own.kty === "oct" ? secret.map((byte) => byte ^ 1) : secret;
  return new SignJWT(claims).setProtectedHeader({ ...header, alg: "HS256" }).sign(wrong);
}

async function pemOf(own: JWK): Promise<Uint8Array> {
  if (own.kty === "oct") return new TextEncoder().encode(JSON.stringify(own));
  const { d: _, ...publicHalf } = own;
  const key = await importJWK({ ...publicHalf, ext: true }, "EdDSA");
  if (key instanceof Uint8Array) throw new Error("a pass is signed with a key pair");
  return new TextEncoder().encode(await exportSPKI(key));
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The same bytes to a lenient decoder: the last character's unused bits are set. */
function nonCanonical(text: string): string {
  const last = ALPHABET.indexOf(text.at(-1) ?? "A");
  return text.slice(0, -1) + ALPHABET[last | 1];
}
