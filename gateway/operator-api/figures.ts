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
  /** Passes seen from eight networks within ten minutes; over a wider step: the most. */
  "sharedPasses",
] as const;
export type SeriesName = (typeof SERIES)[number];
