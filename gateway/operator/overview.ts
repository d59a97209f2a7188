import { estimateWait, type WaitRange, waitingIn } from "#core";
import type { Door } from "../deployment.ts";
import { roomDocument } from "./documents.ts";
import { type FailingPart, failingParts } from "./health.ts";
import type { Figures, History } from "./history.ts";

/** What the overview is made of. */
interface Overseen {
  readonly doors: ReadonlyMap<string, Pick<Door, "config" | "room" | "status">>;
  readonly history: Pick<History, "latest">;
  readonly accepting: boolean;
}

/** A room as the console shows it: its document, and what is not read from the store alone. */
export interface OverviewRoom {
  /** When this gateway last heard of the room, epoch ms; 0: never. */
  readonly heardAt: number;
  readonly store: Door["room"]["state"];
  /** What somebody who joined now would be promised; null: not known. */
  readonly wait: WaitRange | null;
  /** At the last sample; null before the first. */
  readonly figures: Figures | null;
}

/** One moment of everything; `at` is this gateway's clock, epoch ms. */
export interface OverviewDocument {
  readonly at: number;
  readonly startedAt: number;
  readonly failing: readonly FailingPart[];
  readonly rooms: readonly (OverviewRoom & object)[];
}

export function overviewDocument({ doors, history, accepting }: Overseen, nowMs: number): OverviewDocument {
  return {
    at: nowMs,
    startedAt: Math.round(nowMs - process.uptime() * 1_000),
    failing: failingParts(accepting, doors.values(), nowMs),
    rooms: [...doors.values()].map((door) => ({
      ...roomDocument(door),
      heardAt: door.room.newsAtMs,
      store: door.room.state,
      wait: waitOf(door),
      figures: history.latest(door.config.id),
    })),
  };
}

function waitOf({ room, status }: Pick<Door, "room" | "status">): WaitRange | null {
  if (room.snapshot === null || status === null) return null;
  return estimateWait(status.waits, waitingIn(room.snapshot));
}
