/** Forward-auth: asked as a proxy asks, and by the nginx of the README here in front of gateway and service. */
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUSY, type Deployed, deploy, joinInTurn, QUIET } from "../contract/deployment.ts";
import { cookiesSet, expectProblem, jtiOf } from "../contract/replies.ts";
import { startReadmeNginx, type TestNginx } from "../testing/readme-nginx.ts";
import { TestVisitor, until } from "../testing/visitor.ts";

const ROOMS = {
  quiet: QUIET,
  line: BUSY,
  other: BUSY,
  called: BUSY,
  held: { ...QUIET, mode: "hold" },
  open: { ...BUSY, mode: "open" },
  shut: { ...QUIET, mode: "closed" },
  sliding: { ...QUIET, sessionSeconds: 2 },
  gated: { ...QUIET, mode: "hold", ungated: [{ method: "GET", path: "/gated/help/*" }] },
  hosted: { ...QUIET, mode: "hold", match: { host: "hosted.example", path: "/" } },
};

let at: Deployed;
let stranger: Deployed;
let nginx: TestNginx;

beforeAll(async () => {
  [at, stranger] = await Promise.all([
    deploy(ROOMS, { SLUSE_TRUSTED_PROXIES: "127.0.0.1/32" }),
    deploy({ quiet: QUIET }),
  ]);
  nginx = await startReadmeNginx(at.gateway.url, at.service.url);
});

afterAll(async () => {
  await nginx?.stop();
  await Promise.all([at?.close(), stranger?.close()]);
});

const NAVIGATION = { accept: "text/html", "sec-fetch-mode": "navigate" };

/** Asks as Traefik or Caddy would for a visitor's GET. */
function ask(visitor: TestVisitor, uri: string, headers: Record<string, string> = NAVIGATION) {
  return visitor.fetch("/_sluse/auth", {
    headers: { "x-forwarded-method": "GET", "x-forwarded-uri": uri, ...headers },
  });
}

const enterOf = (room: string, to: string) => `/_sluse/rooms/${room}/enter?to=${encodeURIComponent(to)}`;

async function expectToWait(reply: Response, room: string, to: string, code = "must-wait"): Promise<void> {
  const location = enterOf(room, to);
  expect(reply.headers.get("location")).toBe(location);
  expect(await expectProblem(reply, 401, code)).toMatchObject({ room, location });
}

/** A visitor who came in by the gateway itself, and so has a pass. */
async function insider(room: string): Promise<TestVisitor> {
  const visitor = at.visitor(room);
  expect((await visitor.navigate(`/${room}`)).status).toBe(200);
  return visitor;
}

describe("`GET /_sluse/auth` decides as the gate does", () => {
  // PROTOCOL: forward-auth for proxies: 200 with headers to set,
  it("a good pass: 200 with the room and the pass for the service", async () => {
    const visitor = await insider("quiet");
    const reply = await ask(visitor, "/quiet/page?x=1");
    expect(reply.status).toBe(200);
    expect(reply.headers.get("sluse-room")).toBe("quiet");
    expect(reply.headers.get("sluse-pass")).toBe(visitor.cookies.get("sluse_pass_quiet"));
    expect(reply.headers.getSetCookie()).toEqual([]);
  });

  it("a newcomer in a quiet room: 200, and the pass's cookie comes first", async () => {
    const reply = await ask(at.visitor("quiet"), "/quiet");
    expect(reply.status).toBe(200);
    expect(reply.headers.get("cache-control")).toBe("private, no-store");
    expect(cookiesSet(reply).map(({ name }) => name)).toEqual(["sluse_pass_quiet", "sluse_ticket_quiet"]);
    expect(reply.headers.get("sluse-pass")).toBe(cookiesSet(reply)[0]?.value);
  });

  it("a program in a quiet room: 200 for one request, without a pass", async () => {
    const reply = await ask(at.visitor("quiet"), "/quiet/data", { accept: "*/*" });
    expect(reply.status).toBe(200);
    expect(reply.headers.get("sluse-pass")).toBeNull();
    expect(reply.headers.getSetCookie()).toEqual([]);
  });

  // PROTOCOL: Behind forward-auth the proxy opens it: Sluse is asked once, as it begins, and ends nothing
  it.each([
    ["a WebSocket", { "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" }],
    ["an event stream", { accept: "text/event-stream" }],
  ])("%s in a quiet room: 200 with a session, since it lasts; in a line it waits", async (_, headers) => {
    const reply = await ask(at.visitor("quiet"), "/quiet/live", headers);
    expect(reply.status).toBe(200);
    expect(cookiesSet(reply).map(({ name }) => name)).toEqual(["sluse_pass_quiet", "sluse_ticket_quiet"]);
    await expectToWait(await ask(at.visitor("held"), "/held/live", headers), "held", "/held/live");
  });

  it("past half its session a pass is renewed", async () => {
    const visitor = await insider("sliding");
    const before = visitor.cookies.get("sluse_pass_sliding") ?? "";
    const reply = await until("a renewal", async () => {
      const asked = await ask(visitor, "/sliding");
      return asked.headers.getSetCookie().length > 0 ? asked : null;
    });
    const renewed = reply.headers.get("sluse-pass") ?? "";
    expect(jtiOf(renewed)).toBe(jtiOf(before));
    expect(decodeJwt(renewed).exp).toBeGreaterThan(decodeJwt(before).exp ?? 0);
  });

  it("a called ticket is claimed", async () => {
    const visitor = at.visitor("called");
    await visitor.join();
    const pass = visitor.cookies.get("sluse_pass_called") ?? "";
    const [second] = await joinInTurn(at, "called", 1);
    if (!second) throw new Error("one joined");
    expect(pass).not.toBe("");
    // The first came in at once; the second is called and stands at the gate, for one a minute comes in.
    await expectToWait(await ask(second, "/called"), "called", "/called");
    expect((await ask(visitor, "/called")).status).toBe(200);
  });

  // PROTOCOL: 401 with where to send the browser
  it.each([
    ["held", "must-wait"],
    ["shut", "closed"],
  ])("%s: 401 with where to send the browser", async (room, code) => {
    await expectToWait(await ask(at.visitor(room), `/${room}/a?b=%2F&c`), room, `/${room}/a?b=%2F&c`, code);
    await expectToWait(await ask(at.visitor(room), `/${room}/data`, {}), room, `/${room}/data`, code);
  });

  it("an open room: 200", async () => {
    expect((await ask(at.visitor("open"), "/open/x")).status).toBe(200);
  });

  it("`ungated` goes by the method of the visitor, and by none where none is said", async () => {
    const visitor = at.visitor("gated");
    const asked = (method: Record<string, string>) =>
      visitor.fetch("/_sluse/auth", { headers: { "x-original-uri": "/gated/help/a", ...method } });
    expect((await asked({ "x-original-method": "GET" })).status).toBe(200);
    expect((await asked({ "x-original-method": "POST" })).status).toBe(401);
    expect((await asked({})).status).toBe(401);
  });

  it("`ungated` by its method is not where the visitor names another in a header", async () => {
    const named = { "x-original-method": "GET", "x-http-method-override": "POST" };
    expect((await ask(at.visitor("gated"), "/gated/help/a", named)).status).toBe(401);
  });

  it.each(["//hosted.example/x?a=//b", "/\\hosted.example/x?a=//b"])(
    "an address that would name another host is led to on this one: %s",
    async (uri) => {
      const headers = { ...NAVIGATION, "x-forwarded-host": "hosted.example" };
      const reply = await ask(at.visitor("hosted"), uri, headers);
      await expectToWait(reply, "hosted", "/hosted.example/x?a=//b");
    },
  );

  it("a room by host", async () => {
    const headers = { ...NAVIGATION, "x-forwarded-host": "hosted.example" };
    await expectToWait(await ask(at.visitor("hosted"), "/line/x", headers), "hosted", "/line/x");
  });
});

// PROTOCOL: `GET /_sluse/auth` is for trusted proxies: anybody else is told 403 `not-a-proxy`,
describe("what is no question of a trusted proxy is 403", () => {
  it.each([
    ["no address", {}],
    ["two addresses", { "x-forwarded-uri": "/quiet", "x-original-uri": "/open" }],
    [
      "two methods",
      { "x-forwarded-uri": "/quiet", "x-forwarded-method": "GET", "x-original-method": "HEAD" },
    ],
    ["no path", { "x-forwarded-uri": "http://127.0.0.1/quiet" }],
  ])("%s", async (_what, headers: Record<string, string>) => {
    await expectProblem(await at.visitor("quiet").fetch("/_sluse/auth", { headers }), 403, "not-a-proxy");
  });

  it("a peer that is not trusted", async () => {
    await expectProblem(await ask(stranger.visitor("quiet"), "/quiet"), 403, "not-a-proxy");
  });

  // PROTOCOL: or that can be read in two ways (`ambiguous-path`)
  // PROTOCOL: so is an address with a `#` at forward-auth
  it.each([
    "/line/%2e%2e/other",
    "/line/..%2fother/x",
    "/line%00",
    "/line/%zz",
    "/line/..;/other",
    "/li%0ane",
    "/line#/../other",
    "/line?a#b",
    "/line/a b",
  ])("an address that can be read as another: %s", async (uri) => {
    await expectProblem(await ask(await insider("line"), uri), 403, "ambiguous-path");
  });

  it.each(["/held", "/HELD/x", "//held", "/%68eld", "/held;a=1", "/x/../held", "/held%2fx", "\\held"])(
    "another spelling of a held room gets nobody in: %s",
    async (uri) => {
      const reply = await ask(at.visitor("held"), uri);
      expect([401, 403]).toContain(reply.status);
    },
  );

  // PROTOCOL: and so is every address that no room has (`no-room`)
  it("an address in no room", async () => {
    await expectProblem(await ask(at.visitor("quiet"), "/nowhere"), 403, "no-room");
  });
});

describe("`GET /_sluse/rooms/{room}/enter?to=`", () => {
  // PROTOCOL: where forward-auth sends a browser: the waiting page,
  it("is the waiting page while there is a line", async () => {
    const reply = await at.visitor("held").navigate(enterOf("held", "/held/a?b=1"));
    expect(reply.status).toBe(200);
    expect(await reply.text()).toContain('id="page-data"');
  });

  // PROTOCOL: or 303 to `to`
  it("leads on whoever has a pass, and a newcomer to a quiet room with one", async () => {
    const visitor = at.visitor("quiet");
    for (const cookies of [2, 0]) {
      const reply = await visitor.navigate(enterOf("quiet", "/quiet/a?b=1#c"));
      expect(reply.status).toBe(303);
      expect(reply.headers.get("location")).toBe("/quiet/a?b=1#c");
      expect(reply.headers.getSetCookie()).toHaveLength(cookies);
    }
  });

  it("is a notice where the room is closed", async () => {
    expect((await at.visitor("shut").navigate(enterOf("shut", "/shut"))).status).toBe(503);
  });

  it("goes nowhere else", async () => {
    const visitor = at.visitor("quiet");
    await expectProblem(await visitor.fetch(enterOf("quiet", "//evil.example")), 400, "bad-target");
    expect((await visitor.navigate(enterOf("quiet", "/line"))).status).toBe(400);
  });
});

describe("the README's nginx in front", () => {
  const visitorOf = (room: string) => new TestVisitor(nginx.url, room);

  it("a line: the waiting page at the address asked for, and then in with the pass", async () => {
    const [first] = await joinInTurn(at, "other", 1);
    if (!first) throw new Error("one joined");
    const reply = await visitorOf("other").navigate("/other/a?b=1");
    expect(reply.status).toBe(200);
    expect(await reply.text()).toContain('id="page-data"');
    const inside = visitorOf("other");
    for (const [name, value] of first.cookies) inside.setCookie(name, value);
    const served = await inside.navigate("/other/a?b=1");
    const seen = await served.json();
    expect(seen).toMatchObject({ url: "/other/a?b=1" });
    expect(seen.headers["sluse-room"]).toBe("other");
    expect(seen.headers["sluse-pass"]).toBe(first.cookies.get("sluse_pass_other"));
  });

  it("a quiet room: in at once, with a pass in the browser, and no cache keeps it", async () => {
    const visitor = visitorOf("quiet");
    const reply = await visitor.navigate("/quiet/x");
    expect(reply.status).toBe(200);
    expect(visitor.cookies.has("sluse_pass_quiet")).toBe(true);
    expect(reply.headers.get("cache-control")).toContain("private, no-store");
    expect((await visitor.fetch("/quiet/y")).status).toBe(200);
  });

  it("a form with a pass arrives whole", async () => {
    const visitor = visitorOf("quiet");
    await visitor.navigate("/quiet");
    const reply = await visitor.fetch("/quiet/send", { method: "POST", body: "a=1" });
    expect((await reply.json()).body).toBe("a=1");
  });

  it("a program without a pass: 503 `must-wait`, not a page", async () => {
    await expectProblem(await visitorOf("held").fetch("/held/data"), 503, "must-wait");
  });

  it("what a visitor says about the address or the room is not believed", async () => {
    const lies = {
      "x-original-uri": "/open",
      "x-forwarded-uri": "/open",
      "x-original-method": "OPTIONS",
      "x-forwarded-host": "hosted.example",
      "sluse-room": "open",
    };
    for (const [name, value] of Object.entries(lies)) {
      const reply = await visitorOf("held").fetch("/held/data", { headers: { [name]: value } });
      expect([403, 503], name).toContain(reply.status);
    }
    const pages = { "x-original-url": "/held", "x-rewrite-url": "/held", "x-original-host": "held.example" };
    const served = await (
      await visitorOf("open").fetch("/open", { headers: { "sluse-room": "line", ...pages } })
    ).json();
    expect(served.headers["sluse-room"]).toBe("open");
    for (const name of Object.keys(pages)) expect(served.headers).not.toHaveProperty(name);
  });

  it.each(["/held", "/HELD/x", "//held", "/%68eld", "/x/../held", "/held%2fx", "/line/%2e%2e/held"])(
    "another spelling of a held room gets nobody in: %s",
    async (path) => {
      const reply = await visitorOf("held").fetch(path);
      expect([400, 403, 503]).toContain(reply.status);
    },
  );

  it("nobody asks `/_sluse/auth` from outside; the rest of Sluse is there", async () => {
    expect(
      (await visitorOf("quiet").fetch("/_sluse/auth", { headers: { "x-original-uri": "/open" } })).status,
    ).toBe(404);
    expect((await visitorOf("line").join()).status).toBe(200);
  });
});
