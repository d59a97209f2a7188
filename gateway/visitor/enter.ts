import { isNavigation, splitTarget } from "#core/door";
import { sendSeeOther } from "../http/respond.ts";
import { sendError } from "../problems.ts";
import { decideIn, TO_VISITOR } from "./gate.ts";
import { withCookies } from "./grants.ts";
import { sendNotice } from "./pages.ts";
import { queryParameter, type RoomVisit, targetOf } from "./visit.ts";

/**
 * `GET /_sluse/rooms/{room}/enter?to=`: where forward-auth sends a browser. What the gate would say of `to`: the
 * waiting page, or on to it, by way of the proxy that asked.
 */
export function enter(visit: RoomVisit): void {
  const to = targetOf(visit, queryParameter(visit.request, "to"));
  if (to === null) return refuseTarget(visit);
  decideIn(
    { ...visit, request: { ...visit.request, method: "GET", ...splitTarget(to) } },
    {
      forward: ({ reply }, _pass, cookies) => sendSeeOther(reply, to, withCookies(cookies)),
      wait: ({ isAfterForm }, navigation) => TO_VISITOR.wait({ ...visit, isAfterForm }, navigation),
      closed: (_asked, navigation) => TO_VISITOR.closed(visit, navigation),
    },
  );
}

/** A `to` that is no path of this room on this host. */
export function refuseTarget(visit: RoomVisit): void {
  if (isNavigation(visit.request)) sendNotice(visit, "bad-request", null);
  else sendError(visit.reply, "bad-target");
}
