import type { Settings } from "./contract.ts";

export type BoundedField =
  | "outflowPerMinute"
  | "capacity"
  | "sessionSeconds"
  | "sessionGraceSeconds"
  | "claimWindowSeconds";

export interface Bounds {
  readonly least: number;
  readonly most: number;
}

const DAY_SECONDS = 86_400;

/** What the gateway takes, which decides; a test compares. Stated here so that a field says it while one types. */
export const BOUNDS: Readonly<Record<BoundedField & keyof Settings, Bounds>> = {
  outflowPerMinute: { least: 1, most: 1_000_000 },
  capacity: { least: 0, most: 100_000_000 },
  sessionSeconds: { least: 1, most: DAY_SECONDS },
  sessionGraceSeconds: { least: 0, most: DAY_SECONDS },
  claimWindowSeconds: { least: 1, most: DAY_SECONDS },
};
