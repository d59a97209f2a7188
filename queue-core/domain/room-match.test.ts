import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compileRooms,
  isRoomTarget,
  matchRoom,
  matchUngated,
  normaliseHost,
  normalisePath,
  onThisHost,
} from "./room-match.ts";

const room = (id: string, path: string, host = "*") => ({ id, match: { host, path } });
const tax = room("tax", "/tax");
const open = room("open", "/open");
const deep = room("deep", "/tax/log-in/now");
const hosted = room("hosted", "/", "Vaccine.example");
const hostedTax = room("hosted-tax", "/tax", "vaccine.example");
const table = compileRooms([tax, open, deep, hosted, hostedTax]);

function outcome(path: string, host = "city.example", rooms = table): string {
  const match = matchRoom(rooms, host, path);
  return match.kind === "room" ? match.room.id : match.kind;
}

describe("normalisePath", () => {
  it.each([
    ["/", "/"],
    ["", "/"],
    ["/tax", "/tax"],
    ["/tax/", "/tax/"],
    ["/TAX/Log-In", "/tax/log-in"],
    ["/t%61x", "/tax"],
    ["/%54%41%58", "/tax"],
    ["/t%2561x", "/tax"],
    ["/tax%2fform", "/tax/form"],
    ["/tax%2Fform", "/tax/form"],
    ["/tax%252fform", "/tax/form"],
    ["/tax\\form", "/tax/form"],
    ["/tax%5cform", "/tax/form"],
    ["//tax///form", "/tax/form"],
    ["/./tax/./form", "/tax/form"],
    ["/x/../tax", "/tax"],
    ["/x/%2e%2e/tax", "/tax"],
    ["/x/%252e%252E/tax", "/tax"],
    ["/x/.%2e/tax", "/tax"],
    ["/../../tax", "/tax"],
    ["/tax/..", "/"],
    ["/tax/form/..", "/tax/"],
    ["/tax/.", "/tax/"],
    ["/tax;jsessionid=1", "/tax"],
    ["/tax;a/form;b=c", "/tax/form"],
    ["/x/..;/tax", "/tax"],
    ["/x/..%3b/tax", "/tax"],
    ["/;a/tax", "/tax"],
    ["/50%25-off", "/50%-off"],
    ["/.well-known/x", "/.well-known/x"],
    ["/%C3%A5rsopg%C3%B8relse", "/årsopgørelse"],
    ["/%C3%85RS", "/års"],
    ["/ÅRS", "/års"],
    ["/%E5rs", "/års"],
    ["/%93tax%94", "/\u0093tax\u0094"],
    ["/K", "/k"],
  ])("%s is %s", (raw, normal) => expect(normalisePath(raw)).toBe(normal));

  it.each([
    "/%",
    "/tax%2",
    "/tax%zz",
    "/%u002ftax",
    "/tax%00",
    "/tax\0",
    "/tax%2500",
    "/ta%09x",
    "/ta%0ax",
    "/tax%250d%250a",
    "/tax%1b",
    "/tax%7f",
    "/%c0%aftax",
    "/%c0%ae%c0%ae/tax",
    "/%e0%80%af",
    "/%2525252525252e",
    `${"/..".repeat(33)}/tax`,
    "tax",
    "http://city.example/tax",
  ])("%j cannot be read", (raw) => expect(normalisePath(raw)).toBeNull());

  it("leaves a normal form alone", () => {
    const segment = fc.constantFrom(
      "tax",
      "TAX",
      "%2e%2e",
      "..",
      ".",
      "",
      ";p",
      "a;b",
      "%2f",
      "\\",
      "t%61x",
      "å",
    );
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 12 }), (segments) => {
        const once = normalisePath(`/${segments.join("/")}`);
        expect(once).not.toBeNull();
        expect(normalisePath(once ?? "")).toBe(once);
        expect(once).not.toMatch(/\/\/|\\|;|\/\.\.?(\/|$)/);
      }),
    );
  });
});

describe("normaliseHost", () => {
  it.each([
    ["Tax.Example", "tax.example"],
    ["tax.example:8080", "tax.example"],
    ["tax.example.", "tax.example"],
    ["TAX.example.:443", "tax.example"],
    ["tax.example..", "tax.example"],
    ["[::1]:8080", "[::1]"],
    ["127.0.0.1:1", "127.0.0.1"],
  ])("%s is %s", (raw, normal) => expect(normaliseHost(raw)).toBe(normal));
});

describe("matchRoom", () => {
  it.each([
    ["/tax", "tax"],
    ["/tax/", "tax"],
    ["/tax/form", "tax"],
    ["/taxes", "none"],
    ["/", "none"],
    ["/ta", "none"],
    ["/tax/log-in", "tax"],
    ["/tax/log-in/now", "deep"],
    ["/tax/log-in/now/go", "deep"],
    ["/tax/log-in/nowadays", "tax"],
  ])("%s belongs to %s", (path, expected) => expect(outcome(path)).toBe(expected));

  it.each([
    "/TAX",
    "/Tax/Form",
    "/t%61x",
    "/%74%61%78/form",
    "/t%2561x",
    "/tax%2fform",
    "/%2ftax",
    "/%252ftax",
    "//tax",
    "/\\tax",
    "/%5Ctax",
    "/./tax",
    "/%2e/tax",
    "/x/../tax",
    "/x/%2e%2e/tax",
    "/x/%252e%252e/tax",
    "/x/..%2ftax",
    "/x/..;/tax",
    "/x/..;a=b/tax",
    "/tax;x",
    "/;x/tax",
    "/tax%3bx",
    "/tax/form/../other",
    "/tax/./form",
  ])("%s does not walk round the gate", (path) => expect(outcome(path)).toBe("tax"));

  it.each([
    "/open/../tax",
    "/open/%2e%2e/tax",
    "/open/%252e%252e/tax",
    "/open/..%2ftax",
    "/open/..;/tax",
    "/open\\..\\tax",
    "/tax/../open",
    "/tax/..",
    "/tax/../elsewhere",
    "/tax/%2e%2e/elsewhere",
    "/tax%2f..%2fopen",
    "/tax%2f..%2felsewhere",
    "/TAX/../elsewhere",
    "/open/%2e%2e/tax/%252e%252e/open",
    "/open/../tax/../open",
    "/tax/LOG-IN/now",
    "/tax/log-in%2fnow",
    "/tax/%",
    "/tax%00",
    "/ta%09x",
    "/open/.%0a./tax",
    "/open/%252e%2509%252e/tax",
    "/open/%c0%ae%c0%ae/tax",
  ])("%s is ambiguous", (path) => expect(outcome(path)).toBe("ambiguous"));

  // PROTOCOL: then the longest path
  it("prefers the exact host, then the longest path, and falls back to any host", () => {
    expect(outcome("/tax", "vaccine.example")).toBe("hosted-tax");
    expect(outcome("/tax", "VACCINE.example.:8080")).toBe("hosted-tax");
    expect(outcome("/anything", "vaccine.example.")).toBe("hosted");
    expect(outcome("/tax/log-in/now", "vaccine.example")).toBe("hosted-tax");
    expect(outcome("/tax", "vaccine.example.org")).toBe("tax");
    const partial = compileRooms([room("exact", "/only", "a.example"), room("any", "/tax")]);
    expect(outcome("/tax", "a.example", partial)).toBe("any");
  });

  it("lets a room for the whole host and one inside it disagree", () => {
    const rooms = compileRooms([room("all", "/"), tax]);
    expect(outcome("/tax/form", "a", rooms)).toBe("tax");
    expect(outcome("/else", "a", rooms)).toBe("all");
    expect(outcome("/TAX", "a", rooms)).toBe("ambiguous");
    expect(outcome("//tax", "a", rooms)).toBe("ambiguous");
    expect(outcome("/Else//x/", "a", rooms)).toBe("all");
  });

  it("compares room paths in their normal form too", () => {
    const rooms = compileRooms([room("aars", "/Årsopgørelse/")]);
    expect(outcome("/%C3%A5rsopg%C3%B8relse", "a", rooms)).toBe("aars");
    expect(outcome("/%C3%85RSOPG%C3%98RELSE/1", "a", rooms)).toBe("aars");
  });

  it("never lets a disguised path into no room or another room", () => {
    const disguises = [
      (c: string) => c,
      (c: string) => c.toUpperCase(),
      (c: string) => `%${c.charCodeAt(0).toString(16)}`,
      (c: string) => `%25${c.charCodeAt(0).toString(16)}`,
    ];
    const prefix = fc.constantFrom(
      "/",
      "//",
      "/./",
      "/x/../",
      "/x/%2e%2e/",
      "/;p/",
      "/\\",
      "/%2f",
      "/%252e/",
    );
    const choices = fc.array(fc.nat(3), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(prefix, choices, (before, chosen) => {
        const name = [..."tax"].map((c, index) => disguises[chosen[index] ?? 0]?.(c)).join("");
        expect(outcome(`${before}${name}/form`)).toBe("tax");
      }),
    );
  });

  it("reads the longest path that a request can have in a few milliseconds", () => {
    const hostile = [
      "/a".repeat(8000),
      "/..".repeat(5000),
      "%25".repeat(5000),
      "/;".repeat(8000),
      "//".repeat(8000),
    ];
    for (const path of hostile) {
      const started = performance.now();
      outcome(`/${path}!`);
      expect(performance.now() - started).toBeLessThan(50);
    }
  });
});

describe("matchUngated", () => {
  const rules = [{ path: "/tax/health" }, { method: "get", path: "/tax/assets/*" }];
  it.each([
    ["GET", "/tax/health", true],
    ["POST", "/tax/health", true],
    ["GET", "/TAX/Health", true],
    ["GET", "/tax/health/", false],
    ["GET", "/tax/healthy", false],
    ["GET", "/tax/assets/app.js", true],
    ["GET", "/tax/assets/a/b.js", true],
    ["GET", "/tax/%61ssets/app.js", true],
    ["GET", "/tax//assets/app.js", true],
    ["GET", "/tax/assets", false],
    ["GET", "/tax/assets/", false],
    ["POST", "/tax/assets/app.js", false],
    ["GET", "/tax/assets/../buy", false],
    ["GET", "/tax/assets/..%2fbuy", false],
    ["GET", "/tax/buy/../assets/app.js", false],
    ["GET", "/tax/buy/..;/assets/app.js", false],
    ["GET", "/tax/buy/%252e%252e/assets/app.js", false],
    ["GET", "/tax/buy", false],
    ["GET", "/tax/assets/%", false],
  ])("%s %s: %s", (method, path, expected) => expect(matchUngated(rules, method, path)).toBe(expected));

  it("is false without rules", () => expect(matchUngated([], "GET", "/tax")).toBe(false));
});

describe("onThisHost", () => {
  it.each([
    ["/", "/"],
    ["/tax//x?to=//y#//z", "/tax//x?to=//y#//z"],
    ["//evil.example/tax", "/evil.example/tax"],
    ["///evil.example", "/evil.example"],
    ["/\\evil.example", "/evil.example"],
    ["\\\\evil.example", "/evil.example"],
    ["//", "/"],
    ["//?x", "/?x"],
  ])("%s is given back as %s", (address, given) => {
    expect(onThisHost(address)).toBe(given);
    expect(new URL(given, "http://city.example/x").host).toBe("city.example");
    expect(outcome(given.replace(/[?#].*/, ""))).toBe(outcome(address.replace(/[?#].*/, "")));
  });
});

describe("isRoomTarget", () => {
  it.each([
    "/tax",
    "/tax/form?step=2&x=//y",
    "/tax/form#part",
    "/TAX",
    "/tax/a/../b",
    "/tax?to=https://evil.example",
  ])("%s is inside", (to) => expect(isRoomTarget(to, tax, "city.example", table)).toBe(true));

  it.each([
    "",
    "tax",
    "//tax",
    "//evil.example/tax",
    "/\\evil.example/tax",
    "/tax\\..\\..",
    "https://city.example/tax",
    "javascript:alert(1)",
    "/open",
    "/",
    "/taxes",
    "/tax/log-in/now",
    "/tax/../open",
    "/tax/%2e%2e/open",
    "/tax/..//evil.example",
    "/tax\r\nSet-Cookie: a=b",
    "/tax\0",
    "/tax\t",
    "/ta\tx",
    "/tax form",
    "/tax/å",
    " /tax",
    "/tax/%",
    "/tax%00",
    `/tax?${"x".repeat(2048)}`,
  ])("%j is not", (to) => expect(isRoomTarget(to, tax, "city.example", table)).toBe(false));

  it("is bound to the host", () => {
    expect(isRoomTarget("/tax", hostedTax, "vaccine.example", table)).toBe(true);
    expect(isRoomTarget("/tax", tax, "vaccine.example", table)).toBe(false);
  });
});
