/** What is printed of moments that a listener of a test does not come to by itself. */
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type OverviewDocument, SERIES, type SeriesName } from "#operator-api";
import { REPLIES } from "#operator-api/schemas";
import {
  OPERATOR_TOKEN,
  type OperatorsListener,
  openOperatorsListener,
} from "../operator/operator-fixture.ts";
import { createFormat, type Format } from "./format.ts";
import { auditView, roomsView, roomView } from "./views.ts";

const NOW_MS = Date.UTC(2027, 1, 28, 7);

let listener: OperatorsListener;
let seen: OverviewDocument;
let format: Format;

beforeAll(async () => {
  vi.stubEnv("TZ", "UTC");
  format = createFormat({ LANG: "en_GB.UTF-8" });
  listener = await openOperatorsListener(null);
  const headers = { authorization: `Bearer ${OPERATOR_TOKEN}` };
  const reply = await fetch(`http://127.0.0.1:${listener.port}/api/overview`, { headers });
  const overview = REPLIES.Overview.parse(await reply.json());
  seen = { ...overview, at: NOW_MS, startedAt: NOW_MS - 3_600_000 };
});

afterAll(() => {
  vi.unstubAllEnvs();
  listener.close();
});

type Room = OverviewDocument["rooms"][number];

const NO_FIGURES = Object.fromEntries(SERIES.map((name) => [name, null])) as Record<SeriesName, null>;

/** The first room, after 30 admissions in its last minute, and 12 a minute in the last seconds. */
function roomWith(part: { line?: object; settings?: object; store?: Room["store"] } = {}): Room {
  const [room] = seen.rooms;
  if (!room?.settings) throw new Error("a room of which nothing is known");
  const { store = "up" } = part;
  const line = { ...room.state, admittedPerMinute: 30, sessions: 7, store, ...part.line } as Room["state"];
  const settings = { ...room.settings, ...part.settings };
  return { ...room, store, settings, state: line, figures: { ...NO_FIGURES, admittedPerMinute: 12 } };
}

const rowOf = (room: Room, moment: Partial<OverviewDocument> = {}) =>
  roomsView({ ...seen, ...moment, rooms: [room] }, format).split("\n")[1];
const shownOf = (room: Room, moment: Partial<OverviewDocument> = {}) =>
  roomView(room, { ...seen, ...moment }, format);

it("an opening time to come stands beside the mode, with its zone", () => {
  const opensAt = "2027-03-01T07:00:00.000Z";
  const held = { settings: { opensAt }, line: { mode: "hold" } };
  expect(rowOf(roomWith(held))).toMatch(/^tax +hold until 1 Mar 2027, 07:00 UTC +0 /);
  expect(rowOf(roomWith({ ...held, settings: { opensAt, mode: "open" } }))).toContain("UTC, then open ");
  expect(rowOf(roomWith({ settings: { opensAt } }), { at: NOW_MS + 86_400_000 })).toMatch(/^tax +queue +0 /);
});

it("a gateway that has only started says nothing of the last minute, which is an older one", () => {
  const started = { startedAt: NOW_MS - 20_000 };
  expect(shownOf(roomWith())).toMatch(/admitted +30 in the last minute\n/);
  expect(shownOf(roomWith(), started)).toMatch(/admitted +12 a minute in the last seconds; the gateway/);
  expect(rowOf(roomWith())).toMatch(/ 30 +60 +7 /);
  expect(rowOf(roomWith(), started)).toMatch(/ 12 +60 +7 /);
  expect(rowOf({ ...roomWith(), figures: null }, started)).toMatch(/ – +60 +7 /);
});

it("a room's trouble is the console's, and the worst is first", () => {
  const serving = (id: string, originErrorShare: number): Room => ({
    ...roomWith(),
    id,
    figures: { ...NO_FIGURES, originErrorShare },
  });
  const rooms = [serving("good", 0.01), serving("ill", 0.05), serving("worst", 1)];
  const [, ...rows] = roomsView({ ...seen, rooms }, format)
    .trimEnd()
    .split("\n");
  expect(rows).toEqual([
    expect.stringMatching(/^worst .* 100% +service answers with errors$/),
    expect.stringMatching(/^ill .* 5% +service answers with errors$/),
    expect.stringMatching(/^good .* 1% +–$/),
  ]);
  expect(shownOf(serving("worst", 1))).toMatch(/trouble +service answers with errors\n/);
});

it("people who wait at a room that was shut are a note after those in trouble, and nothing is a dash", () => {
  const held = roomWith({ settings: { mode: "hold" }, line: { mode: "hold", waiting: 5_002 } });
  const [calm, ill] = [roomWith(), roomWith({ store: "down" })];
  const named = {
    ...seen,
    rooms: [
      { ...calm, id: "calm" },
      { ...held, id: "held" },
      { ...ill, id: "ill" },
    ],
  };
  const [, ...rows] = roomsView(named, format).trimEnd().split("\n");
  expect(rows).toEqual([
    expect.stringMatching(/^ill .*store down$/),
    expect.stringMatching(/^held .* note: on hold; 5,002 wait$/),
    expect.stringMatching(/^calm .* –$/),
  ]);
  expect(shownOf(held)).toMatch(/note +on hold; 5,002 wait\n/);
  const one = { settings: { mode: "closed" }, line: { mode: "closed", waiting: 1 } };
  expect(rowOf(roomWith(one))).toMatch(/note: closed; 1 waits$/);
  const opensAt = "2027-03-01T07:00:00.000Z";
  const opening = { settings: { opensAt }, line: { mode: "hold", waiting: 9 } };
  expect(rowOf(roomWith(opening))).not.toContain("note");
});

it("where nobody waits there is no wait; a shut room's is not known", () => {
  const wait = { lowSeconds: 0, highSeconds: 5 };
  expect(rowOf({ ...roomWith(), wait })).toMatch(/^tax +queue +0 +no wait /);
  expect(rowOf({ ...roomWith({ line: { waiting: 4 } }), waiting: 4, wait })).toMatch(/ 4 +0 s – 5 s /);
  expect(rowOf({ ...roomWith({ line: { mode: "closed" } }), wait })).toMatch(/ closed +0 +– /);
});

it("a show rate is that of people who were called", () => {
  const shown = (line: object) => /show rate +(.*)/.exec(shownOf(roomWith({ line })))?.[1];
  expect(shown({ serving: 0, showRate: 1 })).toBe("–");
  expect(shown({ serving: 40, showRate: 1, admittedPerMinute: 0 })).toBe("–");
  expect(shown({ serving: 40, showRate: 1 })).toBe("100%");
  expect(shown({ serving: 40, showRate: 0.9, admittedPerMinute: 0 })).toBe("90%");
});

it("what a store that is away said last is of its time", () => {
  const away = roomWith({ store: "down", line: { updatedAt: NOW_MS } });
  expect(shownOf(away)).toMatch(/admitted +30 in the minute before 28 Feb 2027, 07:00:00 UTC\n/);
  expect(rowOf(away)).toMatch(/ – +60 +7 .*store down$/);
});

it("sessions are not known while a rebuilt line lets nobody in", () => {
  const paused = roomWith({ line: { pause: { until: NOW_MS + 9_000 }, sessions: 0 } });
  expect(rowOf(paused)).toMatch(/ 30 +60 +– .*admits nobody until 28 Feb 2027, 07:00:09 UTC$/);
  expect(shownOf(paused)).toMatch(/sessions +not known until/);
});

it("an entry of a loss, and one that only ended an alarm, say so", () => {
  const entry = {
    at: NOW_MS,
    room: "tax",
    actor: "sluse",
    action: "lost" as const,
    reason: "",
    changes: [],
    version: 1,
    sequence: 8,
    hash: "",
    previousHash: "",
    recorded: "",
  };
  const shown = auditView({ entries: [entry, { ...entry, action: "change" }] }, [], format).split("\n");
  expect(shown[1]).toMatch(/ tax +8 +sluse +the store had lost entries before this one +–$/);
  expect(shown[2]).toMatch(/ as it was, which ended an alarm +–$/);
});

it("nobody has changed anything only where every entry was asked for", () => {
  const none = { entries: [] };
  expect(auditView(none, [], format)).toBe("There is no such entry: nobody has changed anything.\n");
  expect(auditView(none, ["room tax", "actor \u001bAnna Holm"], format)).toBe(
    "No entry fits: room tax, actor  Anna Holm.\n",
  );
});
