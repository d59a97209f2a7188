import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Reply } from "./reply.ts";
import { headerOf, isRefusal, readRequest } from "./request.ts";
import { chooseCoding, sendStaticPage, staticPage } from "./static-page.ts";
import { serve } from "./test-server.ts";

describe("chooseCoding", () => {
  it.each([
    [undefined, "identity"],
    ["", "identity"],
    ["gzip, deflate, br", "br"],
    ["gzip, deflate", "gzip"],
    ["GZIP", "gzip"],
    ["br;q=0.5, gzip;q=0.8", "gzip"],
    ["br; q=0.5, gzip; q=0.5", "br"],
    ["br;q=0, gzip;q=0.1", "gzip"],
    ["br;q=0, gzip;q=0", "identity"],
    ["*", "br"],
    ["*;q=0.5, br;q=0.1", "gzip"],
    ["*;q=0", "identity"],
    ["identity", "identity"],
    ["identity;q=1, gzip;q=0.5", "identity"],
    ["deflate", "identity"],
    ["br;q=2", "identity"],
    ["xbr", "identity"],
  ])("%j: %s", (header, coding) => expect(chooseCoding(header)).toBe(coding));
});

describe("sendStaticPage", () => {
  it("sends the same page in each coding, and its length alone on HEAD", async () => {
    const text = "<p>Velkommen</p>".repeat(500);
    const page = staticPage(text);
    const server = await serve((res, req) => {
      const request = readRequest(req, res);
      if (isRefusal(request)) throw new Error(request.detail);
      const coding = headerOf(request, "accept-encoding");
      sendStaticPage(new Reply(res, request), 202, page, coding, [["content-type", "text/html"]]);
    });
    const decode = { br: brotliDecompressSync, gzip: gunzipSync, identity: (bytes: Buffer) => bytes };
    const { request } = await import("node:http");
    for (const coding of ["br", "gzip", "identity"] as const) {
      for (const method of ["GET", "HEAD"]) {
        const [status, headers, body] = await new Promise<
          [number | undefined, NodeJS.Dict<string | string[]>, Buffer]
        >((resolve, reject) => {
          const options = { port: server.port, method, headers: { "accept-encoding": coding } };
          request(options, (response) => {
            const chunks: Buffer[] = [];
            response.on("data", (chunk: Buffer) => chunks.push(chunk));
            response.on("end", () => resolve([response.statusCode, response.headers, Buffer.concat(chunks)]));
          })
            .on("error", reject)
            .end();
        });
        expect(status).toBe(202);
        expect(headers["content-encoding"]).toBe(coding === "identity" ? undefined : coding);
        expect(headers.vary).toBe("accept-encoding");
        expect(headers["content-length"]).toBe(String(page[coding].length));
        if (method === "GET") expect(decode[coding](body).toString()).toBe(text);
        else expect(body.length).toBe(0);
      }
    }
    server.close();
  });
});
