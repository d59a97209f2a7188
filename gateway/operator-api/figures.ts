/** What the console draws of a room. Rates are per minute, shares 0 to 1. */
export const SERIES = [
  "joinsPerMinute",
  "admittedPerMinute",
  "outflowPerMinute",
  "waiting",
  "sessions",
  /** What those who were admitted had been promised at the high end, and had waited, on average. */
  "promisedSeconds",
  "waitedSeconds",
  "noShowShare",
  /** Over a wider step: that of its worst sample. */
  "originP95Seconds",
  "originErrorShare",
] as const;
export type SeriesName = (typeof SERIES)[number];
