// What the tests of this folder share. The secrets are read out of the set so that a test can sign as an attacker
// or as another implementation would.
import { createHmac } from "node:crypto";
import { generateKeySet, type KeyRing, loadKeyRing, newJti, type Pass, type Ticket } from "./index.ts";
import { isPassJwk, isTicketJwk, type PassJwk, type TicketJwk } from "./key-set.ts";

export const issuer = "https://queue.example";
export const nowMs = 1_760_000_000_000;
export const jti = newJti(Buffer.from(Array.from({ length: 16 }, (_, index) => index * 17)), 0);

export const ticket: Ticket = {
  room: "tax",
  jti,
  number: 123_456,
  generation: 1_759_999_999_999,
  issued: 223_456,
  serving: 100_000,
  issuedAtMs: nowMs,
};

export const pass: Pass = { room: "tax", jti, issuedAtMs: nowMs, expiresAtMs: nowMs + 600_000 };

export const ticketClaims = {
  iss: issuer,
  aud: "tax",
  jti,
  n: 123_456,
  gen: 1_759_999_999_999,
  hw: [223_456, 100_000],
  iat: nowMs / 1000,
};

export const passClaims = { iss: issuer, aud: "tax", jti, iat: nowMs / 1000, exp: nowMs / 1000 + 600 };

export interface Deployment {
  readonly ring: KeyRing;
  readonly ticketJwk: TicketJwk;
  readonly passJwk: PassJwk;
}

export async function newDeployment(): Promise<Deployment> {
  const set = await generateKeySet(nowMs);
  const ticketJwk = set.keys.find(isTicketJwk);
  const passJwk = set.keys.find(isPassJwk);
  if (ticketJwk === undefined || passJwk === undefined) throw new Error("a key of each kind is missing");
  return { ring: await loadKeyRing(set, { issuer }), ticketJwk, passJwk };
}

export function encode(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return Buffer.from(text).toString("base64url");
}

/** Signs anything at all with HMAC, header included: what an attacker, or a bug of ours, could hand out. */
export function signHs256(header: unknown, payload: unknown, secret: Uint8Array): string {
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

export function secretOf({ k }: TicketJwk): Uint8Array {
  return Buffer.from(k, "base64url");
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The same bytes in another spelling: the first bit to spare of this part is set. Undefined where there is none. */
export function withStrayBit(token: string, part: 0 | 1 | 2): string | undefined {
  const parts = token.split(".");
  const text = parts[part] ?? "";
  if (text.length % 4 === 0) return undefined;
  parts[part] = text.slice(0, -1) + alphabet.charAt(alphabet.indexOf(text.slice(-1)) + 1);
  return parts.join(".");
}

/** Spellings of one part that lenient decoders take for the same bytes. */
export function lenientSpellings(token: string, part: 0 | 1 | 2): string[] {
  const parts = token.split(".");
  const text = parts[part] ?? "";
  const spellings = [
    `${text}=`,
    `${text}==`,
    `${text}\n`,
    ` ${text}`,
    `${text.slice(0, 5)}\t${text.slice(5)}`,
    `${text}!`,
  ];
  const whole = spellings.map((spelling) => parts.with(part, spelling).join("."));
  const stray = withStrayBit(token, part);
  return stray === undefined ? whole : [...whole, stray];
}

/** One random damage to a token, by numbers from 0 to 1. */
export function mutate(token: string, kind: number, where: number, what: number): string {
  const at = Math.floor(where * token.length);
  const letter = `${alphabet}.=+/ `.charAt(Math.floor(what * (alphabet.length + 5)));
  const other = Math.floor(what * token.length);
  const [header = "", payload = "", signature = ""] = token.split(".");
  const damages = [
    () => token.slice(0, at) + letter + token.slice(at + 1),
    () => token.slice(0, at) + letter + token.slice(at),
    () => token.slice(0, at) + token.slice(at + 1),
    () => token.slice(0, at),
    () => token.slice(at),
    () => token.slice(0, at) + token.slice(other),
    () => token + token.slice(at),
    () => token.slice(0, at) + token.charAt(other) + token.slice(at + 1),
    () =>
      `${header}.${payload}.${signature.slice(at % signature.length)}${signature.slice(0, at % signature.length)}`,
    () => token.slice(0, at) + flipBit(token.charAt(at), what) + token.slice(at + 1),
  ];
  return damages[Math.floor(kind * damages.length)]?.() ?? "";
}

function flipBit(letter: string, what: number): string {
  return String.fromCharCode(letter.charCodeAt(0) ^ (1 << Math.floor(what * 8)));
}

/** The seed of this run's random tests; `SLUSE_SEED` repeats one. */
export const seed = Number(process.env.SLUSE_SEED ?? Math.floor(Math.random() * 2 ** 31));
