import { estimateWait, waitingIn } from "#core";
import type { OverviewDocument, OverviewRoom } from "#operator-api";
import type { Door } from "../deployment.ts";
import type { Settings } from "../settings.ts";
import { roomDocument } from "./documents.ts";
import { failingParts } from "./health.ts";
import type { History } from "./history.ts";

/** What the overview is made of. */
interface Overseen {
  readonly doors: ReadonlyMap<string, Pick<Door, "config" | "room" | "status">>;
  readonly history: Pick<History, "latest">;
  readonly accepting: boolean;
  readonly settings: Pick<Settings, "languages">;
}

export function overviewDocument(
  { doors, history, accepting, settings }: Overseen,
  nowMs: number,
): OverviewDocument {
  return {
    at: nowMs,
    startedAt: Math.round(nowMs - process.uptime() * 1_000),
    failing: failingParts(accepting, doors.values(), nowMs),
    rooms: [...doors.values()].map((door) => ({
      ...roomDocument(door, settings.languages),
      heardAt: door.room.newsAtMs,
      store: door.room.state,
      wait: waitOf(door),
      figures: history.latest(door.config.id),
    })),
  };
}

function waitOf({ room, status }: Pick<Door, "room" | "status">): OverviewRoom["wait"] {
  if (room.snapshot === null || status === null) return null;
  return estimateWait(status.waits, waitingIn(room.snapshot));
}
