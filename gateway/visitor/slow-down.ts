import { clientOf } from "../http/forwarded.ts";
import type { AddressLimits, Counted } from "./address-limits.ts";
import type { RoomVisit, Visit } from "./visit.ts";

/** Where a visitor pays whom a request may bring a number or a session. */
export interface Till {
  readonly limits: AddressLimits;
  readonly at: Counted;
}

/** Null for who is not counted: this machine itself, everybody where there is no limit. */
export function tillOf(visit: Omit<Visit, "reply">): Till | null {
  const { limits } = visit.deployment;
  const at = limits === null ? null : limits.countedAt(believedAddress(visit));
  return limits === null || at === null ? null : { limits, at };
}

/** Puts a join in its network's line, to be called again in its turn; false where that is too long. */
export function waitForTurn(visit: RoomVisit, { limits, at }: Till, again: () => void): boolean {
  const waits = limits.wait(at, { isGone: () => !visit.reply.open, go: again });
  visit.deployment.metrics.joinSlowed(visit.door.config.id, waits ? "delayed" : "refused");
  return waits;
}

/** Counts a live connection where its address is counted; a page that gets none asks for the status instead. */
export function liveSlotOf(visit: Omit<Visit, "reply">): Counted | null | "full" {
  const till = tillOf(visit);
  if (till === null) return null;
  return till.limits.openLive(till.at) ? till.at : "full";
}

function believedAddress({ deployment, request }: Omit<Visit, "reply">): string {
  return clientOf(request, deployment.trustedProxies, "http").address;
}
