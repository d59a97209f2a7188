import { passCheckOf } from "#core/door";
import { type PassVerdict, type Ticket, verifyTicket } from "#core/tokens";
import type { Deployment, Door } from "../deployment.ts";

/**
 * The ticket if it is good. What it remembers of the line is learned; a bad one is counted. `newer`: a later release
 * has signed it in a format that this one cannot read; its place stands, and whoever holds it is to try again.
 */
export function ticketOf(
  deployment: Deployment,
  door: Door,
  token: string | undefined,
): Ticket | "newer" | null {
  if (token === undefined) return null;
  const verdict = verifyTicket(deployment.ring, door.config.id, token);
  if (!verdict.ok) {
    deployment.metrics.tokenRejected(door.config.id, verdict.reason);
    return verdict.reason === "newer-format" ? "newer" : null;
  }
  const { generation, issued, serving } = verdict.ticket;
  door.room.learn(generation, issued, serving);
  return verdict.ticket;
}

/** The verdict on a pass: at once where it is remembered, else after its signature has been checked. */
export function passVerdict(
  deployment: Deployment,
  door: Door,
  token: string,
): PassVerdict | Promise<PassVerdict> {
  const check = passCheckOf(door.config, door.room.snapshot, door.room.now());
  return deployment.passes.get(token, check) ?? deployment.passes.verify(token, check);
}
