import { type PreparedReply, prepareReply, type Reply } from "./http/reply.ts";
import type { Header } from "./http/request.ts";
import { problem, sendProblem } from "./http/respond.ts";

/** Every error that a visitor's program can meet: its stable code, its status, a sentence for people. */
const PROBLEMS = {
  "no-room": [404, "Nothing is served at this address."],
  "not-found": [404, "Sluse has no such resource."],
  "ambiguous-path": [
    400,
    "This address can be read as more than one; write it without encoded slashes, dots and control characters.",
  ],
  "bad-request": [400, "The request cannot be passed on as it is."],
  "bad-target": [400, "`to` must be a path of this room on this host."],
  "bad-idempotency-key": [400, "Idempotency-Key must be 22 to 64 characters of A-Z, a-z, 0-9, _ and -."],
  "foreign-origin": [403, "This request came from a page of another site."],
  "not-a-proxy": [
    403,
    "Only a trusted proxy may ask, and every header with the method or address must agree.",
  ],
  "method-not-allowed": [405, "This method is not allowed here."],
  "no-ticket": [401, "No ticket was sent; join first."],
  "bad-ticket": [401, "The ticket is not valid; join anew."],
  waiting: [409, "It is not this ticket's turn yet."],
  "no-extensions-left": [409, "This call cannot be extended again; come in before it ends."],
  missed: [410, "The time to come in has run out; join anew."],
  used: [410, "This ticket has been used; join anew."],
  left: [410, "This place was given up; join anew."],
  reset: [410, "The line was started anew; join anew."],
  closed: [503, "The service is closed now."],
  "must-wait": [503, "There is a line; come in through its front page."],
  "store-down": [503, "The line cannot be reached just now; every place is kept. Try again shortly."],
  "slow-down": [503, "Many come from this address at once; nobody loses a place. Try again shortly."],
  "too-many-requests": [429, "As many requests of this pass wait as may. Let some end first."],
  "too-many-sockets": [
    429,
    "As many WebSockets and event streams of this pass are open as may. Close one first.",
  ],
  "origin-away": [502, "The service behind does not answer."],
  "origin-slow": [504, "The service behind did not answer in time."],
} as const satisfies Record<string, readonly [status: number, detail: string]>;

export type ProblemCode = keyof typeof PROBLEMS;

/** The sentence for people, for where another status goes with a code than the table's. */
export function detailOf(code: ProblemCode): string {
  return PROBLEMS[code][1];
}

/** Answers with a problem of the table; `extra` are further members of the document. */
export function sendError(
  reply: Reply,
  code: ProblemCode,
  extra: object = {},
  headers: readonly Header[] = [],
): void {
  const [status, detail] = PROBLEMS[code];
  sendProblem(reply, status, code, detail, extra, headers);
}

/** A problem of the table for where there is no {@link Reply}, such as a WebSocket that is not taken. */
export function preparedError(code: ProblemCode): PreparedReply {
  const [status, detail] = PROBLEMS[code];
  const headers: Header[] = [
    ["content-type", "application/problem+json"],
    ["cache-control", "no-store"],
  ];
  return prepareReply(status, headers, JSON.stringify(problem(status, code, detail)));
}
