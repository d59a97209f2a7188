/**
 * Shows that the proxy's memory does not grow with the bodies it carries: runs one in a process of its own,
 * sends a small and a large body up and down through it, and prints that process's peak for each.
 * `tsx gateway/proxy/proxy-memory.ts [smallMegabytes] [largeMegabytes]`; exits 1 where the larger body needs
 * more than 10 MB more.
 */
import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { clientOf } from "../http/forwarded.ts";
import { Reply } from "../http/reply.ts";
import { isRefusal, readRequest } from "../http/request.ts";
import { refuse, sendProblem } from "../http/respond.ts";
import { uws } from "../http/uws.ts";
import { createProxy } from "./proxy.ts";

const MEGABYTE = 1024 * 1024;
const ALLOWED_GROWTH_MEGABYTES = 10;
const DIRECTIONS = ["up", "down"] as const;

function runProxy(origin: string): void {
  const proxy = createProxy();
  const app = uws.App().any("/*", (res, req) => {
    const request = readRequest(req, res);
    if (isRefusal(request)) return refuse(res, request);
    const reply = new Reply(res, request);
    const on = {
      response: () => {},
      failure: (kind: string) =>
        kind !== "cut" && sendProblem(reply, 502, kind, "The origin did not answer."),
    };
    const client = clientOf(request, [], "http");
    proxy.forward({
      reply,
      request,
      room: { id: "memory", origin },
      publicUrl: "http://localhost",
      client,
      on,
    });
  });
  app.listen("127.0.0.1", 0, (socket) => {
    if (socket === false) throw new Error("no port to listen on");
    process.send?.(uws.us_socket_local_port(socket));
  });
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
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => server.closeAllConnections(),
  };
}

function transfer(port: number, direction: (typeof DIRECTIONS)[number], megabytes: number): Promise<void> {
  const up = direction === "up" ? megabytes : 0;
  const down = direction === "down" ? megabytes : 0;
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
async function peakMegabytes(direction: (typeof DIRECTIONS)[number], megabytes: number): Promise<number> {
  const origin = await startOrigin();
  const child = fork(fileURLToPath(import.meta.url), ["proxy", origin.url], { execArgv: process.execArgv });
  const port = await new Promise<number>((resolve, reject) => {
    child.once("message", (message) => resolve(Number(message)));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the proxy ended with ${code}`)));
  });
  await transfer(port, direction, megabytes);
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  child.disconnect();
  origin.close();
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

async function measure(smallMegabytes: number, largeMegabytes: number): Promise<void> {
  for (const direction of DIRECTIONS) {
    const small = await peakMegabytes(direction, smallMegabytes);
    const large = await peakMegabytes(direction, largeMegabytes);
    const growth = large - small;
    const verdict = growth <= ALLOWED_GROWTH_MEGABYTES ? "ok" : "too much";
    process.stdout.write(
      `${direction}: peak ${small.toFixed(1)} MB with ${smallMegabytes} MB, ${large.toFixed(1)} MB with ${largeMegabytes} MB: ${growth.toFixed(1)} MB more, ${verdict}\n`,
    );
    if (growth > ALLOWED_GROWTH_MEGABYTES) process.exitCode = 1;
  }
  process.exit();
}

const [first = "100", second = "1024"] = process.argv.slice(2);
if (first === "proxy") runProxy(second);
else await measure(Number(first), Number(second));
