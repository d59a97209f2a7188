import { type ClaimOutcome, isRoomTarget } from "#core";
import type { Ticket } from "#core/tokens";
import type { Header } from "../http/request.ts";
import { sendJson } from "../http/respond.ts";
import { sendError } from "../problems.ts";
import { waitSeconds } from "../room/status.ts";
import { type Credentials, credentialsOf, ticketOf } from "./credentials.ts";
import { passFor, withCookies } from "./grants.ts";
import { closedExtra } from "./join.ts";
import { clientOfVisit, learnFromSeal, queryParameter, type RoomVisit } from "./visit.ts";

const LEAST_RETRY_MS = 250;
const MOST_RETRY_MS = 5_000;
const RETRY_AFTER: Header = ["retry-after", "2"];

/** `POST /_sluse/rooms/{room}/claim?to=`: a called visitor asks to come in. */
export function claim(visit: RoomVisit): void {
  const { deployment, request, reply, door } = visit;
  const to = targetOf(visit);
  if (to === null) return sendError(reply, "bad-target");
  learnFromSeal(visit);
  const credentials = credentialsOf(request, door.config.id, deployment.secure);
  if (credentials.ticket === undefined) return sendError(reply, "no-ticket");
  const ticket = ticketOf(deployment, door, credentials.ticket);
  if (ticket === null) return sendError(reply, "bad-ticket");
  door.room.claim(ticket, (settled) => {
    if (!settled.ok) {
      deployment.metrics.claimed(door.config.id, "store-down");
      return sendError(reply, "store-down", {}, [RETRY_AFTER]);
    }
    deployment.metrics.claimed(door.config.id, settled.outcome.state);
    if (settled.outcome.state === "admitted") {
      deployment.metrics.admitted(door.config.id, (door.room.now() - ticket.issuedAtMs) / 1000);
      void sendAdmitted(visit, credentials, ticket, settled.outcome.remainingMs, to);
    } else sendNotAdmitted(visit, ticket, settled.outcome.state);
  });
}

/** Where the visitor wants to go: a path of this room on this host; its front where none is named. */
function targetOf({ deployment, request, reply, door }: RoomVisit): string | null {
  const to = queryParameter(request, "to");
  const { config } = door;
  if (to === null) return config.match.path;
  const { host } = clientOfVisit({ deployment, request, reply });
  return isRoomTarget(to, config, host, deployment.roomTable) ? to : null;
}

async function sendAdmitted(
  { deployment, reply, door }: RoomVisit,
  { isApp }: Credentials,
  ticket: Ticket,
  remainingMs: number,
  to: string,
): Promise<void> {
  if (!reply.open) return;
  const pass = await passFor(deployment, door, ticket.jti, remainingMs);
  const body = { state: "admitted", expiresAt: pass.expiresAtMs, to };
  sendJson(reply, 200, isApp ? { ...body, pass: pass.token } : body, withCookies(isApp ? [] : [pass.cookie]));
}

function sendNotAdmitted(
  { reply, door }: RoomVisit,
  ticket: Ticket,
  state: Exclude<ClaimOutcome["state"], "admitted">,
): void {
  const position = ticket.number - (door.room.snapshot?.serving ?? 0);
  if (state === "called") return sendJson(reply, 202, { state, retryAfterMs: retryAfterMs(door.room) });
  if (state === "closed") return sendError(reply, "closed", closedExtra(door), [RETRY_AFTER]);
  if (state !== "waiting") return sendError(reply, state, { state });
  const wait = door.status === null ? null : waitSeconds(door.status, position);
  sendError(reply, "waiting", { state, position, waitSeconds: wait });
}

/** About when the gate will have come to everybody who stands at it now. */
function retryAfterMs({ snapshot }: RoomVisit["door"]["room"]): number {
  if (snapshot === null || snapshot.mode === "hold") return MOST_RETRY_MS;
  const drainMs = (snapshot.registered * 60_000) / snapshot.settings.outflowPerMinute;
  return Math.round(Math.min(MOST_RETRY_MS, Math.max(LEAST_RETRY_MS, drainMs / 2)));
}
