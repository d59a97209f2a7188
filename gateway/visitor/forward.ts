import { isApp, isNavigation, passCookie } from "#core/door";
import type { Door } from "../deployment.ts";
import { networkOf } from "../http/address.ts";
import type { Header } from "../http/request.ts";
import { sendError } from "../problems.ts";
import { withCookies } from "./grants.ts";
import { sendNotice } from "./pages.ts";
import { type Admission, type Grounds, Stay } from "./stay.ts";
import { clientOfVisit, type RoomVisit } from "./visit.ts";

/**
 * What is let through without a session may take so long in all, and opens nothing that lasts. A form is not lost: its
 * files may take long to come.
 */
const ONE_REQUEST_MS: Partial<Record<Grounds, number>> = { "one-request": 120_000, grace: 600_000 };
const RETRY_AFTER: Header = ["retry-after", "5"];

/** Lets a request through to the service, and sets our cookies on its reply. */
export function forwardVisit(
  visit: RoomVisit,
  pass: Admission | null,
  cookies: readonly string[],
  grounds: Grounds,
): void {
  const { deployment, request, reply, door } = visit;
  const { config } = door;
  const client = clientOfVisit(visit);
  const network = networkOf(client.address);
  if (pass !== null) deployment.passNetworks.saw(config.id, pass.jti, network);
  // An app keeps no cookies: it asks for a fresh pass by claiming again.
  const fromApp = isApp(request);
  let setCookies = fromApp ? [] : cookies;
  const stay = new Stay(door.room, pass, grounds);
  deployment.proxy.forward({
    reply,
    request,
    client,
    asker: { pass: pass?.jti ?? null, network },
    room: { id: config.id, origin: config.origin, originHost: config.originHost },
    publicUrl: `${client.proto}://${client.host}`,
    pass: pass?.token,
    setCookies: () => setCookies,
    oneRequestMs: ONE_REQUEST_MS[grounds],
    mayStay: (used) => stay.goesOn(used),
    on: {
      response: (status, seconds) => deployment.metrics.originAnswered(config.id, status, seconds),
      failure: (kind) => {
        if (kind === "lasting") return sendMustWait(visit);
        if (kind === "too-many-requests" || kind === "too-many-sockets")
          return refuse(visit, kind, setCookies);
        if (kind !== "malformed")
          deployment.metrics.originFailed(config.id, kind === "cut" ? "broken" : kind);
        if (kind !== "cut") sendFailure(visit, kind, setCookies);
      },
      command: (value) => {
        if (value !== "end-session" || pass === null) return;
        if (!fromApp) setCookies = [passCookie(config.id, deployment.secure, "", 0)];
        door.room.end({ jti: pass.jti, number: 0, kind: "ended" }, pass.expiresAtMs, () => {});
      },
    },
  });
}

/** To a program: how the line stands, and that it needs a place there. */
export function sendMustWait({ reply, door }: RoomVisit): void {
  sendError(reply, "must-wait", { status: statusDocument(door) }, [RETRY_AFTER]);
}

/** How the line stands, as `must-wait` says it; null before the first news. */
export function statusDocument({ status }: Door): unknown {
  return status === null ? null : JSON.parse(status.json);
}

/** A pass that has its share of the service already. */
function refuse(
  visit: RoomVisit,
  code: "too-many-requests" | "too-many-sockets",
  cookies: readonly string[],
): void {
  const { deployment, reply, request, door } = visit;
  deployment.metrics.passRefused(door.config.id, code === "too-many-sockets" ? "socket" : "request");
  if (isNavigation(request)) return sendNotice(visit, "unavailable", door, undefined, cookies);
  sendError(reply, code, {}, [RETRY_AFTER, ...withCookies(cookies)]);
}

const FAILURES = {
  away: { code: "origin-away", notice: "bad-gateway" },
  slow: { code: "origin-slow", notice: "timeout" },
  malformed: { code: "bad-request", notice: "bad-request" },
} as const;

/** Whoever was just let in keeps the session though the service does not answer: it is taken, and they will try again. */
function sendFailure(visit: RoomVisit, kind: keyof typeof FAILURES, cookies: readonly string[]): void {
  const { code, notice } = FAILURES[kind];
  if (isNavigation(visit.request)) sendNotice(visit, notice, visit.door, undefined, cookies);
  else sendError(visit.reply, code, {}, cookies.length > 0 ? withCookies(cookies) : []);
}
