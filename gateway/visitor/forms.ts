import { credentialsOf } from "#core/door";
import { sendSeeOther } from "../http/respond.ts";
import { placeHref } from "../page/place-page.ts";
import { askTheGate } from "./claim.ts";
import { askForTime } from "./extend.ts";
import { type Form, readForm } from "./form.ts";
import { ticketCookieFor, ticketFor, withCookies } from "./grants.ts";
import { IDEMPOTENCY_KEY, takePlace } from "./join.ts";
import { leaveTheLine } from "./leave.ts";
import { sendNotice } from "./pages.ts";
import { callEndsAtMs, queryParameter, type RoomVisit, sentFrom, targetOf } from "./visit.ts";
import { sendIn, sendPlace } from "./wait.ts";

/** What a page's form asks for, checked. */
export interface Asked {
  readonly to: string;
  readonly key: string | undefined;
}

/** Answers a form: with 303 where it went well, with a page where not. */
export type AnswerForm = (visit: RoomVisit, asked: Asked) => void | Promise<void>;

/** Reads a form, then answers it. A bad `to` is refused before anything else. */
export async function runForm(visit: RoomVisit, answer: AnswerForm): Promise<void> {
  const form = await readForm(visit);
  if (form === null) return sendNotice(visit, "bad-request", null);
  const to = targetOf(visit, wantedBy(visit, form));
  if (to === null) return sendNotice(visit, "bad-request", null);
  const key = form.key ?? undefined;
  if (key !== undefined && !IDEMPOTENCY_KEY.test(key)) return sendNotice(visit, "bad-request", null);
  await answer(visit, { to, key });
}

/**
 * Where the visitor wants to go, unchecked. The waiting page is the same for everybody, so its form names nothing:
 * there it is the address that the form was sent from.
 */
function wantedBy(visit: RoomVisit, form: Form): string | null {
  const named = form.to ?? queryParameter(visit.request, "to");
  if (named !== null) return named;
  return sentFrom(visit);
}

/** Takes a place, and leads to its page, or straight in. */
export function joinByForm(visit: RoomVisit, { to, key }: Asked): void {
  const { deployment, door, reply } = visit;
  const credentials = credentialsOf(visit.request, door.config.id, deployment.secure);
  takePlace(visit, key, credentials, (result) => {
    const page = placeHref(door.config.id, to);
    if (result.state === "closed") return sendNotice(visit, "closed", door, page);
    if (result.state === "store-down" || result.state === "slow-down")
      return sendNotice(visit, "unavailable", door, page);
    if (!reply.open) return;
    if (result.state === "admitted") return void sendIn(visit, to, result);
    const ticket = ticketFor(deployment, door, result.jti, result.number);
    sendSeeOther(reply, page, withCookies([ticketCookieFor(deployment, door, ticket)]));
  });
}

/** Asks to come in: there where the gate admits, else back to the page of the place. */
export function claimByForm(visit: RoomVisit, { to }: Asked): void {
  const { deployment, door, reply } = visit;
  const page = placeHref(door.config.id, to);
  const credentials = credentialsOf(visit.request, door.config.id, deployment.secure);
  askTheGate(visit, credentials, (result) => {
    switch (result.state) {
      case "admitted":
        return sendSeeOther(reply, to, withCookies([result.pass.cookie]));
      case "called":
      case "waiting":
        return sendSeeOther(reply, page);
      default:
        return sendRefusal(visit, to, result.state);
    }
  });
}

/** Asks for more time, and leads back to the page of the place, which says until when. */
export function extendByForm(visit: RoomVisit, { to }: Asked): void {
  const { deployment, door, reply } = visit;
  const credentials = credentialsOf(visit.request, door.config.id, deployment.secure);
  askForTime(visit, credentials, (result) => {
    switch (result.state) {
      case "called":
      case "registered":
      case "returned":
      case "admitted":
      case "waiting":
        return sendSeeOther(reply, placeHref(door.config.id, to));
      case "no-extensions-left": {
        const endsAtMs = callEndsAtMs(visit, result.windowEndsInMs);
        return sendPlace(visit, 409, { to, standing: "called", callEndsAtMs: endsAtMs });
      }
      default:
        return sendRefusal(visit, to, result.state);
    }
  });
}

type Refused = "closed" | "store-down" | "no-ticket" | "bad-ticket" | "missed" | "used" | "left" | "reset";

/** What became of a ticket that nothing can be asked with, as a page. */
function sendRefusal(visit: RoomVisit, to: string, state: Refused): void {
  const { door } = visit;
  switch (state) {
    case "closed":
      return sendNotice(visit, "closed", door, placeHref(door.config.id, to));
    case "store-down":
      return sendNotice(visit, "unavailable", door, placeHref(door.config.id, to));
    case "no-ticket":
    case "bad-ticket":
      return sendPlace(visit, 401, { to, standing: "none" });
    default:
      return sendPlace(visit, 410, { to, standing: state });
  }
}

/** Gives the place back, and says so on a page of its own. */
export async function leaveByForm(visit: RoomVisit, { to }: Asked): Promise<void> {
  const { door, reply } = visit;
  const page = placeHref(door.config.id, to);
  const cookies = await leaveTheLine(visit);
  if (cookies === null) sendNotice(visit, "unavailable", door, page);
  else sendSeeOther(reply, `${page}&left=yes`, withCookies(cookies));
}
