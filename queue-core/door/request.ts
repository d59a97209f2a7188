/** A header: its name in lower case, its value. */
export type Header = readonly [name: string, value: string];

/** What every door knows of a request, whichever server received it. */
export interface PlainRequest {
  /** In upper case. */
  readonly method: string;
  /** Raw, starting with a slash, without the query. */
  readonly path: string;
  /** Raw, without the question mark; null where there is none. `/a?` has an empty query, `/a` has none. */
  readonly query: string | null;
  /** In the order of arrival, repeated ones repeated. `[...headers]` of the Fetch API's will do. */
  readonly headers: readonly Header[];
}

/** By these some services take a request for one of another method than it came with. */
export const METHOD_OVERRIDES: ReadonlySet<string> = new Set([
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
]);

const UNSAFE_METHODS: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/** The first header of this (lower-case) name. */
export function headerOf(request: PlainRequest, lowerCaseName: string): string | undefined {
  for (const [name, value] of request.headers) if (name === lowerCaseName) return value;
  return undefined;
}

/** Path and query of a request's target as {@link PlainRequest} has them, without a fragment. */
export function splitTarget(target: string): Pick<PlainRequest, "path" | "query"> {
  const [withoutFragment = ""] = target.split("#", 1);
  const at = withoutFragment.indexOf("?");
  if (at === -1) return { path: withoutFragment, query: null };
  return { path: withoutFragment.slice(0, at), query: withoutFragment.slice(at + 1) };
}

/** A header's (lower-case) name as many servers read it: `_` is `-` to them. */
export function readName(lowerCaseName: string): string {
  return lowerCaseName.includes("_") ? lowerCaseName.replaceAll("_", "-") : lowerCaseName;
}

/** Whether a header names another method than the request's own; see {@link METHOD_OVERRIDES}. */
export function namesAnotherMethod({ method, headers }: PlainRequest): boolean {
  return headers.some(
    ([name, value]) => METHOD_OVERRIDES.has(readName(name)) && value.trim().toUpperCase() !== method,
  );
}

/** A client that is no browser: its tokens travel in bodies and headers, and it is given no cookie. */
export function isApp(request: PlainRequest): boolean {
  return headerOf(request, "sluse-client") === "app";
}

/**
 * A browser goes to a page (PROTOCOL "navigation"); prefetches and link previews take nobody's place. An app is no
 * browser, whatever it accepts: let in by a navigation it would have no cookie to keep its session by.
 */
export function isNavigation(request: PlainRequest): boolean {
  if (isApp(request)) return false;
  if (request.method === "HEAD" || request.method === "OPTIONS") return false;
  if (headerOf(request, "sec-purpose")?.includes("prefetch")) return false;
  const mode = headerOf(request, "sec-fetch-mode");
  if (mode !== undefined) return mode === "navigate";
  return headerOf(request, "accept")?.includes("text/html") ?? false;
}

/**
 * Asks for what may last for hours: a WebSocket, or an event stream and nothing else, as a browser's `EventSource` does.
 * A handshake is told by its key, which a proxy that asks about one hands on, unlike `Upgrade`.
 */
export function asksForWhatLasts(request: PlainRequest): boolean {
  if (headerOf(request, "sec-websocket-key") !== undefined) return true;
  return /^text\/event-stream$/i.test(headerOf(request, "accept")?.trim() ?? "");
}

/** A navigation that says so, as every browser of today does; one that is told by `Accept` alone may be a crawler's. */
export function isBrowserNavigation(request: PlainRequest): boolean {
  return headerOf(request, "sec-fetch-mode") === "navigate";
}

/** POST, PUT, PATCH and DELETE: what was sent would be lost if it were not let through. */
export function isUnsafe(method: string): boolean {
  return UNSAFE_METHODS.has(method);
}
