import type { Mode } from "./settings.ts";

/** The mode in force at a time: before `opensAtMs` (0 is none) a room that is not closed is as in `hold`. */
export function modeAt(mode: Mode, opensAtMs: number, nowMs: number): Mode {
  return opensAtMs > nowMs && mode !== "closed" ? "hold" : mode;
}
