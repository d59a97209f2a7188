import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAuditQuery, readChange, readReset } from "./asked.ts";
import { isProblem } from "./problems.ts";

describe("what an operator may send", () => {
  it("is read or refused, whatever it is", () => {
    const fields = ["mode", "outflowPerMinute", "capacity", "opensAt", "message", "reason", "confirm"];
    const body = fc.oneof(
      fc.json(),
      fc.string(),
      fc.dictionary(fc.constantFrom(...fields), fc.jsonValue()).map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(body, (text) => {
        const change = readChange(text);
        if (!isProblem(change)) expect(Object.keys(change.change).length).toBeGreaterThan(0);
        expect(isProblem(readReset(text, "a-room-that-nobody-would-guess"))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("gives a whole number of ms for every opening time that it takes", () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date(253_402_300_799_000), noInvalidDate: true }),
        (at) => {
          const read = readChange(JSON.stringify({ opensAt: at.toISOString() }));
          expect(read).toEqual({ change: { opensAtMs: at.getTime() }, reason: "" });
        },
      ),
    );
  });

  it("asks the audit trail for 1 to 1000 entries, or is refused", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((limit) => `limit=${limit}`),
        ),
        (query) => {
          const read = readAuditQuery(query);
          if (!isProblem(read)) expect(read.limit >= 1 && read.limit <= 1_000).toBe(true);
        },
      ),
    );
    expect(readAuditQuery(null)).toEqual({ room: null, limit: 100 });
    expect(readAuditQuery("room=tax&limit=1000")).toEqual({ room: "tax", limit: 1_000 });
  });
});
