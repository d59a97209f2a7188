import { cookiesOf, passCookieName, readCookie, ticketCookieName } from "./cookies.ts";
import { headerOf, isApp, type PlainRequest } from "./request.ts";

/** The tokens that a request carries for one room, unverified; undefined where there is none. */
export interface Credentials {
  /** See {@link isApp}. */
  readonly isApp: boolean;
  readonly ticket: string | undefined;
  readonly pass: string | undefined;
}

/** What a request under `/_sluse/rooms/{room}` carries. `secure` where visitors come by https. */
export function credentialsOf(request: PlainRequest, room: string, secure: boolean): Credentials {
  if (!isApp(request)) return cookieTokens(request, room, secure, false);
  const authorization = headerOf(request, "authorization");
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
  return { isApp: true, ticket: bearer, pass: headerOf(request, "sluse-pass") };
}

/** What a request to the service carries; its `Authorization` is the service's own. */
export function serviceCredentialsOf(request: PlainRequest, room: string, secure: boolean): Credentials {
  const pass = headerOf(request, "sluse-pass");
  if (pass !== undefined) return { isApp: isApp(request), ticket: undefined, pass };
  return cookieTokens(request, room, secure, isApp(request));
}

function cookieTokens(request: PlainRequest, room: string, secure: boolean, fromApp: boolean): Credentials {
  const cookies = cookiesOf(request);
  return {
    isApp: fromApp,
    ticket: cookies === "" ? undefined : readCookie(cookies, ticketCookieName(room, secure)),
    pass: cookies === "" ? undefined : readCookie(cookies, passCookieName(room, secure)),
  };
}
