import { cookiesOf, passCookieName, readCookie, readFurtherCookies, ticketCookieName } from "./cookies.ts";
import { headerOf, isApp, type PlainRequest } from "./request.ts";

/** The tokens that a request carries for one room, unverified; undefined where there is none. */
export interface Credentials {
  /** See {@link isApp}. */
  readonly isApp: boolean;
  readonly ticket: string | undefined;
  readonly pass: string | undefined;
  /** The cookies that they came in; empty where they came in headers. */
  readonly cookies: string;
}

/** What a request under `/_sluse/rooms/{room}` carries. `secure` where visitors come by https. */
export function credentialsOf(request: PlainRequest, room: string, secure: boolean): Credentials {
  if (!isApp(request)) return cookieTokens(request, room, secure, false);
  const authorization = headerOf(request, "authorization");
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
  return { isApp: true, ticket: bearer, pass: headerOf(request, "sluse-pass"), cookies: "" };
}

/** What a request to the service carries; its `Authorization` is the service's own. */
export function serviceCredentialsOf(request: PlainRequest, room: string, secure: boolean): Credentials {
  const pass = headerOf(request, "sluse-pass");
  if (pass !== undefined) return { isApp: isApp(request), ticket: undefined, pass, cookies: "" };
  return cookieTokens(request, room, secure, isApp(request));
}

/**
 * What else may be the ticket where the first is not good: on http a neighbour of the host, or a page below a path,
 * can have the browser send a cookie of the same name in front.
 */
export function furtherTickets({ cookies }: Credentials, room: string, secure: boolean): string[] {
  return readFurtherCookies(cookies, ticketCookieName(room, secure));
}

/** What else may be the pass; see {@link furtherTickets}. */
export function furtherPasses({ cookies }: Credentials, room: string, secure: boolean): string[] {
  return readFurtherCookies(cookies, passCookieName(room, secure));
}

function cookieTokens(request: PlainRequest, room: string, secure: boolean, fromApp: boolean): Credentials {
  const cookies = cookiesOf(request);
  return {
    isApp: fromApp,
    cookies,
    ticket: cookies === "" ? undefined : readCookie(cookies, ticketCookieName(room, secure)),
    pass: cookies === "" ? undefined : readCookie(cookies, passCookieName(room, secure)),
  };
}
