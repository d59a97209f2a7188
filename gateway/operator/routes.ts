import { randomUUID } from "node:crypto";
import { type AuditEntry, type Configuration, StoreError } from "#core";
import {
  type AuditDocument,
  type FailingPart,
  type HealthDocument,
  LEAST_ROLE,
  MOST_BODY_BYTES,
  PROBLEMS,
  type Role,
  type RoomsDocument,
} from "#operator-api";
import type { Deployment, Door } from "../deployment.ts";
import { clientOf } from "../http/forwarded.ts";
import { Reply } from "../http/reply.ts";
import { type Header, isRefusal, type Request, readRequest } from "../http/request.ts";
import { readText, refuse, sendJson, sendProblem } from "../http/respond.ts";
import type { App } from "../http/uws.ts";
import { alarmsOf } from "./alarms.ts";
import { readAuditQuery, readChange, readIfMatch, readLogIn, readReset } from "./asked.ts";
import { readTrail } from "./audit-trail.ts";
import { bearerCheck } from "./bearer.ts";
import { type ConsoleFiles, consoleFiles } from "./console.ts";
import { auditDocument, roomDocument, sessionDocument } from "./documents.ts";
import { failingParts, stuckParts } from "./health.ts";
import type { History } from "./history.ts";
import { readHistory } from "./history-query.ts";
import { createIdentity, type Identity } from "./identity.ts";
import { openApiDocument } from "./openapi.ts";
import { overviewDocument } from "./overview.ts";
import { isProblem, noRoom, type Problem, staleVersion } from "./problems.ts";
import { type NamedOperator, type Operator, tokenBook } from "./roles.ts";

/** What these routes need of the deployment. */
export interface Operated extends Pick<Deployment, "metrics" | "log" | "accepting" | "trustedProxies"> {
  readonly settings: Pick<
    Deployment["settings"],
    "operatorToken" | "metricsToken" | "prometheusUrl" | "languages"
  >;
  readonly doors: ReadonlyMap<string, Pick<Door, "config" | "room" | "status">>;
  /** Who may come in beside the holder of `SLUSE_OPERATOR_TOKEN`. */
  readonly operators: readonly NamedOperator[];
  readonly history: Pick<History, "latest" | "read">;
}

/** A JSON document, or text or bytes where the headers say their type. */
interface Document {
  readonly status: number;
  readonly body: object | string | Uint8Array;
  readonly headers?: readonly Header[];
}

interface Call {
  readonly deployment: Operated;
  readonly identity: Identity;
  readonly files: ConsoleFiles;
  readonly request: Request;
  /** Where it comes from. */
  readonly address: string;
  readonly reply: Reply;
  /** Who asks; null on an open route. */
  readonly operator: Operator | null;
  /** The room's name out of the path, or "". */
  readonly roomId: string;
}

type Answer = Document | Problem;
type Handler = (call: Call) => Answer | Promise<Answer>;
/** The role that it takes, the token for metrics where there is one, or nothing. */
type Guard = Role | "metrics" | "open";

interface Route {
  readonly path: RegExp;
  readonly methods: Readonly<Record<string, readonly [guard: Guard, handler: Handler]>>;
}

const UNAUTHORIZED: Problem = {
  problem: "unauthorized",
  headers: [["www-authenticate", 'Bearer realm="sluse"']],
};
const STORE_DOWN: Problem = { problem: "store-down", headers: [["retry-after", "2"]] };

/** Everything that can be asked. What changes something takes an operator at least (the tests hold it to that). */
export const ROUTES: readonly Route[] = [
  { path: /^\/api\/openapi\.json$/, methods: { GET: [LEAST_ROLE.look, showOpenApi] } },
  { path: /^\/api\/overview$/, methods: { GET: [LEAST_ROLE.look, showOverview] } },
  { path: /^\/api\/history$/, methods: { GET: [LEAST_ROLE.look, showHistory] } },
  { path: /^\/api\/rooms$/, methods: { GET: [LEAST_ROLE.look, listRooms] } },
  {
    path: /^\/api\/rooms\/([^/]+)$/,
    methods: { GET: [LEAST_ROLE.look, showRoom], PATCH: [LEAST_ROLE.change, changeRoom] },
  },
  { path: /^\/api\/rooms\/([^/]+)\/reset$/, methods: { POST: [LEAST_ROLE.reset, resetRoom] } },
  { path: /^\/api\/audit$/, methods: { GET: [LEAST_ROLE.look, listAudit] } },
  {
    path: /^\/api\/session$/,
    methods: { GET: ["open", showSession], POST: ["open", logIn], DELETE: ["open", logOut] },
  },
  { path: /^\/metrics$/, methods: { GET: ["metrics", showMetrics] } },
  { path: /^\/healthz$/, methods: { GET: ["open", showHealth] } },
  { path: /^\/readyz$/, methods: { GET: ["open", showReadiness] } },
  { path: /^\/(assets\/[^/]+)?$/, methods: { GET: ["open", showConsole] } },
];

/** Answers everything on the operators' listener (PROTOCOL "For operators"). */
export function operatorRoutes(app: App, deployment: Operated): void {
  const { operatorToken, metricsToken } = deployment.settings;
  const book = tokenBook(operatorToken, deployment.operators);
  const identity = createIdentity(book, deployment.log, Date.now);
  const isScraper = metricsToken === null ? () => true : bearerCheck(metricsToken);
  const files = consoleFiles();

  /** Null where nobody need be known. */
  function admit(request: Request, address: string, guard: Guard): Operator | null | Problem {
    if (guard === "open") return null;
    if (guard !== "metrics") return identity.authorize(request, address, guard);
    return isScraper(request) ? null : UNAUTHORIZED;
  }

  async function answer(request: Request, reply: Reply): Promise<Answer> {
    const { method, path } = request;
    const { address } = clientOf(request, deployment.trustedProxies, "http");
    const route = ROUTES.find((candidate) => candidate.path.test(path));
    const [guard, handler] = route?.methods[method === "HEAD" ? "GET" : method] ?? [guardOf(path), null];
    const operator = admit(request, address, guard);
    if (operator !== null && isProblem(operator)) return operator;
    if (route === undefined) return { problem: "not-found" };
    if (handler === null)
      return { problem: "method-not-allowed", headers: [["allow", allowedMethods(route)]] };
    const roomId = route.path.exec(path)?.[1] ?? "";
    return handler({ deployment, identity, files, request, address, reply, operator, roomId });
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
    sendProblem(reply, status, answer.problem, answer.detail ?? detail, answer.extra, answer.headers);
  } else if (typeof answer.body === "string" || answer.body instanceof Uint8Array) {
    reply.send(answer.status, answer.headers ?? [], answer.body);
  } else {
    sendJson(reply, answer.status, answer.body, answer.headers);
  }
}

/** What is asked of a method, or under `/api/` of a path, that there is not: strangers learn nothing of the API. */
function guardOf(path: string): Guard {
  if (path === "/metrics") return "metrics";
  return path.startsWith("/api/") && path !== "/api/session" ? "viewer" : "open";
}

function allowedMethods({ methods }: Route): string {
  const names = Object.keys(methods);
  return (names.includes("GET") ? [...names, "HEAD"] : names).join(", ");
}

function listRooms({ deployment }: Call): Answer {
  const { languages } = deployment.settings;
  const rooms = [...deployment.doors.values()].map((door) => roomDocument(door, languages));
  const body: RoomsDocument = { rooms };
  return { status: 200, body };
}

function showOpenApi(): Answer {
  return { status: 200, body: openApiDocument() };
}

/** All that the console shows of every room at one moment. */
function showOverview({ deployment }: Call): Answer {
  return { status: 200, body: overviewDocument(deployment, Date.now()) };
}

async function showHistory({ deployment, request }: Call): Promise<Answer> {
  const body = await readHistory(deployment, request.query, Date.now());
  return isProblem(body) ? body : { status: 200, body };
}

function showConsole({ files, request }: Call): Answer {
  return files(request) ?? { problem: "not-found" };
}

/** Who has logged in here. */
function showSession({ identity, request }: Call): Answer {
  const session = identity.session(request);
  return isProblem(session) ? session : { status: 200, body: sessionDocument(session) };
}

async function logIn(call: Call): Promise<Answer> {
  const body = await readBody(call);
  if (isProblem(body)) return body;
  const asked = readLogIn(body.text);
  if (isProblem(asked)) return asked;
  const session = call.identity.logIn(call.request, call.address, asked.token);
  if (isProblem(session)) return session;
  return { status: 200, body: sessionDocument(session), headers: [["set-cookie", session.cookie]] };
}

function logOut({ identity, request }: Call): Answer {
  const done = identity.logOut(request);
  return isProblem(done) ? done : { status: 200, body: {}, headers: [["set-cookie", done.cookie]] };
}

function showRoom({ deployment, roomId }: Call): Answer {
  const door = deployment.doors.get(roomId);
  return door ? shownRoom(door, deployment) : noRoom(deployment.doors.keys());
}

function shownRoom(door: Pick<Door, "config" | "room">, { settings }: Pick<Operated, "settings">): Document {
  const version = door.room.snapshot?.settings.version;
  const headers: Header[] = version === undefined ? [] : [["etag", `"${version}"`]];
  return { status: 200, body: roomDocument(door, settings.languages), headers };
}

async function changeRoom(call: Call): Promise<Answer> {
  const door = call.deployment.doors.get(call.roomId);
  if (!door) return noRoom(call.deployment.doors.keys());
  const body = await readBody(call);
  if (isProblem(body)) return body;
  const asked = readChange(body.text);
  return isProblem(asked) ? asked : configure(call, door, { ...asked, reset: null });
}

async function resetRoom(call: Call): Promise<Answer> {
  const door = call.deployment.doors.get(call.roomId);
  if (!door) return noRoom(call.deployment.doors.keys());
  const body = await readBody(call);
  if (isProblem(body)) return body;
  const asked = readReset(body.text, call.roomId);
  if (isProblem(asked)) return asked;
  const { endSessions, reason } = asked;
  return configure(call, door, { change: {}, reset: { endSessions }, reason });
}

async function configure(
  { deployment, request, roomId, operator }: Call,
  door: Pick<Door, "config" | "room">,
  asked: Pick<Configuration, "change" | "reset" | "endSessions" | "reason">,
): Promise<Answer> {
  if (operator === null) throw new Error("a change without anybody who asks for it");
  const actor = operator.name;
  const match = readIfMatch(request);
  if (isProblem(match)) return match;
  const done = await door.room.configure({
    ...asked,
    id: randomUUID(),
    actor,
    expectedVersion: match.version,
  });
  if (done === null) return STORE_DOWN;
  if (done === "stale") return staleVersion(door.room.snapshot?.settings.version);
  if (done === "unchanged") return shownRoom(door, deployment);
  deployment.log.info({ event: "room-configured", room: roomId, actor, ...asked }, "a room was configured");
  return shownRoom(door, deployment);
}

/** Newest first over all rooms; of each room no more than what could be among them is read. */
async function listAudit({ deployment, request }: Call): Promise<Answer> {
  const asked = readAuditQuery(request.query);
  if (isProblem(asked)) return asked;
  const doors = asked.room === null ? [...deployment.doors.values()] : [deployment.doors.get(asked.room)];
  let entries: AuditEntry[] = [];
  for (const door of doors) {
    if (!door) return noRoom(deployment.doors.keys());
    const found = await readTrail(door.room, asked).catch(storeDown);
    if (found === null) return STORE_DOWN;
    entries = [...entries, ...found].sort((a, b) => b.atMs - a.atMs).slice(0, asked.limit);
  }
  const body: AuditDocument = { entries: entries.map(auditDocument) };
  return { status: 200, body };
}

function storeDown(error: unknown): null {
  if (error instanceof StoreError) return null;
  throw error;
}

async function showMetrics({ deployment }: Call): Promise<Answer> {
  const { registry } = deployment.metrics;
  const headers: Header[] = [
    ["cache-control", "no-store"],
    ["content-type", registry.contentType],
  ];
  return { status: 200, body: await registry.metrics(), headers };
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
  const body: HealthDocument = { status: good ? "ok" : "failing", failing, alarms: alarmsOf(doors.values()) };
  return { status: good ? 200 : 503, body };
}

async function readBody({ request, reply }: Call): Promise<{ readonly text: string } | Problem> {
  // Whatever its Content-Type says: fetch and curl name a JSON text otherwise unless told.
  if (request.bodyBytes !== "chunked" && request.bodyBytes > MOST_BODY_BYTES) return { problem: "too-large" };
  const read = await readText(reply.body, MOST_BODY_BYTES);
  return read === "too-large" ? { problem: "too-large" } : read;
}
