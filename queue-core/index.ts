/** The door to the model and the store's port: types and pure functions. */
export type { AuditEntry, AuditHead } from "./domain/audit.ts";
export { MOST_EXTENSIONS, RENEWAL_SHARE_PERMILLE, UNITS_PER_ADMISSION } from "./domain/constants.ts";
export * from "./domain/decide.ts";
export type { Endings } from "./domain/endings.ts";
export * from "./domain/floor.ts";
export * from "./domain/room-match.ts";
export * from "./domain/settings.ts";
export { type Snapshot, waitingIn } from "./domain/snapshot.ts";
export type {
  ClaimOutcome,
  ExtendEntry,
  ExtendOutcome,
  JoinEntry,
  JoinOutcome,
  LapsedUse,
  RenewEntry,
  RenewOutcome,
  TicketRef,
} from "./domain/visitors.ts";
export * from "./domain/waits.ts";
export * from "./store/store.ts";
