import type { JoinOutcome } from "#core";
import type { Ticket } from "#core/tokens";
import type { Deployment } from "../deployment.ts";
import { clientOf } from "../http/forwarded.ts";
import type { AddressLimits } from "./address-limits.ts";
import type { RoomVisit, Visit } from "./visit.ts";

/**
 * Whether a join goes on now, or waits since its address asks for many: `again` is then called in its turn. Whoever
 * holds a place is never kept from it: by a ticket, or by an idempotency key that was let by before.
 */
export function paceOf(
  visit: RoomVisit,
  limits: AddressLimits,
  key: string | undefined,
  held: Ticket | null,
  again: () => void,
): "now" | "waits" | "refused" {
  const { deployment, reply, door } = visit;
  const { metrics } = deployment;
  if (held !== null && !limits.isVoid(held.jti)) return "now";
  if (key !== undefined && limits.knowsKey(key)) return "now";
  const slot = limits.slotOf(believedAddress(visit));
  if (slot === null || limits.take(slot)) {
    if (key !== undefined) limits.rememberKey(key);
    return "now";
  }
  const waits = limits.wait(slot, { isGone: () => !reply.open, go: again });
  metrics.joinSlowed(door.config.id, waits ? "delayed" : "refused");
  return waits ? "waits" : "refused";
}

/** Whose ticket gave a new number held none: it would otherwise give any number of them past every limit. */
export function learnWhatIsVoid({ limits }: Deployment, held: Ticket, outcome: JoinOutcome): void {
  if (limits !== null && "jti" in outcome && outcome.jti !== held.jti) limits.rememberVoid(held.jti);
}

/** Counts a live connection where its address is counted; a page that gets none asks for the status instead. */
export function liveSlotOf(visit: Omit<Visit, "reply">): number | null | "full" {
  const { limits } = visit.deployment;
  const slot = limits === null ? null : limits.slotOf(believedAddress(visit));
  return slot === null || limits?.openLive(slot) ? slot : "full";
}

function believedAddress({ deployment, request }: Omit<Visit, "reply">): string {
  return clientOf(request, deployment.trustedProxies, "http").address;
}
