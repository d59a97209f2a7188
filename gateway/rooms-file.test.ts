import { describe, expect, it } from "vitest";
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
  it("fills in the contract's defaults", () => {
    expect(parseRooms("f", JSON.stringify({ rooms: [room] }))).toEqual([
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

  const wrong: [name: string, rooms: unknown[], said: RegExp][] = [
    ["an unknown field", [{ ...room, outflow: 5 }], /rooms\.0: .*"outflow"/],
    ["a bad id", [{ ...room, id: "Tax!" }], /rooms\.0\.id: "Tax!"/],
    ["an outflow of nothing", [{ ...room, outflowPerMinute: 0 }], /rooms\.0\.outflowPerMinute: 0; .*>=1/],
    ["an outflow that is no number", [{ ...room, outflowPerMinute: "600" }], /outflowPerMinute: "600"/],
    ["half a room", [{ ...room, capacity: 1.5 }], /rooms\.0\.capacity: 1\.5/],
    ["a mode that is none", [{ ...room, mode: "paused" }], /rooms\.0\.mode: "paused"; .*"queue"/],
    ["an origin with a path", [{ ...room, origin: "http://a/b" }], /rooms\.0\.origin/],
    ["an origin of another kind", [{ ...room, origin: "file:///etc" }], /rooms\.0\.origin/],
    ["a time that is none", [{ ...room, opensAt: "tomorrow" }], /rooms\.0\.opensAt: "tomorrow"/],
    ["a message in one language", [{ ...room, message: { da: "Hej" } }], /rooms\.0\.message\.en: not set/],
    ["one id twice", [room, { ...room, match: { host: "*", path: "/b" } }], /id "tax" given twice/],
    ["one place twice", [room, { ...room, id: "b" }], /match .* given twice/],
    ["no room", [], /rooms: \[\]/],
  ];
  for (const [name, rooms, said] of wrong) {
    it(`says what is wrong with ${name}`, () => expect(problemsOf({ rooms })).toMatch(said));
  }

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
