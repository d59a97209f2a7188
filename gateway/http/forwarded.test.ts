import { describe, expect, it } from "vitest";
import { clientOf, compileTrustedProxies } from "./forwarded.ts";
import type { Header, Request } from "./request.ts";

const trusted = compileTrustedProxies(
  ["10.0.0.0/8", "2001:db8::/32", "192.0.2.7"],
  ["Public.example:8443", "room.example", "[::1]:80", "*"],
);

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
    expect(clientOf(from("203.0.113.9", ...forged), compileTrustedProxies([]), "http")).toEqual(expected);
    expect(clientOf(from("2001:db9::1", ...forged), trusted, "http").viaTrustedProxy).toBe(false);
  });

  // PROTOCOL: CIDRs whose `X-Forwarded-*` is believed
  it("believes a trusted proxy", () => {
    const said: Header[] = [...forged, ["x-forwarded-host", "room.example"]];
    const expected = { address: "1.1.1.1", proto: "https", host: "room.example", viaTrustedProxy: true };
    expect(clientOf(from("10.1.2.3", ...said), trusted, "http")).toEqual(expected);
    expect(clientOf(from("2001:db8::5", ...said), trusted, "http")).toEqual(expected);
    expect(clientOf(from("192.0.2.7", ...said), trusted, "http")).toEqual(expected);
  });

  // PROTOCOL: `X-Forwarded-Host` counts only where it names the host of `SLUSE_PUBLIC_URL` or of a room, else the request's `Host` does
  it.each([
    ["public.example", "public.example"],
    ["Public.Example:9000", "Public.Example:9000"],
    ["room.example.", "room.example."],
    ["evil.example, room.example", "room.example"],
    ["[::1]:8080", "[::1]:8080"],
    ["evil.example", "city.example"],
    ["room.example, evil.example", "city.example"],
    ["room.example.evil.example", "city.example"],
    ["room.example:80:80", "city.example"],
    ["room.example@evil.example", "city.example"],
    ["*", "city.example"],
    ["", "city.example"],
  ])("believes a proxy of known hosts alone: %j is %s", (named, host) => {
    const request = from("10.0.0.1", ["x-forwarded-host", named]);
    expect(clientOf(request, trusted, "http").host).toBe(host);
  });

  // PROTOCOL: An address in `X-Forwarded-For` may come in quotes, IPv6 in brackets, either with a port
  // PROTOCOL: visitors of whom it has no address (`unknown`) count as one
  it.each([
    ["one hop", ["1.1.1.1"], "1.1.1.1"],
    ["a forged entry on the left", ["6.6.6.6, 1.1.1.1"], "1.1.1.1"],
    ["trusted hops on the right", ["6.6.6.6, 1.1.1.1, 10.9.9.9, 192.0.2.7"], "1.1.1.1"],
    ["several headers", ["6.6.6.6", "1.1.1.1", "10.9.9.9"], "1.1.1.1"],
    ["trusted hops alone", ["10.1.1.1, 10.9.9.9"], "10.1.1.1"],
    ["IPv4 mapped into IPv6", ["::ffff:1.1.1.1"], "1.1.1.1"],
    ["IPv6", ["2001:0DB9::0001"], "2001:db9::1"],
    ["a port", ["6.6.6.6, 1.1.1.1:4711"], "1.1.1.1"],
    ["a hidden port", ["1.1.1.1:_p"], "1.1.1.1"],
    ["quotes", ['"1.1.1.1"'], "1.1.1.1"],
    ["quotes and a port", ['"1.1.1.1:80"'], "1.1.1.1"],
    ["IPv6 in brackets", ["[2001:DB9::1]"], "2001:db9::1"],
    ["IPv6 in brackets with a port", ["[2001:db9::1]:443"], "2001:db9::1"],
    ["IPv6 in brackets and quotes", ['"[2001:db9::1]:443"'], "2001:db9::1"],
    ["mapped in brackets", ["[::ffff:1.1.1.1]:443"], "1.1.1.1"],
    ["a trusted hop with a port", ["1.1.1.1:1, 10.9.9.9:2"], "1.1.1.1"],
    ["nobody known", ["1.1.1.1, unknown"], "unknown"],
    ["nobody known behind a trusted hop", ["1.1.1.1, unknown, 10.9.9.9"], "unknown"],
    ["nobody known, with a port", ["unknown:80"], "unknown"],
    ["somebody hidden", ["_hidden"], "unknown"],
    ["another hidden, who counts as the first", ["_SEVKISEK"], "unknown"],
    ["no address", ["city.example"], "unknown"],
    ["an address of few parts", ["1.1"], "unknown"],
    ["an address in hexadecimal", ["0x1.0x1.0x1.0x1"], "unknown"],
    ["an open bracket", ["[2001:db9::1"], "unknown"],
    ["an open quote", ['"1.1.1.1'], "unknown"],
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
      ["x-forwarded-host", "room .example"],
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
