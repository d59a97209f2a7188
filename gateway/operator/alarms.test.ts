import { Writable } from "node:stream";
import { pino } from "pino";
import { expect, it } from "vitest";
import type { Floor, RoomSettings } from "#core";
import { memoryStore } from "#core/memory";
import { TEST_SETTINGS } from "#core/test-settings";
import { type RebuiltNews, Room } from "../room/room.ts";
import { parseRooms } from "../rooms-file.ts";
import { alarmsOf, logRebuilt } from "./alarms.ts";
import { roomDocument } from "./documents.ts";

const START_MS = 1_750_000_000_000;
const settings: RoomSettings = {
  ...TEST_SETTINGS,
  capacity: 10,
  sessionSeconds: 120,
  claimWindowSeconds: 600,
};
const remembered: Floor = {
  generation: START_MS - 1,
  issued: 9,
  serving: 4,
  settings,
  peakJoinsPerSecond: 3,
};

const ROOM = {
  id: "tax",
  name: { da: "Skat", en: "Tax" },
  match: { host: "*", path: "/tax" },
  origin: "http://127.0.0.1:9",
  outflowPerMinute: 60,
};

/** A room whose gateway remembers a line that the store has lost; what it tells is logged. */
async function rebuiltRoom(confirmed = true) {
  const store = memoryStore({ now: () => START_MS });
  const logged: Record<string, unknown>[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      logged.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const told: RebuiltNews[] = [];
  const log = logRebuilt(pino({ messageKey: "message" }, stream));
  const room = new Room({
    id: "tax",
    store,
    gateway: "gateway-1",
    seed: settings,
    remembered: confirmed ? remembered : null,
    mayStartLine: false,
    now: () => START_MS,
    firstBatchId: 1,
    setTimer: () => undefined,
    onChange: () => undefined,
    onStoreCall: () => undefined,
    onTrouble: () => undefined,
    onRebuilt: (news) => {
      told.push(news);
      log(news);
    },
  });
  // A ticket's word alone is not a gateway's.
  if (!confirmed) room.learn(remembered.generation, remembered.issued, remembered.serving);
  await room.start();
  return { room, told, log, logged };
}

it("says which line was rebuilt, and until when nobody is admitted", async () => {
  const { room, logged } = await rebuiltRoom();
  expect(alarmsOf([{ room }])).toMatchObject([
    { room: "tax", kind: "restored" },
    { room: "tax", kind: "not-admitting", reason: expect.stringContaining("2025-06-15T15:07:40.000Z") },
  ]);
  expect(logged).toMatchObject([
    {
      event: "line-rebuilt",
      room: "tax",
      issued: 12,
      serving: 4,
      skipped: 3,
      admitsFrom: "2025-06-15T15:07:40.000Z",
      message: expect.stringContaining("nobody is admitted before 2025-06-15T15:07:40.000Z"),
    },
  ]);
});

// PROTOCOL: Its `alarm` is null, `restored` where the store had lost the line, or `implausible-floor`, until a change
// PROTOCOL: and while nobody is let in after a loss it has `pause`
// PROTOCOL: `until`, null where the mode must be set
it("is in the room's state", async () => {
  const { room } = await rebuiltRoom();
  const [config] = parseRooms("rooms.json", JSON.stringify({ rooms: [ROOM] }));
  if (config === undefined) throw new Error("no room");
  expect(roomDocument({ config, room }, ["da"])).toMatchObject({
    state: { alarm: "restored", pause: { until: START_MS + 60_000 } },
  });
  const unconfirmed = await rebuiltRoom(false);
  expect(roomDocument({ config, room: unconfirmed.room }, ["da"])).toMatchObject({
    state: { mode: "hold", pause: { until: null } },
  });
  const vouching = { reset: null, expectedVersion: null, actor: "operator", reason: "seen" };
  await unconfirmed.room.configure({ ...vouching, id: "a", change: { mode: "queue" } });
  expect(roomDocument({ config, room: unconfirmed.room }, ["da"])).toMatchObject({
    state: { mode: "queue", alarm: null, pause: { until: START_MS + 12_000 } },
  });
});

it("keeps the first alarm until an operator changes something, the second until the gate admits", async () => {
  const { room } = await rebuiltRoom();
  const asked = { reset: null, expectedVersion: null, actor: "operator", reason: "seen" };
  await room.configure({ ...asked, id: "a", change: { message: null } });
  expect(alarmsOf([{ room }]).map(({ kind }) => kind)).toEqual(["not-admitting"]);
  await room.configure({ ...asked, id: "b", change: { capacity: 0 } });
  expect(room.admitsFromMs).toBe(START_MS + 12_000);
});

it("logs when the gate admits again, and whom it waits for where nobody knows when", async () => {
  const { told, log, logged } = await rebuiltRoom();
  const [news] = told;
  if (news === undefined) throw new Error("the room told nothing");
  log({ ...news, admitsFromMs: null });
  log({ ...news, event: "line-admits-again" });
  expect(logged.slice(1)).toMatchObject([
    {
      event: "line-rebuilt",
      admitsFrom: null,
      message: expect.stringContaining("an operator sets the mode"),
    },
    { event: "line-admits-again", room: "tax", message: "the rebuilt line admits again" },
  ]);
});
