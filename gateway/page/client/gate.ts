import type { HeardStatus } from "./contract.ts";
import { isReached, type Place } from "./place.ts";
import type { Reply } from "./requests.ts";

/** What the gate said when this visitor last asked it. */
export type GateOrder = {
  /** How many stand there before this visitor. */
  readonly ahead: number;
  /** The high end; null where it is not known. */
  readonly waitSeconds: number | null;
  /** Behind those who stood there, as the visitor was away when the turn came. */
  readonly returned: boolean;
  /** Asked before the gate had got to this number. */
  readonly early: boolean;
};

/** Of who is let in. */
export const LET_IN: GateOrder = { ahead: 0, waitSeconds: 0, returned: false, early: false };

/** For longer than this nobody is told "it is your turn" while others are let in before them. */
const ORDER_UNSEEN_SECONDS = 10;
const SHORTEST_MS = 250;
const LONGEST_MS = 60_000;

/** Whether so many ahead at the gate take so long that their order is to be seen. */
export function isOrderShown(ahead: number, status: Pick<HeardStatus, "outflowPerMinute"> | null): boolean {
  return status !== null && ahead * 60 > status.outflowPerMinute * ORDER_UNSEEN_SECONDS;
}

/** The order as a 202 tells it; what is shown never goes up. A gateway of an older release tells of nobody ahead. */
export function gateOrder(
  { ahead = 0, waitSeconds, returned = false }: Reply["body"],
  known: GateOrder | null,
  place: Place | null,
  status: HeardStatus | null,
): GateOrder {
  const goesBack = returned === true && !known?.returned;
  const most = known === null || goesBack ? Number.POSITIVE_INFINITY : known.ahead;
  return {
    ahead: Math.min(Number(ahead), most),
    waitSeconds: typeof waitSeconds === "number" ? waitSeconds : null,
    returned: returned === true,
    early: place !== null && status !== null && !isReached(place, status),
  };
}

/** When to ask the gate again, as a 202 tells it. */
export function askAgainMs({ retryAfterMs }: Reply["body"]): number {
  const told = Number(retryAfterMs);
  return Number.isFinite(told) ? Math.min(LONGEST_MS, Math.max(SHORTEST_MS, told)) : 1_000;
}
