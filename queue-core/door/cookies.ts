import type { PlainRequest } from "./request.ts";

/** The language that a visitor chose for Sluse's own pages. */
export const LANGUAGE_COOKIE = "sluse_lang";
/** Browsers keep `=sluse_lang=da` as a cookie without a name, and send it as `sluse_lang=da`. */
const SLUSE_COOKIE = /^[\s=]*(?:__Host-)?sluse_/;
/** Each costs whoever looks at it the check of a signature. */
const MOST_FURTHER_COOKIES = 3;
const YEAR_SECONDS = 365 * 24 * 60 * 60;

/** The name of a room's ticket cookie; `secure` where visitors come by https. */
export function ticketCookieName(room: string, secure: boolean): string {
  return secure ? `__Host-sluse_ticket_${room}` : `sluse_ticket_${room}`;
}

/** The name of a room's pass cookie; `secure` where visitors come by https. */
export function passCookieName(room: string, secure: boolean): string {
  return secure ? `__Host-sluse_pass_${room}` : `sluse_pass_${room}`;
}

/** A `Set-Cookie` value that keeps a ticket for `maxAgeSeconds`; 0 clears it. */
export function ticketCookie(room: string, secure: boolean, ticket: string, maxAgeSeconds: number): string {
  return setCookie(ticketCookieName(room, secure), ticket, secure, "Lax", maxAgeSeconds);
}

/** What stands before and after the ticket in {@link ticketCookie}, for who writes many. */
export function ticketCookieAround(
  room: string,
  secure: boolean,
  maxAgeSeconds: number,
): { readonly before: string; readonly after: string } {
  const name = ticketCookieName(room, secure);
  return { before: `${name}=`, after: attributes(secure, "Lax", maxAgeSeconds) };
}

/** A `Set-Cookie` value that keeps a pass for `maxAgeSeconds`; 0 clears it. `None` on https: log-ins come back by cross-site POST. */
export function passCookie(room: string, secure: boolean, pass: string, maxAgeSeconds: number): string {
  return setCookie(passCookieName(room, secure), pass, secure, secure ? "None" : "Lax", maxAgeSeconds);
}

/** A `Set-Cookie` value that keeps the language of Sluse's own pages for a year. */
export function languageCookie(language: string, secure: boolean): string {
  return `${LANGUAGE_COOKIE}=${language}; Max-Age=${YEAR_SECONDS}; Path=/; SameSite=Lax${secure ? "; Secure" : ""}`;
}

/** All cookies of a request in one line; HTTP/2 proxies may send several `Cookie` headers. Empty for none. */
export function cookiesOf(request: PlainRequest): string {
  let cookies = "";
  for (const [name, value] of request.headers) {
    if (name === "cookie") cookies = cookies === "" ? value : `${cookies}; ${value}`;
  }
  return cookies;
}

/** The first cookie of exactly this name, without decoding it. */
export function readCookie(cookies: string, name: string): string | undefined {
  const start = valueStart(cookies, name, 0);
  return start === -1 ? undefined : valueAt(cookies, start);
}

/** The cookies of exactly this name behind the first, in the order of arrival; three at most. */
export function readFurtherCookies(cookies: string, name: string): string[] {
  const values: string[] = [];
  let start = valueStart(cookies, name, 0);
  while (start !== -1 && values.length < MOST_FURTHER_COOKIES) {
    start = valueStart(cookies, name, start);
    if (start !== -1) values.push(valueAt(cookies, start));
  }
  return values;
}

/** The cookies that are the service's own: all but `sluse_*` and `__Host-sluse_*`. Empty where none is left. */
export function withoutSluseCookies(cookies: string): string {
  if (!cookies.includes("sluse_")) return cookies;
  return cookies
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => !isSluseCookie(pair))
    .join("; ");
}

/** Whether a cookie, or a `Set-Cookie` value, has a name of Sluse's: of any room, the language's, the console's. */
export function isSluseCookie(cookie: string): boolean {
  return SLUSE_COOKIE.test(cookie);
}

/** Where the value of the next cookie of this name begins; -1 where none comes. */
function valueStart(cookies: string, name: string, from: number): number {
  let at = cookies.indexOf(name, from);
  while (at !== -1) {
    const end = at + name.length;
    if (cookies[end] === "=" && startsPair(cookies, at)) return end + 1;
    at = cookies.indexOf(name, end);
  }
  return -1;
}

function valueAt(cookies: string, start: number): string {
  const next = cookies.indexOf(";", start);
  return cookies.slice(start, next === -1 ? undefined : next).trim();
}

function startsPair(cookies: string, at: number): boolean {
  let before = at - 1;
  while (before >= 0 && (cookies[before] === " " || cookies[before] === "\t")) before -= 1;
  return before < 0 || cookies[before] === ";";
}

function setCookie(
  name: string,
  value: string,
  secure: boolean,
  sameSite: "Lax" | "None",
  maxAgeSeconds: number,
): string {
  return `${name}=${value}${attributes(secure, sameSite, maxAgeSeconds)}`;
}

function attributes(secure: boolean, sameSite: "Lax" | "None", maxAgeSeconds: number): string {
  return `; Max-Age=${maxAgeSeconds}; Path=/; HttpOnly; SameSite=${sameSite}${secure ? "; Secure" : ""}`;
}
