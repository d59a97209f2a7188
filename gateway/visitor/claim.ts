import { type ClaimOutcome, gateWaitSeconds, type Snapshot } from "#core";
import { type Credentials, credentialsOf } from "#core/door";
import type { Header } from "../http/request.ts";
import { sendJson } from "../http/respond.ts";
import { sendError } from "../problems.ts";
import { waitSeconds } from "../room/status.ts";
import { ticketOf } from "./credentials.ts";
import { passFor, type SignedPass, withCookies } from "./grants.ts";
import { closedExtra } from "./join.ts";
import { learnFromSeal, queryParameter, type RoomVisit, targetOf } from "./visit.ts";

const LEAST_RETRY_MS = 250;
/** Half of what a grant is held for: whoever asks when told to collects it. */
const MOST_RETRY_MS = 30_000;
const HELD_RETRY_MS = 5_000;
const RETRY_AFTER: Header = ["retry-after", "2"];

/** How a claim ended, for whoever says it: to a program in JSON, to a browser without script by a page. */
export type ClaimResult =
  | { readonly state: "admitted"; readonly pass: SignedPass }
  | { readonly state: "waiting"; readonly position: number }
  /** At the gate, with so many ahead; `returned`: behind those registered, as an admission was not collected. */
  | { readonly state: "called"; readonly ahead: number; readonly returned: boolean }
  | { readonly state: Exclude<ClaimOutcome["state"], "admitted" | "waiting" | "called" | "returned"> }
  | { readonly state: "no-ticket" | "bad-ticket" | "store-down" };

/** `POST /_sluse/rooms/{room}/claim?to=`: a called visitor asks to come in. */
export function claim(visit: RoomVisit): void {
  const to = targetOf(visit, queryParameter(visit.request, "to"));
  if (to === null) return sendError(visit.reply, "bad-target");
  learnFromSeal(visit);
  const credentials = credentialsOf(visit.request, visit.door.config.id, visit.deployment.secure);
  askTheGate(visit, credentials, (result) => sendResult(visit, credentials.isApp, to, result));
}

/** Claims with the visitor's ticket. `done` is not told where the visitor went away meanwhile. */
export function askTheGate(
  { deployment, door, reply }: RoomVisit,
  credentials: Credentials,
  done: (result: ClaimResult) => void,
): void {
  const { metrics } = deployment;
  const { id } = door.config;
  if (credentials.ticket === undefined) {
    return done({ state: door.room.snapshot?.mode === "closed" ? "closed" : "no-ticket" });
  }
  const ticket = ticketOf(deployment, door, credentials);
  if (ticket === "newer") return done({ state: "store-down" });
  if (ticket === null) return done({ state: "bad-ticket" });
  door.room.claim(ticket, (settled) => {
    metrics.claimed(id, settled.ok ? settled.outcome.state : "store-down");
    if (!settled.ok) return done({ state: "store-down" });
    const { outcome } = settled;
    if (outcome.state === "waiting") {
      return done({ state: "waiting", position: ticket.number - (door.room.snapshot?.serving ?? 0) });
    }
    if (outcome.state === "called" || outcome.state === "returned") {
      return done({ state: "called", ahead: outcome.ahead, returned: outcome.state === "returned" });
    }
    if (outcome.state !== "admitted") return done({ state: outcome.state });
    metrics.admitted(id, ticket.jti, (door.room.now() - ticket.issuedAtMs) / 1000);
    if (!reply.open) return;
    void passFor(deployment, door, ticket.jti, outcome.remainingMs).then((pass) =>
      done({ state: "admitted", pass }),
    );
  });
}

function sendResult({ reply, door }: RoomVisit, isApp: boolean, to: string, result: ClaimResult): void {
  switch (result.state) {
    case "admitted": {
      const { pass } = result;
      const body = { state: "admitted", expiresAt: pass.expiresAtMs, to };
      const cookies = isApp ? [] : [pass.cookie];
      return sendJson(reply, 200, isApp ? { ...body, pass: pass.token } : body, withCookies(cookies));
    }
    case "called": {
      const { state, ahead, returned } = result;
      const { snapshot, watched } = door.room;
      const wait = snapshot === null ? null : gateWaitSeconds(snapshot, watched, ahead);
      const body = { state, retryAfterMs: retryAfterMs(snapshot, ahead), ahead, waitSeconds: wait };
      return sendJson(reply, 202, returned ? { ...body, returned } : body);
    }
    case "waiting": {
      const { state, position } = result;
      const wait = door.status === null ? null : waitSeconds(door.status, position);
      return sendError(reply, "waiting", { state, position, waitSeconds: wait });
    }
    case "closed":
      return sendError(reply, "closed", closedExtra(door), [RETRY_AFTER]);
    case "store-down":
      return sendError(reply, "store-down", {}, [RETRY_AFTER]);
    case "no-ticket":
    case "bad-ticket":
      return sendError(reply, result.state);
    default:
      return sendError(reply, result.state, { state: result.state });
  }
}

/** Half the time until the gate will have come to somebody with so many ahead. */
function retryAfterMs(snapshot: Snapshot | null, ahead: number): number {
  if (snapshot === null || snapshot.mode === "hold") return HELD_RETRY_MS;
  const waitMs = ((ahead + 1) * 60_000) / snapshot.settings.outflowPerMinute;
  return Math.round(Math.min(MOST_RETRY_MS, Math.max(LEAST_RETRY_MS, waitMs / 2)));
}
