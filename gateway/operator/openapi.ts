import { z } from "zod";
import {
  AUDIT_ENTRIES,
  FIELD_NAMES,
  FIELDS,
  HISTORY_SECONDS,
  LEAST_ROLE,
  MOST_VERSION_DIGITS,
  PROBLEMS,
  type ProblemCode,
  type Role,
} from "#operator-api";
import { changeSchema, logInSchema, REPLIES, resetSchema } from "#operator-api/schemas";
import packageJson from "../../package.json" with { type: "json" };

type Method = "get" | "post" | "patch" | "delete";
/** A JSON Schema, or a part of the document. */
type Json = Readonly<Record<string, unknown>>;

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: true;
  readonly description: string;
  readonly schema: Json;
  readonly example: string | number;
}

interface Body {
  readonly schema: keyof typeof BODIES;
  /** By name; each can be sent as it stands to a room called tax. */
  readonly examples: Readonly<Record<string, Json>>;
}

function bounded({ least, most, usual }: typeof AUDIT_ENTRIES | typeof HISTORY_SECONDS): Json {
  return { type: "integer", minimum: least, maximum: most, default: usual };
}

/** One thing that can be asked. The tests hold this table to the routes, each way. */
interface Operation {
  readonly path: string;
  readonly method: Method;
  readonly id: string;
  /** The role it takes; `metrics`: the token for metrics where there is one; `console`: the console's own. */
  readonly guard: Role | "metrics" | "console" | "open";
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly body?: Body;
  readonly reply: keyof typeof REPLIES | "MetricsText" | "Empty" | "OpenApi";
  /** A status besides 200 with the same document. */
  readonly alsoStatus?: number;
  readonly problems: readonly ProblemCode[];
}

/** What is sent, each with the schema that it is checked by. */
const BODIES = { Change: changeSchema, Reset: resetSchema, LogIn: logInSchema };

const ROOM: Parameter = {
  name: "room",
  in: "path",
  required: true,
  description: "The room's id.",
  schema: { type: "string" },
  example: "tax",
};
const IF_MATCH: Parameter = {
  name: "If-Match",
  in: "header",
  description: "The version that the settings must still have, in quotes; else nothing is changed.",
  schema: { type: "string", pattern: `^("\\d{1,${MOST_VERSION_DIGITS}}"|\\*)$` },
  example: "*",
};
const FROM_CONSOLE: Parameter = {
  name: "Sluse-Console",
  in: "header",
  required: true,
  description: "Any value. Pages of other origins cannot send it, and so cannot use the session.",
  schema: { type: "string" },
  example: "1",
};

/** Each setting with its default; null also where there is none. */
const DEFAULTS = Object.fromEntries(
  FIELD_NAMES.map((field) => [field, FIELDS[field].kind === "time" ? null : FIELDS[field].default]),
);

const OPERATIONS: readonly Operation[] = [
  {
    path: "/api/openapi.json",
    method: "get",
    id: "showOpenApi",
    guard: LEAST_ROLE.look,
    summary: "This document.",
    reply: "OpenApi",
    problems: [],
  },
  {
    path: "/api/overview",
    method: "get",
    id: "showOverview",
    guard: LEAST_ROLE.look,
    summary: "Every room at one moment: settings, line, promised wait, and the figures of the last sample.",
    reply: "Overview",
    problems: [],
  },
  {
    path: "/api/history",
    method: "get",
    id: "showHistory",
    guard: LEAST_ROLE.look,
    summary:
      "What the charts of a room draw: from Prometheus where there is one, else from the gateway's memory.",
    parameters: [
      {
        name: "room",
        in: "query",
        required: true,
        description: "The room's id.",
        schema: { type: "string" },
        example: "tax",
      },
      {
        name: "seconds",
        in: "query",
        description: "How far back it goes.",
        schema: bounded(HISTORY_SECONDS),
        example: 3_600,
      },
      {
        name: "until",
        in: "query",
        description: "Where it ends, milliseconds since the epoch; now.",
        schema: { type: "integer", minimum: 0 },
        example: 1_803_924_000_000,
      },
    ],
    reply: "History",
    problems: ["bad-fields", "no-room"],
  },
  {
    path: "/api/rooms",
    method: "get",
    id: "listRooms",
    guard: LEAST_ROLE.look,
    summary: "All rooms: settings, line, version.",
    reply: "Rooms",
    problems: [],
  },
  {
    path: "/api/rooms/{room}",
    method: "get",
    id: "showRoom",
    guard: LEAST_ROLE.look,
    summary: "One room. Its ETag is its version.",
    parameters: [ROOM],
    reply: "Room",
    problems: ["no-room"],
  },
  {
    path: "/api/rooms/{room}",
    method: "patch",
    id: "changeRoom",
    guard: LEAST_ROLE.change,
    summary:
      "Changes settings of a room; in force at every gateway within a second. What is so already is not written again.",
    parameters: [ROOM, IF_MATCH],
    body: {
      schema: "Change",
      examples: {
        "less outflow": { outflowPerMinute: 300, reason: "the database is slow" },
        hold: { mode: "hold", reason: "the database is down" },
        "a message": {
          message: { da: "Vi er straks tilbage.", en: "We are back shortly." },
          reason: "people ask",
        },
        "no message": { message: null, reason: "all is well" },
        "an opening time": {
          mode: "queue",
          opensAt: "2027-03-01T08:00:00+01:00",
          reason: "the annual statement",
        },
        "closed, with all sessions": { mode: "closed", endSessions: true, reason: "the service is broken" },
        everything: { ...DEFAULTS, outflowPerMinute: 600, reason: "as it was agreed" },
      },
    },
    reply: "Room",
    problems: [
      "bad-fields",
      "bad-json",
      "no-change",
      "bad-if-match",
      "no-room",
      "stale-version",
      "too-large",
      "store-down",
    ],
  },
  {
    path: "/api/rooms/{room}/reset",
    method: "post",
    id: "resetRoom",
    guard: LEAST_ROLE.reset,
    summary: "Starts the line anew: every place is void. Those inside stay unless `endSessions` is true.",
    parameters: [ROOM, IF_MATCH],
    body: {
      schema: "Reset",
      examples: {
        "the line": { confirm: "tax", reason: "the rehearsal is over" },
        "the line and the sessions": { confirm: "tax", endSessions: true, reason: "the rehearsal is over" },
      },
    },
    reply: "Room",
    problems: [
      "bad-fields",
      "bad-json",
      "bad-if-match",
      "no-room",
      "stale-version",
      "too-large",
      "store-down",
    ],
  },
  {
    path: "/api/audit",
    method: "get",
    id: "listAudit",
    guard: LEAST_ROLE.look,
    summary: "Who changed what, from what to what, when and why; newest first.",
    parameters: [
      {
        name: "room",
        in: "query",
        description: "The id of one room; all rooms.",
        schema: { type: "string" },
        example: "tax",
      },
      {
        name: "actor",
        in: "query",
        description: "The name of one operator; all operators.",
        schema: { type: "string" },
        example: "operator",
      },
      {
        name: "before",
        in: "query",
        description: "Only entries with a lower `sequence` than this; needs `room`.",
        schema: { type: "integer", minimum: 1 },
        example: 20,
      },
      {
        name: "limit",
        in: "query",
        description: "At most so many entries.",
        schema: bounded(AUDIT_ENTRIES),
        example: 20,
      },
    ],
    reply: "Audit",
    problems: ["bad-fields", "no-room", "store-down"],
  },
  {
    path: "/api/session",
    method: "get",
    id: "showSession",
    guard: "console",
    summary: "Who has logged in at this console.",
    parameters: [FROM_CONSOLE],
    reply: "Session",
    problems: ["unauthorized", "foreign-origin"],
  },
  {
    path: "/api/session",
    method: "post",
    id: "logIn",
    guard: "open",
    summary: "Opens a session of the console for a token's holder. The browser sends its own Origin.",
    parameters: [FROM_CONSOLE],
    body: { schema: "LogIn", examples: { "a token": { token: "at-least-16-characters" } } },
    reply: "Session",
    problems: ["bad-log-in", "too-large", "unauthorized", "foreign-origin", "locked-out"],
  },
  {
    path: "/api/session",
    method: "delete",
    id: "logOut",
    guard: "console",
    summary: "Ends the session. The browser sends its own Origin.",
    parameters: [FROM_CONSOLE],
    reply: "Empty",
    problems: ["foreign-origin"],
  },
  {
    path: "/metrics",
    method: "get",
    id: "showMetrics",
    guard: "metrics",
    summary: "Everything that is counted, as Prometheus reads it.",
    reply: "MetricsText",
    problems: [],
  },
  {
    path: "/healthz",
    method: "get",
    id: "showHealth",
    guard: "open",
    summary: "Whether the process lives.",
    reply: "Health",
    alsoStatus: 503,
    problems: [],
  },
  {
    path: "/readyz",
    method: "get",
    id: "showReadiness",
    guard: "open",
    summary: "Whether visitors of every room can be served in full.",
    reply: "Health",
    alsoStatus: 503,
    problems: [],
  },
];

let made: Json | null = null;

/** The operators' API as an OpenAPI 3.1 document, made of the schemas that requests are checked by. */
export function openApiDocument(): Json {
  // Once: it takes some tens of milliseconds, in which no visitor is answered.
  made ??= makeDocument();
  return made;
}

function makeDocument(): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of OPERATIONS) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: described(operation) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Sluse: the operators' API",
      version: packageJson.version,
      summary: "See the line of every room, and steer it.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "the operators' listener" }],
    paths,
    components: { schemas: schemas(), securitySchemes: SECURITY_SCHEMES },
  };
}

const SECURITY_SCHEMES: Json = {
  token: { type: "http", scheme: "bearer", description: "SLUSE_OPERATOR_TOKEN, or an operator's own." },
  session: {
    type: "apiKey",
    in: "cookie",
    name: "sluse_operator",
    description: "The console's session; believed with the header Sluse-Console alone.",
  },
  metricsToken: { type: "http", scheme: "bearer", description: "SLUSE_METRICS_TOKEN, where there is one." },
};

const SECURITY: Readonly<Record<"role" | "metrics" | "console" | "open", readonly Json[]>> = {
  role: [{ token: [] }, { session: [] }],
  metrics: [{ metricsToken: [] }, {}],
  console: [{ session: [] }],
  open: [],
};

function described({ id, guard, summary, parameters, body, ...operation }: Operation): Json {
  const isRole = guard === "viewer" || guard === "operator" || guard === "admin";
  const codes = [...operation.problems, ...guardProblems(guard)];
  return {
    operationId: id,
    summary,
    security: SECURITY[isRole ? "role" : guard],
    // Which of the roles viewer, operator and admin it takes at least.
    ...(isRole && { "x-least-role": guard }),
    ...(parameters && { parameters }),
    ...(body && { requestBody: requestBody(body) }),
    responses: { ...goodResponses(operation), ...problemResponses(codes) },
  };
}

function guardProblems(guard: Operation["guard"]): ProblemCode[] {
  switch (guard) {
    case "viewer":
      return ["unauthorized", "foreign-origin", "locked-out", "internal-error"];
    case "operator":
    case "admin":
      return ["unauthorized", "foreign-origin", "locked-out", "forbidden", "internal-error"];
    case "metrics":
      return ["unauthorized", "internal-error"];
    case "console":
    case "open":
      return ["internal-error"];
  }
}

function requestBody({ schema, examples }: Body): Json {
  const named = Object.entries(examples).map(([name, value]) => [name, { value }]);
  const content = { schema: reference(schema), examples: Object.fromEntries(named) };
  return { required: true, content: { "application/json": content } };
}

function goodResponses({ reply, alsoStatus }: Pick<Operation, "reply" | "alsoStatus">): Json {
  const content =
    reply === "MetricsText"
      ? { "text/plain": { schema: { type: "string" } } }
      : { "application/json": { schema: reference(reply) } };
  const etag = { ETag: { description: "The version, in quotes.", schema: { type: "string" } } };
  const good = { description: "As asked.", content, ...(reply === "Room" && { headers: etag }) };
  if (alsoStatus === undefined) return { 200: good };
  return { 200: good, [alsoStatus]: { ...good, description: "Something is not as it must be." } };
}

/** One response a status, which names the codes that it may have. */
function problemResponses(codes: readonly ProblemCode[]): Json {
  const statuses = [...new Set(codes.map((code) => PROBLEMS[code][0]))];
  return Object.fromEntries(
    statuses.map((status) => {
      const here = codes.filter((code) => PROBLEMS[code][0] === status);
      const narrowed = { type: "object", properties: { status: { const: status }, code: { enum: here } } };
      const schema = { allOf: [reference("Problem"), narrowed] };
      const description = here.map((code) => `\`${code}\`: ${PROBLEMS[code][1]}`).join("\n\n");
      return [status, { description, content: { "application/problem+json": { schema } } }];
    }),
  );
}

function reference(schema: string): Json {
  return { $ref: `#/components/schemas/${schema}` };
}

function schemas(): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries({ ...REPLIES, ...BODIES })) registry.add(schema, { id });
  // As given, not as read: what may be left out is not required.
  const converted = z.toJSONSchema(registry, { io: "input", uri: (id) => reference(id).$ref as string });
  const named = Object.entries(converted.schemas).map(([id, { $schema: _, $id: __, ...schema }]) => [
    id,
    schema,
  ]);
  return {
    ...Object.fromEntries(named),
    Empty: { type: "object", description: "Nothing more to say." },
    OpenApi: { type: "object", description: "An OpenAPI 3.1 document." },
  };
}
