/** The service behind the measured gateway, in a process of its own: two bytes once it has the whole request, or 50 MB. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { LARGE_PATH } from "./attacks.ts";

const LARGE_BYTES = 50 * 1_024 * 1_024;
const chunk = Buffer.alloc(65_536, "x");

const server = createServer((request, response) => {
  request.resume();
  if (request.url !== LARGE_PATH) return void request.once("end", () => response.end("ok"));
  response.setHeader("content-length", LARGE_BYTES);
  let left = LARGE_BYTES;
  const more = () => {
    while (left > 0) {
      left -= chunk.length;
      if (!response.write(chunk)) return void response.once("drain", more);
    }
    response.end();
  };
  more();
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
process.stdin.resume();
process.stdin.once("end", () => process.exit());
