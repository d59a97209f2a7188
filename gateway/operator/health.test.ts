import { expect, it } from "vitest";
import type { Endings, Reply } from "#core";
import { memoryStore } from "#core/memory";
import { Room } from "../room/room.ts";
import { parseRooms, seedSettings } from "../rooms-file.ts";
import { failingParts, stuckParts } from "./health.ts";

const START_MS = 1_750_000_000_000;

const [config] = parseRooms(
  "rooms.json",
  JSON.stringify({
    rooms: [
      {
        id: "tax",
        name: { da: "Skat", en: "Tax" },
        match: { host: "*", path: "/tax" },
        origin: "http://127.0.0.1:9",
        outflowPerMinute: 60,
      },
    ],
  }),
);

function roomThat(mayStartLine: boolean): Room {
  if (config === undefined) throw new Error("there is one room");
  const store = memoryStore({ now: () => START_MS });
  return new Room({
    id: "tax",
    // An answer that never comes: neither a reply nor an error.
    store: { ...store, advance: () => new Promise<Reply<Endings>>(() => undefined) },
    gateway: "gateway-1",
    seed: seedSettings(config),
    remembered: null,
    mayStartLine,
    now: () => START_MS,
    firstBatchId: 1,
    setTimer: () => undefined,
    onChange: () => undefined,
    onStoreCall: () => undefined,
    onTrouble: () => undefined,
    onRebuilt: () => undefined,
  });
}

it("counts a room that has heard nothing for 15 s, though nothing failed, against the process", async () => {
  const room = roomThat(true);
  await room.start();
  expect(stuckParts([{ room }], START_MS + 15_000)).toEqual([]);
  const stuck = [
    { part: "process", room: "tax", reason: "nothing was heard of the line for more than 15 s" },
  ];
  expect(stuckParts([{ room }], START_MS + 15_001)).toEqual(stuck);
  expect(failingParts(true, [{ room }], START_MS + 15_001)).toEqual(stuck);
});

it("tells a store that has no line from one that does not answer", async () => {
  const room = roomThat(false);
  expect(failingParts(true, [{ room }], START_MS)).toEqual([
    { part: "store", room: "tax", reason: "the store does not answer" },
  ]);
  await room.start();
  expect(failingParts(false, [{ room }], START_MS + 60_000)).toEqual([
    { part: "process", reason: "draining" },
    { part: "line", room: "tax", reason: "the store has no line, and nobody remembers one" },
  ]);
  expect(stuckParts([{ room }], START_MS + 60_000)).toEqual([]);
});
