import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestVisitor, until } from "../testing/visitor.ts";
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
  SHORT_WINDOW_OVER_MS,
} from "./deployment.ts";
import { cookieSet, cookiesSet, expectProblem, jtiOf } from "./replies.ts";

let at: Deployed;

beforeAll(async () => {
  at = await deploy({
    quiet: QUIET,
    line: BUSY,
    order: BUSY,
    opening: { ...QUIET, mode: "hold" },
    closed: { ...QUIET, mode: "closed" },
    hold: { ...QUIET, mode: "hold" },
    paused: { ...BUSY, claimWindowSeconds: 1 },
    kept: { ...BUSY, claimWindowSeconds: 1 },
    deserted: { ...BUSY, outflowPerMinute: 60, claimWindowSeconds: 1 },
    uncollected: { ...BUSY, sessionSeconds: 1 },
    brief: { ...QUIET, sessionSeconds: 1 },
    leaving: { ...QUIET, mode: "hold" },
    anew: { ...QUIET, mode: "hold" },
    single: { ...QUIET, capacity: 1 },
    quietest: { ...QUIET, match: { host: "*", path: "/quiet/deeper" } },
    hosted: { ...QUIET, match: { host: "tax.example", path: "/" } },
  });
});

afterAll(() => at?.close());

/** One more visitor of a room whose first has taken the only credit: called, with nothing to be let in by. */
async function calledVisitor(room: string): Promise<TestVisitor> {
  const [first, second] = await joinInTurn(at, room, 2);
  const state = async (visitor: TestVisitor | undefined) => (await (await visitor?.join())?.json())?.state;
  const called = (await state(second)) === "called" ? second : first;
  expect(await state(called)).toBe("called");
  return called as TestVisitor;
}

async function admitted(visitor: TestVisitor): Promise<TestVisitor> {
  expect(await (await visitor.join()).json()).toMatchObject({ state: "admitted" });
  return visitor;
}

describe("`POST /_sluse/rooms/{room}/claim?to=/path`", () => {
  // PROTOCOL: 200 `{"state":"admitted","expiresAt","to"}` + pass cookie
  it('200 `{"state":"admitted","expiresAt","to"}` + pass cookie', async () => {
    const visitor = await admitted(at.visitor("quiet"));
    const beforeMs = (await (await visitor.status()).json()).updatedAt;
    const reply = await visitor.claim("/quiet/form?year=2026#part");
    expect(reply.status).toBe(200);
    const body = await reply.json();
    expect(body).toEqual({
      state: "admitted",
      expiresAt: expect.any(Number),
      to: "/quiet/form?year=2026#part",
    });
    expect(Number.isInteger(body.expiresAt)).toBe(true);
    // 600 s of session, which began some ms ago; a pass keeps whole seconds.
    expect(body.expiresAt - beforeMs).toBeGreaterThan(590_000);
    expect(body.expiresAt - beforeMs).toBeLessThan(611_000);
    const pass = cookieSet(reply, "sluse_pass_quiet");
    expect(cookiesSet(reply)).toHaveLength(1);
    expect(pass.attributes).toBe("HttpOnly; Path=/; SameSite=Lax");
    expect(reply.headers.get("cache-control")).toBe("private, no-store");
  });

  it("without `to` it is the room's own path", async () => {
    const visitor = await admitted(at.visitor("quiet"));
    expect(await (await visitor.claim()).json()).toMatchObject({ to: "/quiet" });
  });

  // PROTOCOL: 202 `{"state":"called","retryAfterMs","ahead","waitSeconds"}` registered at the gate, with so many before
  // PROTOCOL: A claim *registers* a called visitor at the gate
  it('202 `{"state":"called","retryAfterMs","ahead","waitSeconds"}`: registered at the gate', async () => {
    const reply = await (await calledVisitor("line")).claim();
    expect(reply.status).toBe(202);
    const body = await reply.json();
    const waitSeconds = expect.any(Number);
    expect(body).toEqual({ state: "called", retryAfterMs: expect.any(Number), ahead: 0, waitSeconds });
    expect(body.waitSeconds).toBeGreaterThanOrEqual(60);
    expect(Number.isInteger(body.retryAfterMs) && body.retryAfterMs > 0).toBe(true);
    expect(cookiesSet(reply)).toEqual([]);
  });

  // PROTOCOL: 409 `{"state":"waiting","position","waitSeconds"}`
  it('409 `{"state":"waiting","position","waitSeconds"}`', async () => {
    const last = (await joinInTurn(at, "line", LONG_LINE)).at(-1) as TestVisitor;
    const { position } = await (await last.join()).json();
    const document = await expectProblem(await last.claim(), 409, "waiting");
    expect(document).toMatchObject({ state: "waiting", position, waitSeconds: expect.any(Number) });
    expect(position).toBeGreaterThan(0);
  });

  // PROTOCOL: 410 `missed`,
  it("410 `missed`", async () => {
    const visitor = await calledVisitor("kept");
    await roomTimePasses(at, "kept", SHORT_WINDOW_OVER_MS);
    await expectProblem(await visitor.claim(), 410, "missed");
  });

  // PROTOCOL: 410 `missed`, `used`,
  // PROTOCOL: ticket's); later 410
  it("410 `used`: a repeated `claim` after the session", async () => {
    const visitor = await admitted(at.visitor("brief"));
    expect((await visitor.claim()).status).toBe(200);
    await roomTimePasses(at, "brief", 1_500);
    const reply = await visitor.claim();
    expect(cookiesSet(reply)).toEqual([]);
    await expectProblem(reply, 410, "used");
  });

  // PROTOCOL: `used`, `left`,
  it("410 `left`", async () => {
    const visitor = at.visitor("leaving");
    await visitor.join();
    const ticket = visitor.cookies.get("sluse_ticket_leaving") ?? "";
    await visitor.leave();
    visitor.setCookie("sluse_ticket_leaving", ticket);
    await expectProblem(await visitor.claim(), 410, "left");
  });

  // PROTOCOL: `left`, `reset`
  it("410 `reset`", async () => {
    const visitor = at.visitor("anew");
    await visitor.join();
    await reset(at, "anew");
    await expectProblem(await visitor.claim(), 410, "reset");
  });

  // PROTOCOL: 401 `no-ticket`,
  // PROTOCOL: errors are `application/problem+json` (RFC 9457) with a stable `code`
  it("401 `no-ticket`", async () => {
    await expectProblem(await at.visitor("quiet").claim(), 401, "no-ticket");
  });

  // PROTOCOL: `no-ticket`, `bad-ticket`
  it("401 `bad-ticket`: garbage, another room's, a pass", async () => {
    const visitor = await admitted(at.visitor("quiet"));
    const ticket = visitor.cookies.get("sluse_ticket_quiet") ?? "";
    const pass = visitor.cookies.get("sluse_pass_quiet") ?? "";
    for (const [room, bad] of [
      ["quiet", "garbage"],
      ["hold", ticket],
      ["quiet", pass],
      ["quiet", `${ticket.slice(0, -1)}${ticket.endsWith("A") ? "B" : "A"}`],
    ] as const) {
      const thief = at.visitor(room);
      thief.setCookie(`sluse_ticket_${room}`, bad);
      await expectProblem(await thief.claim(), 401, "bad-ticket");
    }
  });

  // PROTOCOL: closed | claim: 503 `closed`
  it("503 `closed`", async () => {
    await configure(at, "closed", { mode: "hold" });
    const visitor = at.visitor("closed");
    await visitor.join();
    await configure(at, "closed", { mode: "closed" });
    const reply = await visitor.claim();
    expect(reply.headers.get("retry-after")).toMatch(/^\d+$/);
    await expectProblem(reply, 503, "closed");
    await expectProblem(await at.visitor("closed").claim(), 503, "closed");
  });

  it("the app's pass comes in the body, with no cookie", async () => {
    const app = { "sluse-client": "app" };
    const { ticket } = await (await at.visitor("quiet").join(app)).json();
    const reply = await at.visitor("quiet").claim("/quiet", { ...app, authorization: `Bearer ${ticket}` });
    expect(cookiesSet(reply)).toEqual([]);
    const { pass, ...body } = await reply.json();
    expect(body).toEqual({ state: "admitted", expiresAt: expect.any(Number), to: "/quiet" });
    expect(jtiOf(pass)).toBe(jtiOf(ticket));
  });
});

// PROTOCOL: Bad `to` is checked before anything else: it must be a path of this room on this host,
// PROTOCOL: else 400 `bad-target`
describe("bad `to` is checked before anything else: a path of this room on this host, else 400 `bad-target`", () => {
  const TARGETS: readonly [name: string, to: string][] = [
    ["another host", "//evil.example/quiet"],
    ["another host after a backslash", "/\\evil.example/quiet"],
    ["backslashes alone", "\\\\evil.example/quiet"],
    ["a whole address", "https://evil.example/quiet"],
    ["this host's whole address", "http://127.0.0.1/quiet"],
    ["script", "javascript:alert(1)"],
    ["data", "data:text/html,quiet"],
    ["a path without a slash", "quiet/form"],
    ["nothing", ""],
    ["no room's path", "/nowhere"],
    ["another room's path", "/hold/form"],
    ["a path that only begins alike", "/quieter"],
    ["a deeper room's path", "/quiet/deeper/form"],
    ["dots out of the room", "/quiet/../hold"],
    ["encoded dots out of the room", "/quiet/%2e%2e/hold"],
    ["dots encoded twice", "/quiet/%252e%252e/hold"],
    ["an encoded slash out of the room", "/quiet/..%2fhold"],
    ["an encoded backslash out of the room", "/quiet/..%5chold"],
    ["path parameters out of the room", "/quiet/..;x/hold"],
    ["dots to another host", "/quiet/..//evil.example"],
    ["a path that is another room's before its dots", "/hold/../quiet"],
    ["broken encoding", "/quiet/%zz"],
    ["an encoded NUL", "/quiet/%00"],
    ["a NUL", "/quiet/\0"],
    ["a line break", "/quiet\r\nSet-Cookie: a=b"],
    ["a tab", "/\t/evil.example"],
    ["a space", "/quiet /x"],
    ["what is no ASCII", "/quiet/\u2028"],
    ["a full-width slash", "/\uff0fevil.example"],
    ["more than 2,048 characters", `/quiet/${"a".repeat(2_048)}`],
  ];

  it.each(TARGETS)("%s", async (_, to) => {
    // No ticket, and yet it is the target that is told.
    await expectProblem(await at.visitor("quiet").claim(to), 400, "bad-target");
  });

  it("with a good ticket too, and it is not used up by that", async () => {
    const visitor = await admitted(at.visitor("quiet"));
    await expectProblem(await visitor.claim("//evil.example"), 400, "bad-target");
    expect((await visitor.claim("/quiet")).status).toBe(200);
  });

  it("in a closed room too", async () => {
    await expectProblem(await at.visitor("closed").claim("//evil.example"), 400, "bad-target");
  });

  it.each(["/quiet", "/quiet/", "/QUIET/Form", "/quiet?to=//evil.example", "/quiet#//evil", "/quiet/a/../b"])(
    "%s is a path of this room",
    async (to) => {
      const visitor = await admitted(at.visitor("quiet"));
      expect(await (await visitor.claim(to)).json()).toMatchObject({ state: "admitted", to });
    },
  );

  it("a room of another host has its paths there alone", async () => {
    await expectProblem(await at.visitor("hosted").claim("/form"), 400, "bad-target");
    const reply = await at.visitor("hosted").claim("/form", { host: "tax.example" });
    await expectProblem(reply, 401, "no-ticket");
  });
});

describe("lifecycle", () => {
  // PROTOCOL: A repeated `claim` while the session lives gives the same session
  // PROTOCOL: (a pass's `jti` is its ticket's)
  it("a repeated `claim` while the session lives gives the same session: a pass's `jti` is its ticket's", async () => {
    const visitor = await admitted(at.visitor("quiet"));
    const ticket = visitor.cookies.get("sluse_ticket_quiet") ?? "";
    const [first, second] = [await visitor.claim(), await visitor.claim()];
    for (const reply of [first, second]) {
      expect(jtiOf(cookieSet(reply, "sluse_pass_quiet").value)).toBe(jtiOf(ticket));
    }
    const [before, after] = [await first.json(), await second.json()];
    expect(Math.abs(after.expiresAt - before.expiresAt)).toBeLessThanOrEqual(1_000);
  });

  // PROTOCOL: the gate admits the **lowest numbers first**
  it("the gate admits the lowest numbers first", async () => {
    const [, ...called] = await joinInTurn(at, "order", 9);
    const lastFirst = called.reverse();
    for (const visitor of lastFirst) expect((await visitor.claim()).status).toBe(202);
    await configure(at, "order", { outflowPerMinute: 240 });
    const inside: number[] = [];
    let partly = false;
    const all = called.length;
    await until("everybody to be let in", async () => {
      for (const [index, visitor] of lastFirst.entries()) {
        if (inside.includes(index)) continue;
        const { status } = await visitor.claim();
        if (status === 200) inside.push(index);
        // Lower numbers stand later in this list: whoever follows one that is inside must be inside too.
        else expect(inside.filter((other) => other < index)).toEqual([]);
      }
      partly ||= inside.length > 0 && inside.length < all;
      return inside.length === all;
    });
    // Not all at once: otherwise there was no order to see.
    expect(partly).toBe(true);
  });

  // PROTOCOL: the visitor collects by asking again after `retryAfterMs`
  // PROTOCOL: Registered in time, a call is kept until admitted
  it("registered in time, a call is kept until admitted", async () => {
    const visitor = await calledVisitor("kept");
    expect((await visitor.claim()).status).toBe(202);
    await roomTimePasses(at, "kept", SHORT_WINDOW_OVER_MS);
    expect((await visitor.claim()).status).toBe(202);
    await configure(at, "kept", { outflowPerMinute: 6_000 });
    await until("the gate to admit", async () => (await visitor.claim()).status === 200);
  });

  // PROTOCOL: Where nobody comes, numbers are called beyond what the outflow can take: their claim windows begin when the gate gets to them
  it("windows of those called beyond what the outflow can take wait for the gate", async () => {
    const visitors = await joinInTurn(at, "deserted", 40);
    const last = visitors.at(-1) as TestVisitor;
    await until("all to be called", async () => {
      const { serving, issued } = await (await last.status()).json();
      return serving === issued;
    });
    // PROTOCOL: It has `reached`, the highest number whose claim window has begun: less than `serving` while numbers are called beyond what the outflow can take
    const { serving, reached } = await (await last.status()).json();
    expect(reached).toBeLessThan(serving);
    await roomTimePasses(at, "deserted", SHORT_WINDOW_OVER_MS);
    await expectProblem(await (visitors[5] as TestVisitor).claim(), 410, "missed");
    expect((await last.claim()).status).toBe(200);
  });

  // PROTOCOL: An admission that is not collected in 60 s is not given again but to whoever asks, behind those registered by then
  it("an admission that is not collected is given again to whoever asks", async () => {
    const visitor = await calledVisitor("uncollected");
    expect((await visitor.claim()).status).toBe(202);
    await configure(at, "uncollected", { outflowPerMinute: 6_000 });
    await roomTimePasses(at, "uncollected", SHORT_WINDOW_OVER_MS);
    await configure(at, "uncollected", { mode: "hold" });
    // PROTOCOL: A claim's 202 has `"returned":true` where an admission was not collected
    const returned = await visitor.claim();
    expect(returned.status).toBe(202);
    expect(await returned.json()).toMatchObject({ state: "called", ahead: 0, returned: true });
    await configure(at, "uncollected", { mode: "queue" });
    expect((await visitor.claim()).status).toBe(200);
  });

  // PROTOCOL: most sessions at once
  it("capacity: most sessions at once; who leaves makes room", async () => {
    const first = await admitted(at.visitor("single"));
    const second = at.visitor("single");
    expect(await (await second.join()).json()).toMatchObject({ state: "waiting" });
    await expectProblem(await second.claim(), 409, "waiting");
    expect((await first.leave()).status).toBe(204);
    await until("the place to be free", async () => (await second.claim()).status === 200);
  });
});

describe("modes", () => {
  // PROTOCOL: hold | claim: 409
  it("`hold`: 409", async () => {
    const visitor = at.visitor("hold");
    await visitor.join();
    expect(await expectProblem(await visitor.claim(), 409, "waiting")).toMatchObject({ waitSeconds: null });
  });

  // PROTOCOL: 202 if called
  // PROTOCOL: claim windows stand still
  it("`hold`: 202 if called; claim windows stand still", async () => {
    const visitor = await calledVisitor("paused");
    const late = await calledVisitor("paused");
    await configure(at, "paused", { mode: "hold" });
    expect((await visitor.claim()).status).toBe(202);
    await roomTimePasses(at, "paused", SHORT_WINDOW_OVER_MS);
    await configure(at, "paused", { mode: "queue" });
    expect((await late.claim()).status).toBe(202);
  });

  // PROTOCOL: open | claim: `admitted`
  it("`open`: `admitted`", async () => {
    const visitor = at.visitor("opening");
    await visitor.join();
    await configure(at, "opening", { mode: "open" });
    expect((await visitor.claim()).status).toBe(200);
  });
});
