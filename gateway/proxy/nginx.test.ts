/** Debian's nginx as the service: a real server's ranges, compression, redirects and connections through the gate. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  freePort,
  type GatewayProcess,
  startGatewayProcess,
  testFolder,
} from "../testing/gateway-process.ts";
import { until } from "../testing/visitor.ts";
import { type Answer, type Asked, ask as askAt } from "./proxy-fixture.ts";

const MEGABYTE = 1024 * 1024;
/** So soon an impatient nginx closes a connection that nobody uses, and so few requests it takes on one. */
const NGINX_IDLE_MS = 50;
const NGINX_REQUESTS = 20;
const FILE = randomBytes(3 * MEGABYTE);
const TEXT = "Årsopgørelsen ligger klar. ".repeat(2_000);

let nginx: ChildProcess;
let nginxPort: number;
let gateway: GatewayProcess;
let port: number;

const configuration = (folder: string, listen: number, listenImpatient: number) => `
daemon off;
${process.getuid?.() === 0 ? "user root;" : ""}
worker_processes 1;
error_log stderr crit;
pid ${folder}/nginx.pid;
events { worker_connections 256; }
http {
  access_log off;
  default_type application/octet-stream;
  types { text/plain txt; text/html html; }
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  gzip on;
  gzip_types text/plain;
  gzip_vary on;
  client_max_body_size 4m;
  server {
    listen 127.0.0.1:${listen};
    root ${folder}/www;
    location /files/uploads/ { dav_methods PUT; }
  }
  server {
    listen 127.0.0.1:${listenImpatient};
    root ${folder}/www;
    keepalive_timeout ${NGINX_IDLE_MS}ms;
    keepalive_requests ${NGINX_REQUESTS};
  }
}`;

beforeAll(async () => {
  const folder = testFolder();
  for (const path of ["body", "www/files/uploads", "www/files/folder", "www/impatient"])
    mkdirSync(join(folder, path), { recursive: true });
  writeFileSync(join(folder, "www/files/photo"), FILE);
  writeFileSync(join(folder, "www/files/text.txt"), TEXT);
  writeFileSync(join(folder, "www/files/folder/index.html"), "<h1>Folder</h1>");
  writeFileSync(join(folder, "www/impatient/index.html"), "<h1>Impatient</h1>");
  nginxPort = await freePort();
  const impatientPort = await freePort();
  writeFileSync(join(folder, "nginx.conf"), configuration(folder, nginxPort, impatientPort));
  nginx = spawn("/usr/sbin/nginx", ["-p", folder, "-c", join(folder, "nginx.conf")], {
    stdio: ["ignore", 2, 2],
  });
  const origin = `http://127.0.0.1:${nginxPort}`;
  const room = { name: { da: "Filer", en: "Files" }, mode: "open", outflowPerMinute: 600_000, origin };
  gateway = await startGatewayProcess({
    rooms: [
      { ...room, id: "files", match: { host: "*", path: "/files" } },
      {
        ...room,
        id: "impatient",
        match: { host: "*", path: "/impatient" },
        origin: `http://127.0.0.1:${impatientPort}`,
      },
      { ...room, id: "host", match: { host: "files.example", path: "/" }, originHost: "files.internal" },
    ],
    env: { SLUSE_PUBLIC_URL: "https://city.example" },
  });
  port = Number(new URL(gateway.url).port);
  await until("nginx", async () => (await ask("/files/text.txt")).status === 200);
});

afterAll(async () => {
  nginx?.kill("SIGQUIT");
  expect(await gateway?.stop()).toBe(0);
});

function ask(path: string, asked: Asked = {}): Promise<Answer> {
  return askAt(port, path, { ...asked, headers: { host: "city.example", ...asked.headers } });
}

/** Straight from nginx, to compare. */
function askNginx(path: string, asked: Asked = {}): Promise<Answer> {
  return askAt(nginxPort, path, asked);
}

/** A reply's headers but for those of the connection, the second and the gateway. */
function lasting({ headers }: Answer): object {
  const {
    date: _1,
    connection: _2,
    "keep-alive": _3,
    "transfer-encoding": _4,
    uwebsockets: _5,
    ...rest
  } = headers;
  return rest;
}

describe("what nginx says is what the visitor hears", () => {
  it.each([
    ["a file", "/files/photo", {}, 200],
    ["HEAD", "/files/photo", { method: "HEAD" }, 200],
    ["a range", "/files/photo", { headers: { range: "bytes=100-1099" } }, 206],
    ["a range to the end", "/files/photo", { headers: { range: "bytes=3145000-" } }, 206],
    ["the last bytes", "/files/photo", { headers: { range: "bytes=-500" } }, 206],
    ["HEAD of a range", "/files/photo", { method: "HEAD", headers: { range: "bytes=0-9" } }, 206],
    ["a range beyond the end", "/files/photo", { headers: { range: "bytes=4000000-" } }, 416],
    [
      "a range of another file",
      "/files/photo",
      { headers: { range: "bytes=0-9", "if-range": '"other"' } },
      200,
    ],
    ["a file that is not there", "/files/nothing", {}, 404],
    ["a method that it does not have", "/files/photo", { method: "DELETE" }, 405],
    ["compressed", "/files/text.txt", { headers: { "accept-encoding": "gzip" } }, 200],
    [
      "HEAD of what would be compressed",
      "/files/text.txt",
      { method: "HEAD", headers: { "accept-encoding": "gzip" } },
      200,
    ],
    ["as it is", "/files/text.txt", {}, 200],
  ] as const)("%s", async (_, path, asked, status) => {
    const [through, straight] = [await ask(path, asked), await askNginx(path, asked)];
    expect(through.status).toBe(status);
    expect(straight.status).toBe(status);
    expect(lasting(through)).toEqual(lasting(straight));
    expect(through.body.equals(straight.body)).toBe(true);
  });

  it("several ranges, each in its part", async () => {
    const got = await ask("/files/photo", { headers: { range: "bytes=0-9,100-109" } });
    expect(got.status).toBe(206);
    expect(got.headers["content-type"]).toMatch(/^multipart\/byteranges; boundary=/);
    for (const at of [0, 100]) expect(got.body.includes(FILE.subarray(at, at + 10))).toBe(true);
  });

  it("a file that did not change: 304, and a range of it while it is the same", async () => {
    const { etag = "", "last-modified": modified = "" } = (await ask("/files/photo")).headers;
    expect((await ask("/files/photo", { headers: { "if-none-match": etag } })).status).toBe(304);
    expect((await ask("/files/photo", { headers: { "if-modified-since": modified } })).status).toBe(304);
    const range = await ask("/files/photo", { headers: { range: "bytes=7-16", "if-range": etag } });
    expect(range).toMatchObject({ status: 206, headers: { "content-range": `bytes 7-16/${FILE.length}` } });
    expect(range.body.equals(FILE.subarray(7, 17))).toBe(true);
  });

  it("compressed text is the text", async () => {
    const got = await ask("/files/text.txt", { headers: { "accept-encoding": "gzip" } });
    expect(got.headers).toMatchObject({ "content-encoding": "gzip", vary: "Accept-Encoding" });
    expect(gunzipSync(got.body).toString()).toBe(TEXT);
  });
});

it.each([
  ["by path", "/files/folder", "city.example", "https://city.example/files/folder/"],
  ["by host", "/files/folder", "files.example", "https://files.example/files/folder/"],
])(
  "nginx names its own port when it sends to a folder, and the visitor does not see it: room %s",
  async (_, path, host, to) => {
    const straight = await askNginx(path, { headers: { host } });
    expect(straight.headers.location).toBe(`http://${host}:${nginxPort}/files/folder/`);
    const got = await ask(path, { headers: { host } });
    expect(got).toMatchObject({ status: 301, headers: { location: to } });
  },
);

describe("uploads", () => {
  it.each(["with a length", "in chunks"])("are kept as they were sent %s", async (how) => {
    const path = `/files/uploads/${encodeURIComponent(how)}`;
    const body = FILE.subarray(0, 2 * MEGABYTE);
    const put = await ask(path, { method: "PUT", body, chunked: how === "in chunks" });
    expect(put.status).toBe(201);
    expect((await ask(path)).body.equals(body)).toBe(true);
  });

  it.each(["with a length", "in chunks"])(
    "that nginx finds too large get its 413, early, %s",
    async (how) => {
      const body = Buffer.alloc(24 * MEGABYTE);
      const put = await ask("/files/uploads/large", { method: "PUT", body, chunked: how === "in chunks" });
      expect(put.status).toBe(413);
      expect(String(put.body)).toContain("nginx");
    },
  );
});

describe("connections that nginx closes", () => {
  it("after some requests, or when they were idle, cost no visitor a reply", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const get = (pauseMs: number) =>
      new Promise<number>((resolve, reject) => {
        setTimeout(() => {
          const options = {
            host: "127.0.0.1",
            port,
            path: "/impatient/",
            agent,
            headers: { host: "city.example" },
          };
          const request = httpRequest(options, (response: IncomingMessage) => {
            response.resume();
            response.on("end", () => resolve(response.statusCode ?? 0));
          });
          request.on("error", reject).end();
        }, pauseMs);
      });
    // Around the moment at which nginx gives an idle connection up, on either side of it.
    const statuses: number[] = [];
    for (let round = 0; round < 25; round++) {
      const together = Array.from({ length: 8 }, (_, index) => get(NGINX_IDLE_MS - 8 + 2 * index));
      statuses.push(...(await Promise.all(together)));
    }
    agent.destroy();
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect(statuses.length).toBeGreaterThan(5 * NGINX_REQUESTS);
  });
});
