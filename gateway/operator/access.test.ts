/** Who may do what on the operators' listener, over real sockets: by token, and by the console's session. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Role } from "#operator-api";
import { NAMED, OPERATOR_TOKEN, type OperatorsListener, openOperatorsListener } from "./operator-fixture.ts";
import { ROUTES } from "./routes.ts";

let listener: OperatorsListener;
let url: string;

beforeAll(async () => {
  listener = await openOperatorsListener(null);
  url = `http://127.0.0.1:${listener.port}`;
});

afterAll(() => listener.close());

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const fromConsole = () => ({ "sluse-console": "1", origin: url });

async function logIn(token: string, headers: Record<string, string> = fromConsole()): Promise<Response> {
  return fetch(`${url}/api/session`, { method: "POST", headers, body: JSON.stringify({ token }) });
}

async function sessionCookie(role: Role): Promise<string> {
  const cookie = (await logIn(NAMED[role].token)).headers.get("set-cookie") ?? "";
  return cookie.split(";")[0] ?? "";
}

/** What a change would leave behind. */
async function traces(): Promise<unknown> {
  const [rooms, audit] = await Promise.all(
    ["/api/rooms", "/api/audit"].map(async (path) =>
      (await fetch(url + path, { headers: bearer(OPERATOR_TOKEN) })).json(),
    ),
  );
  return [
    rooms.rooms.map((room: { settings: unknown; generation: unknown }) => [room.settings, room.generation]),
    audit,
  ];
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/** A path of each route of the table; one for a route that is new must be written here. */
const PATHS: readonly string[] = [
  "/api/openapi.json",
  "/api/overview",
  "/api/history?room=tax",
  "/api/rooms",
  "/api/rooms/tax",
  "/api/rooms/tax/reset",
  "/api/audit",
  "/api/session",
  "/metrics",
  "/healthz",
  "/readyz",
  "/",
];
/** One body that every change would take for its own. */
const BODIES: Readonly<Record<string, object>> = {
  "/api/rooms/tax": { outflowPerMinute: 77, reason: "a test" },
  "/api/rooms/tax/reset": { confirm: "tax", reason: "a test" },
  "/api/session": { token: "no-such-token-0123456789" },
};

describe("the table of routes", () => {
  it("is tried whole below", () => {
    const tried = ROUTES.map(({ path }) => PATHS.find((sample) => path.test(sample.split("?")[0] ?? "")));
    expect(tried).toEqual(PATHS);
  });

  it("takes an operator for whatever changes something, except logging in and out", () => {
    const open = ROUTES.flatMap(({ path, methods }) =>
      Object.entries(methods)
        .filter(([method, [guard]]) => method !== "GET" && guard !== "operator" && guard !== "admin")
        .map(([method]) => `${method} ${path.source}`),
    );
    expect(open).toEqual(["POST ^\\/api\\/session$", "DELETE ^\\/api\\/session$"]);
  });
});

const ROLES: readonly (Role | "nobody")[] = ["nobody", "viewer", "operator", "admin"];

/** 2xx, or why not. The console may or may not be built here. */
function expected(role: Role | "nobody", method: string, path: string): number[] {
  const reads = method === "GET" || method === "HEAD";
  const rank = ROLES.indexOf(role);
  if (["/metrics", "/healthz", "/readyz"].includes(path)) return [reads ? 200 : 405];
  if (path === "/") return reads ? [200] : [405];
  // A bearer token is no session, and what asks is not the console.
  if (path === "/api/session") return [reads ? 401 : method === "POST" || method === "DELETE" ? 403 : 405];
  if (rank === 0) return [401];
  if (path === "/api/rooms/tax" && method === "PATCH") return [rank >= 2 ? 200 : 403];
  if (path === "/api/rooms/tax/reset" && method === "POST") return [rank >= 3 ? 200 : 403];
  return [reads && path !== "/api/rooms/tax/reset" ? 200 : 405];
}

describe.each(ROLES)("with the token of %s", (role) => {
  it("every route and method does what the role may, and nothing else", async () => {
    const before = JSON.stringify(await traces());
    const wrong: string[] = [];
    for (const path of PATHS) {
      for (const method of METHODS) {
        const body = ["GET", "HEAD"].includes(method) ? null : JSON.stringify(BODIES[path] ?? {});
        const headers = role === "nobody" ? {} : bearer(NAMED[role].token);
        const { status } = await fetch(url + path, { method, headers, body });
        if (!expected(role, method, path).includes(status)) wrong.push(`${method} ${path}: ${status}`);
      }
    }
    expect(wrong).toEqual([]);
    const changed = JSON.stringify(await traces()) !== before;
    expect(changed).toBe(role === "operator" || role === "admin");
  });
});

// PROTOCOL: The roles are `viewer`, `operator`, who changes rooms, and `admin`, who resets them too:
describe("what takes more than one's role", () => {
  // PROTOCOL: 403 `forbidden` names yours as `role` and the `least` that it takes
  it.each([
    ["viewer", "PATCH", "/api/rooms/tax", "operator"],
    ["operator", "POST", "/api/rooms/tax/reset", "admin"],
  ] as const)("is refused to a %s: %s %s", async (role, method, path, least) => {
    const body = JSON.stringify(BODIES[path]);
    const refused = await fetch(url + path, { method, headers: bearer(NAMED[role].token), body });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ code: "forbidden", role, least });
  });
});

describe("the overview", () => {
  // PROTOCOL: `GET /api/overview`
  // PROTOCOL: every room at one moment, with the `wait` that a newcomer would be promised, `figures` of the last seconds, and when it was `heardAt`
  it("has every room, how long its line is, and what was sampled", async () => {
    await listener.deployment.history.sample();
    const reply = await fetch(`${url}/api/overview`, { headers: bearer(NAMED.viewer.token) });
    const overview = await reply.json();
    expect(Math.abs(overview.at - Date.now())).toBeLessThan(60_000);
    expect(overview.rooms.map((room: { id: string }) => room.id)).toEqual(["tax", "vaccine"]);
    expect(overview.rooms[1]).toMatchObject({
      wait: null,
      store: "up",
      heardAt: expect.any(Number),
      figures: { outflowPerMinute: 600, waiting: 0 },
    });
  });
});

describe("the audit trail", () => {
  it("names who made a change", async () => {
    await fetch(`${url}/api/rooms/vaccine`, {
      method: "PATCH",
      headers: bearer(NAMED.operator.token),
      body: JSON.stringify({ capacity: 12, reason: "a test" }),
    });
    const headers = bearer(NAMED.viewer.token);
    const { entries } = await (await fetch(`${url}/api/audit?room=vaccine`, { headers })).json();
    expect(entries[0]).toMatchObject({ actor: "Otto Operator", reason: "a test" });
  });
});

describe("a session", () => {
  // PROTOCOL: `POST`, `GET`, `DELETE /api/session` | logs the console in by `{"token"}`, with a cookie `sluse_operator`
  it("is opened by a token, for its browser alone", async () => {
    const response = await logIn(NAMED.viewer.token);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ name: "Vera Viewer", role: "viewer" });
    expect(response.headers.get("set-cookie")).toMatch(
      /^sluse_operator=[\w-]{43}; Max-Age=28800; Path=\/; HttpOnly; SameSite=Strict$/,
    );
  });

  it("has a secure cookie where the browser came by https", async () => {
    const host = `127.0.0.1:${listener.port}`;
    const response = await logIn(NAMED.viewer.token, { "sluse-console": "1", origin: `https://${host}` });
    expect(response.headers.get("set-cookie")).toMatch(/; SameSite=Strict; Secure$/);
  });

  // PROTOCOL: `POST`, `GET`, `DELETE /api/session` | says who it is: `name`, `role`, `endsAt`
  // PROTOCOL: `POST`, `GET`, `DELETE /api/session` | logs it out
  it("does what its role may, until it is logged out", async () => {
    const cookie = await sessionCookie("viewer");
    const headers = { ...fromConsole(), cookie };
    const change = { method: "PATCH", headers, body: '{"outflowPerMinute":5}' };
    expect((await fetch(`${url}/api/overview`, { headers })).status).toBe(200);
    expect(await (await fetch(`${url}/api/session`, { headers })).json()).toEqual({
      name: NAMED.viewer.name,
      role: "viewer",
      endsAt: expect.any(Number),
    });
    expect((await fetch(`${url}/api/rooms/tax`, change)).status).toBe(403);
    const out = await fetch(`${url}/api/session`, { method: "DELETE", headers });
    expect([out.status, out.headers.get("set-cookie")]).toEqual([200, expect.stringContaining("Max-Age=0;")]);
    expect((await fetch(`${url}/api/overview`, { headers })).status).toBe(401);
  });

  const foreign: [name: string, headers: () => Record<string, string>][] = [
    ["no header of the console's", () => ({ origin: url })],
    ["no origin", () => ({ "sluse-console": "1" })],
    ["another port's origin", () => ({ "sluse-console": "1", origin: "http://127.0.0.1:1" })],
    ["another host's origin", () => ({ "sluse-console": "1", origin: "https://evil.example" })],
    ["an origin that hides itself", () => ({ "sluse-console": "1", origin: "null" })],
  ];

  // PROTOCOL: A session's cookie counts only with a header `Sluse-Console` and an `Origin` of this host, which a GET may lack:
  // PROTOCOL: else 403 `foreign-origin`
  it.each(foreign)("changes nothing for a page of elsewhere: %s", async (_, headers) => {
    const cookie = await sessionCookie("admin");
    const body = '{"capacity":99}';
    const asked = await fetch(`${url}/api/rooms/tax`, {
      method: "PATCH",
      headers: { ...headers(), cookie },
      body,
    });
    expect([asked.status, (await asked.json()).code]).toEqual([403, "foreign-origin"]);
    expect((await logIn(NAMED.admin.token, headers())).status).toBe(403);
    const room = await fetch(`${url}/api/rooms/tax`, { headers: bearer(OPERATOR_TOKEN) });
    expect((await room.json()).capacity).not.toBe(99);
  });

  it("shows nothing to a page of elsewhere", async () => {
    const cookie = await sessionCookie("admin");
    const read = async (headers: Record<string, string>) =>
      (await fetch(`${url}/api/rooms`, { headers: { ...headers, cookie } })).status;
    expect(await read({})).toBe(403);
    expect(await read({ "sluse-console": "1", origin: "https://evil.example" })).toBe(403);
    expect(await read({ "sluse-console": "1" })).toBe(200);
  });

  // PROTOCOL: A log-in that is not `{"token"}` is 400 `bad-log-in`
  it.each(['{"token":""}', "{}", "token", '{"token":"x","more":1}'])("is not opened by %s", async (body) => {
    const response = await fetch(`${url}/api/session`, { method: "POST", headers: fromConsole(), body });
    expect([response.status, (await response.json()).code]).toEqual([400, "bad-log-in"]);
  });
});

describe("guessing", () => {
  let own: OperatorsListener;
  const asks = (token: string) => fetch(`http://127.0.0.1:${own.port}/api/rooms`, { headers: bearer(token) });

  beforeEach(async () => {
    own = await openOperatorsListener(null);
    return () => own.close();
  });

  // PROTOCOL: After too many wrong tokens none is looked at: 429 `locked-out` with `Retry-After`
  it("is slowed down, right tokens included, while sessions go on", async () => {
    const origin = `http://127.0.0.1:${own.port}`;
    const headers = { "sluse-console": "1", origin };
    const session = await fetch(`${origin}/api/session`, {
      method: "POST",
      headers,
      body: JSON.stringify({ token: NAMED.viewer.token }),
    });
    const cookie = (session.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    for (let i = 0; i < 26; i++) await asks(`guess-number-${i}-0123456789`);
    const locked = await asks(NAMED.admin.token);
    expect([locked.status, (await locked.json()).code]).toEqual([429, "locked-out"]);
    expect(Number(locked.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await fetch(`${origin}/api/overview`, { headers: { ...headers, cookie } })).status).toBe(200);
  });

  it("is not what a program does that repeats an old token", async () => {
    for (let i = 0; i < 30; i++) expect((await asks("an-old-token-0123456789")).status).toBe(401);
    expect((await asks(OPERATOR_TOKEN)).status).toBe(200);
  });
});
