import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestVisitor, until } from "../testing/visitor.ts";
import { configure, type Deployed, deploy, QUIET } from "./deployment.ts";
import { type Forgeries, forgeriesOf, readGoodToken } from "./forged-tokens.ts";
import { head, sendRaw } from "./raw-request.ts";
import { cookiesSet, expectProblem } from "./replies.ts";

let at: Deployed;
/** A visitor of `held` who came in before it was held: pass and ticket are good. */
let insider: TestVisitor;

beforeAll(async () => {
  at = await deploy({
    quiet: QUIET,
    held: QUIET,
    open: { ...QUIET, mode: "open" },
    host: { ...QUIET, mode: "open", match: { host: "own.example", path: "/" } },
  });
});

beforeAll(async () => {
  insider = at.visitor("held");
  await insider.join();
  await configure(at, "held", { mode: "hold" });
});

afterAll(() => at?.close());

/** Of requests whose visitor goes away: some come to the service, at any time later. */
const ABANDONED = "?abandoned";

/** Shows that nothing of a request came to the service. */
async function keptFromService<T>(request: () => Promise<T>): Promise<T> {
  const before = at.service.seen.length;
  const reply = await request();
  expect(at.service.seen.slice(before).filter(({ url }) => !url.endsWith(ABANDONED))).toEqual([]);
  return reply;
}

describe("tokens", () => {
  async function forged(kind: "pass" | "ticket"): Promise<Forgeries> {
    const good = readGoodToken(insider.cookies.get(`sluse_${kind}_held`) ?? "");
    return forgeriesOf(good, at.gateway.folder);
  }

  it("a forged pass is no pass: 503 `must-wait`, as a cookie and as `Sluse-Pass`", async () => {
    for (const [name, token] of await forged("pass")) {
      await keptFromService(async () => {
        const headers: Record<string, string>[] = [
          { cookie: `sluse_pass_held=${token}` },
          { "sluse-client": "app", "sluse-pass": token },
        ];
        for (const sent of headers) {
          const reply = await at.visitor("held").fetch("/held/data", { headers: sent });
          await expectProblem(reply, 503, "must-wait").catch((error) => {
            throw new Error(name, { cause: error });
          });
        }
      });
    }
  });

  it("a forged ticket is no ticket: 401 `bad-ticket`, as a cookie and as `Bearer`; `join` gives a new number", async () => {
    for (const [name, token] of await forged("ticket")) {
      const sent: Record<string, string>[] = [
        { cookie: `sluse_ticket_held=${token}` },
        { "sluse-client": "app", authorization: `Bearer ${token}` },
      ];
      for (const headers of sent) {
        const reply = await at.visitor("held").claim("/held", headers);
        // A Bearer with nothing behind it is no ticket at all.
        const code = token === "" && "authorization" in headers ? "no-ticket" : "bad-ticket";
        await expectProblem(reply, 401, code).catch((error) => {
          throw new Error(name, { cause: error });
        });
        const { issued } = await (await at.visitor("held").status()).json();
        expect(await (await at.visitor("held").join(headers)).json()).toMatchObject({ number: issued + 1 });
      }
    }
  });

  it.each(["pass", "ticket"] as const)(
    "the forger of a %s has the skill: unbent, it is good",
    async (kind) => {
      const visitor = at.visitor("quiet");
      const { number } = await (await visitor.join()).json();
      const good = readGoodToken(visitor.cookies.get(`sluse_${kind}_quiet`) ?? "");
      const forgeries = new Map(await forgeriesOf(good, at.gateway.folder));
      const token = forgeries.get("another room") ?? "";
      expect(token).not.toBe(good.token);
      const holder = at.visitor("quiet");
      holder.setCookie(`sluse_${kind}_quiet`, token);
      const served = await (await holder.fetch("/quiet")).json();
      expect(served.headers["sluse-pass"]).toBe(kind === "pass" ? token : undefined);
      const joined = await (await holder.join()).json();
      if (kind === "ticket") expect(joined.number).toBe(number);
    },
  );
});

describe("the tokens that they were made from", () => {
  it("are good", async () => {
    expect((await insider.fetch("/held/data")).status).toBe(200);
    expect((await insider.claim()).status).toBe(200);
  });
});

// PROTOCOL: `method-not-allowed` 405 with `Allow`
describe("methods: 405 with `Allow`", () => {
  it.each([
    ["/_sluse/rooms/quiet/status", "POST", "GET"],
    ["/_sluse/rooms/quiet/status", "DELETE", "GET"],
    ["/_sluse/rooms", "POST", "GET"],
    ["/_sluse/healthz", "PUT", "GET"],
    ["/.well-known/jwks.json", "POST", "GET"],
    ["/_sluse/rooms/quiet/join", "GET", "POST"],
    ["/_sluse/rooms/quiet/join", "PUT", "POST"],
    ["/_sluse/rooms/quiet/claim", "GET", "POST"],
    ["/_sluse/rooms/quiet/claim", "PATCH", "POST"],
    ["/_sluse/rooms/quiet/leave", "GET", "POST"],
    ["/_sluse/rooms/quiet/leave", "DELETE", "POST"],
  ] as const)("%s: %s", async (path, method, allowed) => {
    const reply = await at.visitor("quiet").fetch(path, { method });
    expect(reply.headers.get("allow")?.split(/, */)).toContain(allowed);
    expect(cookiesSet(reply)).toEqual([]);
    await expectProblem(reply, 405, "method-not-allowed");
  });

  // PROTOCOL: CONNECT, TRACE: 405
  it.each(["TRACE", "CONNECT"])("%s: 405", async (method) => {
    const { text, closed } = await keptFromService(() =>
      sendRaw(at.gateway.url, head(method, "/open", "Connection: close")),
    );
    expect(text).toMatch(/^HTTP\/1\.1 405 /);
    expect(text).toContain("application/problem+json");
    expect(text).toContain('"code":"method-not-allowed"');
    expect(closed).toBe(true);
  });

  // PROTOCOL: other upgrades 501
  // PROTOCOL: `upgrade-not-supported` 501
  it("`other upgrades 501`", async () => {
    const reply = await keptFromService(() =>
      sendRaw(at.gateway.url, head("GET", "/open", "Connection: Upgrade", "Upgrade: h2c")),
    );
    expect(reply.text).toMatch(/^HTTP\/1\.1 501 /);
    expect(reply.text).toContain('"code":"upgrade-not-supported"');
    expect(reply.text).toContain("application/problem+json");
  });
});

// PROTOCOL: Further codes: `not-found` 404,
describe("unknown paths and rooms", () => {
  it.each([
    ["/_sluse/", "not-found"],
    ["/_sluse/nothing", "not-found"],
    ["/_sluse/rooms/quiet", "not-found"],
    ["/_sluse/rooms/quiet/", "not-found"],
    ["/_sluse/rooms/quiet/nothing", "not-found"],
    ["/_sluse/rooms/quiet/status/more", "not-found"],
    ["/_sluse/rooms/quiet/../held/status", "not-found"],
    ["/_sluse/rooms/..%2fheld/status", "no-room"],
    ["/_sluse/rooms/nowhere/status", "no-room"],
    ["/_sluse/rooms/QUIET/status", "no-room"],
    ["/_sluse/rooms/__proto__/status", "no-room"],
    ["/_sluse/rooms/constructor/status", "no-room"],
    ["/_sluse/rooms/%00/status", "no-room"],
    [`/_sluse/rooms/${"a".repeat(4_000)}/status`, "no-room"],
    ["/_sluse", "no-room"],
    ["/.well-known/nothing", "no-room"],
    ["/api/rooms", "no-room"],
    ["/metrics", "no-room"],
  ])("%s: 404 `%s`", async (path, code) => {
    await keptFromService(async () => expectProblem(await at.visitor("quiet").fetch(path), 404, code));
  });

  it.each(["join", "claim", "leave"])("%s in no room: 404 `no-room`", async (action) => {
    const reply = await at.visitor("quiet").fetch(`/_sluse/rooms/nowhere/${action}`, { method: "POST" });
    await expectProblem(reply, 404, "no-room");
  });
});

describe("what every site is asked for", () => {
  const ask = (path: string, init: Parameters<TestVisitor["fetch"]>[1] = {}) =>
    at.visitor("quiet").fetch(path, init);

  // PROTOCOL: what keeps crawlers out of `/_sluse/`
  it("robots.txt keeps crawlers out of /_sluse/", async () => {
    const reply = await ask("/robots.txt");
    expect([reply.status, reply.headers.get("content-type")]).toEqual([200, "text/plain; charset=utf-8"]);
    expect(await reply.text()).toBe("User-agent: *\nDisallow: /_sluse/\n");
  });

  // PROTOCOL: crawlers out of `/_sluse/`, an icon
  it("an icon, which is the one that pages carry", async () => {
    const reply = await ask("/favicon.ico");
    expect([reply.status, reply.headers.get("content-type")]).toEqual([200, "image/svg+xml"]);
    const page = await (await at.visitor("quiet").navigate("/")).text();
    expect(page).toContain(`href="data:image/svg+xml,${encodeURIComponent(await reply.text())}"`);
  });

  // PROTOCOL: where no room has them | the portal,
  it("the portal at / for whoever asks", async () => {
    const reply = await ask("/", { headers: { accept: "*/*" } });
    expect([reply.status, reply.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(await reply.text()).toContain('href="/quiet"');
    const head = await ask("/", { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  it.each(["/", "/robots.txt", "/favicon.ico"])("%s of a room is the room's", async (path) => {
    const { text } = await sendRaw(
      at.gateway.url,
      `GET ${path} HTTP/1.1\r\nHost: own.example\r\nConnection: close\r\n\r\n`,
    );
    expect(text).toContain(`"url":"${path}"`);
  });

  it.each(["/", "/robots.txt", "/favicon.ico"])("a POST to %s is for nobody", async (path) => {
    await expectProblem(await ask(path, { method: "POST" }), 404, "no-room");
  });
});

describe("bodies that nobody asked for", () => {
  it.each([
    ["a megabyte", "x".repeat(1_000_000)],
    ["broken JSON", '{"number":1'],
    ["JSON that would like to be first", '{"number":0,"__proto__":{"state":"admitted"}}'],
    ["bytes", Buffer.from([0, 255, 254, 13, 10, 13, 10])],
  ])("%s: `join` gives a number all the same", async (_, body) => {
    const headers = { "content-type": "application/json" };
    const reply = await at
      .visitor("held")
      .fetch("/_sluse/rooms/held/join", { method: "POST", headers, body });
    expect(await reply.json()).toMatchObject({ state: "waiting", number: expect.any(Number) });
  });

  it("a visitor who goes away in the middle of a body, and of a reply", async () => {
    const { hostname, port } = new URL(at.gateway.url);
    const lines = [
      head("POST", "/_sluse/rooms/held/join", "Content-Length: 1000"),
      head("POST", `/open/upload${ABANDONED}`, "Content-Length: 1000000"),
      head("GET", `/open/page${ABANDONED}`),
      head("POST", "/_sluse/rooms/held/join"),
    ];
    for (const line of lines) {
      await new Promise<void>((resolve) => {
        const socket = connect({ host: hostname, port: Number(port) }, () =>
          socket.write(`${line}x`, () => socket.destroy()),
        );
        socket.once("close", () => resolve());
      });
    }
    expect((await at.visitor("held").status()).status).toBe(200);
  });
});

describe("headers", () => {
  /** What another HTTP implementation in front or behind may read differently. */
  const SMUGGLING: readonly [name: string, bytes: string][] = [
    ["two lengths that differ", head("POST", "/open/x", "Content-Length: 0", "Content-Length: 44")],
    ["two lengths alike", head("POST", "/open/x", "Content-Length: 0", "Content-Length: 0")],
    ["an empty length", head("POST", "/open/x", "Content-Length: ")],
    ["a length with a sign", head("POST", "/open/x", "Content-Length: +0")],
    ["a negative length", head("POST", "/open/x", "Content-Length: -1")],
    ["a length in hexadecimal", head("POST", "/open/x", "Content-Length: 0x0")],
    ["a list of lengths", head("POST", "/open/x", "Content-Length: 0, 44")],
    ["a huge length", head("POST", "/open/x", `Content-Length: ${"9".repeat(30)}`)],
    ["a length and chunks", head("POST", "/open/x", "Content-Length: 5", "Transfer-Encoding: chunked")],
    ["chunks, and not", head("POST", "/open/x", "Transfer-Encoding: chunked, identity")],
    ["not, and chunks", head("POST", "/open/x", "Transfer-Encoding: identity, chunked")],
    ["an unknown coding", head("POST", "/open/x", "Transfer-Encoding: xchunked")],
    ["chunks twice", head("POST", "/open/x", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked")],
    ["chunks in capitals", head("POST", "/open/x", "Transfer-Encoding: CHUNKED")],
    ["a space before the colon", head("POST", "/open/x", "Transfer-Encoding : chunked")],
    ["a folded line", head("POST", "/open/x", "Transfer-Encoding:\r\n chunked")],
    ["two hosts", head("GET", "/open/x", "Host: other.example")],
    ["no host", "GET /open/x HTTP/1.1\r\nX: y\r\n\r\n"],
    ["a host with a path", "GET /open/x HTTP/1.1\r\nHost: tax.example/held\r\n\r\n"],
    ["a host with a name in front", "GET /open/x HTTP/1.1\r\nHost: evil@tax.example\r\n\r\n"],
    ["a host with a space", "GET /open/x HTTP/1.1\r\nHost: tax.example evil\r\n\r\n"],
    ["an empty host", "GET /open/x HTTP/1.1\r\nHost:\r\n\r\n"],
    ["a whole address", head("GET", "http://evil.example/open/x")],
    ["no path", head("OPTIONS", "*")],
    ["a fragment", head("GET", "/open/x#held")],
    ["a control character in the path", head("GET", "/open/\u0001x")],
    ["a tab in the path", head("GET", "/open/\tx")],
    ["HTTP/1.0", "GET /open/x HTTP/1.0\r\nHost: tax.example\r\n\r\n"],
    ["HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["no HTTP", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n\r\n"],
    ["a header of 20 KB", head("GET", "/open/x", `X: ${"a".repeat(20_000)}`)],
    ["a path of 20 KB", head("GET", `/open/${"a".repeat(20_000)}`)],
    ["500 headers", head("GET", "/open/x", ...Array.from({ length: 500 }, (_, i) => `X-${i}: y`))],
  ];

  it.each(SMUGGLING)("%s: refused, the connection closed, nothing behind it is run", async (_, bytes) => {
    const behind = head("GET", "/open/smuggled");
    const reply = await keptFromService(() => sendRaw(at.gateway.url, bytes + behind));
    expect(reply.closed).toBe(true);
    expect(reply.statuses.length).toBeLessThanOrEqual(1);
    // uWebSockets.js says no more than a status to what it cannot read; what it reads is told the problem.
    if (reply.statuses.length > 0) expect([400, 405, 431, 505]).toContain(reply.statuses[0]);
    expect(reply.text).not.toMatch(/\bat .*\.ts:/);
  });

  const TOLD = ["two lengths that differ", "two lengths alike", "an unknown coding", "a host with a path"];

  // PROTOCOL: `bad-request` 400,
  it.each(SMUGGLING.filter(([name]) => TOLD.includes(name)))(
    "%s: 400 `bad-request`, as a problem",
    async (_, bytes) => {
      const { text } = await sendRaw(at.gateway.url, bytes);
      expect(text).toMatch(/^HTTP\/1\.1 400 /);
      expect(text).toContain("application/problem+json");
      expect(text).toContain('"code":"bad-request"');
    },
  );

  it("a host with a port that is none: no fault", async () => {
    const { statuses, text } = await sendRaw(
      at.gateway.url,
      "GET /open/x HTTP/1.1\r\nHost: tax.example:99999\r\nConnection: close\r\n\r\n",
    );
    expect([200, 400]).toContain(statuses[0]);
    expect(text).not.toMatch(/\bat .*\.ts:/);
  });

  it.each([
    ["accept-language", "en;q=nonsense,da;q=,;q=1,*"],
    ["accept-encoding", "br;q=nonsense, gzip;q=-1, *;q=2"],
    ["cookie", "=; ;;; sluse_lang; sluse_lang=%ff; __Host-sluse_ticket_held==; a"],
    ["cookie", `a=${"b".repeat(12_000)}`],
    ["sec-purpose", "prefetch;prefetch"],
    ["authorization", "Bearer a b c"],
    ["sluse-seal", "1.2.3.garbage"],
    ["sluse-client", "nobody"],
    ["x-forwarded-host", "evil.example"],
    ["x-forwarded-for", "not an address, ::::"],
  ])("%s: %s", async (name, value) => {
    const page = await at.visitor("held").navigate("/held", { headers: { [name]: value } });
    expect([200, 503]).toContain(page.status);
    expect(await page.text()).not.toMatch(/\bat .*\.ts:/);
    const place = await at.visitor("held").join({ [name]: value });
    expect(await place.json()).toMatchObject({ room: "held", state: "waiting" });
  });

  it("a WebSocket without a key, and with one that is none", async () => {
    const upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
    for (const key of [[], ["Sec-WebSocket-Key: garbage"], [`Sec-WebSocket-Key: ${"a".repeat(5_000)}`]]) {
      const { statuses } = await sendRaw(
        at.gateway.url,
        head("GET", "/_sluse/rooms/held/live", ...upgrade, ...key),
      );
      expect(statuses).not.toContain(101);
    }
  });
});

describe("after all that", () => {
  it("the gateway still answers, is the same process, and has no fault in its log", async () => {
    expect(at.gateway.child.exitCode).toBeNull();
    expect(at.gateway.child.pid).toBe(at.gateway.pid);
    expect((await at.visitor("quiet").fetch("/_sluse/healthz")).status).toBe(200);
    const reply = await at.visitor("quiet").navigate("/quiet/form");
    expect(await reply.json()).toMatchObject({ url: "/quiet/form" });
    await until("the log", () => at.gateway.log.length > 0);
    expect(at.gateway.log.filter(({ level }) => level === "error" || level === "fatal")).toEqual([]);
  });
});
