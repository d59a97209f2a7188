import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestVisitor } from "../testing/visitor.ts";
import { configure, type Deployed, deploy, joinInTurn, LONG_LINE, QUIET, reset } from "./deployment.ts";
import { passIssuedAgo, readGoodToken } from "./forged-tokens.ts";
import { cookieSet, cookiesSet, expectProblem, jtiOf } from "./replies.ts";

const SESSION_SECONDS = 600;

let at: Deployed;

beforeAll(async () => {
  at = await deploy({
    quiet: QUIET,
    // 600 s of session and half an hour of grace: what a room has when nothing else is said.
    lasting: QUIET,
    leaving: QUIET,
    anew: QUIET,
    tabs: QUIET,
    hold: { ...QUIET, mode: "hold" },
  });
  for (const room of ["lasting", "anew"]) {
    await insideAndHeld(room);
  }
});

afterAll(() => at?.close());

/** A visitor who came in while the room was quiet. */
async function inside(room: string): Promise<TestVisitor> {
  const visitor = at.visitor(room);
  expect(await (await visitor.join()).json()).toMatchObject({ state: "admitted" });
  return visitor;
}

const passes = new Map<string, string>();

/** Whoever gets through from now on has a pass: nobody is let in any more. */
async function insideAndHeld(room: string): Promise<void> {
  const visitor = await inside(room);
  passes.set(room, visitor.cookies.get(`sluse_pass_${room}`) ?? "");
  await configure(at, room, { mode: "hold" });
}

/** Comes with a pass of this room that was issued so long ago, of a session of its usual length. */
async function visitorWhosePass(room: string, { issuedSecondsAgo }: { issuedSecondsAgo: number }) {
  const jti = randomBytes(16).toString("base64url");
  const good = readGoodToken(passes.get(room) ?? "");
  const age = { jti, issuedSecondsAgo, sessionSeconds: SESSION_SECONDS };
  const pass = await passIssuedAgo(good, at.gateway.folder, age);
  const visitor = at.visitor(room);
  visitor.setCookie(`sluse_pass_${room}`, pass);
  return { visitor, jti };
}

const LAPSED_TEN_MINUTES_AGO = { issuedSecondsAgo: SESSION_SECONDS + 600 };
const form = { method: "POST", body: "income=1" } as const;

describe("sessions slide", () => {
  const PAST_HALF = { issuedSecondsAgo: SESSION_SECONDS / 2 + 10 };
  const BEFORE_HALF = { issuedSecondsAgo: SESSION_SECONDS / 2 - 10 };

  // PROTOCOL: renewals are set on replies to navigations and unsafe methods
  it.each([
    ["a navigation", "past half", PAST_HALF, true],
    ["a navigation", "before half", BEFORE_HALF, false],
    ["a form", "past half", PAST_HALF, true],
    ["a form", "before half", BEFORE_HALF, false],
    ["a program's GET", "past half", PAST_HALF, false],
    ["a program's GET", "before half", BEFORE_HALF, false],
  ] as const)("%s %s the session's length", async (kind, _, age, renewed) => {
    const { visitor, jti } = await visitorWhosePass("lasting", age);
    const ask = {
      "a navigation": () => visitor.navigate("/lasting/x"),
      "a form": () => visitor.fetch("/lasting/x", form),
      "a program's GET": () => visitor.fetch("/lasting/x"),
    };
    const reply = await ask[kind]();
    expect(await reply.json()).toMatchObject({ url: "/lasting/x" });
    expect(cookiesSet(reply).map(({ value }) => jtiOf(value))).toEqual(renewed ? [jti] : []);
    if (renewed) expect(reply.headers.get("cache-control")).toBe("private, no-store");
  });

  it("an app's pass lets through past half and is not renewed by a cookie: it claims again", async () => {
    const { visitor } = await visitorWhosePass("lasting", PAST_HALF);
    const headers = { "sluse-client": "app", "sluse-pass": visitor.cookies.get("sluse_pass_lasting") ?? "" };
    const reply = await at.visitor("lasting").fetch("/lasting/x", { ...form, headers });
    expect(reply.status).toBe(200);
    expect(cookiesSet(reply)).toEqual([]);
  });
});

describe("after `end-session`", () => {
  it("its ticket is used: a claim is told so, and a join gives a new number", async () => {
    const visitor = await inside("quiet");
    const { number } = await (await visitor.join()).json();
    await visitor.fetch("/quiet/bye?command=end-session");
    await expectProblem(await visitor.claim(), 410, "used");
    expect((await (await visitor.join()).json()).number).toBeGreaterThan(number);
  });
});

describe("after leaving", () => {
  it("the pass fails at this door at once, for forms too", async () => {
    const visitor = await inside("leaving");
    const pass = visitor.cookies.get("sluse_pass_leaving") ?? "";
    await configure(at, "leaving", { mode: "hold" });
    // PROTOCOL: POST /_sluse/rooms/{room}/leave | 204
    expect((await visitor.leave()).status).toBe(204);
    visitor.setCookie("sluse_pass_leaving", pass);
    await expectProblem(await visitor.fetch("/leaving/data"), 503, "must-wait");
    await expectProblem(await visitor.fetch("/leaving/form", form), 503, "must-wait");
  });
});

describe("a reset", () => {
  // PROTOCOL: A reset voids tickets
  // PROTOCOL: passes live on unless it says
  it("without `endSessions`: tickets are void, a pass and one in its grace live on", async () => {
    const waiting = at.visitor("anew");
    await waiting.join();
    const { visitor: late } = await visitorWhosePass("anew", LAPSED_TEN_MINUTES_AGO);
    await reset(at, "anew");
    await expectProblem(await waiting.claim(), 410, "reset");
    const { visitor } = await visitorWhosePass("anew", { issuedSecondsAgo: 10 });
    expect((await visitor.fetch("/anew/data")).status).toBe(200);
    expect((await late.fetch("/anew/form", form)).status).toBe(200);
  });

  // PROTOCOL: `"endSessions":true`, which raises `passesNotBefore`: passes issued earlier fail
  it('with `"endSessions":true`: passes issued earlier fail, those in their grace too', async () => {
    const { visitor } = await visitorWhosePass("anew", { issuedSecondsAgo: 10 });
    const { visitor: late } = await visitorWhosePass("anew", LAPSED_TEN_MINUTES_AGO);
    expect((await visitor.fetch("/anew/data")).status).toBe(200);
    const before = (await (await visitor.status()).json()).passesNotBefore;
    await reset(at, "anew", true);
    const { passesNotBefore } = await (await visitor.status()).json();
    expect(passesNotBefore).toBeGreaterThan(before);
    await expectProblem(await visitor.fetch("/anew/data"), 503, "must-wait");
    await expectProblem(await visitor.fetch("/anew/form", form), 503, "must-wait");
    await expectProblem(await late.fetch("/anew/form", form), 503, "must-wait");
  });
});

describe("two tabs of one browser", () => {
  it("have one place: whichever asks, the same number", async () => {
    const tab = at.visitor("hold");
    const { number } = await (await tab.join()).json();
    const both = await Promise.all([tab.join(), tab.join()]);
    for (const reply of both) expect((await reply.json()).number).toBe(number);
  });

  it("claim at once and get one session, by which both come through", async () => {
    const tab = await inside("tabs");
    const jti = jtiOf(tab.cookies.get("sluse_ticket_tabs") ?? "");
    await configure(at, "tabs", { mode: "hold" });
    const claims = await Promise.all([tab.claim("/tabs/a"), tab.claim("/tabs/b")]);
    for (const reply of claims) {
      const pass = cookieSet(reply, "sluse_pass_tabs").value;
      expect(jtiOf(pass)).toBe(jti);
      const other = at.visitor("tabs");
      other.setCookie("sluse_pass_tabs", pass);
      expect((await other.fetch("/tabs/data")).status).toBe(200);
    }
  });
});

describe("prefetches, link previews and crawlers take no place", () => {
  const ASKERS: [name: string, headers: Record<string, string>][] = [
    ["a prefetch", { "sec-purpose": "prefetch", "sec-fetch-mode": "navigate", accept: "text/html" }],
    ["a prefetch of old", { purpose: "prefetch", accept: "*/*" }],
    ["a link preview", { "user-agent": "facebookexternalhit/1.1", accept: "*/*" }],
    ["a crawler", { "user-agent": "Googlebot/2.1", accept: "text/html" }],
    ["a picture", { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image", accept: "image/*" }],
  ];

  it.each(ASKERS)("%s in a line", async (_, headers) => {
    await joinInTurn(at, "hold", LONG_LINE);
    const { issued } = await (await at.visitor("hold").status()).json();
    const reply = await at.visitor("hold").fetch("/hold/page", { headers });
    expect(reply.status).toBe(503);
    expect(cookiesSet(reply)).toEqual([]);
    expect(await (await at.visitor("hold").join()).json()).toMatchObject({ number: issued + 1 });
  });
});
