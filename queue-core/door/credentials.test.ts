import { describe, expect, it } from "vitest";
import { credentialsOf, serviceCredentialsOf } from "./credentials.ts";
import type { Header } from "./request.ts";

const COOKIE: Header = ["cookie", "a=1; sluse_ticket_tax=t; sluse_pass_tax=p; sluse_pass_other=o"];
const SECURE: Header = ["cookie", "__Host-sluse_ticket_tax=st; __Host-sluse_pass_tax=sp"];
const APP: Header = ["sluse-client", "app"];
const BEARER: Header = ["authorization", "Bearer bt"];
const PASS: Header = ["sluse-pass", "hp"];

const asked = (headers: readonly Header[]) => ({ method: "GET", path: "/tax", query: null, headers });

type Case = [what: string, headers: Header[], ticket: string | undefined, pass: string | undefined];

describe("under `/_sluse/`", () => {
  it.each<Case>([
    ["a stranger", [], undefined, undefined],
    ["a browser's cookies", [COOKIE], "t", "p"],
    ["a browser's headers say nothing", [COOKIE, BEARER, PASS], "t", "p"],
    ["an app's headers", [APP, BEARER, PASS], "bt", "hp"],
    ["an app's cookies say nothing", [APP, COOKIE], undefined, undefined],
    ["no bearer", [APP, ["authorization", "Basic bt"]], undefined, undefined],
    ["any spelling of Bearer", [APP, ["authorization", "bearer  bt"]], "bt", undefined],
    ["the secure names do not count on http", [SECURE], undefined, undefined],
  ])("%s", (_, headers, ticket, pass) => {
    const isApp = headers.includes(APP);
    expect(credentialsOf(asked(headers), "tax", false)).toEqual({ isApp, ticket, pass });
  });

  it("on https only the names that no other host can set", () => {
    const found = credentialsOf(asked([COOKIE, SECURE]), "tax", true);
    expect(found).toEqual({ isApp: false, ticket: "st", pass: "sp" });
    expect(credentialsOf(asked([COOKIE]), "tax", true).pass).toBeUndefined();
  });
});

describe("to the service", () => {
  it.each<Case>([
    ["a stranger", [], undefined, undefined],
    ["a browser's cookies", [COOKIE], "t", "p"],
    ["`Sluse-Pass` before any cookie", [COOKIE, PASS], undefined, "hp"],
    ["`Authorization` is the service's own", [APP, BEARER], undefined, undefined],
    ["an app's pass", [APP, BEARER, PASS], undefined, "hp"],
    ["an app that has cookies all the same", [APP, COOKIE], "t", "p"],
  ])("%s", (_, headers, ticket, pass) => {
    const isApp = headers.includes(APP);
    expect(serviceCredentialsOf(asked(headers), "tax", false)).toEqual({ isApp, ticket, pass });
  });

  it("of this room alone", () => {
    expect(serviceCredentialsOf(asked([COOKIE]), "ta", false).pass).toBeUndefined();
    expect(serviceCredentialsOf(asked([COOKIE]), "other", false).pass).toBe("o");
  });
});
