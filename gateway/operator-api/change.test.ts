import { describe, expect, it } from "vitest";
import { dangerOf, differencesOf, isInForce, undoing, withField, withText } from "./change.ts";
import type { AuditEntryDocument } from "./replies.ts";
import { fixtureRoom } from "./room-fixture.ts";
import type { Settings } from "./settings.ts";

const room = fixtureRoom("tax", "Skat", "Tax", {
  settings: { outflowPerMinute: 1_000, capacity: 0 },
  state: { waiting: 47_030, showRate: 1, admittedPerMinute: 800 },
});
const { settings } = room;

describe("a draft", () => {
  it("has the fields that differ from what is set, and no others", () => {
    const lowered = withField({}, settings, "outflowPerMinute", 600);
    expect(lowered).toEqual({ outflowPerMinute: 600 });
    expect(withField({ ...lowered, capacity: 5 }, settings, "outflowPerMinute", 1_000)).toEqual({
      capacity: 5,
    });
    expect(withField({}, settings, "message", null)).toEqual({});
  });

  it("says what was and what will be, in the order in which settings are shown", () => {
    expect(differencesOf({ capacity: 5, mode: "hold", outflowPerMinute: 1_000 }, settings)).toEqual([
      { field: "mode", from: "queue", to: "hold" },
      { field: "capacity", from: 0, to: 5 },
    ]);
  });
});

describe("a message", () => {
  it("is silent in a language only where a text was taken away", () => {
    const both = { da: "Hej", en: "Hello" };
    expect(withText(null, null, "da", "Hej")).toEqual({ da: "Hej" });
    expect(withText(both, null, "en", "")).toEqual({ da: "Hej" });
    expect(withText(both, { en: "Hello" }, "en", "")).toEqual({ da: "Hej", en: "" });
    expect(withText({ da: "Hej", en: "" }, { da: "Hej", en: "" }, "en", "Hello")).toEqual(both);
  });

  it("of which nothing is left is none", () => {
    expect(withText({ da: "Hej" }, null, "da", "")).toBeNull();
    expect(withText({ da: "Hej", en: "" }, { da: "Hej", en: "" }, "da", "")).toBeNull();
  });
});

describe("a change asks for the room's name", () => {
  const dangerIn = (draft: Partial<Settings>, now: Partial<Settings> = {}, endSessions = false) =>
    dangerOf({ kind: "change", draft, reason: "" }, { ...settings, ...now }, endSessions);

  it("where it opens the room, more than doubles the outflow, puts those inside out, or resets the line", () => {
    expect(dangerIn({ mode: "open" })).toBe("open");
    expect(dangerIn({ outflowPerMinute: 2_001 })).toBe("doubled");
    expect(dangerIn({ mode: "closed" }, {}, true)).toBe("sessions");
    expect(dangerOf({ kind: "reset" }, settings, true)).toBe("reset");
  });

  it("and nowhere else", () => {
    expect(dangerIn({ mode: "closed", outflowPerMinute: 2_000, capacity: 0 })).toBeNull();
    expect(dangerIn({ mode: "open" }, { mode: "open" })).toBeNull();
    expect(dangerIn({ mode: "hold" }, {}, true)).toBeNull();
  });
});

describe("taking back", () => {
  const entry: AuditEntryDocument = {
    at: 1,
    room: "tax",
    actor: "Anna",
    action: "change",
    reason: "",
    changes: [
      { field: "outflowPerMinute", from: 600, to: 900 },
      { field: "message", from: null, to: { da: "a", en: "b" } },
    ],
    version: 2,
    sequence: 2,
    hash: "",
    previousHash: "",
    recorded: "",
  };

  it("a change puts back what was", () => {
    expect(undoing(entry)).toEqual({ outflowPerMinute: 600, message: null });
  });

  it("is for what is still so: every field is as the change set it", () => {
    const set = { ...settings, outflowPerMinute: 900, message: { da: "a", en: "b" } };
    expect(isInForce(entry.changes, set)).toBe(true);
    expect(isInForce(entry.changes, { ...set, capacity: 7 })).toBe(true);
    expect(isInForce(entry.changes, { ...set, outflowPerMinute: 600 })).toBe(false);
    expect(isInForce(entry.changes, { ...set, message: { da: "a", en: "" } })).toBe(false);
  });

  it("cannot bring back the places of a reset, nor what no operator sets", () => {
    expect(undoing({ ...entry, action: "reset" })).toBeNull();
    expect(undoing({ ...entry, action: "lost", changes: [] })).toBeNull();
    expect(undoing({ ...entry, changes: [{ field: "passesNotBefore", from: 0, to: 1 }] })).toBeNull();
    expect(undoing({ ...entry, changes: [] })).toBeNull();
  });
});
