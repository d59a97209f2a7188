import { join } from "node:path";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { wipePrivateStore } from "../testing/private-store.ts";
import { until } from "../testing/visitor.ts";
import { BUSY, configure, type Deployed, deploy, joinInTurn, LONG_LINE, QUIET, reset } from "./deployment.ts";
import { cookieSet, expectProblem, jtiOf } from "./replies.ts";

const PUBLIC_URL = "http://tax.example";
const EVIL = "https://evil.example";

let at: Deployed;

beforeAll(async () => {
  at = await deploy(
    {
      quiet: QUIET,
      line: BUSY,
      open: { ...BUSY, mode: "open" },
      closed: { ...QUIET, mode: "closed", message: { da: "Lukket", en: "Closed" } },
      later: { ...QUIET, opensAt: "2099-03-01T08:00:00+01:00" },
      live: { ...QUIET, mode: "hold" },
      paced: { ...QUIET, mode: "hold" },
      seals: { ...QUIET, mode: "hold" },
      seldom: { ...QUIET, pollSeconds: 20 },
    },
    { SLUSE_PUBLIC_URL: PUBLIC_URL },
  );
});

afterAll(() => at?.close());

async function statusOf(room: string) {
  const reply = await at.visitor(room).status();
  expect(reply.status).toBe(200);
  return reply.json();
}

const WHOLE = expect.toSatisfy((value) => Number.isSafeInteger(value) && value >= 0, "a whole number from 0");

describe("`GET /_sluse/rooms/{room}/status`: the status document", () => {
  // PROTOCOL: Times are integers in ms since the epoch unless the name says otherwise
  // PROTOCOL: Status document: `{"room","mode","generation","issued","serving","waiting","outflowPerMinute",
  // PROTOCOL: "admittedPerMinute","showRate","waits":[[ahead,lowSeconds,highSeconds],...],"message",
  // PROTOCOL: "messageRevision","opensAt","passesNotBefore","pollSeconds","seal","updatedAt"}`
  // PROTOCOL: The status document has `claimWindowSeconds`
  it("has these members, of these types", async () => {
    await joinInTurn(at, "line", LONG_LINE);
    const document = await statusOf("line");
    expect(document).toEqual({
      room: "line",
      mode: "queue",
      admitting: true,
      generation: WHOLE,
      issued: LONG_LINE,
      serving: WHOLE,
      reached: WHOLE,
      waiting: LONG_LINE - document.serving,
      outflowPerMinute: 1,
      admittedPerMinute: 1,
      showRate: expect.any(Number),
      waits: expect.any(Array),
      message: null,
      messageRevision: 0,
      opensAt: null,
      passesNotBefore: 0,
      pollSeconds: 5,
      claimWindowSeconds: 600,
      seal: expect.stringMatching(/^\S{1,200}$/),
      updatedAt: WHOLE,
    });
    expect(document.showRate).toBeGreaterThan(0);
    expect(document.showRate).toBeLessThanOrEqual(1);
    expect(Math.abs(document.updatedAt - Date.now())).toBeLessThan(10_000);
  });

  // PROTOCOL: `waits`: at most 16 rows to interpolate
  it("`waits`: `[ahead,lowSeconds,highSeconds]`, at most 16 rows to interpolate", async () => {
    const { waits } = await statusOf("line");
    expect(waits.length).toBeGreaterThan(1);
    expect(waits.length).toBeLessThanOrEqual(16);
    for (const [index, row] of waits.entries()) {
      expect(row).toEqual([WHOLE, WHOLE, WHOLE]);
      expect(row[1]).toBeLessThanOrEqual(row[2]);
      if (index > 0) expect(row[0]).toBeGreaterThan(waits[index - 1][0]);
    }
  });

  it("`waits` empty = not known, never 0", async () => {
    for (const room of ["live", "closed", "later"]) expect((await statusOf(room)).waits).toEqual([]);
  });

  // PROTOCOL: `{"da","en"}` likewise, or null
  it("`message` by language, with its revision", async () => {
    expect(await statusOf("closed")).toMatchObject({
      mode: "closed",
      message: { da: "Lukket", en: "Closed" },
      messageRevision: 1,
    });
  });

  // PROTOCOL: RFC 3339 time
  it("`opensAt` in ms since the epoch; until then the mode is `hold`", async () => {
    const opensAt = Date.parse("2099-03-01T07:00:00Z");
    expect(await statusOf("later")).toMatchObject({ mode: "hold", opensAt });
  });

  // PROTOCOL: Its `pollSeconds` is a setting of the room, too, in the rooms file and for a PATCH: 1 to 60; 5
  // PROTOCOL: It is how often a page without a live connection asks, a third of the claim window at the most
  it("`pollSeconds` as the room is set", async () => {
    expect(await statusOf("seldom")).toMatchObject({ pollSeconds: 20 });
    await configure(at, "seldom", { pollSeconds: 60 });
    expect(await statusOf("seldom")).toMatchObject({ pollSeconds: 60 });
    await configure(at, "seldom", { claimWindowSeconds: 30 });
    expect(await statusOf("seldom")).toMatchObject({ pollSeconds: 10 });
    await configure(at, "seldom", { claimWindowSeconds: 1 });
    expect(await statusOf("seldom")).toMatchObject({ pollSeconds: 1 });
    await expect(configure(at, "seldom", { pollSeconds: 61 })).rejects.toThrow();
  });

  // PROTOCOL: the status document, same bytes for everyone, `Cache-Control: public, max-age=1`
  it("the same bytes for everyone, `Cache-Control: public, max-age=1`, and no cookie", async () => {
    const first = at.visitor("quiet");
    await first.join();
    // Two that fall between the same two pieces of news.
    await until("two replies of one moment", async () => {
      const [mine, others] = await Promise.all([first.status(), at.visitor("quiet").status()]);
      for (const reply of [mine, others]) {
        expect(reply.headers.get("cache-control")).toBe("public, max-age=1");
        expect(reply.headers.get("content-type")).toBe("application/json");
        expect(reply.headers.has("set-cookie")).toBe(false);
        expect(reply.headers.has("vary")).toBe(false);
      }
      return (await mine.text()) === (await others.text());
    });
  });

  it("HEAD is GET without the body", async () => {
    const reply = await at.visitor("quiet").fetch("/_sluse/rooms/quiet/status", { method: "HEAD" });
    expect(reply.status).toBe(200);
    expect(reply.headers.get("cache-control")).toBe("public, max-age=1");
    expect(await reply.text()).toBe("");
  });

  it("moves on by itself", async () => {
    const { updatedAt } = await statusOf("quiet");
    await until("news", async () => (await statusOf("quiet")).updatedAt > updatedAt);
  });

  it("a reset makes a new generation", async () => {
    const before = await statusOf("seals");
    await reset(at, "seals");
    expect((await statusOf("seals")).generation).toBeGreaterThan(before.generation);
  });

  it("no room: 404 `no-room`", async () => {
    await expectProblem(await at.visitor("nowhere").status(), 404, "no-room");
  });
});

// PROTOCOL: `Access-Control-Allow-Origin: *` on status, room list and JWKS only
describe("`Access-Control-Allow-Origin: *` on status, room list and JWKS only", () => {
  it.each(["/_sluse/rooms/quiet/status", "/_sluse/rooms", "/.well-known/jwks.json"])("%s", async (path) => {
    const reply = await at.visitor("quiet").fetch(path, { headers: { origin: EVIL } });
    expect(reply.status).toBe(200);
    expect(reply.headers.get("access-control-allow-origin")).toBe("*");
    expect(reply.headers.has("access-control-allow-credentials")).toBe(false);
  });

  it("not on join, claim, leave, health, pages, or the service's own replies", async () => {
    const visitor = at.visitor("quiet");
    const replies = [
      await visitor.join(),
      await visitor.claim(),
      await visitor.fetch("/_sluse/healthz"),
      await visitor.fetch("/quiet"),
      await visitor.leave(),
      await at.visitor("live").navigate("/live"),
    ];
    for (const reply of replies) expect(reply.headers.has("access-control-allow-origin")).toBe(false);
  });
});

// PROTOCOL: public keys of passes
describe("`GET /.well-known/jwks.json`: public keys of passes", () => {
  // PROTOCOL: Pass: header `typ sluse-pass+jwt`, `alg EdDSA`, `kid`
  // PROTOCOL: claims `iss` (public URL), `aud` (room), `jti`, `iat`, `exp`
  // PROTOCOL: Nothing personal is in any
  it("verifies a pass: `typ sluse-pass+jwt`, `alg EdDSA`, `kid`; `iss` (public URL), `aud` (room), `jti`, `iat`, `exp`", async () => {
    const visitor = at.visitor("quiet");
    const reply = await visitor.join();
    const pass = cookieSet(reply, "sluse_pass_quiet").value;
    const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", at.gateway.url));
    const { payload, protectedHeader } = await jwtVerify(pass, keys, {
      issuer: PUBLIC_URL,
      audience: "quiet",
      algorithms: ["EdDSA"],
      typ: "sluse-pass+jwt",
      requiredClaims: ["iss", "aud", "jti", "iat", "exp"],
    });
    expect(protectedHeader).toEqual({ alg: "EdDSA", typ: "sluse-pass+jwt", kid: expect.any(String) });
    // Nothing personal is in any: no more than these.
    expect(Object.keys(payload).sort()).toEqual(["aud", "exp", "iat", "iss", "jti"]);
    expect(payload.jti).toBe(jtiOf(cookieSet(reply, "sluse_ticket_quiet").value));
    expect(Number(payload.exp) - Number(payload.iat)).toBeGreaterThanOrEqual(600);
    expect(Number(payload.exp) - Number(payload.iat)).toBeLessThanOrEqual(602);
    const body = await reply.json();
    expect(body.expiresAt).toBe(Number(payload.exp) * 1000);
  });

  it("holds no private or symmetric key, and not the tickets'", async () => {
    const reply = await at.visitor("quiet").fetch("/.well-known/jwks.json");
    const { keys } = await reply.json();
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      expect(key).toMatchObject({ kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig" });
      expect(key).not.toHaveProperty("d");
      expect(key).not.toHaveProperty("k");
    }
    const ticket = cookieSet(await at.visitor("quiet").join(), "sluse_ticket_quiet").value;
    expect(keys.map(({ kid }: { kid: string }) => kid)).not.toContain(decodeProtectedHeader(ticket).kid);
  });
});

describe("`GET /_sluse/rooms`, `GET /_sluse/healthz`", () => {
  // PROTOCOL: public list (id, names, mode, waiting, wait)
  it("public list (id, names, mode, waiting, wait)", async () => {
    await joinInTurn(at, "line", LONG_LINE);
    const reply = await at.visitor("line").fetch("/_sluse/rooms");
    expect(reply.status).toBe(200);
    const { rooms } = await reply.json();
    const byId = new Map(rooms.map((room: { id: string }) => [room.id, room]));
    expect([...byId.keys()].sort()).toEqual(
      ["closed", "later", "line", "live", "open", "paced", "quiet", "seals", "seldom"].sort(),
    );
    expect(byId.get("line")).toMatchObject({
      id: "line",
      name: { da: "Rum line", en: "Room line" },
      mode: "queue",
      waiting: WHOLE,
      wait: [WHOLE, WHOLE],
    });
    expect(byId.get("live")).toMatchObject({ mode: "hold", wait: null });
    expect(byId.get("quiet")).toMatchObject({ mode: "queue", waiting: 0, wait: [0, 0] });
    expect(byId.get("closed")).toMatchObject({ mode: "closed", wait: null });
  });

  // PROTOCOL: The public list has `updatedAt`, the time of the oldest of its data,
  // PROTOCOL: and of each room `opensAt` and `admitting`, whether anybody is let in now
  it("has the time of its data, when rooms open, and whether they let anybody in", async () => {
    const { rooms, updatedAt } = await (await at.visitor("line").fetch("/_sluse/rooms")).json();
    expect(Math.abs(updatedAt - Date.now())).toBeLessThan(10_000);
    const admitting = (id: string) => rooms.find((room: { id: string }) => room.id === id);
    expect(admitting("line")).toMatchObject({ opensAt: null, admitting: true });
    expect(admitting("open")).toMatchObject({ opensAt: null, admitting: true });
    expect(admitting("closed")).toMatchObject({ opensAt: null, admitting: false });
    expect(admitting("later")).toMatchObject({
      opensAt: Date.parse("2099-03-01T07:00:00Z"),
      admitting: false,
    });
    await until("newer data", async () => {
      const later = await (await at.visitor("line").fetch("/_sluse/rooms")).json();
      return later.updatedAt > updatedAt;
    });
  });

  it("an empty line that was lost admits nobody for a while, and its wait is not known", async () => {
    const lost = await deploy({ full: { ...QUIET, capacity: 5 } });
    const listed = async () => (await (await lost.visitor("full").fetch("/_sluse/rooms")).json()).rooms[0];
    expect(await (await lost.visitor("full").join()).json()).toMatchObject({ state: "admitted" });
    await until("a quiet room", async () => (await listed()).wait !== null);
    expect(await listed()).toMatchObject({ waiting: 0, wait: [0, 0], admitting: true });
    wipePrivateStore(lost.gateway);
    await until("the loss to be seen", async () => !(await listed()).admitting);
    expect(await listed()).toMatchObject({ mode: "queue", waiting: 0, wait: null, admitting: false });
    // PROTOCOL: It has `admitting`, whether anybody is let in now, too: false in a line that was lost, until
    // PROTOCOL: it is known how it stood
    expect(await (await lost.visitor("full").status()).json()).toMatchObject({
      mode: "queue",
      admitting: false,
    });
    await lost.close();
  });

  // PROTOCOL: `admitting`, whether anybody is let in now: null where that is not known
  it("a line that is not known yet: null", async () => {
    const keys = join(at.gateway.folder, "data", "keys.json");
    const unknown = await deploy(
      { lost: QUIET },
      { REDIS_URL: "redis://:secret@127.0.0.1:1", SLUSE_KEYS: keys },
    );
    const reply = await unknown.visitor("lost").fetch("/_sluse/rooms");
    expect(await reply.json()).toMatchObject({ updatedAt: null, rooms: [{ mode: null, admitting: null }] });
    const said = unknown.gateway.log.filter(({ event }) => event === "store-unreachable");
    expect(said.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^REDIS_URL: "redis:\/\/127\.0\.0\.1:1" does not answer \(.*ECONNREFUSED.*\): start /,
      ),
    ]);
    await unknown.close();
  });

  // PROTOCOL: mode, waiting, wait); 200
  it("healthz: 200", async () => {
    const reply = await at.visitor("quiet").fetch("/_sluse/healthz");
    expect(reply.status).toBe(200);
  });
});

/** A page's live connection, and when its frames came. */
interface Live {
  readonly socket: WebSocket;
  readonly frames: { readonly atMs: number; readonly status: Record<string, unknown> }[];
  readonly openedMs: number;
}

function connect(room: string, query = "", headers: Record<string, string> = {}): Promise<Live> {
  const url = `${at.gateway.url.replace("http", "ws")}/_sluse/rooms/${room}/live${query}`;
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { headers });
    const frames: Live["frames"] = [];
    socket.on("message", (data, isBinary) => {
      expect(isBinary).toBe(false);
      frames.push({ atMs: performance.now(), status: JSON.parse(String(data)) });
    });
    socket.once("open", () => resolve({ socket, frames, openedMs: performance.now() }));
    socket.once("error", reject);
  });
}

/** What a refused upgrade was told. */
function refusedUpgrade(room: string, headers: Record<string, string> = {}): Promise<Response> {
  const url = `${at.gateway.url.replace("http", "ws")}/_sluse/rooms/${room}/live`;
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { headers });
    socket.once("open", () => reject(new Error("the connection was taken")));
    socket.once("error", () => {});
    socket.once("unexpected-response", (_, reply) => {
      const chunks: Buffer[] = [];
      reply.on("data", (chunk) => chunks.push(chunk));
      reply.on("end", () => {
        const headers = { "content-type": reply.headers["content-type"] ?? "" };
        resolve(new Response(Buffer.concat(chunks), { status: reply.statusCode ?? 0, headers }));
      });
    });
  });
}

describe("`GET /_sluse/rooms/{room}/live?band=near|mid|far`", () => {
  // PROTOCOL: WebSocket: the status document at once,
  it("the status document at once", async () => {
    const { socket, frames, openedMs } = await connect("live", "?band=far");
    const first = await until("a frame", () => frames[0], 5_000);
    expect(first.atMs - openedMs).toBeLessThan(1_000);
    expect(first.status).toMatchObject({ room: "live", mode: "hold", seal: expect.any(String) });
    socket.terminate();
  });

  // PROTOCOL: then a text frame about each second (near),
  it("then a text frame about each second (near)", async () => {
    const { socket, frames } = await connect("paced", "?band=near");
    await until("six frames", () => frames.length >= 6, 20_000);
    socket.terminate();
    const [, , third, , , sixth] = frames;
    const meanMs = ((sixth?.atMs ?? 0) - (third?.atMs ?? 0)) / 3;
    expect(meanMs).toBeGreaterThan(700);
    expect(meanMs).toBeLessThan(2_000);
  });

  // PROTOCOL: 5 s (mid), 20 s (far),
  it("5 s (mid), 20 s (far): neither has a second frame while near has three", async () => {
    const [near, mid, far] = await Promise.all(
      ["near", "mid", "far"].map((b) => connect("paced", `?band=${b}`)),
    );
    await until("frames", () => (near?.frames.length ?? 0) >= 4, 20_000);
    // Pages take turns over the band's round, so the second frame may come early; a third may not.
    expect(mid?.frames.length).toBeLessThanOrEqual(2);
    expect(far?.frames.length).toBeLessThanOrEqual(2);
    for (const live of [near, mid, far]) live?.socket.terminate();
  });

  // PROTOCOL: and at once when mode or message changes
  it.each(["near", "mid", "far"])("and at once when mode or message changes (%s)", async (band) => {
    const { socket, frames } = await connect("live", `?band=${band}`);
    await until("the first frame", () => frames.length >= 1);
    const startedMs = performance.now();
    await configure(at, "live", { message: { da: `Hej ${band}`, en: `Hello ${band}` } });
    const told = (member: string, value: unknown) =>
      frames.find(({ status }) => JSON.stringify(status[member]) === JSON.stringify(value));
    const message = { da: `Hej ${band}`, en: `Hello ${band}` };
    const first = await until("the message", () => told("message", message), 3_000);
    expect(first.atMs - startedMs).toBeLessThan(3_000);
    await configure(at, "live", { mode: "closed" });
    await until("the mode", () => told("mode", "closed"), 3_000);
    await configure(at, "live", { mode: "hold" });
    socket.terminate();
  });

  it("what pages say is not listened to: 1 KB closes the connection", async () => {
    const { socket } = await connect("live");
    const closed = new Promise<number>((resolve) => socket.once("close", (code) => resolve(code)));
    socket.send("x".repeat(1_024));
    expect(await closed).toBeGreaterThan(1_000);
    expect((await at.visitor("live").status()).status).toBe(200);
  });

  it("no room: 404 `no-room`", async () => {
    await expectProblem(await refusedUpgrade("nowhere"), 404, "no-room");
  });
});

// PROTOCOL: Origin check under `/_sluse/` alone: an `Origin` that is neither `SLUSE_PUBLIC_URL`'s
// PROTOCOL: nor this host's is 403 `foreign-origin`, WebSockets included
describe("origin check under `/_sluse/`: an `Origin` that is neither `SLUSE_PUBLIC_URL`'s nor this host's", () => {
  const FOREIGN = ["https://evil.example", "null", "http://tax.example.evil.example", "https://tax.example"];

  it.each(FOREIGN)("%s is 403 `foreign-origin` on join, claim and leave", async (origin) => {
    const before = (await statusOf("seals")).issued;
    for (const action of ["join", "claim", "leave"]) {
      const path = `/_sluse/rooms/seals/${action}`;
      const reply = await at.visitor("seals").fetch(path, { method: "POST", headers: { origin } });
      expect(reply.headers.has("set-cookie")).toBe(false);
      await expectProblem(reply, 403, "foreign-origin");
    }
    expect((await statusOf("seals")).issued).toBe(before);
  });

  it.each(FOREIGN)("%s is 403 `foreign-origin`, WebSockets included", async (origin) => {
    await expectProblem(await refusedUpgrade("live", { origin }), 403, "foreign-origin");
  });

  it("`SLUSE_PUBLIC_URL`'s is good", async () => {
    expect((await at.visitor("live").join({ origin: PUBLIC_URL })).status).toBe(200);
    (await connect("live", "", { origin: PUBLIC_URL })).socket.terminate();
  });

  it("this host's is good", async () => {
    expect((await at.visitor("live").join({ origin: at.gateway.url })).status).toBe(200);
    (await connect("live", "", { origin: at.gateway.url })).socket.terminate();
    const hosted = { host: "other.example", origin: "http://other.example" };
    expect((await at.visitor("live").join(hosted)).status).toBe(200);
  });

  it("under `/_sluse/` alone: the service sees to its own", async () => {
    const visitor = at.visitor("quiet");
    await visitor.join();
    const reply = await visitor.fetch("/quiet/form", {
      method: "POST",
      headers: { origin: EVIL },
      body: "a=1",
    });
    expect((await reply.json()).headers.origin).toBe(EVIL);
  });
});

// PROTOCOL: `seal`: a MAC over (room, generation, issued, serving) that pages give back in `Sluse-Seal`
// PROTOCOL: on join, claim
describe("`Sluse-Seal` on join, claim", () => {
  it("a seal of a room, given back, is taken; one that is not ours says nothing", async () => {
    const { seal, issued } = await statusOf("seals");
    const forged = seal.replace(/\.\d+\./, ".999999.");
    expect(forged).not.toBe(seal);
    for (const [given, number] of [
      [seal, issued + 1],
      [forged, issued + 2],
      ["garbage", issued + 3],
      ["", issued + 4],
    ]) {
      const reply = await at.visitor("seals").join({ "sluse-seal": given });
      expect(await reply.json()).toMatchObject({ number });
    }
  });

  // PROTOCOL: claim and reconnect,
  it("is read of a page that asks for the status again, and told from one that is not ours", async () => {
    const { seal } = await statusOf("seals");
    const forged = seal.replace(/\.\d+\./, ".999999.");
    const refused = async () => {
      const text = await (await fetch(`${at.gateway.operatorUrl}/metrics`)).text();
      return Number(
        /^sluse_tokens_rejected_total{room="seals",reason="bad-seal"} (\d+)$/m.exec(text)?.[1] ?? 0,
      );
    };
    const before = await refused();
    for (const given of [seal, forged]) {
      const headers = { "sluse-seal": given };
      const reply = await at.visitor("seals").fetch("/_sluse/rooms/seals/status", { headers });
      expect(await reply.json()).toMatchObject({ room: "seals" });
    }
    expect(await refused()).toBe(before + 1);
  });
});
