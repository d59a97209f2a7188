import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type ClientOptions, WebSocket, WebSocketServer } from "ws";
import { clientOf, compileTrustedProxies } from "../http/forwarded.ts";
import { isWebSocketHandshake } from "../http/handshake.ts";
import { Reply } from "../http/reply.ts";
import { headerOf, isRefusal, readRequest } from "../http/request.ts";
import { sendProblem } from "../http/respond.ts";
import { RawConnection, serve, type TestServer } from "../http/test-server.ts";
import type { HttpRequest, HttpResponse, SocketContext } from "../http/uws.ts";
import type { Forward } from "./forward.ts";
import { createProxy, type OriginProxy } from "./proxy.ts";
import { RELAY_BEHAVIOR } from "./relay.ts";

const MEGABYTE = 1024 * 1024;
const FAILURE_STATUS = {
  away: 502,
  slow: 504,
  malformed: 400,
  lasting: 503,
  "too-many-requests": 429,
  "too-many-sockets": 429,
};
const HANDSHAKE = [
  "Host: city.example",
  "Connection: keep-alive, Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

const sockets = new WebSocketServer({
  noServer: true,
  maxPayload: 64 * MEGABYTE,
  handleProtocols: (asked) => (asked.has("b") ? "b" : false),
});
const origin = createServer((_request, response) => response.end("no socket"));
const connections = new Set<Duplex>();
let arrived: IncomingMessage[] = [];
/** The origin's ends, in the order in which they were opened. */
let opened: WebSocket[] = [];
let answerUpgrade = acceptUpgrade;
let gateway: TestServer;
let proxy: OriginProxy;
let originUrl = "";
let settings: Partial<Forward> & { origin?: string; originHost?: string } = {};
const events = { responses: [] as number[], failures: [] as string[], commands: [] as string[] };
const clients: (WebSocket | RawConnection)[] = [];

function acceptUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  sockets.handleUpgrade(request, socket, head, (ws) => opened.push(ws));
}

function forward(res: HttpResponse, req: HttpRequest, context: SocketContext | null): void {
  const request = readRequest(req, res);
  if (isRefusal(request)) throw new Error(request.detail);
  const reply = new Reply(res, request, null, context);
  proxy.forward({
    reply,
    request,
    room: { id: "tax", origin: settings.origin ?? originUrl, originHost: settings.originHost },
    publicUrl: "https://city.example",
    client: clientOf(request, compileTrustedProxies([]), "https"),
    asker: { pass: settings.pass ?? null, network: headerOf(request, "x-from") ?? "here" },
    pass: settings.pass,
    setCookies: settings.setCookies,
    oneRequestMs: settings.oneRequestMs,
    ...(settings.mayStay === undefined ? {} : { mayStay: settings.mayStay }),
    on: {
      response: (status) => events.responses.push(status),
      command: (value) => events.commands.push(value),
      failure: (kind) => {
        events.failures.push(kind);
        if (kind !== "cut") sendProblem(reply, FAILURE_STATUS[kind], kind, "The origin did not answer.");
      },
    },
  });
}

beforeAll(async () => {
  origin.on("connection", (socket) => connections.add(socket));
  origin.on("upgrade", (request, socket, head) => {
    arrived.push(request);
    answerUpgrade(request, socket, head);
  });
  await new Promise<void>((resolve) => origin.listen(0, "127.0.0.1", resolve));
  originUrl = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`;
  proxy = createProxy({ headersTimeoutMs: 800, checkEveryMs: 20, share: { socketsOfPass: 2 } });
  gateway = await serve(
    (res, req) => forward(res, req, null),
    (app) =>
      app.ws("/*", {
        ...RELAY_BEHAVIOR,
        upgrade: (res, req, context) => {
          if (isWebSocketHandshake(req)) forward(res, req, context);
          else req.setYield(true);
        },
      }),
  );
});
afterEach(() => {
  for (const client of clients.splice(0)) client instanceof WebSocket ? client.terminate() : client.destroy();
  for (const ws of opened) ws.terminate();
  answerUpgrade = acceptUpgrade;
  settings = {};
  arrived = [];
  opened = [];
  events.responses = [];
  events.failures = [];
  events.commands = [];
});
afterAll(async () => {
  gateway.close();
  await proxy.destroy();
  for (const socket of connections) socket.destroy();
  await new Promise((resolve) => origin.close(resolve));
});

function dial(path = "/", protocols: string[] = [], options: ClientOptions = {}): WebSocket {
  const client = new WebSocket(`ws://127.0.0.1:${gateway.port}${path}`, protocols, options);
  client.on("error", () => {});
  clients.push(client);
  return client;
}

/** Both ends of a relayed WebSocket. */
async function connect(protocols: string[] = [], options: ClientOptions = {}) {
  const visitor = dial("/", protocols, options);
  const before = opened.length;
  await once(visitor, "open");
  await vi.waitUntil(() => opened.length > before);
  return { visitor, service: opened[before] as WebSocket };
}

async function refusalOf(client: WebSocket): Promise<IncomingMessage & { body: string }> {
  const [, response] = (await once(client, "unexpected-response")) as [unknown, IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Object.assign(response, { body: Buffer.concat(chunks).toString() });
}

function raw(...lines: string[]): RawConnection {
  const connection = new RawConnection(gateway.port, [...lines, "", ""].join("\r\n"));
  clients.push(connection);
  return connection;
}

async function closing(ws: WebSocket): Promise<string> {
  const [code, reason] = (await once(ws, "close")) as [number, Buffer];
  return `${code} ${reason}`.trim();
}

// PROTOCOL: WebSockets of the service are relayed message by message (back-pressure, subprotocol, close code)
describe("the handshake", () => {
  it("passes on the visitor's own, byte for byte in path and query", async () => {
    const connection = raw(
      "GET /Tax//a%2Fb/../%41?x=%20&[y]= HTTP/1.1",
      ...HANDSHAKE,
      "Sec-WebSocket-Extensions: permessage-deflate",
      "Origin: https://city.example",
      "Cookie: a=1; sluse_pass_tax=p; b=2",
      "X-Own: 1",
      "X-Own: 2",
      "Sluse-Pass: forged",
      "X-Forwarded-For: 6.6.6.6",
    );
    settings = { pass: "verified.pass" };
    expect(await connection.until("\r\n\r\n")).toContain("101 Switching Protocols");
    expect(arrived[0]?.url).toBe("/Tax//a%2Fb/../%41?x=%20&[y]=");
    const { "sec-websocket-key": key, ...seen } = arrived[0]?.headers ?? {};
    expect(key).not.toBe("dGhlIHNhbXBsZSBub25jZQ==");
    expect(seen).toEqual({
      host: "city.example",
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      origin: "https://city.example",
      cookie: "a=1; b=2",
      "x-own": "1, 2",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "city.example",
      "sluse-room": "tax",
      "sluse-pass": "verified.pass",
    });
    expect(events).toMatchObject({ responses: [101], failures: [] });
  });

  it("carries the origin's host", async () => {
    settings = { originHost: "tax.internal:444" };
    await connect();
    expect(arrived[0]?.headers).toMatchObject({ host: "tax.internal:444" });
  });

  it.each([
    ["chosen", ["a", "b"], "b"],
    ["none asked for", [], ""],
  ])("agrees on the origin's subprotocol: %s", async (_, asked, agreed) => {
    const { visitor } = await connect(asked);
    expect(arrived[0]?.headers["sec-websocket-protocol"]).toBe(asked.join(",") || undefined);
    expect(visitor.protocol).toBe(agreed);
    expect(visitor.extensions).toBe("");
  });

  it("leaves it to the visitor's client whether no subprotocol will do", async () => {
    const text = await raw("GET / HTTP/1.1", ...HANDSHAKE, "Sec-WebSocket-Protocol: c, d").until("\r\n\r\n");
    expect(text).toContain("101 Switching Protocols");
    expect(text.toLowerCase()).not.toContain("sec-websocket-protocol");
    expect(arrived[0]?.headers["sec-websocket-protocol"]).toBe("c, d");
  });

  it("brings the origin's cookies and ours, and nothing of Sluse's own", async () => {
    settings = { setCookies: () => ["sluse_pass_tax=x; Path=/"] };
    sockets.once("headers", (headers) => {
      headers.push("Set-Cookie: a=1", "Set-Cookie: b=2", "Sluse-Command: end-session", "X-Own: 1");
    });
    const visitor = dial();
    const [response] = (await once(visitor, "upgrade")) as [IncomingMessage];
    expect(response.headers["set-cookie"]).toEqual(["a=1", "b=2", "sluse_pass_tax=x; Path=/"]);
    expect(response.headers).toMatchObject({ "x-own": "1", "cache-control": "private, no-store" });
    expect(response.headers).not.toHaveProperty("sluse-command");
    expect(events.commands).toEqual(["end-session"]);
  });
});

describe("messages", () => {
  const MESSAGES: [what: string, message: string | Buffer][] = [
    ["text", "på æøå \u{1f600}"],
    ["binary", Buffer.from([0, 255, 1, 254])],
    ["empty text", ""],
    ["empty binary", Buffer.alloc(0)],
    ["a megabyte", Buffer.alloc(MEGABYTE, "sluse")],
    ["the longest", Buffer.alloc(16 * MEGABYTE, "sluse")],
  ];
  it.each(["up", "down"])("go %s, each as it is, in order", async (direction) => {
    const { visitor, service } = await connect();
    const [from, to] = direction === "up" ? [visitor, service] : [service, visitor];
    const got: [Buffer, boolean][] = [];
    to.on("message", (data: Buffer, isBinary) => got.push([data, isBinary]));
    for (const [, message] of MESSAGES) from.send(message);
    await vi.waitUntil(() => got.length === MESSAGES.length);
    for (const [index, [what, message]] of MESSAGES.entries()) {
      expect(got[index]?.[0].equals(Buffer.from(message)), what).toBe(true);
      expect(got[index]?.[1], what).toBe(typeof message !== "string");
    }
  });

  it("in fragments come as one", async () => {
    const { visitor, service } = await connect();
    visitor.send("one, ", { fin: false });
    visitor.send("two", { fin: true });
    expect(String((await once(service, "message"))[0])).toBe("one, two");
  });

  it.each(["visitor", "service"] as const)("pings of the %s are answered", async (side) => {
    const ends = await connect();
    ends[side].ping("are you there");
    expect(String((await once(ends[side], "pong"))[0])).toBe("are you there");
  });

  it("the visitor's signs of life reach the origin", async () => {
    const { visitor, service } = await connect();
    visitor.pong();
    await once(service, "ping");
  });

  it.each([
    ["visitor", "service"],
    ["service", "visitor"],
  ] as const)("over 16 MB are too long: the %s's", async (from, to) => {
    const ends = await connect();
    const closed = [closing(ends[from]), closing(ends[to])];
    ends[to].on("message", () => expect.unreachable());
    ends[from].send(Buffer.alloc(16 * MEGABYTE + 1));
    const [sender, receiver] = await Promise.all(closed);
    // uWebSockets.js drops a visitor's connection there, without a code.
    expect(sender).toBe(from === "service" ? "1009" : "1006");
    expect(receiver).toBe("1009");
  });
});

describe("closing", () => {
  const CLOSES: [said: [code?: number, reason?: string], seen: string][] = [
    [[], "1005"],
    [[1000], "1000"],
    [[1001, "on"], "1001 on"],
    [[1011, "fault"], "1011 fault"],
    [[4999, "æ".repeat(61)], `4999 ${"æ".repeat(61)}`],
  ];
  describe.each([
    ["visitor", "service"],
    ["service", "visitor"],
  ] as const)("by the %s", (from, to) => {
    it.each(CLOSES)("%j", async (said, seen) => {
      const ends = await connect();
      const closed = [closing(ends[to]), closing(ends[from])];
      ends[from].close(...said);
      expect(await Promise.all(closed)).toEqual([seen, seen]);
    });

    it("with a code of a library's own", async () => {
      const ends = await connect();
      const closed = closing(ends[to]);
      ends[from].close(3000, "own");
      // uWebSockets.js hides the codes 1012 to 3999 of a visitor.
      expect(await closed).toBe(from === "service" ? "3000 own" : "1005");
    });

    it("without a word", async () => {
      const ends = await connect();
      const closed = closing(ends[to]);
      ends[from].terminate();
      expect(await closed).toBe("1006");
    });

    it("comes after all that was said before", async () => {
      const ends = await connect();
      let bytes = 0;
      ends[to].pause();
      ends[to].on("message", (data: Buffer) => {
        bytes += data.length;
      });
      for (let count = 0; count < 32; count++) ends[from].send(Buffer.alloc(MEGABYTE));
      ends[from].close(4000, "done");
      const closed = closing(ends[to]);
      void ends[to].resume();
      expect(await closed).toBe("4000 done");
      expect(bytes).toBe(32 * MEGABYTE);
    });
  });
});

describe("back-pressure", () => {
  it("an origin is read no faster than the visitor reads", async () => {
    const { visitor, service } = await connect();
    visitor.pause();
    const total = 64;
    for (let index = 0; index < total; index++) service.send(Buffer.alloc(MEGABYTE, index));
    await settled(() => service.bufferedAmount);
    expect(service.bufferedAmount).toBeGreaterThan((total / 2) * MEGABYTE);
    const order: (number | undefined)[] = [];
    visitor.on("message", (data: Buffer) => order.push(data[0]));
    visitor.resume();
    await vi.waitUntil(() => order.length === total, { timeout: 20_000 });
    expect(order).toEqual(Array.from({ length: total }, (_, index) => index));
  });

  it("a visitor who does not read may still leave, and the origin hears of it", async () => {
    const { visitor, service } = await connect();
    visitor.pause();
    for (let count = 0; count < 32; count++) service.send(Buffer.alloc(MEGABYTE));
    await settled(() => service.bufferedAmount);
    expect(service.bufferedAmount).toBeGreaterThan(0);
    const since = performance.now();
    visitor.close(4000, "enough");
    expect(await closing(service)).toBe("4000 enough");
    expect(performance.now() - since).toBeLessThan(10_000);
  });

  it("what a visitor sends ahead of the origin waits, and comes in order", async () => {
    const { visitor, service } = await connect();
    service.pause();
    const total = 64;
    for (let index = 0; index < total; index++) visitor.send(Buffer.alloc(MEGABYTE, index));
    await vi.waitUntil(() => visitor.bufferedAmount === 0, { timeout: 20_000 });
    const order: (number | undefined)[] = [];
    service.on("message", (data: Buffer) => order.push(data[0]));
    service.resume();
    await vi.waitUntil(() => order.length === total, { timeout: 20_000 });
    expect(order).toEqual(Array.from({ length: total }, (_, index) => index));
    visitor.send("still there");
    expect(String((await once(service, "message"))[0])).toBe("still there");
  });

  it("a visitor who sends without end ahead of the origin is closed", async () => {
    const { visitor, service } = await connect();
    service.pause();
    const closed = closing(visitor);
    const chunk = Buffer.alloc(8 * MEGABYTE);
    for (let count = 0; count < 40; count++) visitor.send(chunk);
    expect(await closed).toBe("1013 the service does not keep up");
    service.resume();
    expect(await closing(service)).toBe("1006");
  });
});

describe("an origin that takes no WebSocket", () => {
  it("its status, headers and words are the visitor's", async () => {
    answerUpgrade = (_request, socket) =>
      void socket.end(
        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nSet-Cookie: a=1\r\nSluse-Room: x\r\nContent-Length: 4\r\nConnection: close\r\n\r\nwho?",
      );
    const refusal = await refusalOf(dial());
    expect(refusal).toMatchObject({ statusCode: 401, body: "who?" });
    expect(refusal.headers).toMatchObject({ "www-authenticate": "Basic", "set-cookie": ["a=1"] });
    expect(refusal.headers).not.toHaveProperty("sluse-room");
    expect(events).toMatchObject({ responses: [401], failures: [] });
  });

  it("sends elsewhere: `Location` naming it becomes public", async () => {
    answerUpgrade = (_request, socket) =>
      void socket.end(`HTTP/1.1 302 Found\r\nLocation: ${originUrl}/log-in\r\nContent-Length: 0\r\n\r\n`);
    const refusal = await refusalOf(dial());
    expect(refusal).toMatchObject({ statusCode: 302, body: "" });
    expect(refusal.headers.location).toBe("https://city.example/log-in");
  });

  it("answers with a page too long to pass on: its status alone", async () => {
    answerUpgrade = (_request, socket) =>
      void socket.end(`HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n${"x".repeat(100_000)}`);
    expect(await refusalOf(dial())).toMatchObject({ statusCode: 404, body: "" });
  });

  it("is away: 502 before any upgrade", async () => {
    settings = { origin: "http://127.0.0.1:9" };
    expect((await refusalOf(dial())).statusCode).toBe(502);
    expect(events).toMatchObject({ responses: [], failures: ["away"] });
  });

  it("breaks off: 502", async () => {
    answerUpgrade = (_request, socket) => void socket.destroy();
    expect((await refusalOf(dial())).statusCode).toBe(502);
    expect(events.failures).toEqual(["away"]);
  });

  it("agrees wrongly: 502", async () => {
    answerUpgrade = (_request, socket) =>
      void socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: no\r\n\r\n",
      );
    expect((await refusalOf(dial())).statusCode).toBe(502);
    expect(events.failures).toEqual(["away"]);
  });

  it("says nothing: 504", async () => {
    answerUpgrade = () => {};
    expect((await refusalOf(dial())).statusCode).toBe(504);
    expect(events.failures).toEqual(["slow"]);
  });

  it("is left alone by a visitor who leaves meanwhile", async () => {
    let left = false;
    answerUpgrade = (_request, socket) => {
      socket.once("end", () => {
        left = true;
      });
      socket.resume();
    };
    const visitor = dial();
    await vi.waitUntil(() => arrived.length > 0);
    visitor.terminate();
    await vi.waitUntil(() => left, { timeout: 600 });
    expect(events.failures).toEqual([]);
  });
});

describe("what is no WebSocket's handshake", () => {
  it.each([
    ["another protocol", "GET", ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"]],
    ["another version", "GET", [...HANDSHAKE.slice(1, 3), "Sec-WebSocket-Version: 8", HANDSHAKE[4] ?? ""]],
    ["another method", "POST", HANDSHAKE.slice(1)],
    ["a body", "GET", [...HANDSHAKE.slice(1), "Content-Length: 1"]],
    ["no key", "GET", HANDSHAKE.slice(1, 4)],
    ["no Connection", "GET", HANDSHAKE.slice(2)],
  ])("is another upgrade, 501: %s", async (_, method, lines) => {
    const text = await raw(`${method} / HTTP/1.1`, "Host: a", ...lines).until("\r\n\r\n");
    expect(text).toContain("501 Not Implemented");
    expect(arrived).toEqual([]);
  });

  it("a key alone makes no upgrade of a request", async () => {
    const text = await raw("GET / HTTP/1.1", "Host: a", HANDSHAKE[4] ?? "").until("no socket");
    expect(text).toContain("200 OK");
  });
});

it("a visitor whose session was ended is closed, and the service hears why", async () => {
  let mayStay = true;
  settings = { mayStay: () => mayStay };
  const { visitor, service } = await connect();
  const closed = Promise.all([closing(visitor), closing(service)]);
  visitor.send("still there");
  expect(String((await once(service, "message"))[0])).toBe("still there");
  mayStay = false;
  expect(await closed).toEqual(["1008 the session was ended", "1008 the session was ended"]);
});

it("messages of either side are use, pings are none", async () => {
  const used: boolean[] = [];
  settings = { mayStay: (isUsed) => used.push(isUsed) > 0 };
  const { visitor, service } = await connect();
  for (const end of [visitor, service]) {
    used.length = 0;
    end.ping();
    await once(end, "pong");
    await vi.waitUntil(() => used.length > 3);
    expect(used).not.toContain(true);
    end.send("hello");
    await vi.waitUntil(() => used.includes(true));
    used.length = 0;
    await vi.waitUntil(() => used.length > 3);
    expect(used.slice(1)).not.toContain(true);
  }
});

it("where one request was let through and no more, none is opened", async () => {
  settings = { oneRequestMs: 60_000 };
  expect((await refusalOf(dial())).statusCode).toBe(503);
  expect(events.failures).toEqual(["lasting"]);
  expect(arrived).toEqual([]);
});

describe("sockets of one pass", () => {
  beforeEach(() => {
    settings = { pass: "anna" };
  });

  it("are so many, from whatever address; one that was closed makes room for one", async () => {
    const first = await connect([], { headers: { "x-from": "home" } });
    await connect([], { headers: { "x-from": "mobile" } });
    expect((await refusalOf(dial("/", [], { headers: { "x-from": "school" } }))).statusCode).toBe(429);
    expect([events.failures, arrived.length]).toEqual([["too-many-sockets"], 2]);
    settings = { pass: "bent" };
    await connect();
    settings = { pass: "anna" };
    const closed = closing(first.service);
    first.visitor.close();
    await closed;
    await vi.waitUntil(() =>
      connect().then(
        () => true,
        () => false,
      ),
    );
  });

  it.each([
    [
      "refused",
      (_: unknown, socket: Duplex) => socket.end("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"),
      403,
    ],
    ["cut off", (_: unknown, socket: Duplex) => socket.destroy(), 502],
    ["never answered", () => {}, 504],
  ])("are not those whose handshake was %s", async (_, answer, status) => {
    answerUpgrade = answer;
    for (let i = 0; i < 3; i++) expect((await refusalOf(dial())).statusCode).toBe(status);
    answerUpgrade = acceptUpgrade;
    await connect();
  });

  it("are not those whose visitor went away before the service had agreed", async () => {
    let left = 0;
    answerUpgrade = (_request, socket) => {
      socket.once("end", () => {
        left += 1;
      });
      socket.resume();
    };
    for (let i = 1; i <= 3; i++) {
      const leaving = dial();
      await vi.waitUntil(() => arrived.length === i);
      leaving.terminate();
      await vi.waitUntil(() => left === i);
    }
    answerUpgrade = acceptUpgrade;
    await connect();
    await connect();
    expect(events.failures).toEqual([]);
  });
});

it("a gateway that stops says so to both sides", async () => {
  const stopping = createProxy();
  const before = proxy;
  proxy = stopping;
  const { visitor, service } = await connect();
  proxy = before;
  const closed = Promise.all([closing(visitor), closing(service)]);
  await stopping.close();
  expect(await closed).toEqual(["1001", "1001"]);
});

/** Waits until a number has not changed for half a second. */
async function settled(read: () => number): Promise<void> {
  let last = Number.NaN;
  await vi.waitUntil(
    () => {
      const now = read();
      const same = now === last;
      last = now;
      return same;
    },
    { interval: 500, timeout: 10_000 },
  );
}
