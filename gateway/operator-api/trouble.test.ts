import { describe, expect, it } from "vitest";
import { fixtureRoom } from "./room-fixture.ts";
import { inOrderOfTrouble, standstillOf, type TroubleKind, troublesOf } from "./trouble.ts";

const room = (part: Parameters<typeof fixtureRoom>[3] = {}) => fixtureRoom("tax", "Skat", "Tax", part);
const busy = { waiting: 5_000, admittedPerMinute: 1_150 };

describe("trouble", () => {
  it("is none in a room that is quiet, and none in one whose line moves", () => {
    expect(troublesOf(room())).toEqual([]);
    expect(troublesOf(room({ state: busy }))).toEqual([]);
  });

  const cases: [TroubleKind, "alarm" | "warning", Parameters<typeof fixtureRoom>[3]][] = [
    ["store-down", "alarm", { store: "down" }],
    ["line-lost", "alarm", { store: "empty" }],
    ["newer-format", "alarm", { store: "newer" }],
    ["rebuilt", "warning", { state: { alarm: "restored" } }],
    ["rebuilt", "alarm", { state: { alarm: "restored", pause: { until: null } } }],
    ["implausible-floor", "warning", { state: { alarm: "implausible-floor" } }],
    ["not-moving", "alarm", { state: { ...busy, admittedPerMinute: 0 } }],
    ["outflow-not-reached", "warning", { state: { ...busy, admittedPerMinute: 600 } }],
    ["full", "warning", { state: { ...busy, admittedPerMinute: 0, sessions: 8_900 } }],
    ["origin-errors", "warning", { figures: { originErrorShare: 0.02 } }],
    ["origin-errors", "alarm", { figures: { originErrorShare: 0.06 } }],
    ["origin-slow", "warning", { figures: { originP95Seconds: 2.1 } }],
    ["origin-slow", "alarm", { figures: { originP95Seconds: 6 } }],
    ["shared-pass", "warning", { figures: { sharedPasses: 1 } }],
  ];

  it.each(cases)("is seen: %s (%s)", (kind, severity, part) => {
    expect(troublesOf(room(part))).toEqual([{ kind, severity }]);
  });

  it("is not a line that stands still because it is told to, or has only begun", () => {
    expect(
      troublesOf(
        room({ settings: { mode: "hold" }, state: { ...busy, mode: "hold", admittedPerMinute: 0 } }),
      ),
    ).toEqual([]);
    expect(
      troublesOf(room({ state: { ...busy, admittedPerMinute: 300 }, figures: { admittedPerMinute: 1_190 } })),
    ).toEqual([]);
    expect(troublesOf(room({ state: { waiting: 20, admittedPerMinute: 0 } }))).toEqual([]);
  });
});

describe("a standstill", () => {
  const held = { settings: { mode: "hold" as const }, state: { waiting: 5_002 } };

  it("is people who wait where an operator shut the room, and no trouble", () => {
    expect(standstillOf(room(held))).toEqual({ mode: "hold", waiting: 5_002 });
    expect(troublesOf(room(held))).toEqual([]);
    expect(standstillOf(room({ ...held, settings: { mode: "closed" } }))?.mode).toBe("closed");
  });

  it("is not where nobody waits, where people are let in, where it opens by itself, or where nothing is heard", () => {
    const opensAt = "2026-03-09T20:00:00.000Z";
    const none = [
      { ...held, state: { waiting: 0 } },
      { ...held, settings: { mode: "queue" as const } },
      { settings: { opensAt }, state: { waiting: 5_002, mode: "hold" as const } },
      { ...held, store: "down" as const },
    ];
    expect(none.map((part) => standstillOf(room(part)))).toEqual([null, null, null, null]);
    // At its opening time it stays on hold.
    expect(standstillOf(room({ ...held, settings: { mode: "hold", opensAt } }))).not.toBeNull();
  });
});

describe("the overview", () => {
  it("has the worst first, then those that stand still, then the longest lines", () => {
    const rooms = [
      fixtureRoom("a", "", ""),
      fixtureRoom("b", "", "", { state: busy }),
      fixtureRoom("c", "", "", { figures: { originErrorShare: 0.02 } }),
      fixtureRoom("d", "", "", { store: "down" }),
      fixtureRoom("e", "", "", { settings: { mode: "hold" }, state: { waiting: 1 } }),
    ];
    expect(inOrderOfTrouble(rooms).map(({ id }) => id)).toEqual(["d", "c", "e", "b", "a"]);
  });
});
