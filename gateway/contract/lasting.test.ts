import { once } from "node:events";
import { createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { until } from "../testing/visitor.ts";
import { configure, type Deployed, deploy, QUIET, reset, roomSeen, roomTimePasses } from "./deployment.ts";
import { cookieSet, expectProblem, jtiOf } from "./replies.ts";

const TICK_MS = 200;
/** A session's length here: a few times as long as a gateway takes to look at what lasts. */
const SESSION_MS = 4_000;
/** Longer than a gateway takes to look at what lasts. */
const LOOKED_AT_MS = 2_500;
const SHORT = { ...QUIET, sessionSeconds: SESSION_MS / 1_000 };

let at: Deployed;
const sockets = new WebSocketServer({ noServer: true });
/** A service of sockets and streams: at `ticks` it says something all the time, else it answers what it is asked. */
const service = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://service");
  const command = searchParams.get("command");
  if (command !== null) response.setHeader("sluse-command", command);
  if (!pathname.includes("events")) return response.end("a page");
  response.writeHead(200, { "content-type": "text/event-stream" });
  stream(pathname, response);
});

function stream(pathname: string, response: ServerResponse): void {
  response.write("data: begun\n\n");
  if (!pathname.endsWith("ticks")) return;
  const ticking = setInterval(() => response.write("data: tick\n\n"), TICK_MS);
  response.on("close", () => clearInterval(ticking));
}

service.on("upgrade", (request: IncomingMessage, socket, head) =>
  sockets.handleUpgrade(request, socket, head, (ws) => {
    ws.on("message", (data) => ws.send(`heard ${data}`));
    if (!request.url?.endsWith("ticks")) return;
    const ticking = setInterval(() => ws.send("tick"), TICK_MS);
    ws.on("close", () => clearInterval(ticking));
  }),
);

beforeAll(async () => {
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  const rooms: Record<string, object> = {
    sockets: { ...QUIET, capacity: 5 },
    streams: { ...QUIET, capacity: 5 },
    closing: QUIET,
    ended: QUIET,
    silent: SHORT,
    busy: SHORT,
    resumed: SHORT,
    lapsed: SHORT,
    line: { ...QUIET, mode: "hold" },
    free: { ...QUIET, mode: "open", ungated: [{ path: "/free/public/*" }] },
  };
  at = await deploy(
    Object.fromEntries(Object.entries(rooms).map(([id, fields]) => [id, { ...fields, origin }])),
  );
});

afterAll(async () => {
  for (const lasting of opened) lasting.end();
  await at?.close();
  for (const ws of sockets.clients) ws.terminate();
  service.closeAllConnections();
  service.close();
});

/** A socket or stream as its visitor has it. */
interface Lasting {
  readonly isOpen: () => boolean;
  /** How a socket was closed; a stream has no code. */
  readonly code: () => number | null;
  readonly cookies: string;
  readonly socket: WebSocket | null;
  end(): void;
}

interface Refused {
  readonly status: number;
  readonly body: string;
}

const opened: Lasting[] = [];

async function openSocket(path: string, cookie = ""): Promise<Lasting | Refused> {
  const headers = cookie === "" ? {} : { cookie };
  const socket = new WebSocket(at.gateway.url.replace("http", "ws") + path, { headers });
  socket.on("error", () => {});
  let code: number | null = null;
  socket.on("close", (closedWith) => {
    code = closedWith;
  });
  const upgrade = once(socket, "upgrade") as Promise<[IncomingMessage]>;
  const refused = once(socket, "unexpected-response") as Promise<[unknown, IncomingMessage]>;
  const [first, second] = await Promise.race([upgrade, refused]);
  if (second !== undefined) return refusal(second as IncomingMessage);
  await until("the socket to open", () => socket.readyState !== WebSocket.CONNECTING);
  return keep({
    isOpen: () => code === null,
    code: () => code,
    cookies: cookiesOf(first as IncomingMessage),
    socket,
    end: () => socket.terminate(),
  });
}

async function openStream(
  path: string,
  { accept = "text/event-stream", cookie = "" } = {},
): Promise<Lasting | Refused> {
  const request = get(at.gateway.url + path, {
    agent: false,
    headers: { accept, ...(cookie === "" ? {} : { cookie }) },
  });
  request.on("error", () => {});
  const [response] = (await once(request, "response")) as [IncomingMessage];
  if (response.statusCode !== 200) return refusal(response);
  let isOpen = true;
  response.on("error", () => {});
  response.on("close", () => {
    isOpen = false;
  });
  response.resume();
  return keep({
    isOpen: () => isOpen,
    code: () => null,
    cookies: cookiesOf(response),
    socket: null,
    end: () => request.destroy(),
  });
}

async function refusal(response: IncomingMessage): Promise<Refused> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() };
}

function keep(lasting: Lasting): Lasting {
  opened.push(lasting);
  return lasting;
}

const cookiesOf = ({ headers }: IncomingMessage) =>
  (headers["set-cookie"] ?? []).map((cookie) => cookie.split(";")[0]).join("; ");
const isLasting = (one: Lasting | Refused): one is Lasting => "isOpen" in one;

function lasting(one: Lasting | Refused): Lasting {
  if (!isLasting(one)) throw new Error(`refused: ${one.status} ${one.body}`);
  return one;
}

const KINDS = [
  ["WebSockets", "sockets", 60, (path: string) => openSocket(path)],
  ["event streams", "streams", 20, (path: string) => openStream(`${path}/events`)],
] as const;

describe.each(KINDS)("%s without a pass", (_, room, count, open) => {
  // PROTOCOL: Without a pass a handshake, or a request with no `Accept` but `text/event-stream`, is let into a quiet room
  // PROTOCOL: as a navigation is, with a session
  // PROTOCOL: else it is 503 `must-wait`
  // PROTOCOL: or at a reset or closing with `"endSessions":true`
  it(`in a quiet room of 5: of ${count} five have a session, and none outlives a reset of all sessions`, async () => {
    const all = await Promise.all(Array.from({ length: count }, () => open(`/${room}`)));
    const inside = all.filter(isLasting);
    expect(inside).toHaveLength(5);
    for (const { cookies } of inside) expect(cookies).toMatch(new RegExp(`^sluse_pass_${room}=ey`));
    for (const one of all) {
      if (!isLasting(one)) expect([one.status, JSON.parse(one.body).code]).toEqual([503, "must-wait"]);
    }
    expect((await roomSeen(at, room)).sessions).toBe(5);
    await reset(at, room, true);
    await until("all to be closed", () => inside.every((one) => !one.isOpen()));
    expect((await roomSeen(at, room)).sessions).toBe(0);
  });
});

// PROTOCOL: an event stream in answer to it becomes 503 `must-wait`
it("an event stream that nobody asked for is not passed on without a session", async () => {
  const asked = await openStream("/ended/events", { accept: "*/*" });
  expect(asked).toMatchObject({ status: 503 });
  expect(JSON.parse((asked as Refused).body)).toMatchObject({ code: "must-wait", status: { room: "ended" } });
  // A session is what it lacks.
  const page = await at.visitor("ended").navigate("/ended");
  const { value } = cookieSet(page, "sluse_pass_ended");
  lasting(await openStream("/ended/events", { accept: "*/*", cookie: `sluse_pass_ended=${value}` }));
});

it("in a line nobody's socket or stream is opened, nor a page sent in its place", async () => {
  for (const one of [await openSocket("/line"), await openStream("/line/events")])
    expect(one).toMatchObject({ status: 503, body: expect.stringContaining('"must-wait"') });
});

describe("what has a session ends with it", () => {
  // PROTOCOL: What lasts (a WebSocket of the service, an event stream, any answer that goes on) needs a session
  // PROTOCOL: and ends with it: as it lapses, is ended,
  // PROTOCOL: a WebSocket is closed with 1008
  it("as the service ends it", async () => {
    const socket = lasting(await openSocket("/ended"));
    const stream = lasting(await openStream("/ended/events", { cookie: socket.cookies }));
    const other = lasting(await openSocket("/ended"));
    const visitor = at.visitor("ended");
    await visitor.fetch("/ended/bye?command=end-session", { headers: { cookie: socket.cookies } });
    await until("both to be closed", () => !socket.isOpen() && !stream.isOpen());
    expect(socket.code()).toBe(1008);
    expect(other.isOpen()).toBe(true);
  });

  it("not as the room is closed, but where the closing ends all sessions", async () => {
    const socket = lasting(await openSocket("/closing"));
    const stream = lasting(await openStream("/closing/events"));
    await configure(at, "closing", { mode: "closed" });
    await roomTimePasses(at, "closing", LOOKED_AT_MS);
    expect([socket.isOpen(), stream.isOpen()]).toEqual([true, true]);
    await configure(at, "closing", { mode: "closed", endSessions: true });
    await until("both to be closed", () => !socket.isOpen() && !stream.isOpen());
    expect(socket.code()).toBe(1008);
  });

  // PROTOCOL: A message either way, and what comes of an answer, is use that renews it past half its length
  // PROTOCOL: a ping is none
  it("as it lapses by disuse, though there be pings; messages either way, and events, keep it", async () => {
    const openedMs = performance.now();
    const silent = [lasting(await openSocket("/silent")), lasting(await openStream("/silent/events"))];
    const busy = [
      lasting(await openSocket("/busy/ticks")),
      lasting(await openStream("/busy/events/ticks")),
      lasting(await openSocket("/busy")),
    ];
    const talking = setInterval(() => busy[2]?.socket?.send("hello"), TICK_MS);
    const pinging = setInterval(() => silent[0]?.socket?.ping(), TICK_MS);
    await until("the silent to be closed", () => silent.every((one) => !one.isOpen()), SESSION_MS + 8_000);
    expect(performance.now() - openedMs).toBeGreaterThan(SESSION_MS - 1_000);
    expect(silent[0]?.code()).toBe(1008);
    expect((await roomSeen(at, "silent")).sessions).toBe(0);
    await until("two sessions' time", () => performance.now() - openedMs > 2.2 * SESSION_MS, 20_000);
    expect(busy.map((one) => one.isOpen())).toEqual([true, true, true]);
    expect((await roomSeen(at, "busy")).sessions).toBe(3);
    clearInterval(talking);
    clearInterval(pinging);
    busy[2]?.end();
    // Nothing renews the third any more; the others go on.
    await until("the third to lapse", async () => (await roomSeen(at, "busy")).sessions === 2, 20_000);
  });
});

// PROTOCOL: A navigation or handshake with a pass in its grace is let through where its session lives, and renews it
describe("a lapsed pass", () => {
  it("whose session a socket keeps open lets a page in, and is renewed, though nobody else comes in", async () => {
    const socket = lasting(await openSocket("/resumed/ticks"));
    const pass = /sluse_pass_resumed=([^;]+)/.exec(socket.cookies)?.[1] ?? "";
    const openedMs = performance.now();
    await until("the pass to lapse", () => performance.now() - openedMs > SESSION_MS + 1_000, 20_000);
    for (const mode of ["hold", "closed"]) {
      await configure(at, "resumed", { mode });
      const visitor = at.visitor("resumed");
      visitor.setCookie("sluse_pass_resumed", pass);
      await expectProblem(
        await visitor.fetch("/resumed/data"),
        503,
        mode === "hold" ? "must-wait" : "closed",
      );
      const page = await visitor.navigate("/resumed");
      expect(await page.text()).toBe("a page");
      expect(jtiOf(cookieSet(page, "sluse_pass_resumed").value)).toBe(jtiOf(pass));
      const again = lasting(await openSocket("/resumed", `sluse_pass_resumed=${pass}`));
      expect(again.cookies).toContain("sluse_pass_resumed=ey");
    }
  });

  it("whose session has lapsed too is none for a page", async () => {
    const socket = lasting(await openSocket("/lapsed"));
    const pass = /sluse_pass_lapsed=([^;]+)/.exec(socket.cookies)?.[1] ?? "";
    await until("it to lapse", () => !socket.isOpen(), SESSION_MS + 8_000);
    await configure(at, "lapsed", { mode: "hold" });
    const visitor = at.visitor("lapsed");
    visitor.setCookie("sluse_pass_lapsed", pass);
    const page = await visitor.navigate("/lapsed");
    expect(page.headers.get("set-cookie")).toBeNull();
    expect(await page.text()).toMatch(/^<!doctype html>/i);
    expect(await openSocket("/lapsed", `sluse_pass_lapsed=${pass}`)).toMatchObject({ status: 503 });
  });
});

// PROTOCOL: What was opened without a pass in an `open` room,
// PROTOCOL: or while the store was away, goes on until such a reset or closing
// PROTOCOL: on an ungated path it has no end of Sluse's
it("what was opened in an open room ends with all sessions, on an ungated path it does not", async () => {
  const [gated, ungated] = [
    lasting(await openSocket("/free")),
    lasting(await openSocket("/free/public/news")),
  ];
  expect(gated.cookies).toBe("");
  await configure(at, "free", { mode: "queue" });
  await roomTimePasses(at, "free", LOOKED_AT_MS);
  expect([gated.isOpen(), ungated.isOpen()]).toEqual([true, true]);
  await configure(at, "free", { mode: "closed", endSessions: true });
  await until("the gated one to be closed", () => !gated.isOpen());
  await roomTimePasses(at, "free", LOOKED_AT_MS);
  expect(ungated.isOpen()).toBe(true);
});
