import type { FailingPart } from "#operator-api";
import type { Door } from "../deployment.ts";

const NEWER_LINE =
  "the store keeps the line in a newer format than this release knows, and it is left alone; run the newer release here";
const NEWER_FLOOR =
  "what the data folder remembers of the line is of a newer release, and it is left alone; run that release here";

type Doors = Iterable<Pick<Door, "room">>;

/** A store call that neither answers nor fails for this long will never: the room's news has stopped. */
const STUCK_MS = 15_000;

/** What only a restart mends; empty: the process lives. A store that does not answer is not among it. */
export function stuckParts(doors: Doors, nowMs: number): readonly FailingPart[] {
  const stuck = [...doors].filter(({ room }) => room.state === "up" && nowMs - room.newsAtMs > STUCK_MS);
  return stuck.map(({ room }) => ({
    part: "process",
    room: room.id,
    reason: `nothing was heard of the line for more than ${STUCK_MS / 1_000} s`,
  }));
}

/** What keeps visitors from being served in full; empty: all is well. */
export function failingParts(accepting: boolean, doors: Doors, nowMs: number): readonly FailingPart[] {
  const rooms = [...doors];
  const draining: FailingPart[] = accepting ? [] : [{ part: "process", reason: "draining" }];
  return [...draining, ...stuckParts(rooms, nowMs), ...rooms.flatMap(failingStore)];
}

function failingStore({ room }: Pick<Door, "room">): FailingPart[] {
  if (room.state === "down") return [{ part: "store", room: room.id, reason: "the store does not answer" }];
  if (room.state === "newer") return [{ part: "line", room: room.id, reason: NEWER_LINE }];
  if (room.remembersNewer) return [{ part: "line", room: room.id, reason: NEWER_FLOOR }];
  if (room.state === "up") return [];
  return [{ part: "line", room: room.id, reason: "the store has no line, and nobody remembers one" }];
}
