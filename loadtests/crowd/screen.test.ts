import { describe, expect, it } from "vitest";
import { readArguments } from "./arguments.ts";
import type { CrowdView } from "./crowd.ts";
import { screenOf, summaryOf } from "./screen.ts";

const atGate = readArguments(["tax", "100"], 7);
const straight = readArguments(["tax", "100", "--no-gate"], 7);

/** A hundred who were all served, save for what a test says. */
function viewOf(otherwise: Partial<CrowdView> = {}): CrowdView {
  return {
    elapsedSeconds: 75,
    visitors: 100,
    arrived: 100,
    joined: 100,
    called: 100,
    straightIn: 0,
    waiting: 0,
    admitted: 100,
    admittedPerSecond: 0,
    inside: 0,
    served: 100,
    noShows: 0,
    gaveUp: 0,
    rejoined: 0,
    lostVisits: 0,
    toldClosed: 0,
    answered: 600,
    refused: 0,
    errors: {},
    inversions: 0,
    duplicateNumbers: 0,
    servingFell: 0,
    waitP50Seconds: 3,
    waitP95Seconds: 8,
    line: undefined,
    health: undefined,
    crashes: 0,
    gate: undefined,
    ended: "everybody",
    ...otherwise,
  };
}

/** What is said below the picture. */
function said(view: CrowdView, options = atGate): string[] {
  const lines = summaryOf(options, view).split("\n");
  return lines.slice(screenOf(options, view).length).filter((line) => line !== "");
}

describe("the summary of a crowd", () => {
  it("says no more than what happened", () => {
    expect(said(viewOf())).toEqual([
      "Everybody has gone home after 01:15.",
      "100 of 100 got in and were served.",
      "The service answered 600 requests and refused 0.",
      "Nobody was overtaken.",
      "Good: everybody who came was served. --seed 7 sends the same crowd again.",
    ]);
  });

  it("tells those who went straight in from those who were called", () => {
    const view = viewOf({ called: 80, straightIn: 20 });
    expect(said(view)).toContain("20 went straight in, without waiting.");
    expect(said(view, straight)).not.toContain("20 went straight in, without waiting.");
  });

  it("accounts for everybody when the time is over", () => {
    const view = viewOf({
      ended: "time",
      arrived: 95,
      admitted: 40,
      served: 30,
      inside: 8,
      noShows: 5,
      gaveUp: 2,
    });
    expect(said(view)).toEqual([
      "The time is over (--for-seconds 600).",
      "40 of 100 got in; 30 were served to the end.",
      "5 were called and stayed away.",
      "2 gave up after 5 error pages in a row.",
      "50 were still waiting for their turn.",
      "8 were still at it.",
      "5 had not come yet.",
      "The service answered 600 requests and refused 0.",
      "Nobody was overtaken.",
      "Not good: not everybody who came was served. --seed 7 sends the same crowd again.",
    ]);
  });

  it("does not call a broken order good, whoever was served", () => {
    const lines = said(viewOf({ inversions: 3 }));
    expect(lines).toContain("THE ORDER WAS BROKEN: 3 overtaken, 0 numbers given twice, 0 times backwards.");
    expect(lines.at(-1)).toMatch(/^Not good: the order was broken\./);
    for (const broken of [{ duplicateNumbers: 1 }, { servingFell: 1 }]) {
      expect(said(viewOf(broken)).at(-1)).toMatch(/^Not good/);
    }
  });

  it("names what an operator closed, and no-shows, without finding fault", () => {
    const lines = said(viewOf({ toldClosed: 12, served: 90, admitted: 90, noShows: 10 }));
    expect(lines).toContain("12 were told that the operator has closed the room.");
    expect(lines.at(-1)).toMatch(/^Good/);
  });

  it("shows what a service without a gate could not do, and what to run instead", () => {
    const view = viewOf({
      admitted: 60,
      served: 20,
      gaveUp: 80,
      answered: 150,
      refused: 450,
      crashes: 3,
      lostVisits: 40,
    });
    const lines = said(view, straight);
    expect(lines).toContain("60 of 100 got a page of the service; 20 were served to the end.");
    expect(lines).toContain(
      "The service answered 150 requests and refused 450; it crashed 3 times, 40 visits lost in it.",
    );
    expect(lines.join()).not.toContain("overtaken");
    expect(lines.at(-1)).toBe("Through the gate it waits and is served: npm run crowd -- tax 100 --seed 7");
    const screen = screenOf(straight, view).join("\n");
    expect(screen).toContain("WITHOUT A GATE");
    expect(screen).toContain("[######------------------------] 20 of 100");
    expect(screen).toContain("[#######-----------------------] 25 % answered; 450 of 600 refused");
  });

  it("draws a full bar only where nothing is missing", () => {
    expect(screenOf(atGate, viewOf({ refused: 1 })).join()).toContain("#-] 99 % answered; 1 of 601 refused");
    expect(screenOf(atGate, viewOf({ answered: 0 })).join()).toContain("-] none yet");
  });
});
