/** What a draft means for those who wait. */
import type { Draft } from "./change.ts";
import type { Known } from "./known.ts";
import type { LineDocument, RoomDocument } from "./replies.ts";

/** When those who wait now are through. */
export type Forecast =
  | { readonly kind: "nobody-waits" | "stands-still" | "all-come-in" }
  /** `perMinute` is the pace; `boundByCapacity` where sessions do not end fast enough for the whole outflow. */
  | {
      readonly kind: "through";
      readonly atMs: number;
      readonly perMinute: number;
      readonly boundByCapacity: boolean;
    };

/** What a draft means for those who wait. */
export function forecastOf({ settings, state }: Known<RoomDocument>, draft: Draft, nowMs: number): Forecast {
  const { mode, opensAt, outflowPerMinute, capacity, sessionSeconds } = { ...settings, ...draft };
  const opensAtMs = opensAt === null ? 0 : Date.parse(opensAt);
  if (mode === "open" && opensAtMs <= nowMs) return { kind: "all-come-in" };
  if (state.waiting === 0) return { kind: "nobody-waits" };
  if (mode === "hold" || mode === "closed") return { kind: "stands-still" };
  // Setting the mode ends the pause of a rebuilt line.
  const pause = draft.mode === undefined ? state.pause : null;
  if (pause?.until === null) return { kind: "stands-still" };
  const fromMs = Math.max(nowMs, opensAtMs, pause?.until ?? 0);
  // Opened at its opening time, it has no pace.
  if (mode === "open")
    return { kind: "through", atMs: fromMs, perMinute: Number.POSITIVE_INFINITY, boundByCapacity: false };
  const boundPerMinute =
    capacity === 0 ? Number.POSITIVE_INFINITY : capacity / sessionMinutes(state, sessionSeconds);
  const perMinute = Math.min(outflowPerMinute, boundPerMinute);
  // Whoever does not come when called costs the line no time.
  const coming = state.waiting * Math.max(0.05, state.showRate);
  const atMs = fromMs + (coming / perMinute) * 60_000;
  return { kind: "through", atMs, perMinute, boundByCapacity: perMinute < outflowPerMinute };
}

/** How long people stay inside, by how many are and how many come in; their full length where that says nothing. */
function sessionMinutes({ sessions, admittedPerMinute }: LineDocument, sessionSeconds: number): number {
  const longest = sessionSeconds / 60;
  if (sessions === 0 || admittedPerMinute === 0) return longest;
  return Math.min(longest, sessions / admittedPerMinute);
}
