import type { Ticket } from "#core/tokens";
import { type PassVerdict, verifyTicket } from "#core/tokens";
import type { Deployment, Door } from "../deployment.ts";
import { cookiesOf, passCookieName, readCookie, ticketCookieName } from "../http/cookies.ts";
import { headerOf, type Request } from "../http/request.ts";

/** The tokens that a request carries for one room, unverified; undefined where there is none. */
export interface Credentials {
  /** A client that is no browser: tokens travel in bodies and headers, no cookie is set. */
  readonly isApp: boolean;
  readonly ticket: string | undefined;
  readonly pass: string | undefined;
}

/** Reads what a request under `/_sluse/rooms/{room}` carries. */
export function credentialsOf(request: Request, room: string, secure: boolean): Credentials {
  if (headerOf(request, "sluse-client") === "app") {
    const authorization = headerOf(request, "authorization");
    const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
    return { isApp: true, ticket: bearer, pass: headerOf(request, "sluse-pass") };
  }
  return cookieTokens(request, room, secure, false);
}

/** Reads what a request to the service carries; its `Authorization` is the service's own. */
export function serviceCredentialsOf(request: Request, room: string, secure: boolean): Credentials {
  const pass = headerOf(request, "sluse-pass");
  const isApp = headerOf(request, "sluse-client") === "app";
  if (pass !== undefined) return { isApp, ticket: undefined, pass };
  return cookieTokens(request, room, secure, isApp);
}

function cookieTokens(request: Request, room: string, secure: boolean, isApp: boolean): Credentials {
  const cookies = cookiesOf(request);
  return {
    isApp,
    ticket: cookies === "" ? undefined : readCookie(cookies, ticketCookieName(room, secure)),
    pass: cookies === "" ? undefined : readCookie(cookies, passCookieName(room, secure)),
  };
}

/** The ticket if it is good. What it remembers of the line is learned; a bad one is counted. */
export function ticketOf(deployment: Deployment, door: Door, token: string | undefined): Ticket | null {
  if (token === undefined) return null;
  const verdict = verifyTicket(deployment.ring, door.config.id, token);
  if (!verdict.ok) {
    deployment.metrics.tokenRejected(door.config.id, verdict.reason);
    return null;
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
  const settings = door.room.snapshot?.settings;
  const check = {
    room: door.config.id,
    nowMs: door.room.now(),
    graceSeconds: settings?.sessionGraceSeconds ?? door.config.sessionGraceSeconds,
    passesNotBeforeMs: settings?.passesNotBeforeMs ?? 0,
  };
  return deployment.passes.get(token, check) ?? deployment.passes.verify(token, check);
}
