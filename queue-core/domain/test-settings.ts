import { type RoomSettings, settingsWith } from "./settings.ts";

/** A room for tests: sixty a minute, one credit a second, no bound on sessions. A test says only what it is about. */
export const TEST_SETTINGS: RoomSettings = settingsWith({ outflowPerMinute: 60, claimWindowSeconds: 300 });
