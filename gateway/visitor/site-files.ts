import type { Header } from "../http/request.ts";
import { ICON_SVG } from "../page/document.ts";
import { sendPortal } from "./pages.ts";
import type { Visit } from "./visit.ts";

const FILES = new Map([
  ["/robots.txt", { type: "text/plain; charset=utf-8", text: "User-agent: *\nDisallow: /_sluse/\n" }],
  // Browsers ask here for pages that name no icon; all of today's draw an SVG.
  ["/favicon.ico", { type: "image/svg+xml", text: ICON_SVG }],
]);

/**
 * What every browser and crawler asks a site for, where no room has that path: the portal, the icon, robots.txt.
 * False where it is something else.
 */
export function sendSiteFile(visit: Visit): boolean {
  const { request, reply } = visit;
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  const file = FILES.get(request.path);
  if (file !== undefined) reply.send(200, headersOf(file.type), file.text);
  else if (request.path === "/") sendPortal(visit);
  else return false;
  return true;
}

function headersOf(type: string): Header[] {
  return [
    ["content-type", type],
    ["cache-control", "public, max-age=3600"],
    ["content-security-policy", "default-src 'none'"],
    ["x-content-type-options", "nosniff"],
  ];
}
