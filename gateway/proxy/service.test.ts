/** PROTOCOL "Proxying" as a service and a visitor see it, with the whole gateway between them. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ClientOptions, WebSocket, WebSocketServer } from "ws";
import { RawConnection } from "../http/test-server.ts";
import {
  type GatewayProcess,
  OPERATOR_TOKEN,
  startGatewayProcess,
  testFolder,
} from "../testing/gateway-process.ts";
import { TestVisitor, until } from "../testing/visitor.ts";
import { type Answer, type Asked, ask as askAt, selfSigned, startStuckOrigin } from "./proxy-fixture.ts";

/** The one peer that the gateway trusts; every other of the loopback is a stranger. */
const TRUSTED = "127.0.0.2";
const NAVIGATION = { accept: "text/html", "sec-fetch-mode": "navigate" };

let answer: (request: IncomingMessage, response: ServerResponse) => void;
let arrived: IncomingMessage[] = [];
let upgraded: IncomingMessage[] = [];
let gateway: GatewayProcess;
let port: number;
let originUrl: string;
let closeStuck: () => void;
const servers: Server[] = [];
const sockets = new WebSocketServer({ noServer: true });

const listener: RequestListener = (request, response) => {
  arrived.push(request);
  answer(request, response);
};

beforeAll(async () => {
  const folder = testFolder();
  const good = selfSigned(folder, "good", ["tls.internal"]);
  const stranger = selfSigned(folder, "stranger", []);
  const plain = createServer({ maxHeaderSize: 65_536 }, listener);
  plain.on("upgrade", (request, socket, head) => {
    upgraded.push(request);
    sockets.handleUpgrade(request, socket, head, (ws) =>
      ws.on("message", (data) => ws.send(`heard ${data}`)),
    );
  });
  originUrl = `http://127.0.0.1:${await portOf(plain)}`;
  const tls = await portOf(createTlsServer(good, listener));
  const strange = await portOf(createTlsServer(stranger, listener));
  const stuck = await startStuckOrigin();
  closeStuck = stuck.close;
  const rooms: Record<string, object> = {
    tax: { origin: originUrl },
    quiet: { origin: originUrl, mode: "queue" },
    held: { origin: originUrl, mode: "hold" },
    gated: {
      origin: originUrl,
      mode: "hold",
      ungated: [{ method: "GET", path: "/gated/help" }, { path: "/gated/free" }],
    },
    forms: {
      match: { host: "forms.example", path: "/" },
      origin: originUrl,
      originHost: "forms.internal:444",
    },
    secure: { origin: `https://localhost:${tls}` },
    named: { origin: `https://127.0.0.1:${tls}`, originHost: "tls.internal" },
    misnamed: { origin: `https://localhost:${tls}`, originHost: "other.internal" },
    strange: { origin: `https://localhost:${strange}` },
    away: { origin: "http://127.0.0.1:9" },
    slow: { origin: stuck.url },
  };
  gateway = await startGatewayProcess({
    rooms: Object.entries(rooms).map(([id, fields]) => ({
      id,
      name: { da: `Rum ${id}`, en: `Room ${id}` },
      match: { host: "*", path: `/${id}` },
      mode: "open",
      outflowPerMinute: 600_000,
      ...fields,
    })),
    env: {
      SLUSE_PUBLIC_URL: "https://city.example",
      SLUSE_TRUSTED_PROXIES: `${TRUSTED}/32`,
      NODE_EXTRA_CA_CERTS: good.certFile,
    },
  });
  port = Number(new URL(gateway.url).port);
});

afterAll(async () => {
  closeStuck?.();
  expect(await gateway?.stop()).toBe(0);
  for (const ws of sockets.clients) ws.terminate();
  for (const server of servers) server.close();
});

beforeEach(() => {
  arrived = [];
  upgraded = [];
  answer = (_, response) => response.end("served");
});

async function portOf(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** A program asks; nothing is said but what a test says. */
function ask(path: string, asked: Asked = {}): Promise<Answer> {
  return askAt(port, path, { ...asked, headers: { host: "city.example", ...asked.headers } });
}

const seen = () => arrived[0]?.headers ?? {};
const words = ({ status, body }: Answer) => `${status} ${body}`;

describe("a request", () => {
  // PROTOCOL: Path and query go on byte for byte
  it.each(["/tax", "/tax/?", "/tax/a%2Fb//c;d=1/%41?x=%20&y=[1]&z?&=", "/TAX/%c3%a6", "/tax/a/./b/../c"])(
    "keeps its path and query: %s",
    async (path) => {
      expect(words(await ask(path))).toBe("200 served");
      expect(arrived[0]?.url).toBe(path);
    },
  );

  // PROTOCOL: Incoming `Sluse-*` are removed, `Forwarded` and `X-Forwarded-*` unless the peer is trusted
  // PROTOCOL: set are `X-Forwarded-For/-Proto/-Host`, `Sluse-Room`, and `Sluse-Pass` when verified
  const FORWARDED = {
    forwarded: "for=6.6.6.6",
    "x-forwarded-for": "6.6.6.6",
    "x-forwarded-proto": "http",
    "x-forwarded-host": "elsewhere.example",
    "x-forwarded-port": "81",
  };
  const FORGED = { "sluse-room": "held", "sluse-anything": "1" };
  it.each([
    [
      "a stranger",
      "127.0.0.1",
      {
        host: "city.example",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "city.example",
        "sluse-room": "tax",
      },
    ],
    [
      "a trusted proxy",
      TRUSTED,
      {
        host: "city.example",
        forwarded: "for=6.6.6.6",
        "x-forwarded-for": `6.6.6.6, ${TRUSTED}`,
        "x-forwarded-proto": "http",
        "x-forwarded-host": "city.example",
        "x-forwarded-port": "81",
        "sluse-room": "tax",
      },
    ],
  ])("of %s", async (_, from, expected) => {
    await ask("/tax", { from, headers: { ...FORWARDED, ...FORGED } });
    const { connection, ...headers } = seen();
    expect(headers).toEqual(expected);
  });

  it("of a trusted proxy that says for which of the known hosts it is, is sent on with it", async () => {
    const named = { host: "inner.example", "x-forwarded-host": "Forms.example:444" };
    await ask("/tax", { from: TRUSTED, headers: named });
    expect(seen()).toMatchObject({ "sluse-room": "forms", "x-forwarded-host": "Forms.example:444" });
    await ask("/tax", { from: TRUSTED, headers: { ...named, "x-forwarded-host": "evil.example" } });
    expect(arrived[1]?.headers).toMatchObject({ "sluse-room": "tax", "x-forwarded-host": "inner.example" });
  });

  const ADDRESSES = {
    "x-real-ip": "6.6.6.6",
    "true-client-ip": "6.6.6.6",
    "cf-connecting-ip": "6.6.6.6",
    "x-client-ip": "6.6.6.6",
    "client-ip": "6.6.6.6",
    "x-cluster-client-ip": "6.6.6.6",
  };
  const METHODS = {
    "x-http-method-override": "GET",
    "x-method-override": "GET",
    "x-http-method": "GET",
  };
  const OTHER_PAGES = {
    "x-original-url": "/held",
    "x-rewrite-url": "/held",
    "x-original-host": "forms.example",
    "x-host": "forms.example",
    x_original_url: "/held",
  };
  const own = [
    "connection",
    "host",
    "sluse-room",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
  ];

  // PROTOCOL: Removed unless the peer is trusted are `X-Original-*`, too, and headers that name the visitor's address (`X-Real-IP`, `True-Client-IP`, `CF-Connecting-IP`, `X-Client-IP`, `Client-IP`, `X-Cluster-Client-IP` and their like) or another method (`X-HTTP-Method-Override`, `X-Method-Override`, `X-HTTP-Method`)
  // PROTOCOL: Removed in any case are those that name another page or host (`X-Original-URL`, `X-Rewrite-URL`, `X-Original-Host` and their like, a `Forwarded` whose `host` is another)
  it.each(["/gated/help", "/tax"])("loses what names another than was decided about: %s", async (path) => {
    const headers = { ...ADDRESSES, ...METHODS, ...OTHER_PAGES, "x-original-for": "6.6.6.6" };
    expect(words(await ask(path, { headers }))).toBe("200 served");
    expect(Object.keys(seen()).sort()).toEqual([...own].sort());
    const vouched = { ...ADDRESSES, ...METHODS, "x-original-for": "6.6.6.6" };
    for (const host of ["forms.example", '"held.example:80"']) {
      const forwarded = `for=6.6.6.6;host=city.example, for=1.1.1.1; Host=${host}`;
      await ask(path, { from: TRUSTED, headers: { ...vouched, ...OTHER_PAGES, forwarded } });
    }
    for (const { headers } of arrived.slice(1)) {
      expect(headers).toMatchObject(vouched);
      expect(Object.keys(headers).sort()).toEqual([...own, ...Object.keys(vouched)].sort());
    }
  });

  it("of a trusted proxy keeps a `Forwarded` that names the host that was asked for", async () => {
    const forwarded = 'for=6.6.6.6;proto=https;host="City.example:443"';
    await ask("/tax", { from: TRUSTED, headers: { forwarded } });
    expect(seen()).toMatchObject({ forwarded });
  });

  // PROTOCOL: A rule of `ungated` that has a `method` lets no request through that names another in a header
  it.each(["127.0.0.1", TRUSTED])(
    "that names another method is not ungated by its own: from %s",
    async (from) => {
      for (const name of [...Object.keys(METHODS), "x_http_method_override"]) {
        const headers = { [name]: "post" };
        expect((await ask("/gated/help", { from, headers })).status, name).toBe(503);
        expect((await ask("/gated/free", { from, headers })).status, name).toBe(200);
        expect((await ask("/gated/help", { from, headers: { [name]: "Get" } })).status, name).toBe(200);
      }
      expect(arrived.map(({ url }) => url).filter((url) => url === "/gated/help")).toHaveLength(4);
    },
  );

  // PROTOCOL: Sluse's cookies are taken out
  it("carries a verified pass as `Sluse-Pass`, and no cookie of Sluse's", async () => {
    const joined = await ask("/_sluse/rooms/tax/join", {
      method: "POST",
      headers: { "sluse-client": "app" },
    });
    const { pass } = JSON.parse(String(joined.body));
    const cookie = `a=1; __Host-sluse_pass_tax=${pass}; __Host-sluse_ticket_tax=x; sluse_lang=da; b=2`;
    await ask("/tax", { headers: { cookie } });
    expect(seen()).toMatchObject({ "sluse-pass": pass, cookie: "a=1; b=2" });
    await ask("/tax", { headers: { "sluse-pass": `${pass}x` } });
    expect(arrived[1]?.headers).not.toHaveProperty("sluse-pass");
  });

  // PROTOCOL: the Host sent on (default: the visitor's)
  it("is sent on with the visitor's Host, or the room's `originHost`", async () => {
    await ask("/tax", { headers: { host: "city.example:8443" } });
    await ask("/anything", { headers: { host: "forms.example" } });
    expect(arrived.map(({ headers }) => headers.host)).toEqual(["city.example:8443", "forms.internal:444"]);
    expect(arrived[1]?.headers).toMatchObject({ "x-forwarded-host": "forms.example", "sluse-room": "forms" });
  });

  it("loses what is meant for the next hop alone", async () => {
    await ask("/tax", {
      headers: {
        connection: "close, X-Secret",
        "x-secret": "1",
        te: "trailers",
        "keep-alive": "timeout=5",
        "proxy-authorization": "Basic x",
        "proxy-connection": "close",
      },
    });
    expect(Object.keys(seen()).sort()).toEqual(
      ["connection", "host", "sluse-room", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"].sort(),
    );
    expect(seen().connection).toBe("keep-alive");
  });

  // PROTOCOL: Request headers up to 16 KB
  it("has up to 16 KB of headers", async () => {
    const large = "x".repeat(16_000);
    expect((await ask("/tax", { headers: { "x-large": large } })).status).toBe(200);
    expect(seen()["x-large"]).toBe(large);
    expect((await ask("/tax", { headers: { "x-large": `${large}${"x".repeat(1_000)}` } })).status).toBe(431);
    const many = Object.fromEntries(Array.from({ length: 90 }, (_, at) => [`x-${at}`, "1"]));
    expect((await ask("/tax", { headers: many })).status).toBe(200);
    expect(arrived).toHaveLength(2);
  });

  // PROTOCOL: CONNECT, TRACE: 405
  it.each(["CONNECT", "TRACE"])("of the method %s is not allowed", async (method) => {
    const connection = new RawConnection(port, `${method} /tax HTTP/1.1\r\nHost: city.example\r\n\r\n`);
    expect(await connection.untilClosed()).toMatch(/^HTTP\/1\.1 405 /);
    expect(arrived).toEqual([]);
  });

  it("that expects a 100 is told to go on, and goes on whole", async () => {
    answer = (request, response) => request.pipe(response);
    const head =
      "POST /tax HTTP/1.1\r\nHost: city.example\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    const connection = new RawConnection(port, head);
    expect(await connection.until("\r\n\r\n")).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    connection.write("hello");
    expect(await connection.until("hello")).toContain("HTTP/1.1 200 OK");
    expect(seen()).not.toHaveProperty("expect");
    connection.destroy();
  });

  it("without a pass, that expects a 100, must wait like any other", async () => {
    const head =
      "POST /held HTTP/1.1\r\nHost: city.example\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    const connection = new RawConnection(port, head);
    expect(await connection.until("must-wait")).toContain("HTTP/1.1 503");
    connection.destroy();
  });

  it("with trailers is refused: they cannot be told from a next request", async () => {
    const head =
      "POST /tax HTTP/1.1\r\nHost: city.example\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n";
    const connection = new RawConnection(port, head);
    expect(await connection.until("trailers")).toMatch(/^HTTP\/1\.1 400 /);
    connection.write("1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n");
    await connection.untilClosed();
    expect(arrived).toEqual([]);
  });
});

describe("a reply", () => {
  // PROTOCOL: bodies are never rewritten (an origin with absolute links gets a room by host)
  it.each([
    [
      "a page with absolute links",
      "text/html",
      "identity",
      () => Buffer.from(`<a href="${originUrl}/tax">æ</a>`),
    ],
    ["a compressed page", "text/html", "gzip", () => gzipSync(`<a href="${originUrl}/tax">æ</a>`)],
    [
      "bytes that are no text",
      "application/octet-stream",
      "identity",
      () => Buffer.from([0, 255, 13, 10, 0]),
    ],
  ])("has the service's own body: %s", async (_, type, coding, body) => {
    answer = (_request, response) =>
      response.writeHead(200, { "content-type": type, "content-encoding": coding }).end(body());
    const got = await ask("/tax", { headers: { "accept-encoding": "gzip" } });
    expect(got.body.equals(body())).toBe(true);
    expect(got.headers).toMatchObject({ "content-type": type, "content-encoding": coding });
  });

  // PROTOCOL: `Location` naming the origin's address becomes public
  it.each([
    ["by path", "/tax", "city.example", "ORIGIN/tax/next?a=b#c", "https://city.example/tax/next?a=b#c"],
    [
      "by path, with the Host sent on",
      "/tax",
      "city.example",
      "http://city.example/tax/",
      "https://city.example/tax/",
    ],
    [
      "by path, with its own port",
      "/tax",
      "city.example",
      "http://city.example:PORT/tax/",
      "https://city.example/tax/",
    ],
    ["by path, relative", "/tax", "city.example", "/tax/next", "/tax/next"],
    ["by host", "/", "forms.example", "ORIGIN/next", "https://forms.example/next"],
    [
      "by host, named as `originHost`",
      "/",
      "forms.example",
      "http://forms.internal:444/",
      "https://forms.example/",
    ],
    [
      "elsewhere",
      "/",
      "forms.example",
      "https://log-in.example/?to=ORIGIN",
      "https://log-in.example/?to=ORIGIN",
    ],
  ])("sends to a public address from a room %s", async (_, path, host, location, expected) => {
    const here = (text: string) => text.replace("ORIGIN", originUrl).replace("PORT", new URL(originUrl).port);
    answer = (_request, response) => response.writeHead(302, { location: here(location) }).end();
    const got = await ask(path, { headers: { host } });
    expect(got.status).toBe(302);
    expect(got.headers.location).toBe(here(expected));
  });

  // PROTOCOL: a cookie `Domain` naming it is dropped
  it.each([
    ["by path", "/tax", "city.example", "Domain=127.0.0.1"],
    ["by host", "/", "forms.example", "domain=.Forms.Internal"],
  ])("sets cookies for the visitor's host from a room %s", async (_, path, host, domain) => {
    const kept = ["b=2; Domain=city.example", "c=3; HttpOnly; SameSite=None; Secure; Path=/deep"];
    answer = (_request, response) =>
      response.writeHead(200, { "set-cookie": [`a=1; ${domain}; Path=/tax`, ...kept] }).end();
    const got = await ask(path, { headers: { host } });
    expect(got.headers["set-cookie"]).toEqual(["a=1; Path=/tax", ...kept]);
  });

  // PROTOCOL: Cookies of Sluse's names that a service sets are taken out of its reply
  it.each(["/tax", "/quiet"])("sets no cookie of Sluse's: from %s", async (path) => {
    const theirs = ["a=1", "my_sluse_lang=da; Path=/"];
    const ours = [
      "sluse_ticket_quiet=x; Path=/",
      "__Host-sluse_pass_held=x; Path=/; Secure",
      "__Host-sluse_pass_tax=; Max-Age=0; Path=/; Secure",
      "sluse_lang=en",
      "sluse_operator=x; HttpOnly",
      "=sluse_lang=en",
    ];
    answer = (_request, response) =>
      response.writeHead(200, { "set-cookie": [...ours, ...theirs] }).end("served");
    const got = await ask(path, { headers: NAVIGATION });
    const names = (got.headers["set-cookie"] ?? []).map((cookie) => cookie.split("=")[0]);
    const given = path === "/tax" ? [] : ["__Host-sluse_pass_quiet", "__Host-sluse_ticket_quiet"];
    expect(names).toEqual(["a", "my_sluse_lang", ...given]);
  });

  // PROTOCOL: The origin's `Date` is dropped (the server sets one)
  it("has one `Date`, the gateway's, and nothing meant for the gateway alone", async () => {
    answer = (_request, response) => {
      response.writeHead(200, {
        date: "Thu, 01 Jan 1970 00:00:00 GMT",
        connection: "X-Hop",
        "x-hop": "1",
        "sluse-room": "tax",
        server: "own/1",
        trailer: "X-Sum",
      });
      response.write("body");
      response.addTrailers({ "x-sum": "1" });
      response.end();
    };
    const got = await ask("/tax");
    const names = got.raw.filter((_name, index) => index % 2 === 0).map((name) => name.toLowerCase());
    expect(names.filter((name) => name === "date")).toHaveLength(1);
    expect(Date.now() - Date.parse(got.headers.date ?? "")).toBeLessThan(60_000);
    expect(got.headers.server).toBe("own/1");
    for (const name of ["x-hop", "sluse-room", "trailer", "keep-alive"]) expect(names).not.toContain(name);
    expect(got.trailers).toEqual({});
    expect(String(got.body)).toBe("body");
  });

  it("has up to 16 KB of headers; with more it is none", async () => {
    answer = (_request, response) => response.writeHead(200, { "x-large": "x".repeat(15_000) }).end();
    expect((await ask("/tax")).headers["x-large"]).toHaveLength(15_000);
    answer = (_request, response) => response.writeHead(200, { "x-large": "x".repeat(17_000) }).end();
    expect((await ask("/tax")).status).toBe(502);
  });
});

describe("an https origin", () => {
  it.each([
    ["whose certificate NODE_EXTRA_CA_CERTS names", "/secure", "200 served"],
    ["whose certificate names `originHost`", "/named", "200 served"],
  ])("%s is served", async (_, path, expected) => {
    expect(words(await ask(path))).toBe(expected);
  });

  it.each([
    ["has a certificate that nobody vouches for", "/strange"],
    ["has another name in its certificate", "/misnamed"],
  ])("that %s is away", async (_, path) => {
    expect((await ask(path)).status).toBe(502);
    expect(arrived).toEqual([]);
  });
});

// PROTOCOL: Origin away 502, too slow 504, as pages for navigations
// PROTOCOL: `origin-slow` 504,
it.each([
  ["away", 502, "origin-away"],
  ["slow", 504, "origin-slow"],
])(
  "an origin that is %s is %i, as a page for a navigation and a problem for others",
  async (room, status, code) => {
    const others = [{ accept: "*/*" }, { ...NAVIGATION, "sec-fetch-mode": "cors" }];
    const [page, ...problems] = await Promise.all(
      [NAVIGATION, ...others].map((headers) => ask(`/${room}`, { headers })),
    );
    expect(page).toMatchObject({ status, headers: { "content-type": "text/html; charset=utf-8" } });
    expect(String(page?.body)).toMatch(/^<!doctype html>/i);
    for (const problem of problems) {
      expect(problem).toMatchObject({ status, headers: { "content-type": "application/problem+json" } });
      expect(JSON.parse(String(problem.body))).toMatchObject({ status, code });
    }
    for (const { headers } of [page as Answer, ...problems])
      expect(headers["cache-control"]).toBe("no-store");
  },
);

describe("a WebSocket of the service", () => {
  function dial(path: string, options: ClientOptions = {}): WebSocket {
    const headers = { host: "city.example", ...options.headers };
    return new WebSocket(`ws://127.0.0.1:${port}${path}`, { ...options, headers });
  }

  async function refused(ws: WebSocket): Promise<Answer> {
    ws.on("error", () => {});
    const [, response] = (await once(ws, "unexpected-response")) as [unknown, IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      raw: response.rawHeaders,
      trailers: {},
      body: Buffer.concat(chunks),
    };
  }

  async function talks(ws: WebSocket): Promise<void> {
    await once(ws, "open");
    ws.send("hello");
    expect(String((await once(ws, "message"))[0])).toBe("heard hello");
    ws.terminate();
  }

  async function passOf(room: string): Promise<string> {
    const joined = await new TestVisitor(gateway.url, room).join({ "sluse-client": "app" });
    return (await joined.json()).pass;
  }

  it("is relayed with a pass, by path and by host, and the pass goes on", async () => {
    const cookie = `__Host-sluse_pass_tax=${await passOf("tax")}; own=1`;
    await talks(dial("/tax/updates?from=7", { headers: { cookie, origin: "https://city.example" } }));
    expect(upgraded[0]?.url).toBe("/tax/updates?from=7");
    expect(upgraded[0]?.headers).toMatchObject({
      host: "city.example",
      origin: "https://city.example",
      cookie: "own=1",
      "sluse-room": "tax",
      "sluse-pass": expect.stringMatching(/^ey/),
    });
    await talks(dial("/", { headers: { host: "forms.example", "sluse-pass": await passOf("forms") } }));
    expect(upgraded[1]?.headers).toMatchObject({ host: "forms.internal:444", "sluse-room": "forms" });
  });

  it("is closed when the service ends the session, or an operator all sessions", async () => {
    const [ended, reset] = [await passOf("tax"), await passOf("forms")];
    const [first, second] = [
      dial("/tax", { headers: { "sluse-pass": ended } }),
      dial("/", { headers: { host: "forms.example", "sluse-pass": reset } }),
    ];
    const closed = Promise.all([first, second].map((ws) => once(ws, "close")));
    await Promise.all([first, second].map((ws) => once(ws, "open")));
    answer = (_request, response) => response.writeHead(200, { "sluse-command": "end-session" }).end();
    expect((await ask("/tax/log-out", { headers: { "sluse-pass": ended } })).status).toBe(200);
    const reply = await fetch(`${gateway.operatorUrl}/api/rooms/forms/reset`, {
      method: "POST",
      headers: { authorization: `Bearer ${OPERATOR_TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify({ confirm: "forms", endSessions: true, reason: "a test" }),
    });
    expect(reply.ok).toBe(true);
    expect((await closed).map(([code]) => code)).toEqual([1008, 1008]);
  });

  it("without a pass is given a session in a quiet room, as a navigation is", async () => {
    await until("a quiet room", async () => (await ask("/quiet")).status === 200);
    const ws = dial("/quiet");
    const agreed = once(ws, "upgrade");
    await talks(ws);
    const [response] = (await agreed) as [IncomingMessage];
    expect(response.headers["set-cookie"]).toEqual([
      expect.stringMatching(/^__Host-sluse_pass_quiet=ey/),
      expect.stringMatching(/^__Host-sluse_ticket_quiet=ey/),
    ]);
    expect(upgraded[0]?.headers["sluse-pass"]).toMatch(/^ey/);
  });

  it("must wait without a pass, and with another room's", async () => {
    for (const headers of [undefined, { "sluse-pass": await passOf("tax") }]) {
      const refusal = await refused(dial("/held", headers && { headers }));
      expect(refusal).toMatchObject({ status: 503, headers: { "cache-control": "no-store" } });
      expect(JSON.parse(String(refusal.body))).toMatchObject({ code: "must-wait", status: { room: "held" } });
    }
    expect(upgraded).toEqual([]);
  });

  it.each([
    ["no room", "/nowhere", 404],
    ["an ambiguous path", "/tax/..%2fheld", 400],
    ["a service that is away", "/away", 502],
    ["a service that takes none", "/secure", 200],
    ["Sluse's own paths", "/_sluse/nothing", 404],
  ])("is answered with a status: %s", async (_, path, status) => {
    expect((await refused(dial(path))).status).toBe(status);
  });

  // PROTOCOL: other upgrades 501
  it("any other upgrade is not supported", async () => {
    const got = await ask("/tax", { headers: { connection: "Upgrade, HTTP2-Settings", upgrade: "h2c" } });
    expect(got.status).toBe(501);
    expect(JSON.parse(String(got.body))).toMatchObject({ code: "upgrade-not-supported" });
    expect(arrived).toEqual([]);
  });
});
