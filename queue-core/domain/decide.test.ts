import { describe, expect, it } from "vitest";
import { type Decision, decide, lapsedUseOf, type RequestFacts } from "./decide.ts";

const stranger: RequestFacts = {
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

const table: [string, Partial<RequestFacts>, Decision][] = [
  ["a stranger in a busy room sees the page", {}, "page"],
  ["a program in a busy room must wait", { navigation: false }, "must-wait"],
  ["a stranger in a quiet room comes in", { quiet: true }, "enter"],
  ["a program in a quiet room passes through", { quiet: true, navigation: false }, "pass-through"],
  ["a socket in a quiet room needs a session", { quiet: true, navigation: false, lasting: true }, "enter"],
  ["a socket in a busy room must wait", { navigation: false, lasting: true }, "must-wait"],
  ["a called ticket claims", { called: true }, "claim"],
  ["a called ticket claims even when others find it quiet", { called: true, quiet: true }, "claim"],
  ["a called ticket on an image does not claim", { called: true, navigation: false }, "must-wait"],
  ["a live pass goes on", { pass: "live" }, "forward"],
  ["a live pass goes on into a closed room", { pass: "live", mode: "closed" }, "forward"],
  ["a stale pass is renewed by a navigation", { pass: "stale" }, "renew"],
  ["a stale pass is renewed by a form", { pass: "stale", navigation: false, unsafeMethod: true }, "renew"],
  ["a stale pass on an image just goes on", { pass: "stale", navigation: false }, "forward"],
  ["a stale pass goes on without the store", { pass: "stale", storeDown: true }, "forward"],
  ["a lapsed pass may save a form", { pass: "grace", unsafeMethod: true }, "resume"],
  ["so it may what is no navigation", { pass: "grace", navigation: false, unsafeMethod: true }, "resume"],
  ["so it may in a closed room", { pass: "grace", unsafeMethod: true, mode: "closed" }, "resume"],
  [
    "a lapsed pass saves a form without the store",
    { pass: "grace", unsafeMethod: true, storeDown: true },
    "forward",
  ],
  ["a lapsed pass whose session may live is looked at for a page", { pass: "grace" }, "resume"],
  ["so it is in a closed room", { pass: "grace", mode: "closed" }, "resume"],
  ["so it is for a socket", { pass: "grace", navigation: false, lasting: true }, "resume"],
  ["so it is for what belongs to a page", { pass: "grace", navigation: false }, "resume"],
  ["a lapsed pass is no pass without the store", { pass: "grace", storeDown: true }, "page"],
  ["nobody asks for a lapsed pass in an open room", { pass: "grace", mode: "open" }, "forward"],
  ["nor for a form there", { pass: "grace", mode: "open", unsafeMethod: true }, "forward"],
  ["an ungated path goes on", { ungated: true, mode: "closed" }, "forward"],
  ["closed", { mode: "closed" }, "closed"],
  ["open", { mode: "open" }, "forward"],
  ["hold", { mode: "hold" }, "page"],
  ["store down, hold", { storeDown: true, quiet: true }, "page"],
  ["store down, hold, program", { storeDown: true, quiet: true, navigation: false }, "must-wait"],
  ["store down, open", { storeDown: true, whenStoreDown: "open" }, "forward"],
  ["store down, open, but on hold", { storeDown: true, whenStoreDown: "open", mode: "hold" }, "page"],
  ["store down, open, but closed", { storeDown: true, whenStoreDown: "open", mode: "closed" }, "closed"],
];

describe("decide", () => {
  for (const [name, facts, expected] of table) {
    it(name, () => expect(decide({ ...stranger, ...facts })).toBe(expected));
  }
});

describe("lapsedUseOf", () => {
  it.each<[ReturnType<typeof lapsedUseOf>, Partial<RequestFacts>]>([
    ["page", {}],
    ["form", { unsafeMethod: true }],
    ["save", { unsafeMethod: true, navigation: false }],
    ["part", { navigation: false }],
    ["look", { lasting: true, navigation: false }],
    ["look", { lasting: true, navigation: false, unsafeMethod: true }],
  ])("%s", (use, facts) => expect(lapsedUseOf({ ...stranger, ...facts })).toBe(use));
});
