import { onThisHost } from "#core";
import { isApp, splitTarget } from "#core/door";
import { networkOf } from "../http/address.ts";
import { type Header, isSafeTarget, type Request } from "../http/request.ts";
import { sendProblem } from "../http/respond.ts";
import { detailOf, type ProblemCode } from "../problems.ts";
import { statusDocument } from "./forward.ts";
import { type Answers, decideIn, doorOf } from "./gate.ts";
import { withCookies } from "./grants.ts";
import type { Admission } from "./stay.ts";
import { clientOfVisit, type RoomVisit, type Visit } from "./visit.ts";

const RETRY_AFTER: Header = ["retry-after", "5"];
/** Traefik and Caddy send the first of each, nginx's configurations by custom the second. */
const METHOD_HEADERS = ["x-forwarded-method", "x-original-method"];
const URI_HEADERS = ["x-forwarded-uri", "x-original-uri"];

/**
 * `GET /_sluse/auth`: a proxy that stands before the service itself asks whether a request may pass. The same decision
 * as at the gate: 200 with headers to set, or 401 with the address of the waiting page. Whatever cannot be
 * decided is 403, since nginx takes any other status for a fault.
 */
export function auth(visit: Visit): void {
  const asked = requestAskedAbout(visit);
  if (typeof asked === "string") return refuse(visit, asked);
  const found = doorOf({ ...visit, request: asked });
  if (found === "ambiguous") return refuse(visit, "ambiguous-path");
  if (found === "none") return refuse(visit, "no-room");
  const { deployment, reply } = visit;
  decideIn({ deployment, reply, request: asked, door: found }, TO_PROXY);
}

const TO_PROXY: Answers = {
  forward: letThrough,
  wait: (visit) => sendToWait(visit, "must-wait"),
  closed: (visit) => sendToWait(visit, "closed"),
};

/**
 * The request that the proxy has. A proxy may hand on what its visitor sent besides what it says itself, so every
 * header that names the method or the address must say the same. Without a method none is assumed.
 */
function requestAskedAbout(visit: Visit): Request | "not-a-proxy" | "ambiguous-path" {
  const { request } = visit;
  if (!clientOfVisit(visit).viaTrustedProxy) return "not-a-proxy";
  const uris = valuesOf(request, URI_HEADERS);
  const methods = valuesOf(request, METHOD_HEADERS);
  const [uri] = uris;
  if (uri === undefined || uris.size > 1 || methods.size > 1 || !uri.startsWith("/")) return "not-a-proxy";
  // A fragment is never sent by a browser; some services end the address there, others go on.
  if (!isSafeTarget(uri)) return "ambiguous-path";
  const [method = ""] = methods;
  return { ...request, method: method.toUpperCase(), ...splitTarget(uri) };
}

function valuesOf({ headers }: Request, names: readonly string[]): Set<string> {
  return new Set(headers.filter(([name]) => names.includes(name)).map(([, value]) => value));
}

function letThrough(visit: RoomVisit, pass: Admission | null, cookies: readonly string[]): void {
  const { deployment, reply, request, door } = visit;
  const headers: Header[] = [["sluse-room", door.config.id]];
  if (pass !== null) {
    headers.push(["sluse-pass", pass.token]);
    deployment.passNetworks.saw(door.config.id, pass.jti, networkOf(clientOfVisit(visit).address));
  }
  reply.send(200, [...headers, ...withCookies(isApp(request) ? [] : cookies)]);
}

function sendToWait({ reply, request, door }: RoomVisit, code: "must-wait" | "closed"): void {
  const to = onThisHost(request.query === null ? request.path : `${request.path}?${request.query}`);
  const location = `/_sluse/rooms/${door.config.id}/enter?to=${encodeURIComponent(to)}`;
  const status = code === "must-wait" ? { status: statusDocument(door) } : {};
  const extra = { room: door.config.id, location, ...status };
  sendProblem(reply, 401, code, detailOf(code), extra, [["location", location], RETRY_AFTER]);
}

function refuse({ reply }: Visit, code: ProblemCode): void {
  sendProblem(reply, 403, code, detailOf(code));
}
