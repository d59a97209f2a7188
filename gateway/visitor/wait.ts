import type { Ticket } from "#core/tokens";
import type { StatusDocument } from "../page/client/contract.ts";
import type { PlaceView, Standing } from "../page/place-page.ts";
import { credentialsOf, ticketOf } from "./credentials.ts";
import { refuseTarget } from "./enter.ts";
import { freshJti } from "./grants.ts";
import { sendPlacePage } from "./pages.ts";
import { queryParameter, type RoomVisit, targetOf } from "./visit.ts";

/**
 * `GET /_sluse/rooms/{room}/wait?to=`: the page of this ticket without JavaScript. It reads and changes nothing: a page
 * that is fetched ahead, or shown again, takes no place and brings nobody to the gate.
 */
export function wait(visit: RoomVisit): void {
  const to = targetOf(visit, queryParameter(visit.request, "to"));
  if (to === null) return refuseTarget(visit);
  const { deployment, request, door } = visit;
  const credentials = credentialsOf(request, door.config.id, deployment.secure);
  const ticket = ticketOf(deployment, door, credentials.ticket);
  const hasLeft = queryParameter(request, "left") !== null;
  if (ticket === null) return sendPlace(visit, 200, { to, standing: hasLeft ? "left" : "none" });
  sendPlace(visit, 200, { to, standing: standingOf(visit, ticket), number: ticket.number });
}

/** How a good ticket stands, as far as this gateway knows without asking the store. */
function standingOf({ door }: RoomVisit, ticket: Ticket): Standing {
  const line = door.room.snapshot;
  if (line === null) return "waiting";
  if (line.mode === "closed") return "closed";
  if (ticket.generation < line.generation) return "reset";
  if (line.mode === "open") return "open";
  return ticket.number > line.serving ? "waiting" : "called";
}

/** Sends the page of a place that stands like this. */
export function sendPlace(
  visit: RoomVisit,
  httpStatus: number,
  part: Pick<PlaceView, "to" | "standing"> & Partial<PlaceView>,
): void {
  const { room, status, config } = visit.door;
  sendPlacePage(visit, httpStatus, {
    number: 0,
    status: status === null ? null : (JSON.parse(status.json) as StatusDocument),
    stale: room.state !== "up",
    claimWindowSeconds: room.snapshot?.settings.claimWindowSeconds ?? config.claimWindowSeconds,
    callEndsAtMs: null,
    canExtend: false,
    key: freshJti(),
    nowMs: room.now(),
    ...part,
  });
}
