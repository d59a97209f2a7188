/** A pass that is handed around: what it may take of a service. All come by a trusted proxy, from addresses of their own. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { type TestVisitor, until } from "../testing/visitor.ts";
import { type Deployed, deploy, QUIET } from "./deployment.ts";
import { expectProblem, jtiOf } from "./replies.ts";

const REQUESTS = 64;
const WAITING = 192;
const SOCKETS = 32;
const HOMES = ["203.0.113.1", "203.0.113.2", "198.51.100.3", "2001:db8:0:4::5"];

let at: Deployed;
/** What the service was asked and holds back. */
const held: ServerResponse[] = [];
const sockets = new WebSocketServer({ noServer: true });
const service = createServer((request, response) => {
  if (request.url?.includes("held")) held.push(response);
  else if (!request.url?.includes("events")) response.end("a page");
  else response.writeHead(200, { "content-type": "text/event-stream" }).write("data: begun\n\n");
});
service.on("upgrade", (request: IncomingMessage, socket, head) => {
  if (request.url?.includes("refused")) socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  else sockets.handleUpgrade(request, socket, head, () => {});
});
const ends: (() => void)[] = [];

beforeAll(async () => {
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  at = await deploy(
    { tax: { ...QUIET, origin }, door: { ...QUIET, origin } },
    { SLUSE_TRUSTED_PROXIES: "127.0.0.1" },
  );
});

afterEach(() => {
  release();
  for (const end of ends.splice(0)) end();
});

afterAll(async () => {
  await at?.close();
  for (const ws of sockets.clients) ws.terminate();
  service.closeAllConnections();
  service.close();
});

function release(): void {
  for (const response of held.splice(0)) response.end("at last");
}

/** A visitor who was let in. */
async function admitted(room = "tax"): Promise<TestVisitor> {
  const visitor = at.visitor(room);
  await visitor.join({ "x-forwarded-for": HOMES[0] as string });
  return visitor;
}

function fetchFrom(visitor: TestVisitor, address: string, path: string): Promise<Response> {
  return visitor.fetch(path, { headers: { "x-forwarded-for": address } });
}

/** So many requests of one pass, spread over all addresses. */
function fetchMany(visitor: TestVisitor, count: number, path: string): Promise<Response>[] {
  return Array.from({ length: count }, (_, i) => fetchFrom(visitor, HOMES[i % HOMES.length] as string, path));
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${at.gateway.operatorUrl}/metrics`)).text();
  return Number(new RegExp(`^${name.replace(/[{}]/g, "\\$&")} (\\d+)$`, "m").exec(text)?.[1]);
}

describe("requests of one pass", () => {
  // PROTOCOL: A pass is one visitor's. Of one pass 64 requests run at once at the service
  // PROTOCOL: up to 192 more wait in turn, and one beyond those is 429 `too-many-requests` with `Retry-After`, a navigation a page
  it("over four networks: 64 are at the service, others are answered meanwhile, and more than 256 are refused", async () => {
    const [hoarder, other] = [await admitted(), await admitted()];
    const asked = fetchMany(hoarder, REQUESTS + WAITING, "/tax/held");
    await until("the share to be taken", () => held.length === REQUESTS);
    const refused = async () => (await fetchFrom(hoarder, "203.0.113.9", "/tax/held")).status === 429;
    await until("as many to wait as may", refused);
    expect(held.length).toBe(REQUESTS);
    expect(await (await fetchFrom(other, HOMES[0] as string, "/tax")).text()).toBe("a page");
    const one = await fetchFrom(hoarder, "203.0.113.9", "/tax");
    expect(one.headers.get("retry-after")).toBe("5");
    await expectProblem(one, 429, "too-many-requests");
    const page = await hoarder.navigate("/tax", { headers: { "x-forwarded-for": "203.0.113.9" } });
    expect([page.status, page.headers.get("content-type")]).toEqual([503, "text/html; charset=utf-8"]);
    expect(await metric('sluse_pass_refusals_total{room="tax",what="request"}')).toBeGreaterThanOrEqual(3);
    const answered = Promise.all(asked);
    const releasing = setInterval(release, 10);
    const replies = await answered.finally(() => clearInterval(releasing));
    const counts = replies.filter(({ status }) => status === 200).length;
    // Those by which it was seen that as many wait as may have taken a place or two.
    expect(counts).toBeGreaterThan(REQUESTS + WAITING - 10);
  });

  it("a hundred parts of a page by HTTP/2, and six tabs beside them, are all answered", async () => {
    const visitor = await admitted();
    const replies = await Promise.all(
      Array.from({ length: 136 }, () => fetchFrom(visitor, HOMES[0] as string, "/tax/part")),
    );
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
  });
});

describe("networks of one pass", () => {
  // PROTOCOL: Networks may change at will: no request is refused for where it comes from
  // PROTOCOL: A pass that is seen from eight of them within ten minutes, at forward-auth too, counts in `sluse_shared_passes`
  it("are counted, by no name, and none is refused", async () => {
    const [roaming, asked, shared] = [await admitted("door"), await admitted("door"), await admitted("door")];
    const use = (visitor: TestVisitor, networks: number) =>
      Promise.all(Array.from({ length: networks }, (_, n) => fetchFrom(visitor, `192.0.2.${n}`, "/door")));
    const ask = (visitor: TestVisitor, network: number) =>
      visitor.fetch("/_sluse/auth", {
        headers: {
          "x-forwarded-for": `192.0.2.${network}`,
          "x-original-uri": "/door",
          "x-original-method": "GET",
        },
      });
    const replies = [...(await use(roaming, 7)), ...(await use(roaming, 7)), ...(await use(asked, 7))];
    expect(await metric('sluse_shared_passes{room="door"}')).toBe(0);
    replies.push(await ask(asked, 7));
    expect(await metric('sluse_shared_passes{room="door"}')).toBe(1);
    replies.push(...(await use(shared, 200)));
    expect(await metric('sluse_shared_passes{room="door"}')).toBe(2);
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    const told =
      (await (await fetch(`${at.gateway.operatorUrl}/metrics`)).text()) + JSON.stringify(at.gateway.log);
    expect(told).not.toContain("192.0.2.");
    expect(told).not.toContain(jtiOf(shared.cookies.get("sluse_pass_door") ?? ""));
  });
});

type Kind = "socket" | "events";

/** How a WebSocket or an event stream of this pass is answered; what is opened stays open. */
async function openOne(visitor: TestVisitor, address: string, kind: Kind, path = ""): Promise<Opened> {
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const headers = { cookie, "x-forwarded-for": address };
  if (kind === "events") {
    const stopping = new AbortController();
    const reply = await fetch(`${at.gateway.url}/tax/events`, { headers, signal: stopping.signal });
    ends.push(() => stopping.abort());
    return {
      status: reply.status,
      code: reply.ok ? null : (await reply.json()).code,
      end: () => stopping.abort(),
    };
  }
  const socket = new WebSocket(`${at.gateway.url.replace("http", "ws")}/tax${path}`, { headers });
  socket.on("error", () => {});
  ends.push(() => socket.terminate());
  const opened = once(socket, "open").then(() => null);
  const refused = once(socket, "unexpected-response").then(([, response]) => response as IncomingMessage);
  const response = await Promise.race([opened, refused]);
  if (response === null) return { status: 101, code: null, end: () => socket.close() };
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  return {
    status: response.statusCode ?? 0,
    code: text === "" ? null : JSON.parse(text).code,
    end: () => {},
  };
}

interface Opened {
  readonly status: number;
  readonly code: string | null;
  end(): void;
}

describe("what stays open of one pass", () => {
  // PROTOCOL: Of WebSockets and event streams it may have 32 open, which count apart
  // PROTOCOL: a further one is 429 `too-many-sockets`
  // PROTOCOL: `too-many-requests` and `too-many-sockets` as above
  it("is 32 WebSockets and event streams over four networks; one that ends makes room for one", async () => {
    const visitor = await admitted();
    const open: Opened[] = [];
    for (let i = 0; i < SOCKETS; i++)
      open.push(await openOne(visitor, HOMES[i % 4] as string, i % 2 === 0 ? "socket" : "events"));
    expect(new Set(open.map(({ status }) => status))).toEqual(new Set([101, 200]));
    for (const kind of ["socket", "events"] as const) {
      expect(await openOne(visitor, "203.0.113.9", kind)).toMatchObject({
        status: 429,
        code: "too-many-sockets",
      });
    }
    expect(await metric('sluse_pass_refusals_total{room="tax",what="socket"}')).toBe(2);
    // Requests are counted apart, and so are other visitors.
    const pages = await Promise.all(fetchMany(visitor, REQUESTS, "/tax"));
    expect(new Set(pages.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await openOne(await admitted(), HOMES[0] as string, "socket")).toMatchObject({ status: 101 });
    for (const [i, kind] of (["socket", "events"] as const).entries()) {
      open[i]?.end();
      await until(
        `room for ${kind}`,
        async () => (await openOne(visitor, HOMES[0] as string, kind)).status < 400,
      );
    }
  });

  it("is not what the service refused to open", async () => {
    const visitor = await admitted();
    for (let i = 0; i < SOCKETS + 2; i++)
      expect(await openOne(visitor, HOMES[0] as string, "socket", "/refused")).toMatchObject({ status: 403 });
    expect(await openOne(visitor, HOMES[0] as string, "socket")).toMatchObject({ status: 101 });
  });
});
