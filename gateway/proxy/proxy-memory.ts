/**
 * Shows that the proxy's memory does not grow with the bodies it carries: runs one in a process of its own,
 * sends a small and a large body up and down through it, and as much by WebSocket, and prints that process's
 * peak for each.
 * `tsx gateway/proxy/proxy-memory.ts [smallMegabytes] [largeMegabytes]`; exits 1 where the larger body needs
 * more than 10 MB (by WebSocket 60 MB) more.
 */
import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { WebSocket, WebSocketServer } from "ws";
import { clientOf, compileTrustedProxies } from "../http/forwarded.ts";
import { Reply } from "../http/reply.ts";
import { isRefusal, readRequest } from "../http/request.ts";
import { refuse, sendProblem } from "../http/respond.ts";
import { type HttpRequest, type HttpResponse, type SocketContext, uws } from "../http/uws.ts";
import { createProxy } from "./proxy.ts";
import { RELAY_BEHAVIOR } from "./relay.ts";

const MEGABYTE = 1024 * 1024;
/** Each message is memory of its own, which is there until it is collected: that takes its time, not the sum. */
const ALLOWED_GROWTH_MEGABYTES = { body: 10, messages: 60 };
const WAYS = ["up", "down", "up by WebSocket", "down by WebSocket"] as const;
/** So many messages a visitor sends ahead of the origin's answers: far more than are kept in memory. */
const MESSAGES_AHEAD = 64;

function runProxy(origin: string): void {
  const proxy = createProxy();
  const forward = (res: HttpResponse, req: HttpRequest, context: SocketContext | null) => {
    const request = readRequest(req, res);
    if (isRefusal(request)) return refuse(res, request);
    const reply = new Reply(res, request, null, context);
    proxy.forward({
      reply,
      request,
      room: { id: "memory", origin },
      publicUrl: "http://localhost",
      client: clientOf(request, compileTrustedProxies([]), "http"),
      asker: { pass: null, network: "here" },
      on: {
        response: () => {},
        failure: (kind) => kind !== "cut" && sendProblem(reply, 502, kind, "The origin did not answer."),
      },
    });
  };
  const app = uws
    .App()
    .any("/*", (res, req) => forward(res, req, null))
    .ws("/*", { ...RELAY_BEHAVIOR, upgrade: forward });
  app.listen("127.0.0.1", 0, (socket) => {
    if (socket === false) throw new Error("no port to listen on");
    process.send?.(uws.us_socket_local_port(socket));
  });
  // The measuring process has gone: an open port would keep this one.
  process.on("disconnect", () => process.exit(0));
}

/** An origin that swallows what it is sent, and sends as many megabytes as its path says. */
async function startOrigin(): Promise<{ url: string; close(): void }> {
  const chunk = Buffer.alloc(MEGABYTE);
  const server = createServer((request, response) => {
    request.resume();
    const megabytes = Number(request.url?.slice(1));
    if (megabytes === 0) return void request.on("end", () => response.end());
    response.setHeader("content-length", megabytes * MEGABYTE);
    let sent = 0;
    const more = () => {
      while (sent < megabytes) {
        sent += 1;
        if (!response.write(chunk)) return void response.once("drain", more);
      }
      response.end();
    };
    more();
  });
  new WebSocketServer({ server }).on("connection", (socket, request) => {
    const megabytes = Number(request.url?.slice(1));
    if (megabytes > 0) void sendMessages(socket, megabytes).then(() => socket.close());
    else socket.on("message", () => socket.send("got it"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => server.closeAllConnections(),
  };
}

/** A megabyte a message, each when the last was written and `ready` says so. */
async function sendMessages(
  socket: WebSocket,
  megabytes: number,
  ready: (sent: number) => Promise<void> = async () => {},
): Promise<void> {
  const message = Buffer.alloc(MEGABYTE);
  for (let sent = 0; sent < megabytes; sent++) {
    await ready(sent);
    await new Promise<void>((resolve, reject) =>
      socket.send(message, (error) => (error ? reject(error) : resolve())),
    );
  }
}

function transferMessages(port: number, up: number, down: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/${down}`);
    let received = 0;
    let answers = 0;
    let answered = () => {};
    socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) received += data.length;
      else answers += 1;
      answered();
    });
    const ready = async (sent: number) => {
      while (sent - answers >= MESSAGES_AHEAD) {
        await new Promise<void>((wake) => {
          answered = wake;
        });
      }
    };
    socket.on("open", () => {
      if (up === 0) return;
      void sendMessages(socket, up, ready)
        .then(() => ready(up + MESSAGES_AHEAD - 1))
        .then(() => socket.close(), reject);
    });
    socket.on("error", reject);
    socket.on("close", (code) => {
      if (code === 1005 && received === down * MEGABYTE) resolve();
      else reject(new Error(`closed with ${code} after ${received} bytes`));
    });
  });
}

function transferBody(port: number, up: number, down: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        host: "127.0.0.1",
        port,
        path: `/${down}`,
        method: up > 0 ? "POST" : "GET",
        headers: up > 0 ? { "content-length": up * MEGABYTE } : {},
      },
      (response) => {
        let received = 0;
        response.on("data", (data: Buffer) => {
          received += data.length;
        });
        response.on("error", reject);
        response.on("end", () => {
          if (response.statusCode === 200 && received === down * MEGABYTE) resolve();
          else reject(new Error(`status ${response.statusCode}, ${received} bytes`));
        });
      },
    );
    request.on("error", reject);
    const chunk = Buffer.alloc(MEGABYTE);
    let sent = 0;
    const more = () => {
      while (sent < up) {
        sent += 1;
        if (!request.write(chunk)) return void request.once("drain", more);
      }
      request.end();
    };
    more();
  });
}

/** The peak of the resident memory of a fresh proxy that carried one body, in megabytes. */
async function peakMegabytes(way: (typeof WAYS)[number], megabytes: number): Promise<number> {
  const origin = await startOrigin();
  const child = fork(fileURLToPath(import.meta.url), ["proxy", origin.url], { execArgv: process.execArgv });
  const port = await new Promise<number>((resolve, reject) => {
    child.once("message", (message) => resolve(Number(message)));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the proxy ended with ${code}`)));
  });
  const transfer = way.endsWith("WebSocket") ? transferMessages : transferBody;
  await (way.startsWith("up") ? transfer(port, megabytes, 0) : transfer(port, 0, megabytes));
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  child.disconnect();
  origin.close();
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

async function measure(smallMegabytes: number, largeMegabytes: number): Promise<void> {
  for (const way of WAYS) {
    const small = await peakMegabytes(way, smallMegabytes);
    const large = await peakMegabytes(way, largeMegabytes);
    const growth = large - small;
    const allowed = ALLOWED_GROWTH_MEGABYTES[way.endsWith("WebSocket") ? "messages" : "body"];
    const verdict = growth <= allowed ? "ok" : "too much";
    process.stdout.write(
      `${way}: peak ${small.toFixed(1)} MB with ${smallMegabytes} MB, ${large.toFixed(1)} MB with ${largeMegabytes} MB: ${growth.toFixed(1)} MB more, ${verdict}\n`,
    );
    if (growth > allowed) process.exitCode = 1;
  }
  // With the exit code set above; the measured processes end with their channel.
  process.exit();
}

const [first = "100", second = "1024"] = process.argv.slice(2);
if (first === "proxy") runProxy(second);
else await measure(Number(first), Number(second));
