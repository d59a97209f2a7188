import { timingSafeEqual } from "node:crypto";
import { HmacSha256 } from "./hmac-sha256.ts";
import { type SigningKey, signingKey } from "./signing-key.ts";
import { TicketSigner } from "./ticket-signer.ts";
import {
  isCount,
  isJti,
  isRecord,
  maxTokenChars,
  type Refused,
  readHeader,
  refused,
  splitToken,
} from "./token.ts";

/** A visitor's place in a room's line, as the visitor holds it. */
export interface Ticket {
  readonly room: string;
  /** Identity of the ticket; 22 characters, see {@link newJti}. */
  readonly jti: string;
  readonly number: number;
  readonly generation: number;
  /** `issued` and `serving` when the ticket was signed: what it remembers of the line. */
  readonly issued: number;
  readonly serving: number;
  /** Kept in whole seconds: a verified ticket has it rounded down. */
  readonly issuedAtMs: number;
}

export type TicketVerdict = { readonly ok: true; readonly ticket: Ticket } | Refused;

interface TicketKey extends SigningKey {
  readonly signer: TicketSigner;
  /** For checking: the signer's own keeps what it wrote. */
  readonly mac: HmacSha256;
  /** The one header that this key writes, encoded. */
  readonly header: string;
}

export interface TicketKeys {
  readonly issuer: string;
  /** Newest first. */
  readonly ticketKeys: readonly TicketKey[];
}

interface TicketClaims {
  readonly iss: string;
  readonly aud: string;
  readonly jti: string;
  readonly n: number;
  readonly gen: number;
  readonly hw: readonly [number, number];
  readonly iat: number;
}

const typ = "sluse-ticket+jwt";
const alg = "HS256";

/** So many random bytes make a {@link newJti}. */
export const JTI_BYTES = 16;

/** A ticket's identity out of the `JTI_BYTES` random bytes from `start` on. Throws where there are fewer. */
export function newJti(random: Buffer, start: number): string {
  if (start + JTI_BYTES > random.length) throw new Error(`a jti is made of ${JTI_BYTES} random bytes`);
  return random.toString("base64url", start, start + JTI_BYTES);
}

/** Signs a ticket. Throws on what no gateway would accept: whoever is handed such a ticket has lost their place. */
export function signTicket(ring: TicketKeys, ticket: Ticket, nowMs: number): string {
  return signed.toString("latin1", 0, writeTicket(ring, ticket, nowMs, signed, 0));
}

const signed = Buffer.alloc(maxTokenChars);

/**
 * {@link signTicket} into `memory` from `start` on, 1,024 bytes at most; returns where it ends. Synchronous, one or two
 * microseconds: every join does it.
 */
export function writeTicket(
  ring: TicketKeys,
  ticket: Ticket,
  nowMs: number,
  memory: Buffer,
  start: number,
): number {
  return signingKey(ring.ticketKeys, nowMs).signer.write(ring.issuer, ticket, memory, start);
}

/**
 * Checks a ticket for this room. It has no end: whether its place still stands (generation, missed, used,
 * left) is the store's to say.
 */
export function verifyTicket(ring: TicketKeys, room: string, token: string): TicketVerdict {
  const parts = splitToken(token);
  if (!parts.ok) return parts;
  const found = findKey(ring, parts.header);
  if (!found.ok) return found;
  const { mac } = found.key;
  const expected = Buffer.from(mac.sign(mac.text.write(`${parts.header}.${parts.payload}`)));
  const given = Buffer.from(parts.signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return refused("bad-signature");
  if (found.isNewer) return refused("newer-format");
  return readTicket(ring, room, parts.payload);
}

export function importTicketKey({ kid, k, signsFromMs }: SigningKey & { readonly k: string }): TicketKey {
  const header = Buffer.from(JSON.stringify({ alg, typ, kid })).toString("base64url");
  const newMac = () => new HmacSha256(Buffer.from(k, "base64url"), maxTokenChars);
  return { kid, signsFromMs, signer: new TicketSigner(newMac(), header), mac: newMac(), header };
}

function findKey(
  ring: TicketKeys,
  header: string,
): { readonly ok: true; readonly key: TicketKey; readonly isNewer: boolean } | Refused {
  // Nearly every ticket carries a header that we wrote ourselves; others are read with all the rules.
  const ours = ring.ticketKeys.find((key) => key.header === header);
  if (ours !== undefined) return { ok: true, key: ours, isNewer: false };
  const read = readHeader(header, typ, alg);
  if (!read.ok) return read;
  const named = ring.ticketKeys.find(({ kid }) => kid === read.kid);
  return named === undefined ? refused("unknown-key") : { ok: true, key: named, isNewer: read.isNewer };
}

function readTicket(ring: TicketKeys, room: string, payload: string): TicketVerdict {
  const claims = parseClaims(payload);
  if (!isTicketClaims(claims)) return refused("bad-claims");
  if (claims.iss !== ring.issuer) return refused("wrong-issuer");
  if (claims.aud !== room) return refused("wrong-audience");
  const [issued, serving] = claims.hw;
  const { jti, n, gen, iat } = claims;
  return {
    ok: true,
    ticket: { room, jti, number: n, generation: gen, issued, serving, issuedAtMs: iat * 1000 },
  };
}

function parseClaims(payload: string): unknown {
  try {
    return JSON.parse(Buffer.from(payload, "base64url").toString());
  } catch {
    return undefined;
  }
}

/** Claims that are not known here pass: gateways of two versions run side by side while one is rolled out. */
function isTicketClaims(claims: unknown): claims is TicketClaims {
  return (
    isRecord(claims) &&
    typeof claims.iss === "string" &&
    typeof claims.aud === "string" &&
    isJti(claims.jti) &&
    isCount(claims.n) &&
    isCount(claims.gen) &&
    Array.isArray(claims.hw) &&
    claims.hw.length === 2 &&
    claims.hw.every(isCount) &&
    isCount(claims.iat) &&
    isCount(claims.iat * 1000)
  );
}
