import { randomFillSync } from "node:crypto";
import { graceSecondsIn, passCookie, ticketCookie, ticketCookieAround } from "#core/door";
import { JTI_BYTES, newJti, signPass, signTicket, type Ticket, writeTicket } from "#core/tokens";
import type { Deployment, Door } from "../deployment.ts";
import { type PreparedOwnReply, prepareOwnReply } from "../http/reply.ts";
import type { Header } from "../http/request.ts";

/** A ticket is void by its generation, not by its age; the cookie goes with the week. */
const TICKET_COOKIE_SECONDS = 7 * 86_400;

/** Of a reply in JSON that is one visitor's alone. */
export const PRIVATE_JSON: readonly [Header, Header] = [
  ["content-type", "application/json"],
  ["cache-control", "private, no-store"],
];

/** Random bytes are drawn in bulk: a call for each newcomer costs more than the signature does. */
const pool = Buffer.alloc(JTI_BYTES * 512);
let drawn = pool.length;

export function freshJti(): string {
  if (drawn === pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  drawn += JTI_BYTES;
  return newJti(pool, drawn - JTI_BYTES);
}

/** Signs the ticket of a number that was given out; it remembers the line as it stands now. */
export function ticketFor(deployment: Deployment, door: Door, jti: string, number: number): string {
  const ticket = newTicket(door, jti, number);
  return signTicket(deployment.ring, ticket, ticket.issuedAtMs);
}

/** {@link ticketFor} into `memory` from `start` on; returns where it ends. */
export function writeTicketFor(
  deployment: Deployment,
  door: Door,
  jti: string,
  number: number,
  memory: Buffer,
  start: number,
): number {
  const ticket = newTicket(door, jti, number);
  return writeTicket(deployment.ring, ticket, ticket.issuedAtMs, memory, start);
}

function newTicket({ config, room }: Door, jti: string, number: number): Ticket {
  const { generation, issued, serving } = room.floor;
  return { room: config.id, jti, number, generation, issued, serving, issuedAtMs: room.now() };
}

export interface SignedPass {
  readonly token: string;
  readonly expiresAtMs: number;
  readonly cookie: string;
}

/** Signs the pass of a session that ends after `remainingMs`. */
export async function passFor(
  deployment: Deployment,
  door: Door,
  jti: string,
  remainingMs: number,
): Promise<SignedPass> {
  const { config, room } = door;
  const nowMs = room.now();
  // Down: the store gives the place to another when the session is over, and never may two have it.
  const expiresAtMs = Math.floor((nowMs + remainingMs) / 1000) * 1000;
  // A pass keeps whole seconds: one issued in the second of a reset must not count as issued before it.
  const leastMs = Math.ceil((room.snapshot?.settings.passesNotBeforeMs ?? 0) / 1000) * 1000;
  const issuedAtMs = Math.min(Math.max(nowMs, leastMs), expiresAtMs);
  const pass = { room: config.id, jti, issuedAtMs, expiresAtMs };
  const token = await signPass(deployment.ring, pass, nowMs);
  // The cookie outlives the session by the grace, in which a form is still let through.
  const maxAgeSeconds = Math.ceil(remainingMs / 1000) + graceSecondsIn(config, room.snapshot);
  return { token, expiresAtMs, cookie: passCookie(config.id, deployment.secure, token, maxAgeSeconds) };
}

export function ticketCookieFor(deployment: Deployment, door: Door, ticket: string): string {
  return ticketCookie(door.config.id, deployment.secure, ticket, TICKET_COOKIE_SECONDS);
}

/** A JSON reply that gives a ticket of this room as its cookie. */
export function prepareTicketReply(room: string, secure: boolean): PreparedOwnReply {
  const cookie = ticketCookieAround(room, secure, TICKET_COOKIE_SECONDS);
  return prepareOwnReply(PRIVATE_JSON, { name: "set-cookie", ...cookie });
}

/** Headers that set these cookies; a reply that sets one belongs to one visitor and to no cache. */
export function withCookies(cookies: readonly string[]): Header[] {
  const set = cookies.map((cookie): Header => ["set-cookie", cookie]);
  return [["cache-control", cookies.length > 0 ? "private, no-store" : "no-store"], ...set];
}
