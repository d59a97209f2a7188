/** Slow and hostile clients, one or some of each: what `npm run hostile` does with thousands. */
import { readdirSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { until } from "../testing/visitor.ts";
import { BUSY, type Deployed, deploy } from "./deployment.ts";
import { head } from "./raw-request.ts";

let at: Deployed;
let descriptorsBefore: number;
const opened: Socket[] = [];

beforeAll(async () => {
  at = await deploy({ line: BUSY, open: { ...BUSY, mode: "open" } });
  // So that navigations are answered with the waiting page: the first comes in.
  await at.visitor("line").join();
  await at.visitor("line").join();
  descriptorsBefore = descriptors();
});

afterAll(async () => {
  for (const socket of opened) socket.destroy();
  await at.close();
});

function descriptors(): number {
  return readdirSync(`/proc/${at.gateway.pid}/fd`).length;
}

function residentMegabytes(): number {
  const status = readFileSync(`/proc/${at.gateway.pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024;
}

/** A connection that has said this; `said` is called about every 200 ms for more. */
function hostile(bytes: string, more: (() => string) | null = null): Promise<{ closedAfterMs: number }> {
  const { hostname, port } = new URL(at.gateway.url);
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(bytes));
    opened.push(socket);
    const talking = setInterval(() => more !== null && socket.write(more()), 200);
    socket.on("error", () => {});
    socket.once("close", () => {
      clearInterval(talking);
      resolve({ closedAfterMs: performance.now() - startedMs });
    });
    // To read nothing is what these have in common, but for the close.
    if (more === null) socket.resume();
  });
}

/** What uWebSockets.js allows a request to stand still, 10 s, and what its clock and a busy machine make of it. */
const STANDSTILL_MS = 25_000;

const HEADERS_WITHOUT_END = `GET /line HTTP/1.1\r\nHost: tax.example\r\nX-Slow: `;
const BODY_WITHOUT_END = head("POST", "/open/", "Content-Length: 1000000");
const STATUS = head("GET", "/_sluse/rooms/line/status");
const PAGE = head("GET", "/line", "Accept: text/html", "Sec-Fetch-Mode: navigate");

describe.concurrent("a connection is closed", () => {
  it.each([
    ["that says nothing", "", null],
    ["that begins a request and says no more", HEADERS_WITHOUT_END, null],
    ["whose headers come byte by byte", HEADERS_WITHOUT_END, () => "x"],
    ["whose body comes byte by byte", BODY_WITHOUT_END, () => "x"],
  ])("%s", async (_, bytes, more) => {
    const { closedAfterMs } = await hostile(bytes, more);
    expect(closedAfterMs).toBeLessThan(STANDSTILL_MS);
  });

  it("whose headers have no end, as soon as they are too many", async () => {
    const { closedAfterMs } = await hostile(
      head("GET", "/line").slice(0, -2) + "X-Flood: 1\r\n".repeat(2_000),
    );
    expect(closedAfterMs).toBeLessThan(5_000);
  });

  it("that asks for a hundred pages in one go", async () => {
    const { closedAfterMs } = await hostile(PAGE.repeat(100));
    expect(closedAfterMs).toBeLessThan(5_000);
  });

  it("that asks and asks and reads nothing, before the replies fill the memory", async () => {
    const before = residentMegabytes();
    const clients = Array.from({ length: 10 }, () => hostile(STATUS, () => STATUS.repeat(2_000)));
    await Promise.all(clients);
    expect(residentMegabytes() - before).toBeLessThan(120);
  });
});

describe.concurrent("a live connection", () => {
  function live(): WebSocket {
    return new WebSocket(`${at.gateway.url.replace("http", "ws")}/_sluse/rooms/line/live`);
  }

  it("that talks is closed with 1008", async () => {
    const socket = live();
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.once("open", () => {
      for (let i = 0; i < 1_000; i++) socket.send("hello");
    });
    socket.on("error", () => {});
    expect(await closed).toBe(1008);
  });

  it("that sends a message beyond what a page could mean is dropped", async () => {
    const socket = live();
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.once("open", () => socket.send("x".repeat(1_000_000)));
    socket.on("error", () => {});
    expect(await closed).not.toBe(1000);
  });
});

it("after all that the descriptors are given back, nobody counts as connected, and others are served", async () => {
  for (const socket of opened) socket.destroy();
  await until("the descriptors", () => descriptors() <= descriptorsBefore + 5);
  const metrics = await (await fetch(`${at.gateway.operatorUrl}/metrics`)).text();
  expect(metrics).toMatch(/^sluse_live_connections\{room="line"\} 0$/m);
  expect((await at.visitor("line").join()).status).toBe(200);
});
