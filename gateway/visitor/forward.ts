import { isApp, isNavigation, passCookie } from "#core/door";
import { sendError } from "../problems.ts";
import { withCookies } from "./grants.ts";
import { sendNotice } from "./pages.ts";
import { clientOfVisit, type RoomVisit } from "./visit.ts";

/** A pass that lets a request through; the token goes on to the service. */
export interface Admission {
  readonly jti: string;
  readonly token: string;
  readonly expiresAtMs: number;
}

/** Lets a request through to the service, and sets our cookies on its reply. */
export function forwardVisit(visit: RoomVisit, pass: Admission | null, cookies: readonly string[]): void {
  const { deployment, request, reply, door } = visit;
  const { config } = door;
  const client = clientOfVisit(visit);
  // An app keeps no cookies: it asks for a fresh pass by claiming again.
  const fromApp = isApp(request);
  let setCookies = fromApp ? [] : cookies;
  const enteredAtMs = door.room.now();
  deployment.proxy.forward({
    reply,
    request,
    client,
    room: { id: config.id, origin: config.origin, originHost: config.originHost },
    publicUrl: `${client.proto}://${client.host}`,
    pass: pass?.token,
    setCookies: () => setCookies,
    mayStay: () =>
      pass === null ||
      (!door.room.hasEnded(pass.jti) && (door.room.snapshot?.settings.passesNotBeforeMs ?? 0) <= enteredAtMs),
    on: {
      response: (status, seconds) => deployment.metrics.originAnswered(config.id, status, seconds),
      failure: (kind) => {
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
