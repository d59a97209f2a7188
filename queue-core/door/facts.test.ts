import { describe, expect, it } from "vitest";
import type { RequestFacts } from "../domain/decide.ts";
import type { PassVerdict } from "../tokens/index.ts";
import { factsOf, type GatedRoom, type Known, type LineView, passCheckOf } from "./facts.ts";
import type { PlainRequest } from "./request.ts";

const NOW_MS = Date.parse("2027-03-15T19:00:00Z");
const SESSION_MS = 600_000;

const room: GatedRoom = {
  id: "tax",
  match: { host: "*", path: "/tax" },
  mode: "queue",
  opensAt: null,
  sessionGraceSeconds: 1_800,
  whenStoreDown: "hold",
  ungated: [{ method: "GET", path: "/tax/help/*" }],
};
const line: LineView = {
  mode: "queue",
  quiet: false,
  generation: 7,
  serving: 100,
  settings: { sessionGraceSeconds: 60, passesNotBeforeMs: 5 },
};
const request: PlainRequest = {
  method: "GET",
  path: "/tax/statement",
  query: null,
  headers: [["sec-fetch-mode", "navigate"]],
};
const program: PlainRequest = { ...request, headers: [] };
const stranger: Known = {
  request,
  room,
  line,
  storeDown: false,
  pass: null,
  ticket: null,
  nowMs: NOW_MS,
};
/** What {@link stranger} comes to. */
const nothing: RequestFacts = {
  mode: "queue",
  quiet: false,
  storeDown: false,
  whenStoreDown: "hold",
  pass: "none",
  ungated: false,
  navigation: true,
  lasting: false,
  unsafeMethod: false,
  called: false,
};

function passOf(ageMs: number, state: "live" | "grace" = "live"): PassVerdict {
  const issuedAtMs = NOW_MS - ageMs;
  return {
    ok: true,
    state,
    pass: { room: "tax", jti: "j", issuedAtMs, expiresAtMs: issuedAtMs + SESSION_MS },
  };
}

const table: [string, Partial<Known>, Partial<RequestFacts>][] = [
  ["a stranger", {}, {}],
  ["the mode in force, not the file's", { line: { ...line, mode: "closed" } }, { mode: "closed" }],
  ["a quiet room", { line: { ...line, quiet: true } }, { quiet: true }],
  ["nobody to ask", { storeDown: true }, { storeDown: true }],
  ["what the file wants then", { room: { ...room, whenStoreDown: "open" } }, { whenStoreDown: "open" }],

  ["a fresh pass", { pass: passOf(1_000) }, { pass: "live" }],
  ["a pass at half its life", { pass: passOf(SESSION_MS / 2) }, { pass: "live" }],
  ["a pass past half its life", { pass: passOf(SESSION_MS / 2 + 1) }, { pass: "stale" }],
  ["a pass from the future", { pass: passOf(-1_000) }, { pass: "live" }],
  ["a pass within the grace", { pass: passOf(SESSION_MS + 1, "grace") }, { pass: "grace" }],
  ["a pass that was refused", { pass: { ok: false, reason: "expired" } }, { pass: "none" }],

  ["a called ticket", { ticket: { number: 100, generation: 7 } }, { called: true }],
  ["a waiting ticket", { ticket: { number: 101, generation: 7 } }, { called: false }],
  ["a ticket of before a reset", { ticket: { number: 1, generation: 6 } }, { called: false }],
  ["a ticket of a reset not heard of yet", { ticket: { number: 1, generation: 8 } }, { called: false }],
  [
    "a ticket where nothing was heard of the line",
    { line: null, ticket: { number: 1, generation: 7 } },
    { called: false },
  ],

  ["a program", { request: program }, { navigation: false }],
  ["a form", { request: { ...request, method: "POST" } }, { unsafeMethod: true }],
  ["an ungated address", { request: { ...request, path: "/tax/HELP/a" } }, { ungated: true }],
  [
    "the same by another method",
    { request: { ...program, method: "PUT", path: "/tax/help/a" } },
    { navigation: false, unsafeMethod: true },
  ],
];

describe("factsOf", () => {
  for (const [name, known, facts] of table) {
    it(name, () => expect(factsOf({ ...stranger, ...known })).toEqual({ ...nothing, ...facts }));
  }
});

describe("where nothing was ever heard of the line", () => {
  it.each<[string, Partial<GatedRoom>, RequestFacts["mode"]]>([
    ["queue", {}, "queue"],
    ["hold", { mode: "hold" }, "hold"],
    ["closed", { mode: "closed" }, "closed"],
    ["open lets nobody in by itself", { mode: "open" }, "queue"],
    ["before it opens", { opensAt: "2027-03-15T20:00:00.001+01:00" }, "hold"],
    ["as it opens", { opensAt: "2027-03-15T20:00:00+01:00" }, "queue"],
    ["closed, before it opens", { mode: "closed", opensAt: "2027-03-16T00:00:00Z" }, "closed"],
    ["open, before it opens", { mode: "open", opensAt: "2027-03-16T00:00:00Z" }, "hold"],
  ])("%s", (_, onFile, mode) =>
    expect(factsOf({ ...stranger, line: null, room: { ...room, ...onFile } })).toEqual({ ...nothing, mode }),
  );
});

describe("passCheckOf", () => {
  it("holds a pass against what the line says", () =>
    expect(passCheckOf(room, line, NOW_MS)).toEqual({
      room: "tax",
      nowMs: NOW_MS,
      graceSeconds: 60,
      passesNotBeforeMs: 5,
    }));

  it("else against the file, revoking nothing", () =>
    expect(passCheckOf(room, null, NOW_MS)).toEqual({
      room: "tax",
      nowMs: NOW_MS,
      graceSeconds: 1_800,
      passesNotBeforeMs: 0,
    }));
});
