import { describe, expect, it } from "vitest";
import { ConnectionVisitor, noCounts } from "./visitor.ts";

const origin = "http://127.0.0.1:8080";
const status = (serving: number) => JSON.stringify({ serving, mode: "queue" });

describe("the visitor of a connection", () => {
  it("goes from the page through the line to the log-out, and the next one begins without its cookies", () => {
    const counts = noCounts();
    const visitor = new ConnectionVisitor(origin, "tax", counts);
    const asked: string[] = [];
    const ask = (code: number, body: string, headers: Record<string, string | string[]> = {}) => {
      const { method, path } = visitor.next();
      expect(visitor.next()).toEqual(visitor.next());
      asked.push(`${method} ${path}`);
      visitor.replied(code, body, headers);
    };
    ask(200, "waiting page");
    ask(200, JSON.stringify({ state: "waiting", number: 3 }), { "set-cookie": "sluse_ticket_tax=t; Path=/" });
    ask(200, status(2));
    expect(visitor.next().headers.Cookie).toBe("sluse_ticket_tax=t");
    ask(200, status(3));
    ask(202, JSON.stringify({ state: "called", retryAfterMs: 500 }));
    ask(200, "{}", { "Set-Cookie": ["sluse_pass_tax=p; Path=/"] });
    for (let page = 0; page < 3; page += 1) ask(200, "statement");
    ask(200, "goodbye");
    expect(asked).toEqual([
      "GET /tax",
      "POST /_sluse/rooms/tax/join",
      "GET /_sluse/rooms/tax/status",
      "GET /_sluse/rooms/tax/status",
      "POST /_sluse/rooms/tax/claim?to=%2Ftax",
      "POST /_sluse/rooms/tax/claim?to=%2Ftax",
      "GET /tax",
      "GET /tax",
      "GET /tax",
      "POST /tax/logout",
    ]);
    expect(visitor.next().headers.Cookie).toBeUndefined();
    expect(counts).toEqual({
      visitors: 2,
      joined: 1,
      statuses: 2,
      claims: 2,
      admitted: 1,
      pages: 3,
      unexpected: {},
    });
  });

  it("repeats a join with the same key where the store is down, and begins anew where the turn is gone", () => {
    const counts = noCounts();
    const visitor = new ConnectionVisitor(origin, "tax", counts);
    visitor.replied(200, "waiting page", {});
    const first = visitor.next();
    visitor.replied(503, "{}", {});
    expect(visitor.next()).toEqual(first);
    visitor.replied(200, JSON.stringify({ state: "called", number: 1 }), {});
    visitor.replied(410, "{}", {});
    expect(visitor.next().path).toBe("/tax");
    expect(counts).toMatchObject({ visitors: 2, unexpected: { "join 503": 1, "claim 410": 1 } });
  });
});
