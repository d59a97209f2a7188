import { createHash } from "node:crypto";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { StoreError } from "#core";
import { MOST_BODY_BYTES } from "#operator-api";
import { undocumented } from "./openapi-fixture.ts";
import {
  METRICS_TOKEN,
  OPERATOR_TOKEN,
  type OperatorsListener,
  openOperatorsListener,
} from "./operator-fixture.ts";

let listener: OperatorsListener;
let guarded: OperatorsListener;

beforeAll(async () => {
  listener = await openOperatorsListener(null);
  guarded = await openOperatorsListener(METRICS_TOKEN);
});

afterAll(() => {
  listener.close();
  guarded.close();
});

/** The members that these tests read, of all the documents there are. */
interface Body {
  readonly code?: string;
  readonly errors?: readonly { readonly field: string; readonly given: string; readonly allowed: string }[];
  readonly version?: number;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly state?: Readonly<Record<string, unknown>>;
  readonly rooms?: readonly Body[];
  readonly entries?: readonly Readonly<Record<string, unknown>>[];
  readonly failing?: readonly unknown[];
  readonly [other: string]: unknown;
}

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Empty where the reply is no JSON. */
  readonly body: Body;
}

interface Asked {
  readonly token?: string | null;
  readonly headers?: Record<string, string>;
  readonly at?: OperatorsListener;
}

async function ask(method: string, path: string, body?: unknown, asked: Asked = {}): Promise<Answered> {
  const { token = OPERATOR_TOKEN, headers = {}, at = listener } = asked;
  const response = await fetch(`http://127.0.0.1:${at.port}${path}`, {
    method,
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      // Else fetch calls it text.
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const type = response.headers.get("content-type");
  const reached = new URL(response.url).pathname;
  expect(undocumented(method, reached, { status: response.status, type, text })).toBeNull();
  const isJson = /json/.test(type ?? "") && text !== "";
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : {} };
}

const patch = (body: unknown, headers: Record<string, string> = {}) =>
  ask("PATCH", "/api/rooms/tax", body, { headers });

async function eventually(check: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + 10_000;
  while (!(await check())) {
    if (Date.now() > until) throw new Error("the condition did not come");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

// PROTOCOL: Operators' codes: `unauthorized` 401
describe("the token", () => {
  const wrong: [name: string, headers: Record<string, string>][] = [
    ["none", {}],
    ["another", { authorization: "Bearer operator-token-012345678X" }],
    ["a part of it", { authorization: `Bearer ${OPERATOR_TOKEN.slice(0, -1)}` }],
    ["more than it", { authorization: `Bearer ${OPERATOR_TOKEN}0` }],
    ["another scheme", { authorization: `Basic ${OPERATOR_TOKEN}` }],
    ["no scheme", { authorization: OPERATOR_TOKEN }],
    ["the one for metrics", { authorization: `Bearer ${METRICS_TOKEN}` }],
  ];

  it.each(wrong)("is needed: %s", async (_, headers) => {
    for (const path of ["/api/rooms", "/api/rooms/tax", "/api/audit", "/api/nothing"]) {
      const { status, body, headers: replied } = await ask("GET", path, undefined, { token: null, headers });
      expect([status, body.code, replied.get("www-authenticate")]).toEqual([
        401,
        "unauthorized",
        'Bearer realm="sluse"',
      ]);
    }
  });

  it("is asked for before a change is looked at", async () => {
    const { status } = await ask("PATCH", "/api/rooms/tax", { mode: "closed" }, { token: null });
    expect(status).toBe(401);
    expect((await ask("GET", "/api/rooms/tax")).body.mode).toBe("queue");
  });

  // PROTOCOL: `SLUSE_METRICS_TOKEN` unset: `/metrics` is open on the operators' listener
  // PROTOCOL: Prometheus text
  it("guards the metrics only where there is one for them", async () => {
    const open = await ask("GET", "/metrics", undefined, { token: null });
    expect([open.status, open.headers.get("content-type")]).toEqual([
      200,
      "text/plain; version=0.0.4; charset=utf-8",
    ]);
    expect(open.text).toContain('sluse_outflow_per_minute{room="vaccine"} 600');
    const statuses = [null, OPERATOR_TOKEN, METRICS_TOKEN].map(
      async (token) => (await ask("GET", "/metrics", undefined, { token, at: guarded })).status,
    );
    expect(await Promise.all(statuses)).toEqual([401, 401, 200]);
  });
});

describe("a room", () => {
  // PROTOCOL: settings, live state, `version`
  it("is shown with its settings, its state and its version", async () => {
    const { status, headers, body } = await ask("GET", "/api/rooms/vaccine");
    expect(status).toBe(200);
    expect(headers.get("etag")).toBe(`"${body.version}"`);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("access-control-allow-origin")).toBeNull();
    expect(body).toMatchObject({
      id: "vaccine",
      name: { da: "Vaccine", en: "Vaccine" },
      match: { host: "*", path: "/vaccine" },
      origin: "http://127.0.0.1:9",
      mode: "queue",
      outflowPerMinute: 600,
      capacity: 0,
      waiting: 0,
      issued: 0,
      serving: 0,
      settings: {
        mode: "queue",
        outflowPerMinute: 600,
        capacity: 0,
        sessionSeconds: 600,
        sessionGraceSeconds: 1800,
        claimWindowSeconds: 600,
        opensAt: null,
        message: null,
        messageRevision: 0,
        passesNotBefore: 0,
      },
      state: { mode: "queue", registered: 0, sessions: 0, showRate: 1, credit: 20, quiet: true, alarm: null },
    });
    expect(body.state).toMatchObject({ store: "up", waiting: 0, admittedPerMinute: 0 });
    expect(body.state?.generation).toBe(body.generation);
  });

  it("is one of the list", async () => {
    const { status, body } = await ask("GET", "/api/rooms");
    expect(status).toBe(200);
    expect(body.rooms?.map(({ id }) => id)).toEqual(["tax", "vaccine"]);
  });

  it("is not found under another name", async () => {
    for (const name of ["nowhere", "Tax", "%74ax", "..", "__proto__"]) {
      expect((await ask("GET", `/api/rooms/${name}`)).status).toBe(404);
    }
    expect((await ask("PATCH", "/api/rooms/nowhere", { mode: "hold" })).body.code).toBe("no-room");
  });
});

describe("a change", () => {
  // PROTOCOL: A room's `ETag` is its version
  // PROTOCOL: A PATCH takes `mode`, `outflowPerMinute`, `capacity`, `sessionSeconds`, `sessionGraceSeconds`,
  // PROTOCOL: `claimWindowSeconds`, `opensAt`, `message` and `reason`
  it("is in force in the reply, and in the room", async () => {
    const before = (await ask("GET", "/api/rooms/tax")).body;
    const change = {
      mode: "hold",
      outflowPerMinute: 120,
      capacity: 50,
      sessionSeconds: 300,
      sessionGraceSeconds: 0,
      claimWindowSeconds: 90,
      opensAt: "2099-03-01T09:00:00+01:00",
      message: { da: "Vent lidt", en: "Wait a little" },
    };
    const { status, headers, body } = await patch({ ...change, reason: "rehearsal" });
    expect(status).toBe(200);
    const opensAt = "2099-03-01T08:00:00.000Z";
    expect(body.settings).toMatchObject({ ...change, opensAt, messageRevision: 1 });
    expect(body).toMatchObject({
      mode: "hold",
      outflowPerMinute: 120,
      capacity: 50,
      state: { mode: "hold" },
    });
    expect(body.version).toBeGreaterThan(before.version ?? 0);
    expect(headers.get("etag")).toBe(`"${body.version}"`);
    expect((await ask("GET", "/api/rooms/tax")).body.settings).toEqual(body.settings);

    const back = await patch({ mode: "queue", opensAt: null, message: null });
    expect(back.body.settings).toMatchObject({ mode: "queue", opensAt: null, message: null, capacity: 50 });
    expect(back.body.state?.mode).toBe("queue");
  });

  // PROTOCOL: A PATCH that sets what is set already, ends no alarm and lifts no `pause` is 200
  // PROTOCOL: with the room as it stands, and writes no version and no entry
  it("is none where all is so already, and nothing is written", async () => {
    const message = { da: "Vent", en: "Wait" };
    const changed = (await patch({ message, capacity: 12 })).body;
    const entries = async () => (await ask("GET", "/api/audit?room=tax")).body.entries;
    const before = await entries();
    const again = await patch({ capacity: 12, message, mode: "queue", opensAt: null, reason: "again" });
    expect([again.status, again.headers.get("etag")]).toEqual([200, `"${changed.version}"`]);
    expect(again.body.settings).toEqual(changed.settings);
    const stale = await patch({ capacity: 12 }, { "if-match": '"1"' });
    expect([stale.status, stale.body.code]).toEqual([412, "stale-version"]);
    expect(await entries()).toEqual(before);
    expect((await patch({ message: null, capacity: 12 })).body.version).not.toBe(changed.version);
  });

  // PROTOCOL: One that sets `mode` to `closed` may say `"endSessions":true`, too
  // PROTOCOL: it raises `passesNotBefore` as that of a reset does, though the room be closed already
  // PROTOCOL: tickets stay good
  it("that closes the room ends the sessions where it says so, and the trail has it", async () => {
    const last = async () => (await ask("GET", "/api/audit?room=tax&limit=1")).body.entries?.[0];
    const plain = await patch({ mode: "closed" });
    expect(plain.body.settings?.passesNotBefore).toBe(0);
    expect(await last()).not.toHaveProperty("endSessions");
    const harsh = await patch({ mode: "closed", endSessions: true, reason: "it is broken" });
    const { passesNotBefore } = harsh.body.settings ?? {};
    expect(passesNotBefore).toBeGreaterThan(0);
    expect(harsh.body.generation).toBe(plain.body.generation);
    expect(await last()).toMatchObject({
      action: "change",
      endSessions: true,
      reason: "it is broken",
      changes: [{ field: "passesNotBefore", from: 0, to: passesNotBefore }],
    });
    const wrong = await patch({ mode: "queue", endSessions: true });
    expect([wrong.status, wrong.body.errors?.map(({ field }) => field)]).toEqual([400, ["endSessions"]]);
    await patch({ mode: "queue" });
  });

  // PROTOCOL: A room's `state` has `auditHead`, the `sequence` and `hash` of its last entry
  it("is in the room's state as the last entry of its trail", async () => {
    const { state } = (await patch({ capacity: 13 })).body;
    const [last] = (await ask("GET", "/api/audit?room=tax&limit=1")).body.entries ?? [];
    expect(state?.auditHead).toEqual({ sequence: last?.sequence, hash: last?.hash });
    await patch({ capacity: 12 });
  });

  it("tells the mode that was set from the mode in force", async () => {
    const { body } = await patch({ mode: "open", opensAt: "2099-01-01T00:00:00Z" });
    expect([body.mode, body.state?.mode]).toEqual(["open", "hold"]);
    await patch({ mode: "queue", opensAt: null });
  });

  it("takes a time long past as none", async () => {
    const { status, body } = await patch({ opensAt: "0001-01-01T00:00:00Z" });
    expect([status, body.settings?.opensAt, body.state?.mode]).toEqual([200, null, "queue"]);
  });

  // PROTOCOL: 412 on a stale version
  it("is refused where somebody was quicker", async () => {
    const { version } = (await ask("GET", "/api/rooms/tax")).body;
    const first = await patch({ capacity: 1 }, { "if-match": `"${version}"` });
    expect(first.status).toBe(200);
    const late = await patch({ capacity: 2 }, { "if-match": `"${version}"` });
    expect([late.status, late.body.code]).toEqual([412, "stale-version"]);
    expect(late.body.detail).toContain(`it has version ${first.body.version} now`);
    expect((await patch({ capacity: 3 }, { "if-match": "*" })).body.capacity).toBe(3);
  });

  // PROTOCOL: `bad-if-match` 400, `stale-version` 412
  it.each(["1", 'W/"1"', '"one"', '"1", "2"', '""', '"-1"', '"99999999999999999999"'])(
    "is refused with If-Match %s",
    async (match) => {
      const { status, body } = await patch({ capacity: 9 }, { "if-match": match });
      expect([status, body.code]).toEqual([400, "bad-if-match"]);
      expect((await ask("GET", "/api/rooms/tax")).body.capacity).not.toBe(9);
    },
  );

  it("is read as JSON whatever its Content-Type, which fetch and curl get wrong unless told", async () => {
    for (const type of ["application/json", "text/plain", "application/x-www-form-urlencoded"]) {
      expect((await patch({ capacity: 4 }, { "content-type": type })).status).toBe(200);
    }
    const request = `PATCH /api/rooms/tax HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${OPERATOR_TOKEN}`;
    expect(await raw(`${request}\r\nContent-Length: 14\r\n\r\n{"capacity":6}`)).toMatch(/^HTTP\/1\.1 200 /);
  });
});

// PROTOCOL: `bad-json` 400, `no-change` 400,
// PROTOCOL: `too-large` 413
describe("a change that is not one", () => {
  const bad: [name: string, body: string, status: number, code: string, fields?: string[]][] = [
    ["nothing", "", 400, "bad-json"],
    ["no JSON", "{", 400, "bad-json"],
    ["a form", "mode=hold", 400, "bad-json"],
    ["an array", "[]", 400, "bad-fields", ["(the whole)"]],
    ["null", "null", 400, "bad-fields", ["(the whole)"]],
    ["a number", "7", 400, "bad-fields", ["(the whole)"]],
    ["deep", "[".repeat(8_000) + "]".repeat(8_000), 400, "bad-fields", ["(the whole)"]],
    ["no field", "{}", 400, "no-change"],
    ["a reason only", '{"reason":"because"}', 400, "no-change"],
    ["an unknown field", '{"outflow":5}', 400, "bad-fields", ["outflow"]],
    ["two of them", '{"a":5,"b":{"c":1}}', 400, "bad-fields", ["a", "b"]],
    ["a field of the file", '{"origin":"http://evil.example"}', 400, "bad-fields", ["origin"]],
    [
      "a field of the store",
      '{"version":1,"passesNotBeforeMs":5}',
      400,
      "bad-fields",
      ["version", "passesNotBeforeMs"],
    ],
    ["a field without a name", '{"":1}', 400, "bad-fields", [""]],
    ["constructor", '{"constructor":{"prototype":{"x":1}}}', 400, "bad-fields", ["constructor"]],
    ["__proto__", '{"__proto__":{"mode":"closed"}}', 400, "bad-fields", ["__proto__"]],
    ["another mode", '{"mode":"shut"}', 400, "bad-fields", ["mode"]],
    ["outflow 0", '{"outflowPerMinute":0}', 400, "bad-fields", ["outflowPerMinute"]],
    ["outflow 1,000,001", '{"outflowPerMinute":1000001}', 400, "bad-fields", ["outflowPerMinute"]],
    ["outflow 1.5", '{"outflowPerMinute":1.5}', 400, "bad-fields", ["outflowPerMinute"]],
    ["outflow as text", '{"outflowPerMinute":"60"}', 400, "bad-fields", ["outflowPerMinute"]],
    ["outflow without bound", '{"outflowPerMinute":1e999}', 400, "bad-fields", ["outflowPerMinute"]],
    ["outflow null", '{"outflowPerMinute":null}', 400, "bad-fields", ["outflowPerMinute"]],
    ["capacity -1", '{"capacity":-1}', 400, "bad-fields", ["capacity"]],
    ["sessions without length", '{"sessionSeconds":0}', 400, "bad-fields", ["sessionSeconds"]],
    ["a window of days", '{"claimWindowSeconds":86401}', 400, "bad-fields", ["claimWindowSeconds"]],
    ["a time in ms", '{"opensAt":1750000000000}', 400, "bad-fields", ["opensAt"]],
    ["a time without zone", '{"opensAt":"2026-03-01T09:00:00"}', 400, "bad-fields", ["opensAt"]],
    ["a day that is none", '{"opensAt":"2026-02-30T09:00:00Z"}', 400, "bad-fields", ["opensAt"]],
    ["a message in no language", '{"message":{}}', 400, "bad-fields", ["message"]],
    ["a message in Klingon", '{"message":{"da":"","en":"","tlh":""}}', 400, "bad-fields", ["message.tlh"]],
    ["a reason of 501", `{"mode":"hold","reason":"${"x".repeat(501)}"}`, 400, "bad-fields", ["reason"]],
    ["a good field beside a bad one", '{"mode":"closed","capacity":"x"}', 400, "bad-fields", ["capacity"]],
    [
      "every field bad",
      '{"mode":1,"capacity":"x","opensAt":0}',
      400,
      "bad-fields",
      ["mode", "capacity", "opensAt"],
    ],
    ["too long", JSON.stringify({ reason: "x".repeat(MOST_BODY_BYTES) }), 413, "too-large"],
  ];

  it.each(bad)("%s", async (_, body, status, code, fields) => {
    const before = (await ask("GET", "/api/rooms/tax")).body.settings;
    const answered = await patch(body);
    expect([answered.status, answered.body.code]).toEqual([status, code]);
    expect(answered.headers.get("content-type")).toBe("application/problem+json");
    expect(answered.body.errors?.map(({ field }) => field)).toEqual(fields);
    expect(answered.text).not.toMatch(/\bat .*:\d+:\d+|node_modules|\.ts\b/);
    expect((await ask("GET", "/api/rooms/tax")).body.settings).toEqual(before);
  });

  // PROTOCOL: 400 names each bad field
  // PROTOCOL: `bad-fields` 400 with `errors` of `field`, `given` and `allowed`
  it("says of each field what was given and what is allowed", async () => {
    const { body } = await patch({ outflowPerMinute: 0, pace: "fast" });
    expect(body.errors).toEqual([
      { field: "outflowPerMinute", given: "0", allowed: "a whole number from 1 to 1000000" },
      { field: "pace", given: '"fast"', allowed: expect.stringContaining("no such field") },
    ]);
  });
});

describe("a reset", () => {
  const reset = (body: unknown) => ask("POST", "/api/rooms/vaccine/reset", body);

  // PROTOCOL: a new generation
  it("starts a new generation, and ends sessions only where that is said", async () => {
    const before = (await ask("GET", "/api/rooms/vaccine")).body;
    const gentle = await reset({ confirm: "vaccine", reason: "rehearsal is over" });
    expect(gentle.status).toBe(200);
    expect(Number(gentle.body.generation)).toBeGreaterThan(Number(before.generation));
    expect(gentle.body.version).toBeGreaterThan(before.version ?? 0);
    expect(gentle.body.settings?.passesNotBefore).toBe(0);
    const harsh = await reset({ confirm: "vaccine", endSessions: true });
    expect(Number(harsh.body.generation)).toBeGreaterThan(Number(gentle.body.generation));
    expect(harsh.body.settings?.passesNotBefore).toBeGreaterThan(0);
  });

  it.each([
    ["", "bad-json", undefined],
    ["{}", "bad-fields", ["confirm"]],
    ['{"confirm":true}', "bad-fields", ["confirm"]],
    ['{"confirm":"tax"}', "bad-fields", ["confirm"]],
    ['{"confirm":"vaccine","endSessions":"yes"}', "bad-fields", ["endSessions"]],
    ['{"confirm":"vaccine","mode":"hold"}', "bad-fields", ["mode"]],
  ])("is refused with %s", async (body, code, fields) => {
    const before = (await ask("GET", "/api/rooms/vaccine")).body.generation;
    const answered = await reset(body);
    expect([answered.status, answered.body.code]).toEqual([400, code]);
    expect(answered.body.errors?.map(({ field }) => field)).toEqual(fields);
    expect((await ask("GET", "/api/rooms/vaccine")).body.generation).toBe(before);
  });

  it("is refused where somebody was quicker", async () => {
    const headers = { "if-match": '"1"' };
    const { status } = await ask("POST", "/api/rooms/vaccine/reset", { confirm: "vaccine" }, { headers });
    expect(status).toBe(412);
  });
});

describe("the audit trail", () => {
  // PROTOCOL: who changed what, from what to what, when, why; newest first
  it("says who changed what, from what to what, when and why, newest first over all rooms", async () => {
    const since = Date.now();
    await patch({ mode: "queue", outflowPerMinute: 60, capacity: 0 });
    await patch({ outflowPerMinute: 61, capacity: 0, reason: "one more" });
    await eventually(async () => Date.now() > since + 2);
    const { body: last } = await ask("POST", "/api/rooms/vaccine/reset", {
      confirm: "vaccine",
      endSessions: true,
      reason: "start anew",
    });
    const { status, body } = await ask("GET", "/api/audit");
    expect(status).toBe(200);
    expect(body.entries?.[0]).toMatchObject({
      room: "vaccine",
      actor: "operator",
      action: "reset",
      endSessions: true,
      reason: "start anew",
      version: last.version,
      changes: [{ field: "passesNotBefore", to: last.settings?.passesNotBefore }],
    });
    expect(body.entries?.[1]).toMatchObject({
      room: "tax",
      action: "change",
      reason: "one more",
      changes: [{ field: "outflowPerMinute", from: 60, to: 61 }],
    });
    const times = body.entries?.map(({ at }) => Number(at)) ?? [];
    expect(times[0]).toBeGreaterThanOrEqual(since);
    expect(times).toEqual([...times].sort((a, b) => b - a));
  });

  // PROTOCOL: the entries of one room, and how many: 1 to 1,000; 100
  it("can be asked for one room, and for so many entries", async () => {
    await patch({ capacity: 7 });
    await patch({ capacity: 8 });
    const { body } = await ask("GET", "/api/audit?room=tax&limit=2");
    expect(body.entries?.map(({ room }) => room)).toEqual(["tax", "tax"]);
    expect(body.entries?.map(({ changes }) => changes)).toEqual([
      [{ field: "capacity", from: 7, to: 8 }],
      [expect.objectContaining({ field: "capacity", to: 7 })],
    ]);
    expect((await ask("GET", "/api/audit?limit=1")).body.entries?.length).toBe(1);
  });

  // PROTOCOL: Each entry of the audit trail carries `sequence`, `hash`, the SHA-256 of `recorded`, and `previousHash`
  // PROTOCOL: `GET /api/audit?actor=`, `?room=&before=` | of one operator
  // PROTOCOL: with `room`, entries with a lower `sequence`
  it("chains a room's entries by hash, and reads them page by page and by who made them", async () => {
    for (const capacity of [21, 22, 23]) await patch({ capacity });
    const page = async (query: string) =>
      (await ask("GET", `/api/audit?room=tax&${query}`)).body.entries ?? [];
    const all = await page("limit=1000");
    for (const [i, { recorded, hash, previousHash }] of all.entries()) {
      expect(createHash("sha256").update(String(recorded)).digest("hex")).toBe(hash);
      expect(previousHash).toBe(all[i + 1]?.hash ?? "0".repeat(64));
    }
    const first = await page("limit=2");
    const second = await page(`limit=2&before=${first[1]?.sequence}`);
    expect([...first, ...second]).toEqual(all.slice(0, 4));
    expect(await page("actor=operator&limit=1000")).toEqual(all.filter(({ actor }) => actor === "operator"));
    expect(await page("actor=nobody")).toEqual([]);
    expect(await page("before=1")).toEqual([]);
  });

  it.each([
    ["limit=0", "limit"],
    ["limit=1001", "limit"],
    ["limit=-1", "limit"],
    ["limit=", "limit"],
    ["limit=1e2", "limit"],
    ["limit=1&limit=2", "limit"],
    ["rooms=tax", "rooms"],
    ["before=7", "before"],
    ["room=tax&before=0", "before"],
    ["room=tax&before=x", "before"],
    ["%ff=%zz", "\ufffd"],
  ])("refuses ?%s", async (query, field) => {
    const { status, body } = await ask("GET", `/api/audit?${query}`);
    expect([status, body.errors?.map((error) => error.field)]).toEqual([400, [field]]);
    // A read changes nothing in any case.
    expect(body.detail).toBe("Some parameters of the query are not as they must be.");
  });

  it("knows no other room, and names those that there are", async () => {
    for (const path of ["/api/audit?room=nowhere", "/api/rooms/nowhere", "/api/history?room=nowhere"]) {
      const { body } = await ask("GET", path);
      expect([path, body.code, body.detail]).toEqual([
        path,
        "no-room",
        "There is no room of this id; the rooms are tax, vaccine.",
      ]);
    }
  });
});

describe("any other request", () => {
  it("is not found", async () => {
    for (const path of [
      "/assets/nothing.js",
      "/assets/../index.html",
      "/api",
      "/api/",
      "/api/rooms/",
      "/api/rooms/tax/",
      "/Metrics",
      "/metrics/x",
    ]) {
      const { status, body } = await ask("GET", path);
      expect([path, status, body.code]).toEqual([path, 404, "not-found"]);
    }
  });

  it.each([
    ["DELETE", "/api/rooms/tax", "GET, PATCH, HEAD"],
    ["PUT", "/api/rooms/tax", "GET, PATCH, HEAD"],
    ["OPTIONS", "/api/rooms", "GET, HEAD"],
    ["GET", "/api/rooms/tax/reset", "POST"],
    ["POST", "/api/audit", "GET, HEAD"],
    ["POST", "/metrics", "GET, HEAD"],
    ["DELETE", "/healthz", "GET, HEAD"],
  ])("%s %s is not allowed", async (method, path, allow) => {
    const { status, headers, body } = await ask(method, path);
    expect([status, headers.get("allow"), body.code]).toEqual([405, allow, "method-not-allowed"]);
  });

  it("has no body in reply to HEAD", async () => {
    for (const path of ["/api/rooms", "/metrics", "/healthz"]) {
      const { status, text } = await ask("HEAD", path);
      expect([path, status, text]).toEqual([path, 200, ""]);
    }
  });

  it.each([
    [
      "two lengths",
      "POST /api/rooms/tax/reset HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
    ],
    ["two hosts", "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"],
    ["TRACE", "TRACE /healthz HTTP/1.1\r\nHost: a\r\n\r\n"],
  ])("that cannot be trusted is refused: %s", async (_, request) => {
    expect(await raw(request)).toMatch(/^HTTP\/1\.1 40[05] /);
  });

  it("that ends in the middle of its body harms nobody", async () => {
    const socket = connect(listener.port, "127.0.0.1");
    const head = `PATCH /api/rooms/tax HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${OPERATOR_TOKEN}\r\n`;
    await new Promise<void>((resolve) => {
      socket.write(`${head}Content-Length: 100\r\n\r\n{"mode":`, () => resolve());
    });
    socket.destroy();
    expect((await ask("GET", "/api/rooms/tax")).body.mode).toBe("queue");
  });

  it("that meets a fault of ours is told so, and no more", async () => {
    listener.fault.error = new TypeError("cannot read the secret of undefined");
    const { status, text, body } = await ask("GET", "/api/audit");
    listener.fault.error = null;
    expect([status, body.code]).toEqual([500, "internal-error"]);
    expect(text).not.toMatch(/secret|TypeError|\.ts/);
    await eventually(async () => (await ask("GET", "/readyz")).status === 200);
  });

  it("is measured", async () => {
    const { text } = await ask("GET", "/metrics");
    const count = /sluse_http_request_duration_seconds_count\{route="operator"\} (\d+)/.exec(text)?.[1];
    expect(Number(count)).toBeGreaterThan(0);
  });
});

describe("health", () => {
  // PROTOCOL: (no token) | 200, or
  it("is good, and asked for without a token", async () => {
    for (const path of ["/healthz", "/readyz"]) {
      const { status, body } = await ask("GET", path, undefined, { token: null });
      expect([status, body]).toEqual([200, { status: "ok", failing: [], alarms: [] }]);
    }
  });

  it("says that a draining process takes no more visitors, and lives", async () => {
    guarded.deployment.accepting = false;
    const { status, body } = await ask("GET", "/readyz", undefined, { at: guarded });
    expect([status, body.failing]).toEqual([503, [{ part: "process", reason: "draining" }]]);
    expect((await ask("GET", "/healthz", undefined, { at: guarded })).status).toBe(200);
    guarded.deployment.accepting = true;
  });
});

describe("while the store does not answer", () => {
  beforeAll(async () => {
    guarded.fault.error = new StoreError("store-down", "cut off");
    await eventually(async () => (await ask("GET", "/readyz", undefined, { at: guarded })).status === 503);
  });

  afterAll(async () => {
    guarded.fault.error = null;
    await eventually(async () => (await ask("GET", "/readyz", undefined, { at: guarded })).status === 200);
    expect((await ask("PATCH", "/api/rooms/tax", { mode: "hold" }, { at: guarded })).status).toBe(200);
  });

  // PROTOCOL: or 503 with the failing part
  it("readiness names the store and each room; the process lives", async () => {
    const reason = "the store does not answer";
    await eventually(async () => {
      const { body } = await ask("GET", "/readyz", undefined, { at: guarded });
      return body.failing?.length === 2;
    });
    expect((await ask("GET", "/readyz", undefined, { at: guarded })).body).toEqual({
      status: "failing",
      failing: [
        { part: "store", room: "tax", reason },
        { part: "store", room: "vaccine", reason },
      ],
      alarms: [],
    });
    expect((await ask("GET", "/healthz", undefined, { at: guarded })).status).toBe(200);
  });

  it("rooms are shown as last heard; nothing else is promised", async () => {
    const { status, body } = await ask("GET", "/api/rooms/tax", undefined, { at: guarded });
    expect([status, body.outflowPerMinute, body.state?.store]).toEqual([200, 60, "down"]);
    const asked = [
      ask("PATCH", "/api/rooms/tax", { mode: "hold" }, { at: guarded }),
      ask("POST", "/api/rooms/tax/reset", { confirm: "tax" }, { at: guarded }),
      ask("GET", "/api/audit", undefined, { at: guarded }),
    ];
    for (const answered of await Promise.all(asked)) {
      expect([answered.status, answered.body.code]).toEqual([503, "store-down"]);
      expect(Number(answered.headers.get("retry-after"))).toBeGreaterThan(0);
    }
  });
});

/** Sends bytes as they are; resolves with what came until the connection closed or a reply was whole. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(listener.port, "127.0.0.1", () => socket.write(bytes));
    let replied = "";
    socket.on("data", (chunk) => {
      replied += chunk.toString("latin1");
      socket.end();
    });
    socket.on("close", () => resolve(replied));
    socket.on("error", reject);
  });
}
