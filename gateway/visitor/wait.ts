import { type JoinOutcome, MOST_EXTENSIONS } from "#core";
import { credentialsOf } from "#core/door";
import type { Ticket } from "#core/tokens";
import { sendSeeOther } from "../http/respond.ts";
import type { PlaceView, Standing } from "../page/place-page.ts";
import type { StatusDocument } from "../visitor-documents.ts";
import { ticketOf } from "./credentials.ts";
import { refuseTarget } from "./enter.ts";
import { freshJti, passFor, ticketCookieFor, ticketFor, withCookies } from "./grants.ts";
import { sendNotice, sendPlacePage } from "./pages.ts";
import { callEndsAtMs, queryParameter, type RoomVisit, sentFrom, targetOf } from "./visit.ts";

type Admitted = Extract<JoinOutcome, { state: "admitted" }>;

/**
 * `GET /_sluse/rooms/{room}/wait?to=`: the page of this ticket without JavaScript. A page that is fetched ahead, or shown
 * again, takes no place and brings nobody to the gate. Without `to` it leads back to where its visitor comes from.
 */
export function wait(visit: RoomVisit): void {
  const to = targetOf(visit, queryParameter(visit.request, "to") ?? sentFrom(visit));
  if (to === null) return refuseTarget(visit);
  const { deployment, request, door } = visit;
  const credentials = credentialsOf(request, door.config.id, deployment.secure);
  const ticket = ticketOf(deployment, door, credentials);
  if (ticket === "newer") return sendNotice(visit, "unavailable", door);
  const hasLeft = queryParameter(request, "left") !== null;
  if (ticket === null) return sendPlace(visit, 200, { to, standing: hasLeft ? "left" : "none" });
  const standing = standingOf(visit, ticket);
  if (standing === "called") askAboutCall(visit, to, ticket);
  else sendPlace(visit, 200, { to, standing, number: ticket.number });
}

/** Asks the store how a called ticket stands: only it knows until when, or that the turn has passed. */
function askAboutCall(visit: RoomVisit, to: string, ticket: Ticket): void {
  const { number } = ticket;
  const say = (standing: Standing, part: Partial<PlaceView> = {}) =>
    sendPlace(visit, 200, { to, standing, number, ...part });
  visit.door.room.look(ticket, (settled) => {
    if (!visit.reply.open) return;
    if (!settled.ok) return say("called", { stale: true });
    const { outcome } = settled;
    switch (outcome.state) {
      case "called": {
        if (number > (visit.door.room.snapshot?.reached ?? 0)) return say("early");
        const endsAtMs = callEndsAtMs(visit, outcome.windowEndsInMs);
        const wasExtended = outcome.extensionsLeft < MOST_EXTENSIONS;
        return say("called", { callEndsAtMs: endsAtMs, canExtend: true, wasExtended });
      }
      case "no-extensions-left":
        return say("called", {
          callEndsAtMs: callEndsAtMs(visit, outcome.windowEndsInMs),
          wasExtended: true,
        });
      case "registered":
        return say("gate", { ahead: outcome.ahead });
      case "returned":
        return say("returned", { ahead: outcome.ahead });
      case "admitted":
        return collect(visit, to, ticket, say);
      default:
        return say(outcome.state);
    }
  });
}

/** The gate has let this ticket in: its session begins when its visitor looks. */
function collect(
  visit: RoomVisit,
  to: string,
  ticket: Ticket,
  say: (standing: Standing, part?: Partial<PlaceView>) => void,
): void {
  const { jti, number } = ticket;
  visit.door.room.claim(ticket, (settled) => {
    if (!visit.reply.open) return;
    if (!settled.ok) return say("gate");
    const { outcome } = settled;
    if (outcome.state === "called") return say("gate", { ahead: outcome.ahead });
    if (outcome.state === "returned") return say("returned", { ahead: outcome.ahead });
    if (outcome.state !== "admitted") return say(outcome.state);
    void sendIn(visit, to, { state: "admitted", jti, number, remainingMs: outcome.remainingMs });
  });
}

/** On to `to`, with the pass of a session that has begun. */
export async function sendIn(visit: RoomVisit, to: string, admitted: Admitted): Promise<void> {
  const { deployment, door, reply } = visit;
  const { jti, number, remainingMs } = admitted;
  const ticket = ticketCookieFor(deployment, door, ticketFor(deployment, door, jti, number));
  const pass = await passFor(deployment, door, jti, remainingMs);
  sendSeeOther(reply, to, withCookies([ticket, pass.cookie]));
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
    ahead: 0,
    claimWindowSeconds: room.snapshot?.settings.claimWindowSeconds ?? config.claimWindowSeconds,
    callEndsAtMs: null,
    canExtend: false,
    wasExtended: false,
    key: freshJti(),
    nowMs: room.now(),
    ...part,
  });
}
