import { describe, expect, it } from "vitest";
import { SERIES } from "./figures.ts";
import {
  admittedPerMinuteOf,
  isJustStarted,
  measuredNoShows,
  rebuiltOf,
  sessionsOf,
  sumOf,
} from "./known.ts";
import type { HistoryDocument } from "./replies.ts";
import { FIXTURE_NOW_MS, fixtureRoom } from "./room-fixture.ts";

const NO_SERIES = Object.fromEntries(
  SERIES.map((name) => [name, []]),
) as unknown as HistoryDocument["series"];
const room = (part: Parameters<typeof fixtureRoom>[3] = {}) => fixtureRoom("tax", "Skat", "Tax", part);

describe("a sum over rooms", () => {
  it("says of how many it is not known, and is not 0 where it is of none", () => {
    const waiting = [room({ state: { waiting: 3 } }), room({ state: { waiting: 4 } })];
    const away = room({ store: "down", state: { waiting: 50 } });
    expect(sumOf(waiting, ({ state }) => state.waiting)).toEqual({ sum: 7, without: 0 });
    expect(sumOf([...waiting, away], ({ state }) => state.waiting)).toEqual({ sum: 7, without: 1 });
    expect(sumOf([away], ({ state }) => state.waiting)).toEqual({ sum: null, without: 1 });
    const joins = [
      room({ figures: { joinsPerMinute: null } }),
      { ...room(), figures: null },
      { ...room(), settings: null },
    ];
    expect(sumOf(joins, ({ figures }) => figures?.joinsPerMinute)).toEqual({ sum: null, without: 3 });
  });
});

describe("sessions", () => {
  it("are not known until a rebuilt line lets people in", () => {
    expect(sessionsOf(room({ state: { sessions: 9 } }))).toBe(9);
    expect(sessionsOf(room({ state: { sessions: 0, pause: { until: null } } }))).toBeNull();
  });
});

describe("the last minute", () => {
  it("may be an older one while the gateway has run for less than that: then the last seconds count", () => {
    const runningFor = (seconds: number) => isJustStarted({ at: seconds * 1_000 + 7, startedAt: 7 });
    expect([runningFor(59), runningFor(60)]).toEqual([true, false]);
    const moving = room({ state: { admittedPerMinute: 30 }, figures: { admittedPerMinute: 12 } });
    expect([true, false].map((started) => admittedPerMinuteOf(moving, started))).toEqual([12, 30]);
    expect(admittedPerMinuteOf({ ...moving, figures: null }, true)).toBeNull();
  });
});

describe("no-shows", () => {
  it("are 0 only where people were let in of late; any other share is what it is", () => {
    const noShowShare = [0, 0, null, 0.2, 0, 0, 0];
    const admittedPerMinute = [null, 0, 0, 60, 0, 0, 0];
    const series = { ...NO_SERIES, noShowShare, admittedPerMinute };
    const at = [0, 30, 60, 90, 120, 162, 163].map((seconds) => seconds * 1_000);
    expect(measuredNoShows({ source: "gateway", stepSeconds: 5, at, series })).toEqual([
      null,
      null,
      null,
      0.2,
      0,
      0,
      null,
    ]);
  });
});

describe("a rebuilt line", () => {
  const kind = (state: object, capacity = 0) =>
    rebuiltOf(room({ state, settings: { capacity } }), FIXTURE_NOW_MS);
  const until = (seconds: number) => ({
    alarm: "restored",
    pause: { until: FIXTURE_NOW_MS + seconds * 1_000 },
  });

  it("says what it waits for", () => {
    expect(kind({})).toBeNull();
    expect(kind({ alarm: "restored", pause: { until: null } })).toBe("unconfirmed");
    expect([kind(until(8)), kind(until(8), 900), kind(until(300), 900)]).toEqual([
      "gathering",
      "gathering",
      "counting",
    ]);
    expect([kind({ alarm: "restored" }), kind({ alarm: "implausible-floor" })]).toEqual([
      "over",
      "implausible",
    ]);
  });
});
