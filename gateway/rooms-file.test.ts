import { describe, expect, it } from "vitest";
import { LANGUAGE_TAGS } from "#languages";
import { differencesFromFile, parseRooms, readRoomsFile, seedSettings } from "./rooms-file.ts";
import { SettingsError } from "./settings.ts";

const room = {
  id: "tax",
  name: { da: "Skat", en: "Tax" },
  match: { host: "*", path: "/tax" },
  origin: "http://127.0.0.1:9000",
  outflowPerMinute: 600,
};

function problemsOf(value: unknown): string {
  try {
    parseRooms("rooms.json", typeof value === "string" ? value : JSON.stringify(value));
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  return "";
}

describe("rooms file", () => {
  // PROTOCOL: Rooms file: `{"rooms":[{...}]}`, each room:
  // PROTOCOL: name | `{"da","en"}`: a text in at least one language, by its tag
  // PROTOCOL: match | `{"host": exact name or "*", "path": "/tax"}`
  // PROTOCOL: `queue` `hold` `open` `closed`; `queue`
  // PROTOCOL: 0 = no bound; 0
  // PROTOCOL: 600, 1800, 600
  // PROTOCOL: opensAt | until then the room is as in `hold`; none
  // PROTOCOL: 200, 202, 429, 503; 200
  // PROTOCOL: whenStoreDown | `hold` `open`; `hold`
  // PROTOCOL: let through without a pass; none
  it("fills in the contract's defaults", () => {
    expect(parseRooms("f", JSON.stringify({ rooms: [room] }))).toMatchObject([
      {
        ...room,
        mode: "queue",
        capacity: 0,
        sessionSeconds: 600,
        sessionGraceSeconds: 1800,
        claimWindowSeconds: 600,
        opensAt: null,
        waitingStatus: 200,
        whenStoreDown: "hold",
        ungated: [],
        message: null,
      },
    ]);
  });

  /** A field of a room: what may not be given, and what is then said to be allowed. */
  const WHOLE_DAY = "a whole number from 1 to 86400";
  const IN_SOME = `{"da": text, "en": text}, in at least one of ${LANGUAGE_TAGS.join(", ")}`;
  const HOST = 'a host name such as tax.example, or "*" for any';
  const ORIGIN = "an http or https address without path, such as http://127.0.0.1:3000";
  const wrong: [field: string, given: unknown[], allowed: string][] = [
    [
      "id",
      [undefined, 5, "", "Tax!", "-tax", "t".repeat(33)],
      "1 to 32 of a to z, 0 to 9 and -, not beginning with -",
    ],
    ["name", [undefined, "Skat", null, [], {}], IN_SOME],
    ["name.da", [5, "", "x".repeat(201)], "a text of 1 to 200 characters"],
    ["name.en", [null, ""], "a text of 1 to 200 characters"],
    ["match", [undefined, "/tax", []], '{"host": "*", "path": "/tax"}'],
    ["match.host", [undefined, 5, "", "a b", "http://tax", "**"], HOST],
    [
      "match.path",
      [undefined, 5, "", "tax", "/tax?x", "/tæx", "//tax"],
      "a path such as /tax, of letters, digits and -._~/, with one slash in front",
    ],
    [
      "origin",
      [undefined, 5, "tax", "file:///etc", "http://a/b", "ftp://a", "http://a/?b", "http://me@a"],
      ORIGIN,
    ],
    ["originHost", [5, "", "a b", "http://a", "a:99999", "a/"], "a host name, with or without a port"],
    ["mode", [5, "paused", null], '"queue", "hold", "open" or "closed"'],
    ["outflowPerMinute", [undefined, "600", 0, 1.5, 1_000_001, null], "a whole number from 1 to 1000000"],
    ["capacity", ["5", -1, 1.5, 100_000_001, null], "a whole number from 0 (no bound) to 100000000"],
    ["sessionSeconds", ["600", 0, 1.5, 86_401, null], WHOLE_DAY],
    ["sessionGraceSeconds", ["600", -1, 1.5, 86_401], "a whole number from 0 to 86400"],
    ["claimWindowSeconds", ["600", 0, 1.5, 86_401], WHOLE_DAY],
    [
      "opensAt",
      [0, "", "tomorrow", "2027-03-15T19:00:00"],
      "a time such as 2027-03-15T19:00:00+01:00, or null",
    ],
    ["waitingStatus", ["200", 404, null], "200, 202, 429 or 503"],
    ["whenStoreDown", ["close", 1, null], '"hold" or "open"'],
    ["ungated", ["/help", {}, null], 'a list of {"path": "/tax/help"}'],
    ["ungated.0", ["/help", null], '{"method": "GET", "path": "/tax/help"}, method or not'],
    ["ungated.0.path", [undefined, 5, "", "help", "/a b", "/a*"], "a path, or a path ending in /*"],
    ["ungated.0.method", [5, "", "get"], "a method in capitals, such as GET"],
    ["message", ["Hej", 5, [], {}], `${IN_SOME}; or null`],
    ["message.da", [5, "x".repeat(2_001)], "a text of 2000 characters at most"],
    ["message.en", [null], "a text of 2000 characters at most"],
  ];
  const around: Record<string, (value: unknown) => object> = {
    name: (value) => ({ name: { da: "Skat", en: "Tax", ...(value as object) } }),
    match: (value) => ({ match: { host: "*", path: "/tax", ...(value as object) } }),
    message: (value) => ({ message: { da: "Hej", en: "Hello", ...(value as object) } }),
    ungated: (value) => ({ ungated: [value] }),
  };

  /** The room with one field otherwise; `name.da` is a field of a field. */
  function roomWith(field: string, value: unknown): object {
    const [outer = "", ...inner] = field.split(".");
    const last = inner.at(-1);
    if (last === undefined) return { ...room, [outer]: value };
    if (last === "0") return { ...room, ungated: [value] };
    const within =
      outer === "ungated" && last !== "path" ? { path: "/help", [last]: value } : { [last]: value };
    return { ...room, ...around[outer]?.(within) };
  }

  it.each(wrong)("says in plain words what is allowed as %s", (field, given, allowed) => {
    for (const value of given) {
      const [line, ...more] = problemsOf({ rooms: [roomWith(field, value)] }).split("\n");
      expect(line).toMatch(new RegExp(`^rooms\\.json: rooms\\.0\\.${field.replaceAll(".", "\\.")}: `));
      expect(line?.endsWith(`; allowed: ${allowed}`), line).toBe(true);
      expect(more).toEqual([]);
    }
  });

  it.each([
    [
      "outflow",
      { outflow: 5 },
      "rooms.0.outflow: 5; allowed: there is no such field; did you mean outflowPerMinute?",
    ],
    [
      "colour",
      { colour: 5 },
      "rooms.0.colour: 5; allowed: there is no such field; the fields are id, name, match, ",
    ],
    [
      "tlh",
      { name: { da: "a", en: "b", tlh: "c" } },
      'rooms.0.name.tlh: "c"; allowed: there is no such field',
    ],
    [
      "verb",
      { ungated: [{ path: "/a", verb: "GET" }] },
      'rooms.0.ungated.0.verb: "GET"; allowed: there is no such',
    ],
  ])("knows no field %s", (_, fields, said) => {
    expect(problemsOf({ rooms: [{ ...room, ...fields }] })).toContain(said);
  });

  it.each([
    ["no room", { rooms: [] }, "rooms: an empty list; allowed: a list of 1 to 1000 rooms"],
    ["a room that is none", { rooms: [5] }, "rooms.0: 5; allowed: a room: an object with id, name, match,"],
    ["no list", {}, "rooms: not set; allowed: a list of 1 to 1000 rooms"],
    ["a list of rooms alone", [room], '(the whole): a list; allowed: {"rooms": [...]}'],
    ["nothing", null, '(the whole): null; allowed: {"rooms": [...]}'],
    [
      "another list",
      { rooms: [room], room: 1 },
      "room: 1; allowed: there is no such field; did you mean rooms?",
    ],
    [
      "one id twice",
      { rooms: [room, { ...room, match: { host: "*", path: "/b" } }] },
      'id "tax" given twice',
    ],
    ["one place twice", { rooms: [room, { ...room, id: "b" }] }, "given twice; allowed: one room each"],
  ])("says what is wrong with %s", (_, file, said) => {
    const text = problemsOf(file);
    expect(text).toContain(said);
    expect(text.split("\n")).toHaveLength(1);
  });

  // PROTOCOL: `^[a-z0-9][a-z0-9-]{0,31}$`, unique
  // PROTOCOL: http(s) URL
  // PROTOCOL: 1 to 1,000,000
  it("says what is wrong with a file that is none", () => {
    expect(problemsOf("{")).toMatch(/^rooms\.json: not JSON/);
    expect(() => readRoomsFile("/nowhere/rooms.json")).toThrow(/SLUSE_ROOMS: "\/nowhere\/rooms\.json"/);
  });

  it("names what the store has otherwise than the file", () => {
    const [config] = parseRooms("f", JSON.stringify({ rooms: [room] }));
    if (!config) throw new Error("no room");
    const inForce = { ...seedSettings(config), outflowPerMinute: 300, mode: "hold" as const, version: 7 };
    expect(differencesFromFile(config, inForce)).toEqual(["mode", "outflowPerMinute"]);
  });
});
