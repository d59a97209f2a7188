import { randomBytes } from "node:crypto";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestVisitor, until } from "../testing/visitor.ts";
import { BUSY, configure, type Deployed, deploy, joinInTurn, QUIET, roomSeen } from "./deployment.ts";
import { passIssuedAgo, readGoodToken } from "./forged-tokens.ts";
import { cookieSet, cookiesSet, expectProblem, jtiOf } from "./replies.ts";

/** 600 s of session and half an hour of grace: what a room has when nothing else is said. */
const SESSION_SECONDS = 600;
const LAPSED_SECONDS_AGO = SESSION_SECONDS + 600;
const BEYOND_GRACE_SECONDS_AGO = SESSION_SECONDS + 1_801;
const CAPACITY = 40;
const SAYS_SO = "Your time at the service has ended. What you sent last was passed on to the service.";

let at: Deployed;

beforeAll(async () => {
  at = await deploy(
    {
      quiet: QUIET,
      ended: QUIET,
      full: { ...QUIET, capacity: CAPACITY },
      held: QUIET,
      shut: QUIET,
      free: QUIET,
      line: { ...BUSY, outflowPerMinute: 60 },
      asked: QUIET,
    },
    { SLUSE_TRUSTED_PROXIES: "127.0.0.1/32" },
  );
  // Whoever gets through from now on has a pass: nobody is let in any more.
  for (const room of ["held", "shut", "asked", "free"]) await passOf(room);
  for (const room of ["held", "asked"]) await configure(at, room, { mode: "hold" });
  await configure(at, "shut", { mode: "closed" });
});

afterAll(() => at?.close());

const passes = new Map<string, string>();

/** A good pass of a room, of the first who came in; the others are signed after it. */
async function passOf(room: string): Promise<string> {
  const known = passes.get(room);
  if (known !== undefined) return known;
  const visitor = at.visitor(room);
  expect(await (await visitor.join()).json()).toMatchObject({ state: "admitted" });
  const pass = visitor.cookies.get(`sluse_pass_${room}`) ?? "";
  passes.set(room, pass);
  return pass;
}

/** Comes with a pass that was issued so long ago. */
async function late(
  room: string,
  issuedSecondsAgo = LAPSED_SECONDS_AGO,
  jti = randomBytes(16).toString("base64url"),
): Promise<TestVisitor> {
  const age = { jti, issuedSecondsAgo, sessionSeconds: SESSION_SECONDS };
  const visitor = at.visitor(room);
  const pass = await passIssuedAgo(readGoodToken(await passOf(room)), at.gateway.folder, age);
  visitor.setCookie(`sluse_pass_${room}`, pass);
  return visitor;
}

const form = { method: "POST", body: "income=1" } as const;
const ENGLISH = { headers: { "accept-language": "en" } };

describe("nobody has a second turn by a form", () => {
  // PROTOCOL: no form is lost, and none is a second turn
  it(`${CAPACITY} inside stay ${CAPACITY} while 28 wait, though 160 whose time is over send forms`, async () => {
    await passOf("full");
    await Promise.all(Array.from({ length: CAPACITY - 1 }, () => at.visitor("full").join()));
    await joinInTurn(at, "full", 28);
    expect((await roomSeen(at, "full")).sessions).toBe(CAPACITY);
    const visitors = await Promise.all(Array.from({ length: 160 }, () => late("full")));
    for (let turn = 0; turn < 3; turn += 1) {
      const replies = await Promise.all(
        visitors.map((visitor, i) =>
          i % 2 === 0 ? visitor.navigate("/full/form", form) : visitor.fetch("/full/form", form),
        ),
      );
      for (const reply of replies) {
        expect(await reply.json()).toMatchObject({ method: "POST", body: "income=1" });
        expect(cookiesSet(reply)).toEqual([]);
      }
    }
    const seen = await roomSeen(at, "full");
    expect(seen.sessions).toBe(CAPACITY);
    expect(seen.state.admittedTotal).toBe(CAPACITY);
  });
});

describe("a pass that lapsed ten minutes ago, in a room that lets nobody in", () => {
  // PROTOCOL: For `sessionGraceSeconds` after `exp`, a POST, PUT, PATCH or DELETE with a pass
  // PROTOCOL: Those that are no navigation (a page saves in the background) open nothing,
  it.each(["POST", "PUT", "PATCH", "DELETE"] as const)("%s goes through; a page does not", async (method) => {
    const visitor = await late("held");
    const reply = await visitor.fetch("/held/form", { ...form, method });
    expect(await reply.json()).toMatchObject({ method, body: "income=1" });
    expect(cookiesSet(reply)).toEqual([]);
    await expectProblem(await visitor.fetch("/held/data"), 503, "must-wait");
    const page = await visitor.navigate("/held/data", ENGLISH);
    expect(await page.text()).toMatch(/^<!doctype html>/i);
    expect(cookiesSet(page)).toEqual([]);
  });

  // PROTOCOL: The first that is a navigation opens 60 s, once for each pass, for more of them, the pages that they lead to,
  // PROTOCOL: and what those load
  // PROTOCOL: after that a navigation with this pass is as one without
  // PROTOCOL: and go through as long as the grace lasts
  // PROTOCOL: else the waiting page that comes after the 60 s says that the session is over and that what was sent was passed on
  it("a form has a minute for the pages that it leads to, and the page after says that it is over", async () => {
    const [visitor, other] = [await late("held"), await late("held")];
    const closed = await late("shut");
    for (const [each, room] of [
      [visitor, "held"],
      [closed, "shut"],
    ] as const) {
      const sent = await each.navigate(`/${room}/form`, form);
      expect(await sent.json()).toMatchObject({ body: "income=1" });
      const page = await each.navigate(`/${room}/receipt`);
      expect(await page.json()).toMatchObject({ url: `/${room}/receipt` });
      expect(cookiesSet(page)).toEqual([]);
      expect((await each.fetch(`/${room}/style.css`)).status).toBe(200);
      expect((await each.navigate(`/${room}/form`, form)).status).toBe(200);
    }
    // What lasts needs a session.
    await expectProblem(
      await visitor.fetch("/held/news", { headers: { accept: "text/event-stream" } }),
      503,
      "must-wait",
    );
    // Nobody else comes in by that.
    await expectProblem(await other.fetch("/held/style.css"), 503, "must-wait");
    await expectProblem(await at.visitor("held").fetch("/held/form", form), 503, "must-wait");
    expect((await roomSeen(at, "held")).sessions).toBe(1);

    const openedMs = performance.now();
    await until(
      "the end of the minute",
      async () => (await visitor.fetch("/held/style.css")).status === 503,
      70_000,
    );
    expect(performance.now() - openedMs).toBeGreaterThan(55_000);
    for (const sent of [ENGLISH, { ...form, ...ENGLISH }]) {
      const page = await visitor.navigate("/held/again", sent);
      expect(await page.text()).toContain(SAYS_SO);
    }
    expect(await (await other.navigate("/held", ENGLISH)).text()).not.toContain(SAYS_SO);
    const saved = await visitor.fetch("/held/form", form);
    expect(await saved.json()).toMatchObject({ body: "income=1" });
    await until(
      "the end of the other's minute",
      async () => (await closed.fetch("/shut/style.css")).status === 503,
    );
    expect((await closed.navigate("/shut/again", form)).status).toBe(503);
    // Behind forward-auth the page is where the browser is sent.
    const enter = await visitor.navigate("/_sluse/rooms/held/enter?to=%2Fheld", ENGLISH);
    expect(await enter.text()).toContain(SAYS_SO);
  }, 100_000);

  it("is the same behind forward-auth", async () => {
    const visitor = await late("asked");
    const ask = (method: string, headers: Record<string, string>) =>
      visitor.fetch("/_sluse/auth", {
        headers: { "x-forwarded-method": method, "x-forwarded-uri": "/asked/form", ...headers },
      });
    const navigation = { "sec-fetch-mode": "navigate", accept: "text/html" };
    await expectProblem(await ask("GET", navigation), 401, "must-wait");
    for (const [method, headers] of [
      ["POST", {}],
      ["POST", navigation],
      ["GET", navigation],
      ["GET", {}],
    ] as const) {
      const reply = await ask(method, headers);
      expect(reply.status).toBe(200);
      expect(reply.headers.get("sluse-pass")).toBe(visitor.cookies.get("sluse_pass_asked"));
      expect(cookiesSet(reply)).toEqual([]);
    }
  });
});

// PROTOCOL: The session follows, and the pass is renewed, only where a newcomer would be let in at once
describe("a lapsed pass in a quiet room", () => {
  it.each(["a form", "a save"])("%s: the session follows, and the pass is renewed", async (kind) => {
    const jti = randomBytes(16).toString("base64url");
    const visitor = await late("quiet", LAPSED_SECONDS_AGO, jti);
    const before = (await roomSeen(at, "quiet")).state.admittedTotal;
    const reply =
      kind === "a form"
        ? await visitor.navigate("/quiet/form", form)
        : await visitor.fetch("/quiet/form", form);
    expect(await reply.json()).toMatchObject({ body: "income=1" });
    const renewed = cookieSet(reply, "sluse_pass_quiet").value;
    expect(jtiOf(renewed)).toBe(jti);
    expect(Number(decodeJwt(renewed).exp) * 1000).toBeGreaterThan(Date.now() + (SESSION_SECONDS - 10) * 1000);
    expect((await roomSeen(at, "quiet")).state.admittedTotal).toBe(before + 1);
    expect((await visitor.fetch("/quiet/receipt")).status).toBe(200);
  });

  // PROTOCOL: with a pass that was not ended still goes through:
  it("whose session was ended is none", async () => {
    const visitor = at.visitor("ended");
    await visitor.join();
    passes.set("ended", visitor.cookies.get("sluse_pass_ended") ?? "");
    const jti = jtiOf(passes.get("ended") ?? "");
    await visitor.fetch("/ended/bye?command=end-session");
    await configure(at, "ended", { mode: "hold" });
    const lapsed = await late("ended", LAPSED_SECONDS_AGO, jti);
    await expectProblem(await lapsed.fetch("/ended/form", form), 503, "must-wait");
  });

  // PROTOCOL: In an `open` room,
  it("goes through an open room as it is", async () => {
    await configure(at, "free", { mode: "open" });
    const visitor = await late("free");
    for (const reply of [
      await visitor.navigate("/free/form", form),
      await visitor.fetch("/free/form", form),
    ]) {
      expect(await reply.json()).toMatchObject({ body: "income=1" });
      expect(cookiesSet(reply)).toEqual([]);
    }
  });
});

describe("a pass beyond its grace", () => {
  it("is none: no form goes through", async () => {
    const visitor = await late("held", BEYOND_GRACE_SECONDS_AGO);
    const reply = await visitor.fetch("/held/form", form);
    expect(cookiesSet(reply)).toEqual([]);
    await expectProblem(reply, 503, "must-wait");
  });
});
