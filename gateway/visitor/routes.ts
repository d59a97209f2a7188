// The global of this name is a getter, which V8 calls anew at each use.
import { performance } from "node:perf_hooks";
import { isNavigation } from "#core/door";
import type { Deployment, Door } from "../deployment.ts";
import { Reply, sendPrepared } from "../http/reply.ts";
import { isPlain, isRefusal, type Request, readRequest } from "../http/request.ts";
import { refuse } from "../http/respond.ts";
import type { App, HttpRequest, HttpResponse, SocketContext } from "../http/uws.ts";
import type { MeteredRoute } from "../metrics.ts";
import { sendError } from "../problems.ts";
import { auth } from "./auth.ts";
import { claim } from "./claim.ts";
import { enter } from "./enter.ts";
import { extend } from "./extend.ts";
import { isForm } from "./form.ts";
import { type AnswerForm, claimByForm, extendByForm, joinByForm, leaveByForm, runForm } from "./forms.ts";
import { gate } from "./gate.ts";
import { join } from "./join.ts";
import { leave } from "./leave.ts";
import { liveBehavior } from "./live.ts";
import { sendNotice } from "./pages.ts";
import { serviceSocketBehavior } from "./service-socket.ts";
import { healthz, jwks, roomList, status } from "./status.ts";
import { isForeignOrigin, type RoomVisit, type Visit } from "./visit.ts";
import { wait } from "./wait.ts";

/** A route under `/_sluse/` and `/.well-known/`: its label in the metrics, its method, what it does. */
interface Route<V> {
  readonly name: MeteredRoute;
  readonly pattern: string;
  readonly method: "GET" | "POST";
  readonly run: (visit: V) => void | Promise<void>;
}

/** A route in a room. */
interface RoomRoute extends Route<RoomVisit> {
  /** What answers a form, that is a browser without JavaScript. */
  readonly form?: AnswerForm;
}

const STATUS_PATTERN = "/_sluse/rooms/:room/status";

/** Start here: everything that a visitor can ask, and who answers. Whatever else comes goes to the gate. */
const ROOM_ROUTES: readonly RoomRoute[] = [
  { name: "status", pattern: STATUS_PATTERN, method: "GET", run: status },
  { name: "join", pattern: "/_sluse/rooms/:room/join", method: "POST", run: join, form: joinByForm },
  { name: "claim", pattern: "/_sluse/rooms/:room/claim", method: "POST", run: claim, form: claimByForm },
  { name: "leave", pattern: "/_sluse/rooms/:room/leave", method: "POST", run: leave, form: leaveByForm },
  { name: "extend", pattern: "/_sluse/rooms/:room/extend", method: "POST", run: extend, form: extendByForm },
  { name: "wait", pattern: "/_sluse/rooms/:room/wait", method: "GET", run: wait },
  { name: "enter", pattern: "/_sluse/rooms/:room/enter", method: "GET", run: enter },
];
const ROUTES: readonly Route<Visit>[] = [
  { name: "auth", pattern: "/_sluse/auth", method: "GET", run: auth },
  { name: "rooms", pattern: "/_sluse/rooms", method: "GET", run: roomList },
  { name: "healthz", pattern: "/_sluse/healthz", method: "GET", run: healthz },
  { name: "jwks", pattern: "/.well-known/jwks.json", method: "GET", run: jwks },
];

export function visitorRoutes(app: App, deployment: Deployment): void {
  const any = (pattern: string, name: MeteredRoute, go: Go) =>
    app.any(pattern, (res, req) => open(deployment, res, req, name, go));

  for (const route of ROUTES)
    any(route.pattern, route.name, (request, reply) => run(route, { deployment, request, reply }));
  // By their whole paths: to read a pattern's parameter costs as much as to find the route.
  for (const [id, door] of deployment.doors) {
    app.get(pathIn(id, STATUS_PATTERN), (res, req) => sendStatus(deployment, door, res, req));
    for (const route of ROOM_ROUTES)
      any(pathIn(id, route.pattern), route.name, (request, reply) =>
        runInRoom(route, { deployment, request, reply, door }),
      );
  }
  for (const { pattern, name } of ROOM_ROUTES)
    any(pattern, name, (request, reply) => refuseRoom({ deployment, request, reply }));
  app.ws("/_sluse/rooms/:room/live", liveBehavior(deployment));
  any("/_sluse/*", "other", (_, reply) => sendError(reply, "not-found"));
  const toGate: Go = (request, reply) => gate({ deployment, request, reply });
  any("/*", "service", toGate);
  app.ws(
    "/*",
    serviceSocketBehavior((res, req, context) => open(deployment, res, req, "service", toGate, context)),
  );
}

function pathIn(room: string, pattern: string): string {
  return pattern.replace(":room", room);
}

/**
 * What every waiting page asks, again and again: the same bytes, past everything that other routes need. Whatever
 * is not that plain case is left to the route of the table.
 */
function sendStatus({ metrics }: Deployment, door: Door, res: HttpResponse, req: HttpRequest): void {
  const startedMs = performance.now();
  const prepared = door.statusReply;
  if (prepared === null || !isPlain(req, "sluse-seal")) {
    req.setYield(true);
    return;
  }
  sendPrepared(res, prepared, false);
  metrics.requestServed("status", (performance.now() - startedMs) / 1000);
}

/** What answers a request that was let by. */
type Go = (request: Request, reply: Reply) => void;

/** The request guard on every request; then a reply that knows whether the visitor is still there. */
function open(
  { metrics }: Deployment,
  res: HttpResponse,
  req: HttpRequest,
  name: MeteredRoute,
  go: Go,
  upgrade: SocketContext | null = null,
): void {
  const startedMs = performance.now();
  const request = readRequest(req, res);
  if (isRefusal(request)) return refuse(res, request);
  const served = () => metrics.requestServed(name, (performance.now() - startedMs) / 1000);
  go(request, new Reply(res, request, served, upgrade));
}

function runInRoom(route: RoomRoute, visit: RoomVisit): void {
  const { form } = route;
  if (form !== undefined && isForm(visit.request)) run(route, visit, (asked) => runForm(asked, form));
  else run(route, visit);
}

function refuseRoom(visit: Visit): void {
  if (isForm(visit.request) || isNavigation(visit.request)) sendNotice(visit, "not-found", null);
  else sendError(visit.reply, "no-room");
}

function refuseForeign(visit: Visit): void {
  if (isForm(visit.request)) sendNotice(visit, "forbidden", null);
  else sendError(visit.reply, "foreign-origin");
}

function allowed(route: Route<never>): string {
  return route.method === "GET" ? "GET, HEAD" : route.method;
}

function run<V extends Visit>(route: Route<V>, visit: V, answer = route.run): void {
  const { method } = visit.request;
  if (method !== route.method && !(method === "HEAD" && route.method === "GET"))
    return sendError(visit.reply, "method-not-allowed", {}, [["allow", allowed(route)]]);
  if (route.method === "POST" && isForeignOrigin(visit)) return refuseForeign(visit);
  const running = answer(visit);
  if (running === undefined) return;
  running.catch((error: unknown) => {
    visit.deployment.log.error({ event: "route-failed", route: route.name, error: String(error) });
    sendError(visit.reply, "store-down");
  });
}
