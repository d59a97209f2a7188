import { describe, expect, it } from "vitest";
import { clientOf, compileTrustedProxies } from "./forwarded.ts";
import type { Header, Request } from "./request.ts";

const trusted = compileTrustedProxies(["10.0.0.0/8", "2001:db8::/32", "192.0.2.7"]);

function from(address: string, ...headers: Header[]): Request {
  const peer = { address };
  return { method: "GET", path: "/", query: null, host: "city.example", headers, peer, bodyBytes: 0 };
}

describe("clientOf", () => {
  const forged: Header[] = [
    ["x-forwarded-for", "1.1.1.1"],
    ["x-forwarded-proto", "https"],
    ["x-forwarded-host", "evil.example"],
    ["forwarded", "for=1.1.1.1"],
  ];

  it("believes nobody who is not trusted", () => {
    const expected = { address: "203.0.113.9", proto: "http", host: "city.example", viaTrustedProxy: false };
    expect(clientOf(from("203.0.113.9", ...forged), trusted, "http")).toEqual(expected);
    expect(clientOf(from("203.0.113.9", ...forged), [], "http")).toEqual(expected);
    expect(clientOf(from("2001:db9::1", ...forged), trusted, "http").viaTrustedProxy).toBe(false);
  });

  // PROTOCOL: CIDRs whose `X-Forwarded-*` is believed
  it("believes a trusted proxy", () => {
    const expected = { address: "1.1.1.1", proto: "https", host: "evil.example", viaTrustedProxy: true };
    expect(clientOf(from("10.1.2.3", ...forged), trusted, "http")).toEqual(expected);
    expect(clientOf(from("2001:db8::5", ...forged), trusted, "http")).toEqual(expected);
    expect(clientOf(from("192.0.2.7", ...forged), trusted, "http")).toEqual(expected);
  });

  it.each([
    ["one hop", ["1.1.1.1"], "1.1.1.1"],
    ["a forged entry on the left", ["6.6.6.6, 1.1.1.1"], "1.1.1.1"],
    ["trusted hops on the right", ["6.6.6.6, 1.1.1.1, 10.9.9.9, 192.0.2.7"], "1.1.1.1"],
    ["several headers", ["6.6.6.6", "1.1.1.1", "10.9.9.9"], "1.1.1.1"],
    ["trusted hops alone", ["10.1.1.1, 10.9.9.9"], "10.1.1.1"],
    ["IPv4 mapped into IPv6", ["::ffff:1.1.1.1"], "1.1.1.1"],
    ["IPv6", ["2001:0DB9::0001"], "2001:db9::1"],
    ["something else on the right", ["1.1.1.1, unknown"], "10.0.0.1"],
    ["something else behind a trusted hop", ["1.1.1.1, unknown, 10.9.9.9"], "10.9.9.9"],
    ["nothing", [""], "10.0.0.1"],
  ])("walks X-Forwarded-For from the right: %s", (_, values, address) => {
    const headers = values.map((value): Header => ["x-forwarded-for", value]);
    expect(clientOf(from("10.0.0.1", ...headers), trusted, "http").address).toBe(address);
  });

  it("falls back to what it knows itself", () => {
    expect(clientOf(from("10.0.0.1"), trusted, "https")).toEqual({
      address: "10.0.0.1",
      proto: "https",
      host: "city.example",
      viaTrustedProxy: true,
    });
    const odd: Header[] = [
      ["x-forwarded-proto", "gopher"],
      ["x-forwarded-host", "a b"],
    ];
    expect(clientOf(from("10.0.0.1", ...odd), trusted, "https")).toMatchObject({
      proto: "https",
      host: "city.example",
    });
    expect(clientOf(from("10.0.0.1", ["x-forwarded-proto", "https, HTTP"]), trusted, "https").proto).toBe(
      "http",
    );
  });
});

describe("compileTrustedProxies", () => {
  it.each(["10.0.0.0/33", "city.example", "", "10.0.0.0/", "10.0.0/8/8"])("refuses %j by name", (network) => {
    expect(() => compileTrustedProxies([network])).toThrow(`"${network}" is not a network`);
  });
});
