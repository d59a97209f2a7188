/** The story with a small crowd and a small service, and what the judging says of evenings that went wrong. */
import { describe, expect, it } from "vitest";
import {
  admissionsFollowed,
  type Change,
  type Evening,
  lineRoseAndDrained,
  originSlowedAndRecovered,
  outflowHeld,
  type Point,
  promisesKept,
} from "./evidence.ts";
import { runStory } from "./story.ts";

/** Some 60 s where nothing else runs. */
const STORY_MS = 300_000;

it(
  "plays the evening through the console, and Prometheus bears it out",
  async () => {
    const told: string[] = [];
    const findings = await runStory({
      crowd: { visitors: 220, arriveSeconds: 1, thinkSeconds: 0.6, noShowPercent: 2 },
      carries: 50,
      trusted: { outflowPerMinute: 1_800, capacity: 75 },
      loweredTo: 150,
      stepsUp: 3,
      mustWait: 190,
      pictures: null,
      tell: (line) => told.push(line),
    });
    expect(findings.filter(({ holds }) => !holds)).toEqual([]);
    expect(findings.length).toBe(13);
    expect(told.join("\n")).toMatch(/The console: The \d+ waiting are through by about \d\d:\d\d/);
  },
  STORY_MS,
);

const AT = 1_000_000;
const LOWERED: Change = { perMinute: 600, atMs: AT, untilMs: AT + 60_000, fromFull: false };

/** A sample a second from `AT` on. */
function eachSecond(seconds: number, valueAt: (second: number) => number): Point[] {
  return Array.from({ length: seconds }, (_, second) => ({
    atMs: AT + second * 1_000,
    value: valueAt(second),
  }));
}

const EVENING: Evening = {
  waiting: eachSecond(60, (second) => 590 - second * 10),
  admissions: eachSecond(60, (second) => second * 10),
  outflow: eachSecond(60, () => 600),
  sessions: eachSecond(60, () => 100),
  p95: [{ atMs: AT - 1_000, value: 3 }, ...eachSecond(60, (second) => (second < 9 ? 1 : 0.03))],
  inversions: 0,
  beyondOutflow: 0,
  placesLost: 0,
};

const holds = (findings: readonly { holds: boolean }[]) => findings.map((finding) => finding.holds);

describe("the judging", () => {
  it("sees a line that rose and drained, and one that did not", () => {
    expect(holds(lineRoseAndDrained(EVENING, 500))).toEqual([true, true]);
    expect(holds(lineRoseAndDrained(EVENING, 600))).toEqual([false, true]);
    expect(holds(lineRoseAndDrained({ ...EVENING, waiting: EVENING.waiting.slice(0, 30) }, 500))).toEqual([
      true,
      false,
    ]);
    expect(holds(lineRoseAndDrained({ ...EVENING, waiting: [] }, 0))).toEqual([false, false]);
  });

  it("sees a service that slowed before and recovered after the outflow was lowered", () => {
    const bounds = { slowSeconds: 2, wellSeconds: 0.25 };
    expect(holds(originSlowedAndRecovered(EVENING, LOWERED, bounds))).toEqual([true, true]);
    const slowAfter = { ...EVENING, p95: eachSecond(60, () => 3) };
    expect(holds(originSlowedAndRecovered(slowAfter, LOWERED, { ...bounds, slowSeconds: 4 }))).toEqual([
      false,
      false,
    ]);
  });

  it("wants an outflow in force after a second, and no other until the next change", () => {
    const other = (from: number, until: number): Evening => ({
      ...EVENING,
      outflow: eachSecond(60, (second) => (second >= from && second < until ? 900 : 600)),
    });
    expect(outflowHeld(other(0, 2), LOWERED).holds).toBe(true);
    expect(outflowHeld(other(0, 3), LOWERED).holds).toBe(false);
    expect(outflowHeld(other(40, 41), LOWERED).holds).toBe(false);
    expect(outflowHeld({ ...EVENING, outflow: [] }, LOWERED).holds).toBe(false);
  });

  it("lets admissions be two per cent off, either way, and spend what a full room had kept", () => {
    const at = (perSecond: number, more = 0): Evening => ({
      ...EVENING,
      admissions: eachSecond(60, (second) => second * perSecond + (second > 5 ? more : 0)),
    });
    expect([9.7, 9.85, 10.15, 10.3].map((rate) => admissionsFollowed(at(rate), LOWERED, 400).holds)).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(admissionsFollowed(at(10, 20), LOWERED, 400).holds).toBe(false);
    expect(admissionsFollowed(at(10, 20), { ...LOWERED, fromFull: true }, 400).holds).toBe(true);
    expect(admissionsFollowed({ ...EVENING, admissions: [] }, LOWERED, 400).holds).toBe(false);
  });

  it("does not ask for the outflow while the room is full", () => {
    const stuck = {
      ...EVENING,
      admissions: eachSecond(60, (second) => 10 * Math.max(0, second - 8)),
      sessions: eachSecond(60, (second) => (second < 9 ? 400 : 300)),
    };
    expect(admissionsFollowed(stuck, LOWERED, 400).holds).toBe(true);
    expect(admissionsFollowed(stuck, LOWERED, 500).holds).toBe(false);
  });

  it("takes a promise that nobody counted for one that was not kept", () => {
    expect(holds(promisesKept(EVENING))).toEqual([true, true, true]);
    expect(holds(promisesKept({ ...EVENING, inversions: 1, beyondOutflow: null, placesLost: 2 }))).toEqual([
      false,
      false,
      false,
    ]);
  });
});
