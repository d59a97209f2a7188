import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestVisitor, until } from "../testing/visitor.ts";
import {
  BUSY,
  configure,
  type Deployed,
  deploy,
  joinInTurn,
  LONG_LINE,
  QUIET,
  reset,
  roomTimePasses,
} from "./deployment.ts";
import { cookieSet, cookiesSet, expectProblem, jtiOf } from "./replies.ts";

const EVIL = '<script>alert("evil")</script>';

let at: Deployed;
let https: Deployed;

beforeAll(async () => {
  at = await deploy({
    quiet: QUIET,
    held: { ...QUIET, mode: "hold", message: { da: EVIL, en: EVIL }, name: { da: EVIL, en: EVIL } },
    closed: { ...QUIET, mode: "closed", message: { da: `${EVIL} lukket`, en: `${EVIL} closed` } },
    open: { ...BUSY, mode: "open" },
    line: BUSY,
    called: BUSY,
    credit: BUSY,
    calm: BUSY,
    w202: { ...QUIET, mode: "hold", waitingStatus: 202 },
    w429: { ...QUIET, mode: "hold", waitingStatus: 429 },
    w503: { ...QUIET, mode: "hold", waitingStatus: 503 },
    gated: {
      ...QUIET,
      mode: "hold",
      ungated: [{ path: "/gated/help/*" }, { path: "/gated/news" }, { method: "POST", path: "/gated/hook" }],
    },
    tossed: QUIET,
    sliding: { ...QUIET, sessionSeconds: 4 },
    grace: { ...QUIET, sessionSeconds: 1, sessionGraceSeconds: 600 },
    full: { ...QUIET, sessionSeconds: 1, capacity: 1 },
    graceless: { ...QUIET, sessionSeconds: 1, sessionGraceSeconds: 0 },
    ending: { ...QUIET, capacity: 1 },
    ended: { ...QUIET, sessionSeconds: 600 },
    anew: QUIET,
    away: { ...QUIET, mode: "open", origin: "http://127.0.0.1:9" },
    hosted: { ...QUIET, match: { host: "hosted.example", path: "/" } },
  });
  https = await deploy({ quiet: QUIET }, { SLUSE_PUBLIC_URL: "https://tax.example" });
});

afterAll(async () => {
  await at?.close();
  await https?.close();
});

/** The service answered, not Sluse: what it saw of the request. */
async function served(reply: Response) {
  expect(reply.status).toBe(200);
  expect(reply.headers.get("content-type")).toBe("application/json");
  return reply.json();
}

/** Sluse's own page, in the place of the service's. */
async function expectPage(reply: Response, status: number): Promise<string> {
  const html = await reply.text();
  expect(reply.status).toBe(status);
  expect(reply.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(reply.headers.get("cache-control")).toBe("no-store");
  expect(reply.headers.get("referrer-policy")).toBe("same-origin");
  expect(reply.headers.get("content-security-policy")).toMatch(/default-src 'none'|script-src/);
  expect(reply.headers.get("content-security-policy")).not.toMatch(/unsafe-inline|unsafe-eval/);
  expect(html).toMatch(/^<!doctype html>/i);
  return html;
}

async function issued(room: string): Promise<number> {
  return (await (await at.visitor(room).status()).json()).issued;
}

/** Waits until the gateway's own picture of a room is this one. */
function settled(room: string, what: (status: { issued: number; serving: number }) => boolean) {
  return until(`${room} to settle`, async () => what(await (await at.visitor(room).status()).json()));
}

describe("a navigation without a pass", () => {
  // PROTOCOL: quiet: let in at once, pass cookie on the origin's own reply
  // PROTOCOL: requests without a pass: quiet: let in
  it("quiet: let in at once, pass cookie on the origin's own reply", async () => {
    const visitor = at.visitor("quiet");
    const reply = await visitor.navigate("/quiet/form?year=2026");
    const saw = await served(reply);
    expect(saw).toMatchObject({ method: "GET", url: "/quiet/form?year=2026" });
    expect(saw.headers).toMatchObject({ "sluse-room": "quiet", "x-forwarded-proto": "http" });
    expect(saw.headers["sluse-pass"]).toBe(cookieSet(reply, "sluse_pass_quiet").value);
    expect(reply.headers.get("cache-control")).toBe("private, no-store");
    const names = cookiesSet(reply).map(({ name }) => name);
    expect(names.sort()).toEqual(["sluse_pass_quiet", "sluse_ticket_quiet"]);
    expect(cookiesSet(await visitor.navigate("/quiet/next"))).toEqual([]);
  });

  // PROTOCOL: A *navigation* has
  // PROTOCOL: or, lacking that header, `Accept` containing `text/html`
  it("lacking `Sec-Fetch-Mode`, `Accept` containing `text/html` makes it one", async () => {
    const reply = await at.visitor("quiet").fetch("/quiet", { headers: { accept: "text/html,*/*;q=0.8" } });
    await served(reply);
    cookieSet(reply, "sluse_pass_quiet");
  });

  // PROTOCOL: A *navigation* has `Sec-Fetch-Mode: navigate` or,
  it("another `Sec-Fetch-Mode` makes it none, whatever it accepts", async () => {
    const headers = { accept: "text/html", "sec-fetch-mode": "cors" };
    const reply = await at.visitor("quiet").fetch("/quiet", { headers });
    await served(reply);
    expect(cookiesSet(reply)).toEqual([]);
  });

  // PROTOCOL: With a called ticket: claimed and let in
  it("with a called ticket: claimed and let in", async () => {
    const [, second] = await joinInTurn(at, "called", 2);
    const visitor = second as TestVisitor;
    await expectPage(await visitor.navigate("/called/form"), 200);
    await configure(at, "called", { outflowPerMinute: 6_000 });
    const reply = await until("the gate to admit", async () => {
      const reply = await visitor.navigate("/called/form");
      return reply.headers.get("content-type") === "application/json" ? reply : null;
    });
    const ticket = visitor.cookies.get("sluse_ticket_called") ?? "";
    expect(jtiOf(cookieSet(reply, "sluse_pass_called").value)).toBe(jtiOf(ticket));
  });

  it("with a ticket that was used, in a quiet room: let in at once with a new one", async () => {
    const visitor = at.visitor("grace");
    await served(await visitor.navigate("/grace"));
    const old = visitor.cookies.get("sluse_ticket_grace") ?? "";
    // A pass keeps whole seconds: it outlives its session by less than one.
    await roomTimePasses(at, "grace", 2_500);
    const reply = await visitor.navigate("/grace");
    await served(reply);
    expect(jtiOf(cookieSet(reply, "sluse_ticket_grace").value)).not.toBe(jtiOf(old));
  });

  // PROTOCOL: Else the waiting page: `waitingStatus` if `Sec-Fetch-Mode: navigate`,
  // PROTOCOL: `no-store`, `Retry-After`
  // PROTOCOL: let in; else wait
  // PROTOCOL: hold | requests without a pass: wait
  // PROTOCOL: Sluse's pages send `Referrer-Policy: same-origin`
  it("else the waiting page: 200 if `Sec-Fetch-Mode: navigate`; `no-store`, `Retry-After`", async () => {
    const reply = await at.visitor("held").navigate("/held/form");
    expect(reply.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(cookiesSet(reply)).toEqual([]);
    await expectPage(reply, 200);
  });

  // PROTOCOL: otherwise 503 (crawlers)
  it("otherwise 503 (crawlers)", async () => {
    const reply = await at.visitor("held").fetch("/held/form", { headers: { accept: "text/html" } });
    expect(reply.headers.get("retry-after")).toMatch(/^\d+$/);
    await expectPage(reply, 503);
  });

  // PROTOCOL: waitingStatus | 200, 202, 429, 503
  it.each([202, 429, 503])("`waitingStatus` %i", async (status) => {
    const reply = await at.visitor(`w${status}`).navigate(`/w${status}`);
    await expectPage(reply, status);
    const crawler = await at.visitor(`w${status}`).fetch(`/w${status}`, { headers: { accept: "text/html" } });
    await expectPage(crawler, 503);
  });

  it("takes no place by itself: the page joins", async () => {
    const before = await issued("held");
    await at.visitor("held").navigate("/held");
    await at.visitor("held").join();
    await settled("held", (status) => status.issued === before + 1);
  });

  // PROTOCOL: SLUSE_PUBLIC_URL | what visitors see
  // PROTOCOL: decides http or https, never a client's header
  it("`SLUSE_PUBLIC_URL` decides http or https, never a client's header", async () => {
    const reply = await https
      .visitor("quiet")
      .navigate("/quiet", { headers: { "x-forwarded-proto": "http" } });
    const { headers } = await served(reply);
    expect(headers["x-forwarded-proto"]).toBe("https");
    const { attributes } = cookieSet(reply, "__Host-sluse_pass_quiet");
    expect(attributes).toBe("HttpOnly; Path=/; SameSite=None; Secure");
  });
});

// PROTOCOL: it is not HEAD, OPTIONS or `Sec-Purpose: prefetch`
describe("it is not HEAD, OPTIONS or `Sec-Purpose: prefetch`", () => {
  const browser = { accept: "text/html", "sec-fetch-mode": "navigate" };
  const OTHERS = [
    ["HEAD", { method: "HEAD", headers: browser }],
    ["OPTIONS", { method: "OPTIONS", headers: browser }],
    ["prefetch", { method: "GET", headers: { ...browser, "sec-purpose": "prefetch" } }],
    ["prerender", { method: "GET", headers: { ...browser, "sec-purpose": "prefetch;prerender" } }],
  ] as const;

  it.each(OTHERS)("%s in a quiet room: proxied, and takes no place", async (_, sent) => {
    const before = await issued("quiet");
    const reply = await at.visitor("quiet").fetch("/quiet/x", sent);
    expect(reply.status).toBe(200);
    expect(cookiesSet(reply)).toEqual([]);
    expect(at.service.seen.at(-1)).toMatchObject({ method: sent.method, url: "/quiet/x" });
    expect(await issued("quiet")).toBe(before);
  });

  it.each(OTHERS)("%s where it must wait: 503", async (_, sent) => {
    const reply = await at.visitor("held").fetch("/held/x", sent);
    expect(reply.status).toBe(503);
    expect(reply.headers.get("content-type")).toBe("application/problem+json");
    expect(at.service.seen.some(({ url }) => url.startsWith("/held/x"))).toBe(false);
  });
});

describe("any other request without a pass", () => {
  // PROTOCOL: quiet: proxied, one credit, no cookie, no session
  // PROTOCOL: *Quiet*: mode `queue`, nobody waiting, called or at the gate, credit and capacity left
  it("quiet: proxied, one credit, no cookie, no session", async () => {
    const before = await (await at.visitor("credit").status()).json();
    const reply = await at.visitor("credit").fetch("/credit/data", { method: "POST", body: "a=1" });
    expect(await served(reply)).toMatchObject({ method: "POST", body: "a=1" });
    expect(cookiesSet(reply)).toEqual([]);
    expect(await issued("credit")).toBe(before.issued);
    // The one credit is spent: the next must wait.
    await expectProblem(await at.visitor("credit").fetch("/credit/data"), 503, "must-wait");
  });

  // PROTOCOL: Else 503 `must-wait`, `Retry-After`, `no-store`, the status document as member `status`
  it("else 503 `must-wait`, `Retry-After`, `no-store`, the status document as member `status`", async () => {
    await joinInTurn(at, "line", LONG_LINE);
    const reply = await at.visitor("line").fetch("/line/data", { method: "POST", body: "a=1" });
    expect(reply.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(reply.headers.get("cache-control")).toBe("no-store");
    expect(cookiesSet(reply)).toEqual([]);
    expect(await expectProblem(reply, 503, "must-wait")).toMatchObject({
      status: { room: "line", issued: LONG_LINE, seal: expect.any(String) },
    });
  });
});

describe("under a room's path with a valid pass, or ungated", () => {
  // PROTOCOL: streamed to the origin and back
  // PROTOCOL: Path and query go on byte for byte
  it("streamed to the origin and back, byte for byte in path and query", async () => {
    const visitor = at.visitor("quiet");
    await visitor.join();
    const path = "/quiet/a%2Db//c;p=1/?q=%20&&x=[1]&q=%7e";
    expect(await served(await visitor.fetch(path))).toMatchObject({ url: path });
    const body = "æøå ".repeat(40_000);
    const posted = await visitor.fetch("/quiet/upload", { method: "POST", body });
    expect((await served(posted)).body).toBe(body);
  });

  // PROTOCOL: Sluse's cookies are taken out
  it("Sluse's cookies are taken out, the service's own go on", async () => {
    const visitor = at.visitor("quiet");
    await visitor.join();
    visitor.setCookie("theirs", "1");
    visitor.setCookie("sluse_lang", "en");
    const { headers } = await served(await visitor.fetch("/quiet"));
    expect(headers.cookie).toBe("theirs=1");
    // PROTOCOL: The service is told the language that was chosen on Sluse's pages as `Sluse-Language`
    expect(headers["sluse-language"]).toBe("en");
  });

  // PROTOCOL: Incoming `Sluse-*` are removed, `Forwarded` and `X-Forwarded-*`
  // PROTOCOL: set are `X-Forwarded-For/-Proto/-Host`, `Sluse-Room`,
  it("incoming `Sluse-*`, `Forwarded` and `X-Forwarded-*` are removed", async () => {
    const visitor = at.visitor("quiet");
    await visitor.join();
    const headers = {
      "sluse-room": "held",
      "sluse-anything": "1",
      forwarded: "for=1.2.3.4",
      "x-forwarded-for": "1.2.3.4",
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "https",
    };
    const saw = (await served(await visitor.fetch("/quiet", { headers }))).headers;
    expect(saw).toMatchObject({
      "sluse-room": "quiet",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-host": new URL(at.gateway.url).host,
    });
    expect(saw).not.toHaveProperty("forwarded");
    expect(saw).not.toHaveProperty("sluse-anything");
  });

  it("a pass of another room is none", async () => {
    const visitor = at.visitor("quiet");
    await visitor.join();
    visitor.setCookie("sluse_pass_held", visitor.cookies.get("sluse_pass_quiet") ?? "");
    await expectProblem(await visitor.fetch("/held/data"), 503, "must-wait");
  });

  // PROTOCOL: Of several cookies of one name the first that is good counts
  // PROTOCOL: four are looked at
  it("a cookie that was put in front of the good one keeps nobody out", async () => {
    const [ended, elsewhere, good] = [at.visitor("tossed"), at.visitor("quiet"), at.visitor("tossed")];
    for (const visitor of [ended, elsewhere, good]) await visitor.join();
    const front = [ended.cookies.get("sluse_pass_tossed"), elsewhere.cookies.get("sluse_pass_quiet"), "x"];
    const pass = good.cookies.get("sluse_pass_tossed");
    await ended.leave();
    await configure(at, "tossed", { mode: "hold" });
    const asking = (passes: readonly (string | undefined)[]) => {
      const cookie = passes.map((each) => `sluse_pass_tossed=${each}`).join("; ");
      return at.visitor("tossed").fetch("/tossed/data", { headers: { cookie } });
    };
    for (const each of front) {
      await expectProblem(await asking([each]), 503, "must-wait");
      expect((await served(await asking([each, pass]))).headers).toMatchObject({ "sluse-pass": pass });
    }
    expect((await asking([...front, pass])).status).toBe(200);
    await expectProblem(await asking(["x", ...front, pass]), 503, "must-wait");
  });

  it("an app's `Sluse-Pass` lets through, and no cookie is set", async () => {
    const app = { "sluse-client": "app" };
    const { pass } = await (await at.visitor("sliding").join(app)).json();
    await roomTimePasses(at, "sliding", 2_500);
    const headers = { ...app, "sluse-pass": pass, accept: "text/html" };
    const reply = await at.visitor("sliding").fetch("/sliding", { headers });
    await served(reply);
    expect(cookiesSet(reply)).toEqual([]);
  });

  // PROTOCOL: `[{"method"?, "path"}]`, exact or ending in `/*`, after normalisation
  // PROTOCOL: let through without a pass
  it.each([
    ["GET", "/gated/help/a"],
    ["GET", "/gated/help/a/b?c=d"],
    ["POST", "/gated/help/a"],
    ["GET", "/gated/news"],
    ["GET", "/GATED/News"],
    ["POST", "/gated/hook"],
  ] as const)("ungated: %s %s goes through, with no pass and no cookie", async (method, path) => {
    const reply = await at.visitor("gated").fetch(path, { method });
    const saw = await served(reply);
    expect(saw).toMatchObject({ method, url: path });
    expect(saw.headers).not.toHaveProperty("sluse-pass");
    expect(cookiesSet(reply)).toEqual([]);
  });

  it.each([
    ["GET", "/gated/help"],
    ["GET", "/gated/helper/a"],
    ["GET", "/gated/news/a"],
    ["GET", "/gated/hook"],
    ["GET", "/gated/help/../form"],
    ["GET", "/gated/help/%2e%2e/form"],
    ["GET", "/gated/help/..%2fform"],
    ["GET", "/gated/form/..;/help/a"],
  ] as const)("gated still: %s %s", async (method, path) => {
    await expectProblem(await at.visitor("gated").fetch(path, { method }), 503, "must-wait");
    expect(at.service.seen.some(({ url, method: m }) => url === path && m === method)).toBe(false);
  });
});

describe("modes", () => {
  // PROTOCOL: open | requests without a pass: proxied
  it("`open`: proxied, a navigation too, without a place or a pass", async () => {
    for (const reply of [
      await at.visitor("open").navigate("/open"),
      await at.visitor("open").fetch("/open"),
    ]) {
      await served(reply);
      expect(cookiesSet(reply)).toEqual([]);
    }
  });

  // PROTOCOL: 503 page
  it("`closed`: 503 page for a navigation, with the operator's message", async () => {
    const reply = await at.visitor("closed").navigate("/closed?lang=en");
    expect(reply.headers.get("retry-after")).toMatch(/^\d+$/);
    const html = await expectPage(reply, 503);
    expect(html).toContain("closed");
    expect(html).toContain("evil");
  });

  it("`closed`: 503 `closed` for any other request", async () => {
    const reply = await at.visitor("closed").fetch("/closed/data");
    expect(reply.headers.get("retry-after")).toMatch(/^\d+$/);
    await expectProblem(reply, 503, "closed");
  });

  // PROTOCOL: tickets and passes stay good
  it("`closed`: tickets and passes stay good", async () => {
    const visitor = at.visitor("calm");
    await visitor.join();
    const waiting = at.visitor("calm");
    const { number } = await (await waiting.join()).json();
    await configure(at, "calm", { mode: "closed" });
    await served(await visitor.navigate("/calm/form"));
    await configure(at, "calm", { mode: "queue" });
    expect(await (await waiting.join()).json()).toMatchObject({ number });
  });
});

// PROTOCOL: Language: `?lang=` on Sluse's own pages sets `sluse_lang`; else `Accept-Language`
// PROTOCOL: else the first of `SLUSE_LANGUAGES`
describe("the language: `?lang=` on Sluse's own pages sets `sluse_lang`; else `Accept-Language`; else the first of them", () => {
  const langOf = async (reply: Response) => /<html lang="(\w+)"/.exec(await reply.text())?.[1];

  it.each([
    ["nothing", {}, "da"],
    ["en", { "accept-language": "en-GB,en;q=0.9" }, "en"],
    ["da over en by weight", { "accept-language": "en;q=0.5,da;q=0.9" }, "da"],
    ["another language alone", { "accept-language": "fr-FR,fr" }, "da"],
    ["another language before en", { "accept-language": "fr,en;q=0.5" }, "en"],
    ["any but da", { "accept-language": "da;q=0, *;q=0.1" }, "en"],
    ["a language that is not offered", { "accept-language": "de-AT,de;q=0.9,en;q=0.1" }, "en"],
    ["the cookie", { "accept-language": "da", cookie: "sluse_lang=en" }, "en"],
    ["a cookie that is no language", { cookie: "sluse_lang=xx" }, "da"],
  ])("%s", async (_, headers, expected) => {
    const reply = await at.visitor("held").navigate("/held", { headers });
    expect(cookiesSet(reply)).toEqual([]);
    expect(await langOf(reply)).toBe(expected);
  });

  it("`?lang=en`, and it is remembered", async () => {
    const visitor = at.visitor("held");
    const chosen = await visitor.navigate("/held?lang=en");
    expect(cookieSet(chosen, "sluse_lang")).toMatchObject({ value: "en" });
    expect(await langOf(chosen)).toBe("en");
    expect(await langOf(await visitor.navigate("/held"))).toBe("en");
  });

  it("`?lang=` with anything else changes nothing", async () => {
    const reply = await at.visitor("held").navigate("/held?lang=%3Cscript%3E");
    expect(cookiesSet(reply)).toEqual([]);
    expect(await langOf(reply)).toBe("da");
  });
});

describe("where a request belongs", () => {
  // PROTOCOL: No room: 404 `no-room`
  it("no room: 404 `no-room`", async () => {
    await expectProblem(await at.visitor("quiet").fetch("/nowhere"), 404, "no-room");
    await expectPage(await at.visitor("quiet").navigate("/nowhere"), 404);
  });

  // PROTOCOL: whole segments (`/tax` is not `/taxes`)
  it("whole segments: `/quiet` is not `/quieter`", async () => {
    await expectProblem(await at.visitor("quiet").fetch("/quieter"), 404, "no-room");
  });

  // PROTOCOL: exact host before `*`,
  it("exact host before `*`", async () => {
    const reply = await at.visitor("hosted").fetch("/anything", { headers: { host: "Hosted.Example.:80" } });
    expect((await served(reply)).headers).toMatchObject({ "sluse-room": "hosted" });
  });

  // PROTOCOL: if the raw and the normalised path fall into different rooms: 400 `ambiguous-path`
  it.each([
    "/quiet/..%2fheld/form",
    "/quiet/%2e%2e/held",
    "/held/..;/quiet",
    "/held\\..\\quiet",
    "/quiet/%zz",
  ])(
    "400 `ambiguous-path` where the raw and the normalised path fall into different rooms: %s",
    async (path) => {
      const before = at.service.seen.length;
      await expectProblem(await at.visitor("quiet").fetch(path), 400, "ambiguous-path");
      expect(at.service.seen).toHaveLength(before);
    },
  );

  // PROTOCOL: A path that decodes to a control character of ASCII is ambiguous, too
  it.each(["/qui%09et", "/quiet/form%0d%0a", "/quiet/.%0a./held", "/quiet/%2500"])(
    "400 `ambiguous-path` where control characters are encoded: %s",
    async (path) => {
      const before = at.service.seen.length;
      await expectProblem(await at.visitor("quiet").fetch(path), 400, "ambiguous-path");
      expect(at.service.seen).toHaveLength(before);
    },
  );
});

describe("the service is away", () => {
  // PROTOCOL: Origin away 502,
  // PROTOCOL: as pages for navigations
  // PROTOCOL: `origin-away` 502,
  it("502: a page for a navigation, a problem for anything else", async () => {
    await expectPage(await at.visitor("away").navigate("/away/form"), 502);
    await expectProblem(await at.visitor("away").fetch("/away/data"), 502, "origin-away");
  });
});

describe.concurrent("sessions slide", () => {
  // PROTOCOL: Sessions slide: past half their length the next request renews the pass
  it("past half their length the next navigation renews the pass", async () => {
    const visitor = at.visitor("sliding");
    const first = cookieSet(await visitor.navigate("/sliding"), "sluse_pass_sliding").value;
    expect(cookiesSet(await visitor.navigate("/sliding"))).toEqual([]);
    await roomTimePasses(at, "sliding", 2_500);
    const program = await visitor.fetch("/sliding/data");
    await served(program);
    expect(cookiesSet(program)).toEqual([]);
    const reply = await visitor.navigate("/sliding");
    await served(reply);
    const renewed = cookieSet(reply, "sluse_pass_sliding").value;
    expect(reply.headers.get("cache-control")).toBe("private, no-store");
    expect(jtiOf(renewed)).toBe(jtiOf(first));
    expect(decodeJwt(renewed).exp).toBeGreaterThan(Number(decodeJwt(first).exp));
  });

  it("for `sessionGraceSeconds` after `exp` a POST still goes through and renews the pass", async () => {
    const visitor = at.visitor("grace");
    const first = cookieSet(await visitor.navigate("/grace"), "sluse_pass_grace").value;
    await roomTimePasses(at, "grace", 2_500);
    expect(Number(decodeJwt(first).exp) * 1000).toBeLessThan(Date.now());
    const reply = await visitor.fetch("/grace/form", { method: "POST", body: "income=1" });
    expect(await served(reply)).toMatchObject({ method: "POST", body: "income=1" });
    expect(jtiOf(cookieSet(reply, "sluse_pass_grace").value)).toBe(jtiOf(first));
  });

  it("over capacity too", async () => {
    const visitor = at.visitor("full");
    await served(await visitor.navigate("/full"));
    await roomTimePasses(at, "full", 2_500);
    const next = at.visitor("full");
    await configure(at, "full", { sessionSeconds: 600 });
    await served(await next.navigate("/full"));
    await expectPage(await visitor.navigate("/full"), 200);
    const reply = await visitor.fetch("/full/form", { method: "POST", body: "income=1" });
    expect(await served(reply)).toMatchObject({ body: "income=1" });
  });

  it("after the grace it is no pass any more", async () => {
    const visitor = at.visitor("graceless");
    await served(await visitor.navigate("/graceless"));
    await configure(at, "graceless", { mode: "hold" });
    await roomTimePasses(at, "graceless", 2_500);
    const reply = await visitor.fetch("/graceless/form", { method: "POST", body: "income=1" });
    await expectProblem(reply, 503, "must-wait");
  });
});

describe("`Sluse-Command: end-session` from the origin", () => {
  // PROTOCOL: `Sluse-Command: end-session` from the origin frees the place, clears the cookie
  it("frees the place, clears the cookie", async () => {
    const first = at.visitor("ending");
    await served(await first.navigate("/ending"));
    await expectPage(await at.visitor("ending").navigate("/ending"), 200);
    const reply = await first.navigate("/ending/bye?command=end-session");
    await served(reply);
    expect(reply.headers.has("sluse-command")).toBe(false);
    expect(cookieSet(reply, "sluse_pass_ending")).toMatchObject({
      value: "",
      maxAgeSeconds: 0,
      attributes: "HttpOnly; Path=/; SameSite=Lax",
    });
    await until("the place to be free", async () => {
      const next = await at.visitor("ending").navigate("/ending");
      return next.headers.get("content-type") === "application/json";
    });
  });

  it("holds at this door at once: the pass that was ended fails", async () => {
    const visitor = at.visitor("ended");
    const reply = await visitor.navigate("/ended");
    const pass = cookieSet(reply, "sluse_pass_ended").value;
    await configure(at, "ended", { mode: "hold" });
    await served(await visitor.fetch("/ended/bye?command=end-session"));
    const thief = at.visitor("ended");
    thief.setCookie("sluse_pass_ended", pass);
    await expectProblem(await thief.fetch("/ended/data"), 503, "must-wait");
    await expectProblem(await thief.fetch("/ended/form", { method: "POST" }), 503, "must-wait");
  });

  it("any other command does nothing", async () => {
    const visitor = at.visitor("quiet");
    await visitor.navigate("/quiet");
    expect(cookiesSet(await visitor.navigate("/quiet/x?command=other"))).toEqual([]);
    await served(await visitor.fetch("/quiet/x"));
  });
});

describe("a reset", () => {
  it("voids tickets; passes live on", async () => {
    const visitor = at.visitor("anew");
    await visitor.navigate("/anew");
    await reset(at, "anew");
    const before = await issued("anew");
    expect(cookiesSet(await visitor.navigate("/anew"))).toEqual([]);
    expect(await issued("anew")).toBe(before);
  });

  it('`"endSessions":true` raises `passesNotBefore`: passes issued earlier fail, those issued next do not', async () => {
    const visitor = at.visitor("anew");
    await served(await visitor.navigate("/anew"));
    await reset(at, "anew", true);
    const next = at.visitor("anew");
    const pass = cookieSet(await next.navigate("/anew"), "sluse_pass_anew").value;
    await configure(at, "anew", { mode: "hold" });
    await served(await next.navigate("/anew"));
    const { passesNotBefore } = await (await next.status()).json();
    expect(Number(decodeJwt(pass).iat) * 1000).toBeGreaterThanOrEqual(passesNotBefore);
    await expectPage(await visitor.navigate("/anew"), 200);
  });
});

describe("the message and the name are shown nowhere unescaped", () => {
  it.each(["/held", "/closed", "/"])("%s", async (path) => {
    for (const lang of ["da", "en"]) {
      const reply = await new TestVisitor(at.gateway.url, "held").navigate(`${path}?lang=${lang}`);
      expect(await reply.text()).not.toContain(EVIL);
    }
  });
});
