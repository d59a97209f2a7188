import { randomUUID } from "node:crypto";
import { type AuditEntry, StoreError } from "#core";
import type { Deployment, Door } from "../deployment.ts";
import { Reply } from "../http/reply.ts";
import { type Header, isRefusal, type Request, readRequest } from "../http/request.ts";
import { readText, refuse, sendJson, sendProblem } from "../http/respond.ts";
import type { App } from "../http/uws.ts";
import { alarmsOf } from "./alarms.ts";
import { readAuditQuery, readChange, readIfMatch, readReset } from "./asked.ts";
import { bearerCheck } from "./bearer.ts";
import { auditDocument, roomDocument } from "./documents.ts";
import { type FailingPart, failingParts, stuckParts } from "./health.ts";
import { isProblem, PROBLEMS, type Problem } from "./problems.ts";

/** What these routes need of the deployment. */
export interface Operated extends Pick<Deployment, "metrics" | "log" | "accepting"> {
  readonly settings: Pick<Deployment["settings"], "operatorToken" | "metricsToken">;
  readonly doors: ReadonlyMap<string, Pick<Door, "config" | "room">>;
}

/** A JSON document, or text where the headers say its type. */
interface Document {
  readonly status: number;
  readonly body: object | string;
  readonly headers?: readonly Header[];
}

interface Call {
  readonly deployment: Operated;
  readonly request: Request;
  readonly reply: Reply;
  /** The room's name out of the path, or "". */
  readonly roomId: string;
}

type Answer = Document | Problem;
type Handler = (call: Call) => Answer | Promise<Answer>;

interface Route {
  readonly path: RegExp;
  /** Whose token opens it. */
  readonly guard: "operator" | "metrics" | "open";
  readonly methods: Readonly<Record<string, Handler>>;
}

const MOST_BODY_BYTES = 16_384;
/** Who asks; there is one token, so there is one operator. */
const ACTOR = "operator";
const STORE_DOWN: Problem = { problem: "store-down", headers: [["retry-after", "2"]] };

const ROUTES: readonly Route[] = [
  { path: /^\/api\/rooms$/, guard: "operator", methods: { GET: listRooms } },
  { path: /^\/api\/rooms\/([^/]+)$/, guard: "operator", methods: { GET: showRoom, PATCH: changeRoom } },
  { path: /^\/api\/rooms\/([^/]+)\/reset$/, guard: "operator", methods: { POST: resetRoom } },
  { path: /^\/api\/audit$/, guard: "operator", methods: { GET: listAudit } },
  { path: /^\/metrics$/, guard: "metrics", methods: { GET: showMetrics } },
  { path: /^\/healthz$/, guard: "open", methods: { GET: showHealth } },
  { path: /^\/readyz$/, guard: "open", methods: { GET: showReadiness } },
];

/** Answers everything on the operators' listener (PROTOCOL "For operators"). */
export function operatorRoutes(app: App, deployment: Operated): void {
  const { operatorToken, metricsToken } = deployment.settings;
  const isOperator = bearerCheck(operatorToken);
  const isScraper = metricsToken === null ? () => true : bearerCheck(metricsToken);
  const guards = { operator: isOperator, metrics: isScraper, open: () => true };

  async function answer(request: Request, reply: Reply): Promise<Answer> {
    const { method, path } = request;
    const route = ROUTES.find((candidate) => candidate.path.test(path));
    const guard = route?.guard ?? (path.startsWith("/api/") ? "operator" : "open");
    if (!guards[guard](request)) {
      return { problem: "unauthorized", headers: [["www-authenticate", 'Bearer realm="sluse"']] };
    }
    if (route === undefined) return { problem: "not-found" };
    const handler = route.methods[method === "HEAD" ? "GET" : method];
    if (handler === undefined) {
      return { problem: "method-not-allowed", headers: [["allow", allowedMethods(route)]] };
    }
    return handler({ deployment, request, reply, roomId: route.path.exec(path)?.[1] ?? "" });
  }

  async function serve(request: Request, reply: Reply): Promise<void> {
    const startedMs = performance.now();
    try {
      send(reply, await answer(request, reply));
    } catch (error) {
      const { method, path } = request;
      deployment.log.error(
        { event: "operator-fault", method, path, err: error },
        "an operator's request failed",
      );
      send(reply, { problem: "internal-error" });
    }
    deployment.metrics.requestServed("operator", (performance.now() - startedMs) / 1_000);
  }

  app.any("/*", (res, req) => {
    const request = readRequest(req, res);
    if (isRefusal(request)) refuse(res, request);
    else void serve(request, new Reply(res, request));
  });
}

function send(reply: Reply, answer: Answer): void {
  if (isProblem(answer)) {
    const [status, detail] = PROBLEMS[answer.problem];
    sendProblem(reply, status, answer.problem, detail, answer.extra, answer.headers);
  } else if (typeof answer.body === "string") {
    reply.send(answer.status, [["cache-control", "no-store"], ...(answer.headers ?? [])], answer.body);
  } else {
    sendJson(reply, answer.status, answer.body, answer.headers);
  }
}

function allowedMethods({ methods }: Route): string {
  const names = Object.keys(methods);
  return (names.includes("GET") ? [...names, "HEAD"] : names).join(", ");
}

function listRooms({ deployment }: Call): Answer {
  return { status: 200, body: { rooms: [...deployment.doors.values()].map(roomDocument) } };
}

function showRoom({ deployment, roomId }: Call): Answer {
  const door = deployment.doors.get(roomId);
  return door ? shownRoom(door) : { problem: "no-room" };
}

function shownRoom(door: Pick<Door, "config" | "room">): Document {
  const version = door.room.snapshot?.settings.version;
  const headers: Header[] = version === undefined ? [] : [["etag", `"${version}"`]];
  return { status: 200, body: roomDocument(door), headers };
}

async function changeRoom(call: Call): Promise<Answer> {
  const door = call.deployment.doors.get(call.roomId);
  if (!door) return { problem: "no-room" };
  const body = await readBody(call);
  if (isProblem(body)) return body;
  const asked = readChange(body.text);
  return isProblem(asked) ? asked : configure(call, door, { ...asked, reset: null });
}

async function resetRoom(call: Call): Promise<Answer> {
  const door = call.deployment.doors.get(call.roomId);
  if (!door) return { problem: "no-room" };
  const body = await readBody(call);
  if (isProblem(body)) return body;
  const asked = readReset(body.text, call.roomId);
  if (isProblem(asked)) return asked;
  const { endSessions, reason } = asked;
  return configure(call, door, { change: {}, reset: { endSessions }, reason });
}

async function configure(
  { deployment, request, roomId }: Call,
  door: Pick<Door, "config" | "room">,
  asked: Pick<AuditEntry, "change" | "reset" | "reason">,
): Promise<Answer> {
  const match = readIfMatch(request);
  if (isProblem(match)) return match;
  const done = await door.room.configure({
    ...asked,
    id: randomUUID(),
    actor: ACTOR,
    expectedVersion: match.version,
  });
  if (done === null) return STORE_DOWN;
  if (done === "stale") return { problem: "stale-version" };
  deployment.log.info(
    { event: "room-configured", room: roomId, actor: ACTOR, ...asked },
    "a room was configured",
  );
  return shownRoom(door);
}

/** Newest first over all rooms; of each room no more than what could be among them is read. */
async function listAudit({ deployment, request }: Call): Promise<Answer> {
  const asked = readAuditQuery(request.query);
  if (isProblem(asked)) return asked;
  const doors = asked.room === null ? [...deployment.doors.values()] : [deployment.doors.get(asked.room)];
  let entries: AuditEntry[] = [];
  for (const door of doors) {
    if (!door) return { problem: "no-room" };
    const found = await door.room.audit(asked.limit).catch(storeDown);
    if (found === null) return STORE_DOWN;
    entries = [...entries, ...found].sort((a, b) => b.atMs - a.atMs).slice(0, asked.limit);
  }
  return { status: 200, body: { entries: entries.map(auditDocument) } };
}

function storeDown(error: unknown): null {
  if (error instanceof StoreError) return null;
  throw error;
}

async function showMetrics({ deployment }: Call): Promise<Answer> {
  const { registry } = deployment.metrics;
  return { status: 200, body: await registry.metrics(), headers: [["content-type", registry.contentType]] };
}

/** Whether the process lives. */
function showHealth({ deployment }: Call): Answer {
  return healthOf(stuckParts(deployment.doors.values(), Date.now()), deployment);
}

/** Whether visitors of every room can be served in full. */
function showReadiness({ deployment }: Call): Answer {
  return healthOf(failingParts(deployment.accepting, deployment.doors.values(), Date.now()), deployment);
}

/** Alarms fail nothing: every gateway would be taken out of service at once, and visitors with it. */
function healthOf(failing: readonly FailingPart[], { doors }: Operated): Document {
  const good = failing.length === 0;
  const body = { status: good ? "ok" : "failing", failing, alarms: alarmsOf(doors.values()) };
  return { status: good ? 200 : 503, body };
}

async function readBody({ request, reply }: Call): Promise<{ readonly text: string } | Problem> {
  // Whatever its Content-Type says: fetch and curl name a JSON text otherwise unless told.
  if (request.bodyBytes !== "chunked" && request.bodyBytes > MOST_BODY_BYTES) return { problem: "too-large" };
  const read = await readText(reply.body, MOST_BODY_BYTES);
  return read === "too-large" ? { problem: "too-large" } : read;
}
