import type { ExtendOutcome } from "#core";
import { type Credentials, credentialsOf } from "#core/door";
import type { Header } from "../http/request.ts";
import { sendJson } from "../http/respond.ts";
import { sendError } from "../problems.ts";
import { ticketOf } from "./credentials.ts";
import { closedExtra } from "./join.ts";
import { callEndsAtMs, learnFromSeal, type RoomVisit } from "./visit.ts";

const RETRY_AFTER: Header = ["retry-after", "2"];

/** How asking for more time ended, for whoever says it. */
export type ExtendResult = ExtendOutcome | { readonly state: "no-ticket" | "bad-ticket" | "store-down" };

/** `POST /_sluse/rooms/{room}/extend`: a called visitor asks for the whole claim window anew; ten times at most. */
export function extend(visit: RoomVisit): void {
  learnFromSeal(visit);
  const credentials = credentialsOf(visit.request, visit.door.config.id, visit.deployment.secure);
  askForTime(visit, credentials, (result) => sendResult(visit, result));
}

/** Asks for more time with the visitor's ticket. */
export function askForTime(
  { deployment, door }: RoomVisit,
  credentials: Credentials,
  done: (result: ExtendResult) => void,
): void {
  if (credentials.ticket === undefined) return done({ state: "no-ticket" });
  const ticket = ticketOf(deployment, door, credentials);
  if (ticket === "newer") return done({ state: "store-down" });
  if (ticket === null) return done({ state: "bad-ticket" });
  door.room.extend(ticket, (settled) => done(settled.ok ? settled.outcome : { state: "store-down" }));
}

function sendResult(visit: RoomVisit, result: ExtendResult): void {
  const { reply, door } = visit;
  switch (result.state) {
    case "called": {
      const { extensionsLeft, windowEndsInMs } = result;
      const callEndsAt = callEndsAtMs(visit, windowEndsInMs);
      return sendJson(reply, 200, { state: "called", callEndsAt, extensionsLeft });
    }
    // A call that has no end: at the gate it is kept until admitted.
    case "registered":
    case "returned":
      return sendJson(reply, 200, { state: "called", callEndsAt: null });
    case "admitted":
      return sendJson(reply, 200, { state: "admitted" });
    case "no-extensions-left":
      return sendError(reply, result.state, { callEndsAt: callEndsAtMs(visit, result.windowEndsInMs) });
    case "closed":
      return sendError(reply, "closed", closedExtra(door), [RETRY_AFTER]);
    case "store-down":
      return sendError(reply, "store-down", {}, [RETRY_AFTER]);
    default:
      return sendError(reply, result.state, { state: result.state });
  }
}
