import { timingSafeEqual } from "node:crypto";
import { hmacSha256, type Mac } from "./hmac-sha256.ts";
import { type SigningKey, signingKey } from "./signing-key.ts";
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
  readonly mac: Mac;
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
/** What JSON has nothing to escape in. */
const PLAIN_TEXT = /^[ !#-[\]-~]*$/;

/** So many random bytes make a {@link newJti}. */
export const JTI_BYTES = 16;

/** A ticket's identity out of the `JTI_BYTES` random bytes from `start` on. Throws where there are fewer. */
export function newJti(random: Buffer, start: number): string {
  if (start + JTI_BYTES > random.length) throw new Error(`a jti is made of ${JTI_BYTES} random bytes`);
  return random.toString("base64url", start, start + JTI_BYTES);
}

/** Signs a ticket. Synchronous, some microseconds: every join does it. */
export function signTicket(ring: TicketKeys, ticket: Ticket, nowMs: number): string {
  const claims: TicketClaims = {
    iss: ring.issuer,
    aud: ticket.room,
    jti: ticket.jti,
    n: ticket.number,
    gen: ticket.generation,
    hw: [ticket.issued, ticket.serving],
    iat: Math.floor(ticket.issuedAtMs / 1000),
  };
  // A visitor who is handed a ticket that no gateway accepts has lost their place, so this is caught here.
  if (!isTicketClaims(claims))
    throw new Error("a ticket has whole numbers from 0 and a jti of 22 characters");
  const key = signingKey(ring.ticketKeys, nowMs);
  const signed = `${key.header}.${encoded(claimsJson(claims))}`;
  return `${signed}.${key.mac(signed)}`;
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
  const expected = Buffer.from(found.key.mac(`${parts.header}.${parts.payload}`));
  const given = Buffer.from(parts.signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return refused("bad-signature");
  return readTicket(ring, room, parts.payload);
}

export function importTicketKey({ kid, k, signsFromMs }: SigningKey & { readonly k: string }): TicketKey {
  const header = Buffer.from(JSON.stringify({ alg, typ, kid })).toString("base64url");
  return { kid, signsFromMs, mac: hmacSha256(Buffer.from(k, "base64url"), maxTokenChars), header };
}

const scratch = Buffer.alloc(maxTokenChars);

/** As base64url, without a buffer of its own for each ticket. Throws on more than any token holds. */
function encoded(json: string): string {
  const bytes = scratch.write(json);
  if (bytes > scratch.length - 4)
    throw new Error(`a ticket's claims have at most ${scratch.length - 4} bytes`);
  return scratch.toString("base64url", 0, bytes);
}

/** What JSON.stringify gives, in a third of its time: only two members can hold what needs escaping. */
function claimsJson({ iss, aud, jti, n, gen, hw, iat }: TicketClaims): string {
  const names = `"iss":${quoted(iss)},"aud":${quoted(aud)}`;
  return `{${names},"jti":"${jti}","n":${n},"gen":${gen},"hw":[${hw[0]},${hw[1]}],"iat":${iat}}`;
}

function quoted(text: string): string {
  return PLAIN_TEXT.test(text) ? `"${text}"` : JSON.stringify(text);
}

function findKey(ring: TicketKeys, header: string): { readonly ok: true; readonly key: TicketKey } | Refused {
  // Nearly every ticket carries a header that we wrote ourselves; others are read with all the rules.
  const ours = ring.ticketKeys.find((key) => key.header === header);
  if (ours !== undefined) return { ok: true, key: ours };
  const read = readHeader(header, typ, alg);
  if (!read.ok) return read;
  const named = ring.ticketKeys.find(({ kid }) => kid === read.kid);
  return named === undefined ? refused("unknown-key") : { ok: true, key: named };
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
