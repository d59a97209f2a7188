import { headerOf, type Request } from "../http/request.ts";

/**
 * A browser goes to a page (PROTOCOL "navigation"); prefetches and link previews take nobody's place. An app is no
 * browser, whatever it accepts: let in by a navigation it would have no cookie to keep its session by.
 */
export function isNavigation(request: Request): boolean {
  if (headerOf(request, "sluse-client") === "app") return false;
  if (request.method === "HEAD" || request.method === "OPTIONS") return false;
  if (headerOf(request, "sec-purpose")?.includes("prefetch")) return false;
  const mode = headerOf(request, "sec-fetch-mode");
  if (mode !== undefined) return mode === "navigate";
  return headerOf(request, "accept")?.includes("text/html") ?? false;
}
