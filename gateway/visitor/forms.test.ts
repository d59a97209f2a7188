/** A visitor without JavaScript, over real sockets: forms, 303, and the page of the ticket. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  BUSY,
  configure,
  type Deployed,
  deploy,
  joinInTurn,
  QUIET,
  reset,
  roomTimePasses,
  SHORT_WINDOW_OVER_MS,
} from "../contract/deployment.ts";
import { cookieSet, expectProblem } from "../contract/replies.ts";
import type { TestVisitor } from "../testing/visitor.ts";
import { until } from "../testing/visitor.ts";
import { parseForm } from "./form.ts";

/** Opens one door after the other for those who ask in turn, and calls many ahead. */
const FAST = { outflowPerMinute: 6_000 };
const EVIL = `<script>"'&`;

let at: Deployed;

beforeAll(async () => {
  at = await deploy({
    quiet: QUIET,
    line: { ...BUSY, name: { da: EVIL, en: EVIL }, message: { da: EVIL, en: `${EVIL} said` } },
    called: BUSY,
    held: { ...QUIET, mode: "hold" },
    closing: BUSY,
    opening: BUSY,
    leaving: BUSY,
    extended: BUSY,
    anew: BUSY,
    deserted: { outflowPerMinute: 60 },
    uncollected: { ...BUSY, sessionSeconds: 1 },
    missing: { ...BUSY, claimWindowSeconds: 1 },
    // So high an outflow that it is quiet again while the turn is still good.
    alone: { ...QUIET, mode: "hold", claimWindowSeconds: 5 },
    shut: { ...QUIET, mode: "closed" },
  });
});

afterAll(async () => {
  await at?.close();
});

const FORM = "application/x-www-form-urlencoded";

interface Post {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Posts a form as a browser does. */
function post(visitor: TestVisitor, what: string, fields: Record<string, string>, more: Post = {}) {
  return visitor.fetch(`/_sluse/rooms/${visitor.room}/${what}`, {
    method: "POST",
    headers: { "content-type": FORM, "accept-language": "en", accept: "text/html", ...more.headers },
    body: more.body ?? new URLSearchParams(fields).toString(),
  });
}

/** Follows the form's answer, or opens the page of the ticket. */
async function page(visitor: TestVisitor, path: string): Promise<string> {
  const reply = await visitor.navigate(path, { headers: { "accept-language": "en" } });
  expect(reply.status).toBe(200);
  expect(reply.headers.get("cache-control")).toBe("private, no-store");
  return expectOwnPage(reply);
}

async function expectOwnPage(reply: Response): Promise<string> {
  expect(reply.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(reply.headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src 'sha256-/);
  expect(reply.headers.get("content-security-policy")).not.toContain("script-src");
  expect(reply.headers.get("referrer-policy")).toBe("same-origin");
  const html = await reply.text();
  expect(html).not.toMatch(/<script|http-equiv|onclick/i);
  return html;
}

const headingOf = (html: string) => /<h1[^>]*>([^<]*)<\/h1>/.exec(html)?.[1];
const waitOf = (room: string, to: string) => `/_sluse/rooms/${room}/wait?to=${encodeURIComponent(to)}`;

async function expectSeeOther(reply: Response, location: string): Promise<void> {
  expect({ status: reply.status, location: reply.headers.get("location") }).toEqual({
    status: 303,
    location,
  });
  expect(reply.headers.get("cache-control")).toMatch(/no-store/);
}

describe("join by a form", () => {
  // PROTOCOL: the page of this ticket without JavaScript: place, wait, a Check button, a Leave button
  // PROTOCOL: Without JavaScript join,
  // PROTOCOL: (hidden `to`, `key`) and answer 303
  it("takes a place and leads to its page", async () => {
    await joinInTurn(at, "line", 13);
    const visitor = at.visitor("line");
    const reply = await post(visitor, "join", { to: "/line/form?a=1", key: "k".repeat(22) });
    await expectSeeOther(reply, waitOf("line", "/line/form?a=1"));
    expect(cookieSet(reply, "sluse_ticket_line").attributes).toBe("HttpOnly; Path=/; SameSite=Lax");
    const html = await page(visitor, reply.headers.get("location") ?? "");
    const { serving } = await (await visitor.status()).json();
    expect(html).toContain(`You are number ${14 - serving} in line.`);
    expect(html).toContain(`<strong>${13 - serving}</strong>`);
    expect(html).toMatch(/The wait is [^<]+\./);
    expect(html).toMatch(/Updated at \d\d:\d\d:\d\d \(Danish time\)/);
    expect(html).toContain("&#60;script&#62;&#34;&#39;&#38; said");
    expect(html).toContain("it stays good for 10 minutes");
    expect(html).toContain(
      '<form action="/_sluse/rooms/line/wait"><input type="hidden" name="to" value="/line/form?a=1">',
    );
    expect(html).toContain('action="/_sluse/rooms/line/leave"');
  });

  it("with the same key, or with the ticket, gives the same place", async () => {
    const key = "twice".repeat(5);
    const [one, two] = [at.visitor("line"), at.visitor("line")];
    await post(one, "join", { key });
    await post(two, "join", { key });
    const ticket = one.cookies.get("sluse_ticket_line");
    await post(one, "join", {});
    const number = async (visitor: TestVisitor) => (await (await visitor.join()).json()).number;
    expect(ticket).toBeDefined();
    expect(await number(two)).toBe(await number(one));
  });

  it("leads straight in where the room is quiet", async () => {
    const visitor = at.visitor("quiet");
    const reply = await post(visitor, "join", { to: "/quiet/x?y=%2F" });
    await expectSeeOther(reply, "/quiet/x?y=%2F");
    expect(reply.headers.get("cache-control")).toBe("private, no-store");
    expect([...visitor.cookies.keys()].sort()).toEqual(["sluse_pass_quiet", "sluse_ticket_quiet"]);
    expect((await visitor.navigate("/quiet/x")).status).toBe(200);
  });

  it.each([
    ["/line/deep?q=1", "/line/deep?q=1"],
    ["/line/deep?lang=en", "/line/deep"],
    [`/_sluse/rooms/line/enter?to=${encodeURIComponent("/line/deep?q=1")}`, "/line/deep?q=1"],
    ["//line/deep", "/line/deep"],
    ["/elsewhere", "/line"],
  ])("without `to`, from %s, leads to %s, and so does the page of the place", async (from, to) => {
    const headers = { referer: at.gateway.url + from };
    const visitor = at.visitor("line");
    await expectSeeOther(await post(visitor, "join", { to: "" }, { headers }), waitOf("line", to));
    const placePage = await visitor.navigate("/_sluse/rooms/line/wait", { headers });
    expect(await placePage.text()).toContain(`<input type="hidden" name="to" value="${to}">`);
  });

  // PROTOCOL: Of a form without `to` it is the address that it was sent from
  // PROTOCOL: so it is of the page of the ticket
  it("believes no other host's address", async () => {
    const headers = { referer: "http://evil.example/line/deep" };
    const visitor = at.visitor("line");
    await expectSeeOther(await post(visitor, "join", {}, { headers }), waitOf("line", "/line"));
    const placePage = await visitor.navigate("/_sluse/rooms/line/wait", { headers });
    expect(await placePage.text()).toContain('<input type="hidden" name="to" value="/line">');
  });

  it("is a page of 503 where the room is closed", async () => {
    const reply = await post(at.visitor("shut"), "join", {});
    expect(reply.status).toBe(503);
    expect(headingOf(await expectOwnPage(reply))).toBe("Room shut is closed right now");
  });
});

describe("what is no form of ours is 400, as a page", () => {
  // PROTOCOL: what went wrong with it is a page
  it.each(["//evil.example/", "https://evil.example/", "/quiet/", "/line/../quiet", "line", "/line\\..\\x"])(
    "`to` is %s",
    async (to) => {
      for (const what of ["join", "claim", "leave"]) {
        const visitor = at.visitor("line");
        visitor.setCookie("sluse_ticket_line", "nonsense");
        const reply = await post(visitor, what, { to });
        expect(reply.status).toBe(400);
        expect(headingOf(await expectOwnPage(reply))).toBe("We did not understand the address");
        expect(reply.headers.getSetCookie()).toEqual([]);
      }
    },
  );

  it.each([
    ["an unknown field", "to=/line&next=1"],
    ["a field twice", "to=/line&to=/line"],
    ["a malformed key", "key=short"],
    ["more than 8 KB", `to=/line&key=${"k".repeat(9_000)}`],
  ])("%s", async (_what, body) => {
    const reply = await post(at.visitor("line"), "join", {}, { body });
    expect(reply.status).toBe(400);
    await expectOwnPage(reply);
  });

  it("a room that is not there is 404, as a page", async () => {
    const form = await post(at.visitor("nowhere"), "join", {});
    const looked = await at.visitor("nowhere").navigate("/_sluse/rooms/nowhere/wait?lang=en");
    for (const reply of [form, looked]) {
      expect(reply.status).toBe(404);
      expect(headingOf(await expectOwnPage(reply))).toBe("This page does not exist");
    }
  });

  it("another site's form is 403, as a page", async () => {
    const reply = await post(at.visitor("line"), "join", {}, { headers: { origin: "http://evil.example" } });
    expect(reply.status).toBe(403);
    await expectOwnPage(reply);
  });
});

describe("what counts as a form is its content type", () => {
  // PROTOCOL: A form is told by its content type, `application/x-www-form-urlencoded`, unless `Sluse-Client: app` is sent
  it.each([
    ["no body", {}],
    ["JSON", { "content-type": "application/json" }],
    ["a program that says so", { "content-type": FORM, "sluse-client": "app" }],
  ])("%s gets JSON", async (_what, headers) => {
    const reply = await at.visitor("line").join(headers);
    expect(reply.status).toBe(200);
    expect((await reply.json()).number).toBeGreaterThan(0);
  });

  it("parameters and letter case of the type do not matter", async () => {
    const headers = { "content-type": "Application/X-WWW-Form-URLEncoded; charset=utf-8" };
    expect((await at.visitor("line").join(headers)).status).toBe(303);
  });

  it("an empty field is none", () => {
    expect(parseForm("to=&key=")).toEqual({ to: null, key: null });
  });
});

describe("claim by a form, and the page of the ticket", () => {
  // PROTOCOL: Without JavaScript join, claim
  it("called: says so, goes to the gate, comes in where `to` says", async () => {
    const [, second] = await joinInTurn(at, "called", 2);
    if (!second) throw new Error("two joined");
    await until(
      "the call",
      async () => headingOf(await page(second, waitOf("called", "/called/x"))) === "It is your turn",
    );
    const html = await page(second, waitOf("called", "/called/x"));
    expect(html).toContain(
      '<form method="post" action="/_sluse/rooms/called/claim"><input type="hidden" name="to" value="/called/x">',
    );
    // The line admits one a minute, and the first is in already.
    expect(html).toMatch(/Your turn is good until \d\d:\d\d \(Danish time\)\./);
    expect(html).toContain("Give me more time");
    await expectSeeOther(await post(second, "claim", { to: "/called/x" }), waitOf("called", "/called/x"));
    const atGate = await page(second, waitOf("called", "/called/x"));
    expect(atGate).toContain("You are at the gate.");
    expect(atGate).not.toContain("Give me more time");
    await configure(at, "called", FAST);
    const reply = await until("admission", async () => {
      const claimed = await post(second, "claim", { to: "/called/x" });
      return claimed.headers.get("location") === "/called/x" ? claimed : null;
    });
    await expectSeeOther(reply, "/called/x");
    expect((await second.navigate("/called/x")).status).toBe(200);
  });

  it("called beyond what the outflow can take: stands at the gate in order, and sees it", async () => {
    const visitors = await joinInTurn(at, "deserted", 60);
    await until("all to be called", async () => {
      const { serving, issued } = await (await at.visitor("deserted").status()).json();
      return serving === issued;
    });
    const atGate = visitors.slice(20);
    const last = atGate.at(-1);
    if (!last) throw new Error("sixty joined");
    const look = () => page(last, waitOf("deserted", "/deserted"));
    const early = await look();
    expect(headingOf(early)).toBe("You are in line for “Room deserted”");
    expect(early).toContain("You can stand at the gate: press “Go in”.");
    expect(early).not.toMatch(/It is your turn|Your turn is good until|Give me more time/);
    for (const visitor of atGate) await visitor.claim();
    const inOrder = await look();
    expect(headingOf(inOrder)).toBe("You are in line for “Room deserted”");
    expect(inOrder).toContain("You are at the gate.");
    expect(inOrder).toMatch(/<strong>[23]\d<\/strong>/);
    expect(inOrder).toMatch(/<title>[23]\d ahead - /);
    expect(inOrder).not.toContain("It is your turn");
  });

  it("away when the turn came: the page says why others go before", async () => {
    const [, visitor, other] = await joinInTurn(at, "uncollected", 3);
    if (!visitor || !other) throw new Error("three joined");
    expect((await visitor.claim()).status).toBe(202);
    await configure(at, "uncollected", FAST);
    await roomTimePasses(at, "uncollected", SHORT_WINDOW_OVER_MS);
    await configure(at, "uncollected", { mode: "hold" });
    expect((await other.claim()).status).toBe(202);
    await expectSeeOther(await post(visitor, "claim", {}), waitOf("uncollected", "/uncollected"));
    const html = await page(visitor, waitOf("uncollected", "/uncollected"));
    expect(html).toContain("Your turn came while you were away.");
    expect(html).toContain("<strong>1</strong>");
  });

  it("not yet called: back to the page", async () => {
    const [visitor] = await joinInTurn(at, "held", 1);
    if (!visitor) throw new Error("one joined");
    await expectSeeOther(await post(visitor, "claim", {}), waitOf("held", "/held"));
  });

  it.each([
    ["no ticket", undefined],
    ["a bad ticket", "nonsense"],
  ])("%s: a page that offers a place and speaks of cookies", async (_what, ticket) => {
    const visitor = at.visitor("line");
    if (ticket !== undefined) visitor.setCookie("sluse_ticket_line", ticket);
    const claimed = await post(visitor, "claim", {});
    expect(claimed.status).toBe(401);
    for (const html of [await expectOwnPage(claimed), await page(visitor, waitOf("line", "/line"))]) {
      expect(headingOf(html)).toBe("You have no place in line");
      expect(html).toContain("your browser does not keep cookies");
      expect(html).toMatch(/action="\/_sluse\/rooms\/line\/join">.*name="key" value="[\w-]{22}"/);
    }
  });

  it("a bad `to` is 400: a page for browsers, a problem for programs", async () => {
    const visitor = at.visitor("line");
    const path = waitOf("line", "//evil.example");
    await expectProblem(await visitor.fetch(path), 400, "bad-target");
    expect((await visitor.navigate(path)).status).toBe(400);
  });

  it("a held line says that it is paused; nothing comes of looking", async () => {
    const [visitor] = await joinInTurn(at, "held", 1);
    if (!visitor) throw new Error("one joined");
    const before = await (await visitor.status()).json();
    const html = await page(visitor, waitOf("held", "/held"));
    expect(html).toContain("The line is paused.");
    expect(html).toContain("The wait is not known yet.");
    expect((await (await visitor.status()).json()).issued).toBe(before.issued);
  });

  it("closed: the place is kept", async () => {
    const [, visitor] = await joinInTurn(at, "closing", 2);
    if (!visitor) throw new Error("two joined");
    await configure(at, "closing", { mode: "closed" });
    expect(await page(visitor, waitOf("closing", "/closing"))).toContain("Your place is kept.");
    const reply = await post(visitor, "claim", {});
    expect(reply.status).toBe(503);
    expect(await expectOwnPage(reply)).toContain(
      `href="${waitOf("closing", "/closing").replace("&", "&#38;")}"`,
    );
  });

  it("open: everybody may go in", async () => {
    const visitor = (await joinInTurn(at, "opening", 20)).at(-1);
    if (!visitor) throw new Error("twenty joined");
    await configure(at, "opening", { mode: "open" });
    expect(await page(visitor, waitOf("opening", "/opening"))).toContain("Everybody can go in right now.");
    await expectSeeOther(await post(visitor, "claim", {}), "/opening");
  });

  it("reset: explained, and a new place offered", async () => {
    const [, visitor] = await joinInTurn(at, "anew", 2);
    if (!visitor) throw new Error("two joined");
    await reset(at, "anew");
    expect(headingOf(await page(visitor, waitOf("anew", "/anew")))).toBe("The line was started over");
    const reply = await post(visitor, "claim", {});
    expect(reply.status).toBe(410);
    expect(await expectOwnPage(reply)).toContain("Take a new place");
  });

  it("missed: explained, and a new place offered", async () => {
    const [, visitor] = await joinInTurn(at, "missing", 2);
    if (!visitor) throw new Error("two joined");
    await until("the call", async () => {
      const { issued, serving } = await (await visitor.status()).json();
      return serving === issued;
    });
    await roomTimePasses(at, "missing", SHORT_WINDOW_OVER_MS);
    const reply = await post(visitor, "claim", {});
    expect(reply.status).toBe(410);
    for (const html of [await expectOwnPage(reply), await page(visitor, waitOf("missing", "/missing"))]) {
      expect(headingOf(html)).toBe("Your turn has passed");
      expect(html).toContain("Take a new place");
    }
    const { issued } = await (await visitor.status()).json();
    expect(issued).toBe(2);
  });
});

describe("more time", () => {
  /** Called and not at the gate. */
  async function called(): Promise<TestVisitor> {
    const visitor = (await joinInTurn(at, "extended", 2)).at(-1);
    if (!visitor) throw new Error("two joined");
    await until("the call", async () => {
      const { issued, serving } = await (await visitor.status()).json();
      return serving === issued;
    });
    return visitor;
  }
  const extend = (visitor: TestVisitor) =>
    visitor.fetch(`/_sluse/rooms/${visitor.room}/extend`, { method: "POST" });

  // PROTOCOL: more time for a called visitor, ten times: 200 `{"state":"called","callEndsAt","extensionsLeft"}`
  // PROTOCOL: `callEndsAt` stands in a join's reply too, where the ticket was called before and is not at the gate
  it("is given ten times, then no more", async () => {
    const visitor = await called();
    for (let left = 9; left >= 0; left -= 1) {
      const reply = await extend(visitor);
      expect(reply.status).toBe(200);
      const body = await reply.json();
      expect(body).toEqual({ state: "called", callEndsAt: expect.any(Number), extensionsLeft: left });
      expect(Math.abs(body.callEndsAt - Date.now() - 600_000)).toBeLessThan(10_000);
    }
    const last = await expectProblem(await extend(visitor), 409, "no-extensions-left");
    expect(last.callEndsAt).toEqual(expect.any(Number));
    const joined = await (await visitor.join()).json();
    expect(joined).toMatchObject({ state: "called", callEndsAt: expect.any(Number) });
    const reply = await post(visitor, "extend", { to: "/extended" });
    expect(reply.status).toBe(409);
    const html = await expectOwnPage(reply);
    expect(html).toContain("Go in");
    expect(html).not.toContain("Give me more time");
  });

  it("is asked for by a form, which leads back to the page", async () => {
    const visitor = await called();
    await expectSeeOther(
      await post(visitor, "extend", { to: "/extended/a" }),
      waitOf("extended", "/extended/a"),
    );
  });

  // PROTOCOL: at the gate `callEndsAt` null
  it("is not needed at the gate: the call has no end there", async () => {
    const visitor = await called();
    expect((await visitor.claim()).status).toBe(202);
    expect(await (await extend(visitor)).json()).toEqual({ state: "called", callEndsAt: null });
  });

  // PROTOCOL: 409 `no-extensions-left`, `waiting`
  // PROTOCOL: 410, 401 as for a claim
  it("is for the called alone", async () => {
    await expectProblem(await extend(at.visitor("extended")), 401, "no-ticket");
    // Nobody is ever called there: a line to whose gate nobody comes is called to its end.
    const [waiting] = await joinInTurn(at, "held", 1);
    if (!waiting) throw new Error("one joined");
    await expectProblem(await extend(waiting), 409, "waiting");
    await expectSeeOther(await post(waiting, "extend", {}), waitOf("held", "/held"));
    const gone = await called();
    const ticket = gone.cookies.get("sluse_ticket_extended") ?? "";
    await gone.leave();
    gone.setCookie("sluse_ticket_extended", ticket);
    await expectProblem(await extend(gone), 410, "left");
    expect((await post(gone, "extend", {})).status).toBe(410);
    await expectProblem(await extend(at.visitor("line")), 401, "no-ticket");
  });
});

describe("leave by a form", () => {
  // PROTOCOL: and leave take forms
  // PROTOCOL: After `leave` the page of the ticket says so
  it("gives the place back and says so", async () => {
    const [, visitor] = await joinInTurn(at, "leaving", 2);
    if (!visitor) throw new Error("two joined");
    const ticket = visitor.cookies.get("sluse_ticket_leaving") ?? "";
    const reply = await post(visitor, "leave", { to: "/leaving/x" });
    await expectSeeOther(reply, `${waitOf("leaving", "/leaving/x")}&left=yes`);
    expect(visitor.cookies.size).toBe(0);
    expect(headingOf(await page(visitor, reply.headers.get("location") ?? ""))).toBe(
      "You have left the line",
    );
    visitor.setCookie("sluse_ticket_leaving", ticket);
    const claimed = await post(visitor, "claim", {});
    expect(claimed.status).toBe(410);
    expect(headingOf(await expectOwnPage(claimed))).toBe("You have left the line");
  });
});

describe("a turn that nobody takes, in a room that is quiet again", () => {
  it("is good with more time to ask for until it has passed, and then said to have passed", async () => {
    const [visitor] = await joinInTurn(at, "alone", 1);
    if (!visitor) throw new Error("one joined");
    await configure(at, "alone", { mode: "queue" });
    const look = () => page(visitor, waitOf("alone", "/alone"));
    const isCalled = async () => headingOf(await look()) === "It is your turn";
    await until("the call", isCalled);
    expect(await look()).toMatch(/Your turn is good until \d\d:\d\d:\d\d \(Danish time\)\./);
    await expectSeeOther(await post(visitor, "extend", { to: "/alone" }), waitOf("alone", "/alone"));
    const given =
      /You have been given more time\. Your turn is now good until \d\d:\d\d:\d\d \(Danish time\)\./;
    expect(await look()).toMatch(given);
    const newcomerComesIn = async () => (await at.visitor("alone").navigate("/alone")).status === 200;
    await until("the quiet", newcomerComesIn, 30_000);
    const html = await look();
    expect(html).toMatch(given);
    expect(html).toContain("Give me more time");
    await until("the end", async () => !(await isCalled()), 30_000);
    const passed = await look();
    expect(headingOf(passed)).toBe("Your turn has passed");
    expect(passed).not.toContain("Give me more time");
  }, 60_000);
});
