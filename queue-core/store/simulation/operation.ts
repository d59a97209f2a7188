import type { Endings } from "../../domain/endings.ts";
import type { Floor } from "../../domain/floor.ts";
import type {
  ClaimOutcome,
  ExtendEntry,
  ExtendOutcome,
  JoinEntry,
  JoinOutcome,
  RenewEntry,
  RenewOutcome,
  TicketRef,
} from "../../domain/visitors.ts";
import type { Batch, Configuration, ConfigureOutcome, Ending, Reply, Restoration, Store } from "../store.ts";

/** One call of the store's port, as a value: the same one goes to every store under comparison. */
export type Operation =
  | { readonly kind: "join"; readonly batch: Batch<JoinEntry> }
  | { readonly kind: "claim"; readonly batch: Batch<TicketRef> }
  | { readonly kind: "extend"; readonly batch: Batch<ExtendEntry> }
  | { readonly kind: "renew"; readonly batch: Batch<RenewEntry> }
  | { readonly kind: "end"; readonly batch: Batch<Ending> }
  | { readonly kind: "advance"; readonly endedAfter: number }
  | { readonly kind: "configure"; readonly configuration: Configuration }
  | { readonly kind: "restore"; readonly restoration: Restoration };

/** An operation with what the store replied to it. */
export type Answer =
  | { kind: "join"; batch: Batch<JoinEntry>; reply: Reply<readonly JoinOutcome[]> }
  | { kind: "claim"; batch: Batch<TicketRef>; reply: Reply<readonly ClaimOutcome[]> }
  | { kind: "extend"; batch: Batch<ExtendEntry>; reply: Reply<readonly ExtendOutcome[]> }
  | { kind: "renew"; batch: Batch<RenewEntry>; reply: Reply<readonly RenewOutcome[]> }
  | { kind: "end"; batch: Batch<Ending>; reply: Reply<null> }
  | { kind: "advance"; endedAfter: number; reply: Reply<Endings> }
  | { kind: "configure"; configuration: Configuration; reply: Reply<ConfigureOutcome> }
  | { kind: "restore"; restoration: Restoration; reply: Reply<null> };

export async function perform(
  store: Store,
  room: string,
  gateway: string,
  floor: Floor,
  asked: Operation,
): Promise<Answer> {
  switch (asked.kind) {
    case "join":
      return { ...asked, reply: await store.join(room, asked.batch, floor) };
    case "claim":
      return { ...asked, reply: await store.claim(room, asked.batch, floor) };
    case "extend":
      return { ...asked, reply: await store.extend(room, asked.batch, floor) };
    case "renew":
      return { ...asked, reply: await store.renew(room, asked.batch, floor) };
    case "end":
      return { ...asked, reply: await store.end(room, asked.batch, floor) };
    case "advance":
      return { ...asked, reply: await store.advance(room, gateway, floor, asked.endedAfter) };
    case "configure":
      return { ...asked, reply: await store.configure(room, gateway, asked.configuration, floor) };
    case "restore":
      return { ...asked, reply: await store.restore(room, gateway, asked.restoration) };
  }
}
