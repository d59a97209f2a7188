import { describe, expect, it } from "vitest";
import { createFormat, localeFor } from "./format.ts";
import { hrefOf, routeOf } from "./route.ts";

describe("numbers and times", () => {
  const en = createFormat("en-GB");
  const da = createFormat("da-DK");

  it("are the locale's", () => {
    expect([en.number(47_030.4), da.number(47_030.4)]).toEqual(["47,030", "47.030"]);
    expect([en.percent(0.084), da.percent(0.084)]).toEqual(["8.4%", "8,4\u00a0%"]);
    expect([en.latency(0.412), da.latency(2.94)]).toEqual(["412 ms", "2,9 sek."]);
  });

  it("promise no more than is known", () => {
    expect(en.range(3, 20)).toBe("< 1 min");
    expect([en.range(20, 310), da.range(20, 310)]).toEqual(["≤ 6 mins", "≤ 6 min."]);
    expect(en.range(2_010, 2_640)).toBe("33–44 mins");
    expect(en.range(3_500, 7_300)).toBe("58 mins – 2 hrs 2 mins");
  });

  it.each([
    ["da", ["en-US", "da"], "da"],
    ["en", ["da-DK", "en-US"], "en-US"],
    ["en", ["da-DK"], "en-GB"],
    ["da", [], "da-DK"],
    ["en", ["english"], "en-GB"],
  ] as const)("in %s, for a browser that speaks %j, are those of %s", (lang, languages, locale) => {
    expect(localeFor(lang, languages)).toBe(locale);
  });
});

describe("where one is", () => {
  it.each([
    { view: "overview" },
    { view: "room", room: "tax" },
    { view: "audit", room: null },
    { view: "audit", room: "tax" },
  ] as const)("stands in the address: %o", (route) => {
    expect(routeOf(hrefOf(route))).toEqual(route);
  });

  it("is the overview where the address says nothing known", () => {
    expect(["", "#", "#/", "#/nothing", "#/rooms/"].map(routeOf)).toEqual(
      Array(5).fill({ view: "overview" }),
    );
  });
});
