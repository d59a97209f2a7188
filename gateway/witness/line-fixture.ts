/** A line as a store might report it, for the tests of this folder. */
import { NO_FLOOR, type Snapshot } from "#core";
import { memoryStore } from "#core/memory";
import { parseRooms, seedSettings } from "../rooms-file.ts";

interface Given extends Partial<Omit<Snapshot, "settings">> {
  readonly version?: number;
  readonly outflowPerMinute?: number;
}

const ROOMS = JSON.stringify({
  rooms: [
    {
      id: "tax",
      name: { da: "Skat", en: "Tax" },
      match: { host: "*", path: "/tax" },
      origin: "http://127.0.0.1:9",
      outflowPerMinute: 60,
    },
  ],
});

const [room] = parseRooms("rooms.json", ROOMS);
if (room === undefined) throw new Error("there is one room");

/** As the rooms file seeds a room. */
export const SETTINGS = seedSettings(room);

/** How a gateway meets a store that has no line yet. */
export const FIRST_START = { floor: NO_FLOOR, seed: SETTINGS, mayStartLine: true, confirmed: true };

const first = await memoryStore({ now: () => 0 }).restore("tax", "a", FIRST_START);
if (first.kind !== "done") throw new Error("a new line can be started");
const { snapshot } = first;

/** Of generation 1, with a thousand numbers given and none called, at time 0. */
export function lineAt({ version = 1, outflowPerMinute = 60, ...given }: Given): Snapshot {
  const settings = { ...snapshot.settings, version, outflowPerMinute };
  return { ...snapshot, generation: 1, issued: 1_000, serving: 0, ...given, settings };
}
