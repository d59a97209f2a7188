import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Reply } from "./reply.ts";
import { headerOf, isPlain, isRefusal, plainAddress, type Request, readRequest } from "./request.ts";
import { refuse } from "./respond.ts";
import { RawConnection, serve, type TestServer } from "./test-server.ts";

let server: TestServer;
let seen: Request[] = [];
let addresses: string[] = [];

beforeAll(async () => {
  server = await serve((res, req) => {
    const plain = isPlain(req, "x-telling");
    const read = readRequest(req, res);
    const refused = isRefusal(read) && !/method|target|allowed/.test(read.detail);
    const tells = !isRefusal(read) && (headerOf(read, "x-telling") ?? "") !== "";
    if (plain === (refused || tells)) throw new Error("isPlain does not say what readRequest does");
    if (isRefusal(read)) return refuse(res, read);
    seen.push(read);
    if (read.path !== "/unasked") addresses.push(read.peer.address);
    const reply = new Reply(res, read);
    reply.body?.read({ chunk() {}, end: () => reply.send(200, [], "read") });
    if (read.bodyBytes === 0) reply.send(200, [], "read");
  });
});
afterAll(() => server.close());
beforeEach(() => {
  seen = [];
  addresses = [];
});

const get = (target: string, headers = "Host: a\r\n") => `GET ${target} HTTP/1.1\r\n${headers}\r\n`;
const post = (headers: string, body = "") => `POST / HTTP/1.1\r\nHost: a\r\n${headers}\r\n${body}`;
const SMUGGLED = get("/smuggled");

describe("readRequest", () => {
  it("copies what a request says", async () => {
    const connection = new RawConnection(
      server.port,
      get(
        "/A//b%2F..?x=%20&y?#".replace("#", ""),
        "Host: City.example:81\r\nX-One: 1\r\nx-one:  2 \r\nCookie: a=b\r\n",
      ),
    );
    expect(await connection.until("read")).toContain("200 OK");
    expect(seen).toEqual([
      {
        method: "GET",
        path: "/A//b%2F..",
        query: "x=%20&y?",
        host: "City.example:81",
        headers: [
          ["host", "City.example:81"],
          ["x-one", "1"],
          ["x-one", "2"],
          ["cookie", "a=b"],
        ],
        peer: expect.objectContaining({ address: "127.0.0.1" }),
        bodyBytes: 0,
      },
    ]);
    expect(headerOf(seen[0] as Request, "x-one")).toBe("1");
    expect(headerOf(seen[0] as Request, "x-two")).toBeUndefined();
    connection.destroy();
  });

  it.each([
    ["/a", null],
    ["/a?", ""],
    ["/a?b", "b"],
    ["/a??", "?"],
  ])("tells no query from an empty one: %s", async (target, query) => {
    const connection = new RawConnection(server.port, get(target));
    await connection.until("read");
    expect(seen.map((request) => [request.path, request.query])).toEqual([["/a", query]]);
    connection.destroy();
  });

  it.each([
    ["Content-Length", post("Content-Length: 3\r\n", "abc"), 3],
    ["chunks", post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"), "chunked"],
    ["neither", post(""), 0],
    ["a method in lower case", get("/").replace("GET", "get"), 0],
    ["a host with an IPv6 address", get("/", "Host: [::1]:80\r\n"), 0],
    ["a header that tells something", get("/", "Host: a\r\nX-Telling: b\r\n"), 0],
    ["a header that could tell something", get("/", "Host: a\r\nX-Telling: \r\n"), 0],
    ["UTF-8 in the path", Buffer.from(get("/æ"), "utf8"), 0],
  ])("accepts %s", async (_, bytes, bodyBytes) => {
    const connection = new RawConnection(server.port, bytes);
    await connection.until("read");
    expect(seen.map((request) => request.bodyBytes)).toEqual([bodyBytes]);
    expect(seen[0]?.method).toMatch(/^(GET|POST)$/);
    connection.destroy();
  });

  it.each([
    ["two differing Content-Length", post("Content-Length: 3\r\nContent-Length: 5\r\n", "abcde")],
    ["two equal Content-Length", post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc")],
    ["an empty and a good Content-Length", post("Content-Length:\r\nContent-Length: 3\r\n", "abc")],
    ["an empty Content-Length", post("Content-Length: \r\n")],
    ["a signed Content-Length", post("Content-Length: +3\r\n", "abc")],
    ["a list as Content-Length", post("Content-Length: 3, 3\r\n", "abc")],
    ["a hexadecimal Content-Length", post("Content-Length: 0x3\r\n", "abc")],
    ["an endless Content-Length", post("Content-Length: 99999999999999999999\r\n", "abc")],
    [
      "Content-Length and Transfer-Encoding",
      post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
    ],
    [
      "Transfer-Encoding and Content-Length",
      post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"),
    ],
    ["chunked, identity", post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n")],
    ["Chunked", post("Transfer-Encoding: Chunked\r\n", "0\r\n\r\n")],
    ["gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")],
    ["an empty Transfer-Encoding", post("Transfer-Encoding:\r\n")],
    [
      "two Transfer-Encoding",
      post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
    ],
    ["trailers", post("Transfer-Encoding: chunked\r\nTrailer: X-A\r\n", "1\r\na\r\n0\r\nX-A: 1\r\n\r\n")],
    ["two Host", get("/", "Host: a\r\nHost: a\r\n")],
    ["no Host", get("/", "X: y\r\n")],
    ["an empty Host", get("/", "Host:\r\n")],
    ["a Host with a path", get("/", "Host: a/b\r\n")],
    ["a Host with credentials", get("/", "Host: a@b\r\n")],
    ["a Host list", get("/", "Host: a, b\r\n")],
    ["an absolute target", get("http://evil.example/")],
    ["a target with a fragment", get("/a#b")],
    ["a target with a control character", get("/a\x01b")],
    ["a target with a NUL", get("/a\0b")],
    ["a target with a DEL", get("/a\x7fb")],
    ["a target in Latin-1", Buffer.from(get("/\u00e6"), "latin1")],
    ["a query with a fragment", get("/a?b#c")],
    ["a malformed method", get("/").replace("GET", "G@T")],
    ["a header value with a NUL", get("/", "Host: a\r\nX: a\0b\r\n")],
    ["a folded header", get("/", "Host: a\r\nX: a\r\n b\r\n")],
    ["a space before the colon", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")],
    ["a bare line feed in a header", get("/", "Host: a\r\nX: a\nY: b\r\n")],
    ["HTTP/1.0", get("/").replace("1.1", "1.0")],
  ])("refuses %s and closes the connection", async (_, bytes) => {
    const connection = new RawConnection(server.port, bytes);
    const text = await connection.untilClosed();
    expect(text).toMatch(/^HTTP\/1\.1 (400|505) /);
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(seen).toEqual([]);
  });

  it.each(["TRACE", "CONNECT", "trace", "connect"])("does not allow %s", async (method) => {
    const connection = new RawConnection(server.port, get("/").replace("GET", method));
    const text = await connection.untilClosed();
    expect(text).toMatch(/^HTTP\/1\.1 405 Method Not Allowed\r\n/);
    expect(text).toContain("content-type: application/problem+json");
    expect(JSON.parse(text.slice(text.indexOf("\r\n\r\n")))).toMatchObject({
      status: 405,
      code: "method-not-allowed",
    });
    expect(seen).toEqual([]);
  });

  it("never runs a request that was smuggled in behind a refused one", async () => {
    for (const refused of [
      post("Content-Length: 3\r\nContent-Length: 50\r\n", "abc"),
      post("Content-Length:\r\n"),
      post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
      get("/").replace("GET", "TRACE"),
    ]) {
      const together = new RawConnection(server.port, refused + SMUGGLED);
      expect(await together.untilClosed()).not.toContain("200 OK");
      const apart = new RawConnection(server.port, refused);
      await apart.until("HTTP/1.1");
      apart.write(SMUGGLED);
      expect(await apart.untilClosed()).not.toContain("200 OK");
    }
    expect(seen).toEqual([]);
  });

  // PROTOCOL: Request headers up to 16 KB
  it("takes 16 KB of headers, and answers 431 to more", async () => {
    const fits = new RawConnection(server.port, get("/", `Host: a\r\nX: ${"x".repeat(16_000)}\r\n`));
    expect(await fits.until("read")).toContain("200 OK");
    const tooLarge = new RawConnection(server.port, get("/", `Host: a\r\nX: ${"x".repeat(17_500)}\r\n`));
    expect(await tooLarge.untilClosed()).toContain("431 Request Header Fields Too Large");
    fits.destroy();
  });

  it("does not believe a PROXY preamble", async () => {
    const preamble = Buffer.concat([
      Buffer.from("0d0a0d0a000d0a515549540a2111000c", "hex"),
      Buffer.from([9, 9, 9, 9, 127, 0, 0, 1, 0, 80, 0, 80]),
    ]);
    const connection = new RawConnection(server.port, Buffer.concat([preamble, Buffer.from(get("/"))]));
    await connection.until("read");
    expect(addresses).toEqual(["127.0.0.1"]);
    connection.destroy();
  });

  it("keeps the address that was read while the visitor was there, and has none to read later", async () => {
    for (const path of ["/asked", "/unasked"]) {
      const connection = new RawConnection(server.port, get(path));
      await connection.until("read");
      connection.destroy();
    }
    expect(addresses).toEqual(["127.0.0.1"]);
    expect(seen.map((request) => request.peer.address)).toEqual(["127.0.0.1", ""]);
  });
});

describe("plainAddress", () => {
  it.each([
    ["127.0.0.1", "127.0.0.1"],
    ["::ffff:10.1.2.3", "10.1.2.3"],
    ["0000:0000:0000:0000:0000:ffff:0a01:0203", "10.1.2.3"],
    ["2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"],
    ["a:b", "a:b"],
  ])("%s is %s", (address, plain) => expect(plainAddress(address)).toBe(plain));
});
