import { describe, expect, it } from "vitest";
import { credentialsOf, furtherPasses, furtherTickets, serviceCredentialsOf } from "./credentials.ts";
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
    expect(credentialsOf(asked(headers), "tax", false)).toMatchObject({ isApp, ticket, pass });
  });

  it("on https only the names that no other host can set", () => {
    const found = credentialsOf(asked([COOKIE, SECURE]), "tax", true);
    expect(found).toMatchObject({ isApp: false, ticket: "st", pass: "sp" });
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
    expect(serviceCredentialsOf(asked(headers), "tax", false)).toMatchObject({ isApp, ticket, pass });
  });

  it("of this room alone", () => {
    expect(serviceCredentialsOf(asked([COOKIE]), "ta", false).pass).toBeUndefined();
    expect(serviceCredentialsOf(asked([COOKIE]), "other", false).pass).toBe("o");
  });
});

describe("several cookies of one name", () => {
  const tossed: Header = [
    "cookie",
    "sluse_pass_tax=x; sluse_ticket_tax=t; sluse_pass_tax=p; sluse_pass_taxes=o",
  ];
  const more: Header = ["cookie", "sluse_pass_tax=q; sluse_pass_tax=r; sluse_pass_tax=s"];

  it("the first counts, and three behind it, of this room and from all `Cookie` headers", () => {
    const found = serviceCredentialsOf(asked([tossed, more]), "tax", false);
    expect(found).toMatchObject({ ticket: "t", pass: "x" });
    expect(furtherPasses(found, "tax", false)).toEqual(["p", "q", "r"]);
    expect(furtherTickets(found, "tax", false)).toEqual([]);
    expect(furtherPasses(found, "tax", true)).toEqual([]);
  });

  it("none behind an app's headers", () => {
    const found = [credentialsOf, serviceCredentialsOf].map((read) =>
      read(asked([tossed, APP, PASS]), "tax", false),
    );
    for (const credentials of found) expect(furtherPasses(credentials, "tax", false)).toEqual([]);
  });
});
