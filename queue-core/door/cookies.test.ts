import { describe, expect, it } from "vitest";
import {
  cookiesOf,
  isSluseCookie,
  languageCookie,
  passCookie,
  passCookieName,
  readCookie,
  ticketCookie,
  ticketCookieName,
  withoutSluseCookies,
} from "./cookies.ts";
import type { Header } from "./request.ts";

describe("readCookie", () => {
  it.each([
    ["a=1", "a", "1"],
    ["a=1; b=2", "b", "2"],
    ["b=2;a=1", "a", "1"],
    ["a=1; a=2", "a", "1"],
    ["xa=1; a=2", "a", "2"],
    ["x=a=1; a=2", "a", "2"],
    ["ab=1; a=2", "a", "2"],
    ["a=; b=2", "a", ""],
    ["a=1=2; b", "a", "1=2"],
    ["a=1 ;b=2", "a", "1"],
    ["  a=1", "a", "1"],
    ["__Host-a=1; a=2", "a", "2"],
    ["A=1", "a", undefined],
    ["a", "a", undefined],
    ["", "a", undefined],
    ["b=a; c=a=", "a", undefined],
  ])("%j holds %s: %j", (cookies, name, value) => expect(readCookie(cookies, name)).toBe(value));
});

describe("withoutSluseCookies", () => {
  it.each([
    ["a=1; b=2", "a=1; b=2"],
    ["sluse_ticket_tax=x; a=1; sluse_pass_tax=y", "a=1"],
    ["__Host-sluse_pass_tax=y;a=1", "a=1"],
    ["sluse_lang=da", ""],
    ["sluse_ticket_tax=x", ""],
    ["a=sluse_x; my_sluse_x=1", "a=sluse_x; my_sluse_x=1"],
    ["", ""],
  ])("%j leaves %j", (cookies, left) => expect(withoutSluseCookies(cookies)).toBe(left));
});

describe("isSluseCookie", () => {
  it.each([
    ["sluse_pass_tax=x; Path=/", true],
    ["__Host-sluse_ticket_tax=; Max-Age=0; Path=/; Secure", true],
    ["sluse_lang=da", true],
    ["sluse_operator=x; HttpOnly", true],
    [" \tsluse_lang=da", true],
    ["=sluse_lang=da", true],
    [" = sluse_lang=da", true],
    ["sluse_lang", true],
    ["my_sluse_lang=da", false],
    ["slusen=1; Path=/sluse_", false],
    ["a=sluse_lang=da", false],
    ["a=1; sluse_lang=da", false],
  ])("%j: %s", (cookie, isOurs) => expect(isSluseCookie(cookie)).toBe(isOurs));
});

describe("Set-Cookie", () => {
  it("is readable by http", () => {
    expect(ticketCookieName("tax", false)).toBe("sluse_ticket_tax");
    expect(passCookieName("tax", false)).toBe("sluse_pass_tax");
    expect(ticketCookie("tax", false, "t", 60)).toBe(
      "sluse_ticket_tax=t; Max-Age=60; Path=/; HttpOnly; SameSite=Lax",
    );
    expect(passCookie("tax", false, "p", 0)).toBe(
      "sluse_pass_tax=p; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
    );
  });

  it("is bound to the host on https", () => {
    expect(ticketCookie("tax", true, "t", 60)).toBe(
      "__Host-sluse_ticket_tax=t; Max-Age=60; Path=/; HttpOnly; SameSite=Lax; Secure",
    );
    expect(passCookie("tax", true, "p", 60)).toBe(
      "__Host-sluse_pass_tax=p; Max-Age=60; Path=/; HttpOnly; SameSite=None; Secure",
    );
    expect(languageCookie("da", true)).toMatch(/^sluse_lang=da; Max-Age=\d+; Path=\/; SameSite=Lax; Secure$/);
  });
});

describe("cookiesOf", () => {
  const GET = { method: "GET", path: "/", query: null };

  it.each<[string, Header[], string]>([
    ["none", [["x", "y"]], ""],
    ["one header", [["cookie", "a=1; b=2"]], "a=1; b=2"],
    [
      "several",
      [
        ["cookie", "a=1"],
        ["x", "y"],
        ["cookie", "b=2"],
      ],
      "a=1; b=2",
    ],
  ])("%s", (_, headers, cookies) => expect(cookiesOf({ ...GET, headers })).toBe(cookies));
});
