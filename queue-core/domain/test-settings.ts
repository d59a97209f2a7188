import type { RoomSettings } from "./settings.ts";

/** A room for tests: sixty a minute, one credit a second, no bound on sessions. A test says only what it is about. */
export const TEST_SETTINGS: RoomSettings = {
  mode: "queue",
  outflowPerMinute: 60,
  capacity: 0,
  sessionSeconds: 600,
  sessionGraceSeconds: 1800,
  claimWindowSeconds: 300,
  opensAtMs: 0,
  message: null,
  messageRevision: 0,
  passesNotBeforeMs: 0,
  version: 1,
};
