import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestVisitor } from "../testing/visitor.ts";
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
let https: Deployed;

beforeAll(async () => {
  at = await deploy({
    quiet: QUIET,
    line: BUSY,
    keyed: { ...QUIET, mode: "hold" },
    hold: { ...QUIET, mode: "hold" },
    open: { ...BUSY, mode: "open" },
    closed: { ...QUIET, mode: "closed", message: { da: "Lukket i nat", en: "Closed tonight" } },
    later: { ...QUIET, opensAt: new Date(Date.now() + 3_600_000).toISOString() },
    brief: { ...QUIET, sessionSeconds: 1 },
    window: { ...BUSY, claimWindowSeconds: 1 },
    anew: { ...QUIET, mode: "hold" },
    leaving: { ...QUIET, mode: "hold" },
    order: BUSY,
    tossed: { ...QUIET, mode: "hold" },
  });
  https = await deploy(
    { hold: { ...QUIET, mode: "hold" }, quiet: QUIET },
    { SLUSE_PUBLIC_URL: "https://tax.example" },
  );
});

afterAll(async () => {
  await at?.close();
  await https?.close();
});

async function joined(visitor: TestVisitor, headers: Record<string, string> = {}) {
  const reply = await visitor.join(headers);
  expect(reply.status).toBe(200);
  return reply.json();
}

const key = () => randomBytes(24).toString("base64url");
const STATUS = expect.objectContaining({ serving: expect.any(Number), seal: expect.any(String) });

// PROTOCOL: JSON everywhere
// PROTOCOL: 200 `{"room","state":"waiting"\|"called"\|"admitted","number","position","waitSeconds","status"}`
describe("`POST /_sluse/rooms/{room}/join`: 200 with room, state, number, position, waitSeconds, status", () => {
  // PROTOCOL: queue | join: number
  it("waiting: a place behind those called, the wait in whole seconds, the status document", async () => {
    await joinInTurn(at, "line", LONG_LINE);
    const body = await joined(at.visitor("line"));
    expect(body).toEqual({
      room: "line",
      state: "waiting",
      number: LONG_LINE + 1,
      position: LONG_LINE + 1 - body.status.serving,
      waitSeconds: expect.any(Number),
      status: STATUS,
    });
    expect(body.position).toBeGreaterThan(0);
    expect(Number.isInteger(body.waitSeconds) && body.waitSeconds > 0).toBe(true);
  });

  it("called: no place ahead is left, and no wait is named", async () => {
    const [first, second] = [at.visitor("window"), at.visitor("window")];
    await first.join();
    const body = await joined(second);
    expect(body).toEqual({
      room: "window",
      state: "called",
      number: 2,
      position: 2 - body.status.serving,
      waitSeconds: 0,
      status: STATUS,
    });
    expect(body.position).toBeLessThanOrEqual(0);
  });

  // PROTOCOL: + ticket cookie (admitted: pass cookie too)
  it("admitted: pass cookie too", async () => {
    const reply = await at.visitor("quiet").join();
    const body = await reply.json();
    expect(body).toMatchObject({ room: "quiet", state: "admitted", waitSeconds: 0, status: STATUS });
    expect(Number.isInteger(body.number)).toBe(true);
    const ticket = cookieSet(reply, "sluse_ticket_quiet");
    const pass = cookieSet(reply, "sluse_pass_quiet");
    expect(cookiesSet(reply)).toHaveLength(2);
    expect(jtiOf(pass.value)).toBe(jtiOf(ticket.value));
  });
});

describe("tokens travel as cookies", () => {
  // PROTOCOL: Tokens travel as cookies `sluse_ticket_{room}`, `sluse_pass_{room}`
  // PROTOCOL: `HttpOnly; Path=/`
  // PROTOCOL: Any reply that sets one is `private, no-store`
  it("`sluse_ticket_{room}`, `HttpOnly; Path=/`, `SameSite=Lax`; any reply that sets one is `private, no-store`", async () => {
    const reply = await at.visitor("hold").join();
    expect(cookiesSet(reply)).toEqual([
      {
        name: "sluse_ticket_hold",
        value: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
        maxAgeSeconds: expect.any(Number),
        attributes: "HttpOnly; Path=/; SameSite=Lax",
      },
    ]);
    expect(reply.headers.get("cache-control")).toBe("private, no-store");
  });

  it("`sluse_pass_{room}` is `Lax` on http", async () => {
    const reply = await at.visitor("quiet").join();
    expect(cookieSet(reply, "sluse_pass_quiet").attributes).toBe("HttpOnly; Path=/; SameSite=Lax");
    expect(reply.headers.get("cache-control")).toBe("private, no-store");
  });

  // PROTOCOL: (on https `__Host-...; Secure`)
  // PROTOCOL: ticket `SameSite=Lax`, pass `Lax` on http
  // PROTOCOL: and `None` on https (log-ins come back by cross-site POST)
  it("on https `__Host-...; Secure`, the ticket `Lax` and the pass `None`", async () => {
    const reply = await https.visitor("quiet").join();
    expect(cookiesSet(reply).map(({ name, attributes }) => ({ name, attributes }))).toEqual([
      { name: "__Host-sluse_ticket_quiet", attributes: "HttpOnly; Path=/; SameSite=Lax; Secure" },
      { name: "__Host-sluse_pass_quiet", attributes: "HttpOnly; Path=/; SameSite=None; Secure" },
    ]);
  });

  it("on https the plain name is nobody's: another site on a subdomain could have set it", async () => {
    const visitor = https.visitor("hold");
    const { number } = await joined(visitor);
    expect((await joined(visitor)).number).toBe(number);
    const tossed = https.visitor("hold");
    tossed.setCookie("sluse_ticket_hold", visitor.cookies.get("__Host-sluse_ticket_hold") ?? "");
    expect((await joined(tossed)).number).toBeGreaterThan(number);
  });
});

describe("lifecycle", () => {
  // PROTOCOL: Lifecycle. `join` with a waiting
  it("`join` with a waiting ticket: the same number", async () => {
    const visitor = at.visitor("hold");
    const first = await joined(visitor);
    await joined(at.visitor("hold"));
    expect(await joined(visitor)).toMatchObject({ state: "waiting", number: first.number });
  });

  // PROTOCOL: or called ticket: the same number
  it("`join` with a called ticket: the same number", async () => {
    const [, called] = await joinInTurn(at, "order", 2);
    expect(await joined(called as TestVisitor)).toMatchObject({ state: "called", number: 2 });
  });

  // PROTOCOL: With one whose session lives: `admitted`, the same session
  it("with one whose session lives: `admitted`, the same session", async () => {
    const visitor = at.visitor("quiet");
    const first = await visitor.join();
    const again = await visitor.join();
    expect(await again.json()).toMatchObject({ state: "admitted", number: (await first.json()).number });
    const jti = jtiOf(cookieSet(first, "sluse_pass_quiet").value);
    expect(jtiOf(cookieSet(again, "sluse_pass_quiet").value)).toBe(jti);
  });

  // PROTOCOL: With one missed,
  // PROTOCOL: : a new number, the old ticket is void
  it("with one missed: a new number, the old ticket is void", async () => {
    const missed = at.visitor("window");
    const { number } = await joined(missed);
    const old = missed.cookies.get("sluse_ticket_window") ?? "";
    await roomTimePasses(at, "window", SHORT_WINDOW_OVER_MS);
    await expectProblem(await missed.claim(), 410, "missed");
    expect((await joined(missed)).number).toBeGreaterThan(number);
    const holder = at.visitor("window");
    holder.setCookie("sluse_ticket_window", old);
    await expectProblem(await holder.claim(), 410, "missed");
  });

  // PROTOCOL: With one missed, used,
  it("with one used: a new number, the old ticket is void", async () => {
    const visitor = at.visitor("brief");
    const { number } = await joined(visitor);
    await roomTimePasses(at, "brief", 1_500);
    await expectProblem(await visitor.claim(), 410, "used");
    expect((await joined(visitor)).number).toBeGreaterThan(number);
  });

  // PROTOCOL: used, left or of another
  it("with one left: a new number, the old ticket is void", async () => {
    const visitor = at.visitor("leaving");
    const { number } = await joined(visitor);
    const old = visitor.cookies.get("sluse_ticket_leaving") ?? "";
    const left = await visitor.leave();
    expect(left.status).toBe(204);
    expect(cookiesSet(left).map(({ name, maxAgeSeconds }) => [name, maxAgeSeconds])).toEqual([
      ["sluse_ticket_leaving", 0],
      ["sluse_pass_leaving", 0],
    ]);
    visitor.setCookie("sluse_ticket_leaving", old);
    await expectProblem(await visitor.claim(), 410, "left");
    expect((await joined(visitor)).number).toBeGreaterThan(number);
  });

  // PROTOCOL: or of another generation: a new number
  it("with one of another generation: a new number, the old ticket is void", async () => {
    const [, , visitor] = await joinInTurn(at, "anew", 3);
    await reset(at, "anew");
    await expectProblem(await (visitor as TestVisitor).claim(), 410, "reset");
    expect(await joined(visitor as TestVisitor)).toMatchObject({ state: "waiting", number: 1 });
  });
});

// PROTOCOL: `Idempotency-Key`: 22-64 of `[A-Za-z0-9_-]`, remembered 60 s: the same number again
describe("`Idempotency-Key`: 22-64 of `[A-Za-z0-9_-]`, remembered 60 s", () => {
  it("the same number again, and the same ticket", async () => {
    const headers = { "idempotency-key": key() };
    const first = at.visitor("keyed");
    const again = at.visitor("keyed");
    const { number } = await joined(first, headers);
    expect((await joined(again, headers)).number).toBe(number);
    const jti = (visitor: TestVisitor) => jtiOf(visitor.cookies.get("sluse_ticket_keyed") ?? "");
    expect(jti(again)).toBe(jti(first));
    expect((await joined(at.visitor("keyed"), { "idempotency-key": key() })).number).toBe(number + 1);
  });

  it("the same number to twenty at once", async () => {
    const headers = { "idempotency-key": key() };
    const bodies = await Promise.all(Array.from({ length: 20 }, () => joined(at.visitor("keyed"), headers)));
    expect(new Set(bodies.map(({ number }) => number)).size).toBe(1);
  });

  it.each([22, 64])("%i characters are good", async (length) => {
    const good = key().padEnd(length, "_-aZ09").slice(0, length);
    expect((await at.visitor("keyed").join({ "idempotency-key": good })).status).toBe(200);
  });

  // PROTOCOL: `bad-idempotency-key` 400,
  it.each([
    ["21 characters", "a".repeat(21)],
    ["65 characters", "a".repeat(65)],
    ["a space", `${"a".repeat(22)} b`],
    ["a plus", `${"a".repeat(22)}+`],
    ["nothing", ""],
  ])("%s are not: 400, and no number is taken", async (_, bad) => {
    const before = (await (await at.visitor("keyed").status()).json()).issued;
    const reply = await at.visitor("keyed").join({ "idempotency-key": bad });
    await expectProblem(reply, 400, "bad-idempotency-key");
    expect((await joined(at.visitor("keyed"))).number).toBe(before + 1);
  });
});

describe("clients that are no browsers send `Sluse-Client: app`", () => {
  const app = { "sluse-client": "app" };

  // PROTOCOL: Clients that are no browsers send `Sluse-Client: app`: tokens come in the body (`ticket`,
  // PROTOCOL: no cookie is set, and go as `Authorization: Bearer <ticket>`
  it("tokens come in the body, no cookie is set, and the ticket goes as `Authorization: Bearer`", async () => {
    const reply = await at.visitor("hold").join(app);
    const { ticket, number } = await reply.json();
    expect(cookiesSet(reply)).toEqual([]);
    expect(jtiOf(ticket)).toMatch(/^[\w-]{22}$/);
    const again = await joined(at.visitor("hold"), { ...app, authorization: `Bearer ${ticket}` });
    expect(again.number).toBe(number);
  });

  // PROTOCOL: in the body (`ticket`, `pass`)
  // PROTOCOL: and `Sluse-Pass: <pass>`
  it("admitted, the pass comes too and goes as `Sluse-Pass`", async () => {
    const reply = await at.visitor("quiet").join(app);
    const { ticket, pass } = await reply.json();
    expect(cookiesSet(reply)).toEqual([]);
    expect(jtiOf(pass)).toBe(jtiOf(ticket));
    const served = await at
      .visitor("quiet")
      .fetch("/quiet/data", { headers: { ...app, "sluse-pass": pass } });
    expect((await served.json()).headers["sluse-pass"]).toBe(pass);
  });

  it("a ticket of another client's cookies is not the app's", async () => {
    const visitor = at.visitor("hold");
    const { number } = await joined(visitor);
    expect((await joined(visitor, app)).number).toBeGreaterThan(number);
  });
});

describe("modes", () => {
  // PROTOCOL: at once admitted while quiet
  it("`queue`: at once admitted while quiet", async () => {
    expect(await joined(at.visitor("quiet"))).toMatchObject({ state: "admitted" });
  });

  // PROTOCOL: hold | join: number
  it("`hold`: number", async () => {
    expect(await joined(at.visitor("hold"))).toMatchObject({
      state: "waiting",
      number: expect.any(Number),
      waitSeconds: null,
    });
  });

  // PROTOCOL: open | join: `admitted`
  it("`open`: `admitted`, however many come", async () => {
    const bodies = await Promise.all(Array.from({ length: 5 }, () => joined(at.visitor("open"))));
    expect(bodies.map(({ state }) => state)).toEqual(Array(5).fill("admitted"));
  });

  // PROTOCOL: closed | join: 503 `closed`
  it("`closed`: 503 `closed`", async () => {
    const reply = await at.visitor("closed").join();
    expect(reply.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(cookiesSet(reply)).toEqual([]);
    expect(await expectProblem(reply, 503, "closed")).toMatchObject({
      message: { da: "Lukket i nat", en: "Closed tonight" },
    });
  });

  it("`opensAt`: until then the room is as in `hold`", async () => {
    const body = await joined(at.visitor("later"));
    expect(body).toMatchObject({ state: "waiting", status: { mode: "hold", opensAt: expect.any(Number) } });
  });

  // PROTOCOL: leaving `open` sets `serving` to `issued`
  it("`open`: leaving it sets `serving` to `issued`", async () => {
    const { issued } = (await joined(at.visitor("open"))).status;
    await configure(at, "open", { mode: "queue" });
    expect(await (await at.visitor("open").status()).json()).toMatchObject({ issued, serving: issued });
  });
});

describe("first come, first served", () => {
  interface Timed {
    readonly number: number;
    readonly beganMs: number;
    readonly endedMs: number;
  }

  async function timedJoin(): Promise<Timed> {
    const beganMs = performance.now();
    const { number } = await joined(at.visitor("order"));
    return { number, beganMs, endedMs: performance.now() };
  }

  /** So many visitors come one after the other. */
  async function comeInTurn(count: number): Promise<Timed[]> {
    const joins: Timed[] = [];
    for (let i = 0; i < count; i++) joins.push(await timedJoin());
    return joins;
  }

  it("2,000 joins: whose reply ended before another began holds the lower number, and none is given twice", async () => {
    const alone = await comeInTurn(200);
    const together = await Promise.all(Array.from({ length: 40 }, () => comeInTurn(45)));
    const joins = [...alone, ...together.flat()];
    expect(joins).toHaveLength(2_000);
    expect(new Set(joins.map(({ number }) => number)).size).toBe(2_000);
    expect(overtakings(joins)).toEqual([]);
    // Were all of them at once, or all in turn, this would show nothing.
    expect(joins.some((a) => joins.some((b) => a.beganMs < b.beganMs && b.beganMs < a.endedMs))).toBe(true);
  });

  /** Joins that began after one with a higher number had ended. */
  function overtakings(joins: readonly Timed[]): Timed[] {
    const byEnd = [...joins].sort((a, b) => a.endedMs - b.endedMs);
    const byBegin = [...joins].sort((a, b) => a.beganMs - b.beganMs);
    let ended = 0;
    let highest = 0;
    return byBegin.filter(({ number, beganMs }) => {
      for (let next = byEnd[ended]; next !== undefined && next.endedMs < beganMs; next = byEnd[ended]) {
        highest = Math.max(highest, next.number);
        ended += 1;
      }
      return number < highest;
    });
  }
});

describe("a ticket's cookie that was put in front of the good one", () => {
  it("costs nobody their place", async () => {
    const [visitor, other] = [at.visitor("tossed"), at.visitor("hold")];
    const { number } = await joined(visitor);
    await joined(other);
    const good = `sluse_ticket_tossed=${visitor.cookies.get("sluse_ticket_tossed")}`;
    for (const front of ["x", other.cookies.get("sluse_ticket_hold")]) {
      const headers = { cookie: `sluse_ticket_tossed=${front}; ${good}` };
      expect((await joined(visitor, headers)).number).toBe(number);
      await expectProblem(await visitor.claim("/tossed", headers), 409, "waiting");
    }
    const headers = { cookie: `sluse_ticket_tossed=x; ${good}` };
    const left = await visitor.fetch("/_sluse/rooms/tossed/leave", { method: "POST", headers });
    expect(left.status).toBe(204);
    expect((await joined(visitor, { cookie: good })).number).toBeGreaterThan(number);
  });
});
