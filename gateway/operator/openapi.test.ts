/** The OpenAPI document against the routes, the replies and the examples, over real sockets. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OPERATIONS, reader, served, undocumented } from "./openapi-fixture.ts";
import { OPERATOR_TOKEN, type OperatorsListener, openOperatorsListener } from "./operator-fixture.ts";
import { ROUTES } from "./routes.ts";

let listener: OperatorsListener;
let url: string;

beforeAll(async () => {
  listener = await openOperatorsListener(null);
  url = `http://127.0.0.1:${listener.port}`;
});

afterAll(() => listener.close());

const CONSOLE_FILES = "/(assets/[^/]+)?";
const inTable = ROUTES.map(({ path, methods }) => ({
  path: path.source.slice(1, -1).replaceAll("\\", "").replaceAll("([^/]+)", "{room}"),
  methods,
})).filter(({ path }) => path !== CONSOLE_FILES);

describe("the document", () => {
  it("has every route of the table but the console's files, and no other", () => {
    const routes = inTable.flatMap(({ path, methods }) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(inTable.length).toBe(ROUTES.length - 1);
    expect(OPERATIONS.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(routes.sort());
  });

  it("says of each which role it takes", () => {
    for (const { method, path, operation } of OPERATIONS) {
      const [guard] = inTable.find((route) => route.path === path)?.methods[method] ?? [];
      const isRole = guard !== "metrics" && guard !== "open";
      expect([path, operation["x-least-role"]]).toEqual([path, isRole ? guard : undefined]);
      expect([path, operation.security.some((one) => "token" in one)]).toEqual([path, isRole]);
    }
  });

  it("refers to nothing that it has not, names each operation once, and holds no secret", () => {
    const text = JSON.stringify(served);
    const wanted = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    expect(wanted.length).toBeGreaterThan(20);
    expect(wanted.filter((name) => !(String(name) in served.components.schemas))).toEqual([]);
    const ids = OPERATIONS.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(text).not.toContain(OPERATOR_TOKEN);
  });

  it("names every parameter of a path, with a schema that its example passes", () => {
    for (const { path, operation } of OPERATIONS) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const parameters = operation.parameters ?? [];
      expect(parameters.filter((one) => one.in === "path").map(({ name }) => name)).toEqual(inPath);
      for (const { schema, example } of parameters) expect(reader(schema).parse(example)).toBe(example);
    }
  });

  // PROTOCOL: `GET /api/openapi.json`
  // PROTOCOL: this API as an OpenAPI 3.1 document
  it("is served to whoever may look", async () => {
    const response = await fetch(`${url}/api/openapi.json`, { headers: AUTHORIZED });
    expect([response.status, await response.json()]).toEqual([200, served]);
    expect(served).toMatchObject({ openapi: "3.1.0", info: { title: "Sluse: the operators' API" } });
  });
});

const AUTHORIZED = { authorization: `Bearer ${OPERATOR_TOKEN}` };

interface Asked {
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** The status of a reply that is as the document says. */
async function ask(method: string, path: string, { headers = {}, body }: Asked = {}): Promise<number> {
  const response = await fetch(url + path, {
    method,
    headers: { ...AUTHORIZED, "content-type": "application/json", ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const replied = {
    status: response.status,
    type: response.headers.get("content-type"),
    text: await response.text(),
  };
  expect(undocumented(method, path, replied)).toBeNull();
  return response.status;
}

/** Each operation as its examples ask it: one request a body, all parameters in it. */
const EXAMPLES = OPERATIONS.flatMap(({ method, path, operation }) => {
  const of = (kind: string) => (operation.parameters ?? []).filter((one) => one.in === kind);
  const filled = of("path").reduce(
    (text, { name, example }) => text.replace(`{${name}}`, `${example}`),
    path,
  );
  const query = new URLSearchParams(of("query").map(({ name, example }) => [name, `${example}`]));
  const headers = Object.fromEntries(of("header").map(({ name, example }) => [name, `${example}`]));
  const bodies = Object.entries(operation.requestBody?.content["application/json"]?.examples ?? {});
  const asked = { method, path: query.size === 0 ? filled : `${filled}?${query}`, headers };
  const sent: [string, { readonly value: object | undefined }][] =
    bodies.length === 0 ? [["", { value: undefined }]] : bodies;
  return sent.map(([name, { value }]) => ({ ...asked, body: value, name }));
});

describe("its examples", () => {
  it.each(EXAMPLES.filter(({ path }) => path !== "/api/session"))(
    "$method $path $name",
    async ({ method, path, headers, body }) => {
      expect(await ask(method, path, { headers, body })).toBe(200);
    },
  );

  it("open a session of the console, and end it", async () => {
    const [show, logIn, logOut] = ["GET", "POST", "DELETE"].map((wanted) => {
      const found = EXAMPLES.find(({ method, path }) => path === "/api/session" && method === wanted);
      return { headers: { ...found?.headers, origin: url }, body: found?.body };
    });
    expect(await ask("GET", "/api/session", show)).toBe(401);
    // The example's token is nobody's here.
    expect(await ask("POST", "/api/session", logIn)).toBe(401);
    const opened = await fetch(`${url}/api/session`, {
      method: "POST",
      headers: logIn?.headers,
      body: JSON.stringify({ ...logIn?.body, token: OPERATOR_TOKEN }),
    });
    const cookie = opened.headers.get("set-cookie")?.split(";")[0] ?? "";
    expect(undocumented("POST", "/api/session", await replied(opened))).toBeNull();
    expect(await ask("GET", "/api/session", { headers: { ...show?.headers, cookie } })).toBe(200);
    expect(await ask("DELETE", "/api/session", { headers: { ...logOut?.headers, cookie } })).toBe(200);
    expect(await ask("GET", "/api/session", { headers: { ...show?.headers, cookie } })).toBe(401);
  });
});

async function replied(response: Response) {
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    text: await response.text(),
  };
}

const BOUNDED = OPERATIONS.flatMap(({ path, operation }) =>
  (operation.parameters ?? [])
    .filter((one) => one.in === "query" && one.schema.type === "integer")
    .map(({ name, schema }) => ({ path, name, ...schema })),
);

describe("its bounds", () => {
  it.each(BOUNDED)(
    "of $name in $path are those that are held to",
    async ({ path, name, minimum, maximum }) => {
      const status = (value: number) => ask("GET", `${path}?room=tax&${name}=${value}`);
      if (minimum !== undefined) {
        expect([await status(minimum), await status(minimum - 1)]).toEqual([200, 400]);
      }
      if (maximum !== undefined) {
        expect([await status(maximum), await status(maximum + 1)]).toEqual([200, 400]);
      }
    },
  );

  it.each(["/api/audit", "/api/history"])("%s takes no other parameter", async (path) => {
    expect(await ask("GET", `${path}?room=tax&color=blue`)).toBe(400);
  });
});

describe("the check", () => {
  const good = { status: 200, type: "application/json" };
  const rooms = async () => (await fetch(`${url}/api/rooms`, { headers: AUTHORIZED })).json();

  it("finds a member that is not in the document, one that lacks, and one of another type", async () => {
    const body = await rooms();
    const undocumentedIn = (change: object) =>
      undocumented("GET", "/api/rooms/tax", {
        ...good,
        text: JSON.stringify({ ...body.rooms[0], ...change }),
      });
    expect(undocumentedIn({})).toBeNull();
    expect(undocumentedIn({ color: "blue" })).toContain("color");
    expect(undocumentedIn({ state: undefined })).toContain("state");
    expect(undocumentedIn({ outflowPerMinute: "60" })).toContain("outflowPerMinute");
  });

  it("finds a status, a type and a code that are not in the document", () => {
    const said = (code: string) =>
      JSON.stringify({ type: "about:blank", title: "", status: 400, code, detail: "" });
    const problem = { status: 400, type: "application/problem+json" };
    expect(undocumented("GET", "/api/audit", { ...problem, text: said("bad-fields") })).toBeNull();
    expect(undocumented("GET", "/api/audit", { ...problem, text: said("no-change") })).toContain("code");
    expect(undocumented("GET", "/api/audit", { ...problem, status: 418, text: "" })).toContain("418");
    expect(undocumented("GET", "/metrics", { ...good, text: "{}" })).toContain("application/json is not");
  });
});
