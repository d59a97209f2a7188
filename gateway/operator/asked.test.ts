import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LANGUAGE_TAGS } from "#languages";
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
          expect(read).toEqual({ change: { opensAtMs: at.getTime() }, endSessions: false, reason: "" });
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
    const all = { room: null, actor: null, before: null, limit: 100 };
    expect(readAuditQuery(null)).toEqual(all);
    expect(readAuditQuery("room=tax&limit=1000")).toEqual({ ...all, room: "tax", limit: 1_000 });
    const filtered = { ...all, room: "tax", actor: "Ærø", before: 7 };
    expect(readAuditQuery("room=tax&before=7&actor=%C3%86r%C3%B8")).toEqual(filtered);
  });

  const IN_SOME = `{"da": text, "en": text}, in at least one of ${LANGUAGE_TAGS.join(", ")}`;
  const MOST = "a text of 2000 characters at most";
  const HOUR = "a whole number from 1 to 86400";
  it.each([
    ["mode", [5, "paused", null], '"queue", "hold", "open" or "closed"'],
    ["outflowPerMinute", ["600", 0, 1.5, 1_000_001, null], "a whole number from 1 to 1000000"],
    ["capacity", ["5", -1, 1.5, null], "a whole number from 0 (no bound) to 100000000"],
    ["sessionSeconds", ["600", 0, 86_401], HOUR],
    ["sessionGraceSeconds", [[], -1, 86_401], "a whole number from 0 to 86400"],
    ["claimWindowSeconds", [{}, 0, 86_401], HOUR],
    ["opensAt", [0, "", "tomorrow"], "a time such as 2027-03-15T19:00:00+01:00, or null"],
    ["message", ["hej", 5, [], {}], `${IN_SOME}; or null`],
    ["reason", [5, null, "x".repeat(501)], "a text of 500 characters at most"],
  ])("is told in plain words what is allowed as %s", (field, given, allowed) => {
    for (const value of given) {
      expect(errorsOf(readChange(JSON.stringify({ [field]: value })))).toEqual([
        { field, given: expect.any(String), allowed },
      ]);
    }
  });

  it.each([
    ['{"message":{"en":5}}', "message.en", "5", MOST],
    [
      '{"message":{"da":"a","en":"b","tlh":"c"}}',
      "message.tlh",
      '"c"',
      `there is no such field; the fields are ${LANGUAGE_TAGS.join(", ")}`,
    ],
    ['{"colour":5}', "colour", "5", expect.stringMatching(/^there is no such field; the fields are mode, /)],
    ['{"Mode":"hold"}', "Mode", '"hold"', "there is no such field; did you mean mode?"],
    ['{"outflow":5}', "outflow", "5", "there is no such field; did you mean outflowPerMinute?"],
    ["[]", "(the whole)", "an empty list", expect.stringMatching(/^an object with settings to change/)],
    ["null", "(the whole)", "null", expect.stringMatching(/^an object with settings to change/)],
  ])("is told what is wrong with a change: %s", (body, field, given, allowed) => {
    expect(errorsOf(readChange(body))).toEqual([{ field, given, allowed }]);
  });

  it("ends sessions with a change that closes the room, and with no other", () => {
    const closing = { change: { mode: "closed" }, endSessions: true, reason: "" };
    expect(readChange('{"mode":"closed","endSessions":true}')).toEqual(closing);
    expect(readChange('{"capacity":5,"endSessions":false}')).toMatchObject({ endSessions: false });
    const allowed = 'true or false, and true only beside "mode": "closed"';
    for (const beside of ["", '"mode":"hold",', '"capacity":5,']) {
      const read = readChange(`{${beside}"endSessions":true}`);
      expect(errorsOf(read)).toEqual([{ field: "endSessions", given: "true", allowed }]);
    }
    expect(errorsOf(readChange('{"mode":"closed","endSessions":1}'))).toMatchObject([
      { given: "1", allowed },
    ]);
  });

  it("is told what may be changed where nothing is", () => {
    expect(readChange('{"reason":"because"}')).toEqual({
      problem: "no-change",
      detail: expect.stringMatching(/; the fields are mode, outflowPerMinute, .*, opensAt, message\.$/),
    });
  });

  it.each([
    ["{}", "confirm", "not set", 'the room\'s id, "tax"'],
    ['{"confirm":"vaccine"}', "confirm", '"vaccine"', 'the room\'s id, "tax"'],
    ['{"confirm":"tax","endSessions":"yes"}', "endSessions", '"yes"', "true or false"],
    ['{"confirm":"tax","reason":5}', "reason", "5", "a text of 500 characters at most"],
    [
      '{"confirm":"tax","endSession":true}',
      "endSession",
      "true",
      "there is no such field; did you mean endSessions?",
    ],
    ["5", "(the whole)", "5", expect.stringMatching(/^an object such as \{"confirm": "tax"/)],
  ])("is told what is wrong with a reset: %s", (body, field, given, allowed) => {
    expect(errorsOf(readReset(body, "tax"))).toEqual([{ field, given, allowed }]);
  });
});

function errorsOf(read: object): unknown {
  return isProblem(read) && read.problem === "bad-fields" ? (read.extra as { errors: unknown }).errors : read;
}
