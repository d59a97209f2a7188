import { type Credentials, furtherPasses, furtherTickets, passCheckOf } from "#core/door";
import { type PassVerdict, type Ticket, verifyTicket } from "#core/tokens";
import type { Deployment, Door } from "../deployment.ts";

/** A pass, and what is to be thought of it. */
export interface JudgedPass {
  readonly token: string;
  readonly verdict: PassVerdict;
}

/**
 * The ticket if it is good; of several cookies the first that is. What it remembers of the line is learned; a bad one is
 * counted. `newer`: a later release has signed it in a format that this one cannot read; its place stands, and whoever
 * holds it is to try again.
 */
export function ticketOf(
  deployment: Deployment,
  door: Door,
  credentials: Credentials,
): Ticket | "newer" | null {
  if (credentials.ticket === undefined) return null;
  const first = readTicket(deployment, door, credentials.ticket);
  if (isTicket(first)) return first;
  const further = furtherTickets(credentials, door.config.id, deployment.secure);
  let isNewer = first === "newer";
  for (const token of further) {
    const ticket = readTicket(deployment, door, token);
    if (isTicket(ticket)) return ticket;
    isNewer ||= ticket === "newer";
  }
  return isNewer ? "newer" : null;
}

function isTicket(read: Ticket | "newer" | null): read is Ticket {
  return read !== null && read !== "newer";
}

function readTicket(deployment: Deployment, door: Door, token: string): Ticket | "newer" | null {
  const verdict = verifyTicket(deployment.ring, door.config.id, token);
  if (!verdict.ok) {
    deployment.metrics.tokenRejected(door.config.id, verdict.reason);
    return verdict.reason === "newer-format" ? "newer" : null;
  }
  const { generation, issued, serving } = verdict.ticket;
  door.room.learn(generation, issued, serving);
  return verdict.ticket;
}

/**
 * The pass, and the verdict on it: at once where it is remembered, else after its signature has been checked; null where
 * none came. Of several cookies it is the first that is live, else the first that is in its grace.
 */
export function passOf(
  deployment: Deployment,
  door: Door,
  credentials: Credentials,
): JudgedPass | null | Promise<JudgedPass> {
  const token = credentials.pass;
  if (token === undefined) return null;
  const verdict = passVerdict(deployment, door, token);
  const isKnown = !(verdict instanceof Promise);
  if (isKnown && isLive(door, verdict)) return { token, verdict };
  const further = furtherPasses(credentials, door.config.id, deployment.secure);
  if (further.length > 0) return bestPass(deployment, door, [token, ...further]);
  return isKnown ? { token, verdict } : verdict.then((checked) => ({ token, verdict: checked }));
}

async function bestPass(deployment: Deployment, door: Door, tokens: readonly string[]): Promise<JudgedPass> {
  const judged: JudgedPass[] = [];
  for (const token of tokens) {
    const pass = { token, verdict: await passVerdict(deployment, door, token) };
    if (isLive(door, pass.verdict)) return pass;
    judged.push(pass);
  }
  return judged.find(({ verdict }) => isStanding(door, verdict)) ?? (judged[0] as JudgedPass);
}

function isLive(door: Door, verdict: PassVerdict): boolean {
  return isStanding(door, verdict) && verdict.ok && verdict.state === "live";
}

function isStanding({ room }: Door, verdict: PassVerdict): boolean {
  return verdict.ok && !room.hasEnded(verdict.pass.jti);
}

function passVerdict(deployment: Deployment, door: Door, token: string): PassVerdict | Promise<PassVerdict> {
  const check = passCheckOf(door.config, door.room.snapshot, door.room.now());
  return deployment.passes.get(token, check) ?? deployment.passes.verify(token, check);
}
