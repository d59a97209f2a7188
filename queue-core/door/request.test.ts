import { describe, expect, it } from "vitest";
import {
  type Header,
  headerOf,
  isApp,
  isBrowserNavigation,
  isNavigation,
  isUnsafe,
  splitTarget,
} from "./request.ts";

const asked = (method: string, ...headers: Header[]) => ({ method, path: "/", query: null, headers });

it("a header is the first of its name", () => {
  const request = asked("GET", ["a", "1"], ["b", ""], ["a", "2"]);
  expect(headerOf(request, "a")).toBe("1");
  expect(headerOf(request, "b")).toBe("");
  expect(headerOf(request, "c")).toBeUndefined();
});

const HTML: Header = ["accept", "text/html,application/xhtml+xml;q=0.9"];
const NAVIGATE: Header = ["sec-fetch-mode", "navigate"];
const APP: Header = ["sluse-client", "app"];

describe("isNavigation", () => {
  it.each<[string, boolean, string, Header[]]>([
    ["a browser that goes to a page", true, "GET", [HTML, NAVIGATE]],
    ["a browser that posts a form", true, "POST", [HTML, NAVIGATE]],
    ["one that says so, whatever it accepts", true, "GET", [["accept", "*/*"], NAVIGATE]],
    ["an old browser, or a crawler", true, "GET", [HTML]],
    ["a script that accepts pages", false, "GET", [HTML, ["sec-fetch-mode", "cors"]]],
    ["an image", false, "GET", [["sec-fetch-mode", "no-cors"]]],
    ["a program", false, "GET", [["accept", "application/json"]]],
    ["nothing said", false, "GET", []],
    ["HEAD", false, "HEAD", [HTML, NAVIGATE]],
    ["OPTIONS", false, "OPTIONS", [HTML, NAVIGATE]],
    ["a prefetch", false, "GET", [HTML, NAVIGATE, ["sec-purpose", "prefetch"]]],
    ["a prerender", false, "GET", [HTML, NAVIGATE, ["sec-purpose", "prefetch;prerender"]]],
    ["another purpose", true, "GET", [HTML, NAVIGATE, ["sec-purpose", "preview"]]],
    ["an app", false, "GET", [HTML, NAVIGATE, APP]],
    ["another client", true, "GET", [HTML, ["sluse-client", "nobody"]]],
  ])("%s: %s", (_, expected, method, headers) =>
    expect(isNavigation(asked(method, ...headers))).toBe(expected),
  );
});

it("only a navigation that says so is a browser's", () => {
  expect(isBrowserNavigation(asked("GET", NAVIGATE))).toBe(true);
  expect(isBrowserNavigation(asked("GET", HTML))).toBe(false);
  expect(isBrowserNavigation(asked("GET", HTML, ["sec-fetch-mode", "cors"]))).toBe(false);
});

it("an app says so, to the letter", () => {
  expect(isApp(asked("GET", APP))).toBe(true);
  expect(isApp(asked("GET", ["sluse-client", "App"]))).toBe(false);
  expect(isApp(asked("GET"))).toBe(false);
});

it.each([
  ["POST", true],
  ["PUT", true],
  ["PATCH", true],
  ["DELETE", true],
  ["GET", false],
  ["HEAD", false],
  ["OPTIONS", false],
  ["post", false],
])("%s is unsafe: %s", (method, expected) => expect(isUnsafe(method)).toBe(expected));

describe("splitTarget", () => {
  it.each([
    ["/", "/", null],
    ["/a?b=1", "/a", "b=1"],
    ["/a?", "/a", ""],
    ["/a?b?c", "/a", "b?c"],
    ["/a#b?c", "/a", null],
    ["/a?b#c", "/a", "b"],
    ["", "", null],
  ])("%j: %j and %j", (target, path, query) => expect(splitTarget(target)).toEqual({ path, query }));
});
