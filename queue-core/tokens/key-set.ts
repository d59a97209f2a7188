import { base64url, exportJWK, generateKeyPair, generateSecret } from "jose";
import { isCanonicalBase64url } from "./base64url.ts";
import { demand, listedKeys } from "./key-set-error.ts";
import { isCount, isKid, isRecord } from "./token.ts";

interface KeyDates {
  /** When the key was made, in ms. */
  readonly sluse_created?: number;
  /** From when it signs, in ms; until then it is only published. 0 where absent. */
  readonly sluse_signs_from?: number;
}

/** Signs tickets and seals. */
export interface TicketJwk extends KeyDates {
  readonly kty: "oct";
  readonly kid: string;
  readonly alg: "HS256";
  readonly use?: "sig";
  readonly k: string;
}

/** Signs passes. */
export interface PassJwk extends KeyDates {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly kid: string;
  readonly alg: "EdDSA";
  readonly use?: "sig";
  readonly x: string;
  readonly d: string;
}

/** The deployment's signing keys, as they are kept in the file of `SLUSE_KEYS`. Secret. */
export interface JsonWebKeySet {
  readonly keys: readonly (TicketJwk | PassJwk)[];
}

export interface Rotation {
  /** How long the new keys are published before they sign; every gateway and cache must have seen them by then. An hour. */
  readonly publishAheadMs?: number;
  /** How long a key verifies after its successor began to sign; longer than any line or session lasts. 30 days. */
  readonly keepMs?: number;
}

const hourMs = 3_600_000;
const maxKeys = 32;
// ext and key_ops are what WebCrypto adds to a key that it exports; they change nothing here.
const commonMembers = ["kty", "kid", "alg", "use", "ext", "key_ops", "sluse_created", "sluse_signs_from"];
const ticketMembers = new Set([...commonMembers, "k"]);
const passMembers = new Set([...commonMembers, "crv", "x", "d"]);

/** A new HS256 key (256 bits) and a new Ed25519 key, both signing from now on. */
export async function generateKeySet(nowMs: number): Promise<JsonWebKeySet> {
  return parseKeySet({ keys: await generateKeys(nowMs, nowMs) });
}

/**
 * Adds a new key of each kind, which signs after `publishAheadMs`, and drops those whose successor has signed
 * for `keepMs`. A key verifies as long as it is in the set: removing one by hand voids what it signed.
 * Throws {@link KeySetError} where the set is wrong.
 */
export async function rotateKeySet(
  set: unknown,
  nowMs: number,
  { publishAheadMs = hourMs, keepMs = 30 * 24 * hourMs }: Rotation = {},
): Promise<JsonWebKeySet> {
  const { keys } = parseKeySet(set);
  const kept = keys.filter((key) => supersededAtMs(key, keys) + keepMs > nowMs);
  return parseKeySet({ keys: [...kept, ...(await generateKeys(nowMs, nowMs + publishAheadMs))] });
}

/** Checks a key set member by member; throws {@link KeySetError}. */
export function parseKeySet(set: unknown): JsonWebKeySet {
  const given = listedKeys(set);
  const alone = isRecord(set) && Object.keys(set).length === 1;
  demand(alone, "bad-key-set", "keys", "expected no other member beside it");
  demand(given.length <= maxKeys, "bad-key-set", "keys", `expected at most ${maxKeys} keys`);
  const keys = given.map((key, index) => parseKey(key, `keys[${index}]`));
  for (const [index, { kid }] of keys.entries()) {
    const first = keys.findIndex((key) => key.kid === kid) === index;
    demand(first, "duplicate-kid", `keys[${index}].kid`, "expected a name of its own");
  }
  demand(keys.some(isTicketJwk), "missing-key", "keys", 'expected at least one "oct" key (HS256)');
  demand(keys.some(isPassJwk), "missing-key", "keys", 'expected at least one "OKP" key (Ed25519)');
  return { keys };
}

export function isTicketJwk(key: TicketJwk | PassJwk): key is TicketJwk {
  return key.kty === "oct";
}

export function isPassJwk(key: TicketJwk | PassJwk): key is PassJwk {
  return key.kty === "OKP";
}

export function signsFromMs(key: KeyDates): number {
  return key.sluse_signs_from ?? 0;
}

function parseKey(key: unknown, at: string): TicketJwk | PassJwk {
  demand(isRecord(key), "bad-key", at, "expected a JWK");
  demand(
    isKid(key.kid),
    "bad-key",
    `${at}.kid`,
    "expected 1 to 64 letters, digits, dots, dashes, underscores",
  );
  demand(key.use === undefined || key.use === "sig", "bad-key", `${at}.use`, 'expected "sig"');
  for (const member of ["sluse_created", "sluse_signs_from"]) {
    const value = key[member];
    demand(value === undefined || isCount(value), "bad-key", `${at}.${member}`, "expected a time in ms");
  }
  demand(key.kty === "oct" || key.kty === "OKP", "bad-key", `${at}.kty`, 'expected "oct" or "OKP"');
  return key.kty === "oct" ? parseTicketJwk(key, at) : parsePassJwk(key, at);
}

function parseTicketJwk(key: Record<string, unknown>, at: string): TicketJwk {
  demandMembers(key, ticketMembers, at);
  demand(key.alg === "HS256", "bad-key", `${at}.alg`, 'expected "HS256"');
  // RFC 7518, 3.2: a key as long as the hash. 43 characters are 32 bytes.
  const long = isBase64url(key.k) && key.k.length >= 43 && key.k.length <= 683;
  demand(long, "bad-key", `${at}.k`, "expected 32 to 512 random bytes in base64url");
  return key as unknown as TicketJwk;
}

function parsePassJwk(key: Record<string, unknown>, at: string): PassJwk {
  demandMembers(key, passMembers, at);
  demand(key.crv === "Ed25519", "bad-key", `${at}.crv`, 'expected "Ed25519"');
  demand(key.alg === "EdDSA", "bad-key", `${at}.alg`, 'expected "EdDSA"');
  for (const member of ["x", "d"]) {
    const value = key[member];
    const whole = isBase64url(value) && value.length === 43;
    demand(whole, "bad-key", `${at}.${member}`, "expected 32 bytes in base64url");
  }
  return key as unknown as PassJwk;
}

/** A misspelt member would be a setting that silently does nothing. */
function demandMembers(key: Record<string, unknown>, allowed: ReadonlySet<string>, at: string): void {
  const unknown = Object.keys(key).findIndex((member) => !allowed.has(member));
  // The name itself may be anything at all, so only its place is told.
  demand(unknown === -1, "bad-key", at, `member ${unknown + 1} is not one of ${[...allowed].join(", ")}`);
}

function isBase64url(value: unknown): value is string {
  return typeof value === "string" && isCanonicalBase64url(value);
}

function supersededAtMs(key: TicketJwk | PassJwk, keys: readonly (TicketJwk | PassJwk)[]): number {
  const later = keys
    .filter((other) => other.kty === key.kty && signsFromMs(other) > signsFromMs(key))
    .map(signsFromMs);
  return Math.min(...later, Number.POSITIVE_INFINITY);
}

async function generateKeys(createdMs: number, signsFrom: number): Promise<unknown[]> {
  const secret = await generateSecret("HS256", { extractable: true });
  const { privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  const dates = { use: "sig", sluse_created: createdMs, sluse_signs_from: signsFrom };
  return [
    { ...(await exportJWK(secret)), kid: newKid(), alg: "HS256", ...dates },
    { ...(await exportJWK(privateKey)), kid: newKid(), alg: "EdDSA", ...dates },
  ];
}

function newKid(): string {
  return base64url.encode(crypto.getRandomValues(new Uint8Array(12)));
}
