import { STATUS_CODES } from "node:http";
import { type Reply, statusLine } from "./reply.ts";
import type { Header, Refusal } from "./request.ts";
import type { RequestBody } from "./request-body.ts";
import type { HttpResponse } from "./uws.ts";

const NO_STORE: Header = ["cache-control", "no-store"];
const JSON_TYPE: Header = ["content-type", "application/json"];
const PROBLEM_TYPE: Header = ["content-type", "application/problem+json"];

/** Answers with JSON; `no-store` unless `headers` say otherwise. */
export function sendJson(
  reply: Reply,
  status: number,
  value: unknown,
  headers: readonly Header[] = [],
): void {
  reply.send(status, [JSON_TYPE, ...withNoStore(headers)], JSON.stringify(value));
}

/** An RFC 9457 problem: `code` is the stable part, `detail` a sentence for people, `extra` further members. */
export function problem(status: number, code: string, detail: string, extra: object = {}): object {
  return { type: "about:blank", title: STATUS_CODES[status] ?? "Unknown", status, code, detail, ...extra };
}

/** Answers with an RFC 9457 problem; `no-store` unless `headers` say otherwise. */
export function sendProblem(
  reply: Reply,
  status: number,
  code: string,
  detail: string,
  extra: object = {},
  headers: readonly Header[] = [],
): void {
  reply.send(
    status,
    [PROBLEM_TYPE, ...withNoStore(headers)],
    JSON.stringify(problem(status, code, detail, extra)),
  );
}

/** Sends the browser elsewhere with 303: whatever it did, it now does a GET. */
export function sendSeeOther(reply: Reply, location: string, headers: readonly Header[] = []): void {
  reply.send(303, [["location", location], ...withNoStore(headers)]);
}

/**
 * Answers a refused request and closes its connection. Not inside the handler: a request smuggled in behind
 * this one, in the same read, would still be run. While a reply is outstanding uWebSockets.js drops the
 * connection instead.
 */
export function refuse(res: HttpResponse, refusal: Refusal): void {
  let gone = false;
  res.onAborted(() => {
    gone = true;
  });
  setImmediate(() => {
    if (gone) return;
    res.cork(() => {
      res
        .writeStatus(statusLine(refusal.status))
        .writeHeader(...PROBLEM_TYPE)
        .writeHeader(...NO_STORE)
        .end(JSON.stringify(problem(refusal.status, refusal.refuse, refusal.detail)), true);
    });
  });
}

/** A small body as text; `too-large` past `maxBytes`; never settles where the visitor goes away. */
export function readText(
  body: RequestBody | null,
  maxBytes: number,
): Promise<{ text: string } | "too-large"> {
  if (body === null) return Promise.resolve({ text: "" });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    body.read({
      chunk(data) {
        bytes += data.length;
        if (bytes > maxBytes) resolve("too-large");
        else chunks.push(data);
      },
      end: () => resolve({ text: Buffer.concat(chunks).toString("utf8") }),
    });
  });
}

function withNoStore(headers: readonly Header[]): readonly Header[] {
  return headers.some(([name]) => name.toLowerCase() === "cache-control") ? headers : [NO_STORE, ...headers];
}
