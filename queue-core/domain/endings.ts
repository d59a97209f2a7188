import { MOST_ENDINGS, MOST_ENDINGS_TOLD } from "./constants.ts";
import type { Line } from "./line.ts";
import { from, put, remove } from "./sorted-set.ts";

/** Sessions that ended, told to a gateway so that it refuses their passes at once. */
export interface Endings {
  /** In the order in which they ended. */
  readonly jtis: readonly string[];
  /** What to ask from next; while it is below the snapshot's `endedRevision`, there are more. */
  readonly revision: number;
}

/** Remembers an ending for the gateways that did not see it. */
export function noteEnding(line: Line, jti: string): void {
  if (line.endings.scores.has(jti)) return;
  line.endedRevision = Math.max(line.endedRevision + 1, line.storeTimeMs);
  put(line.endings, jti, line.endedRevision);
  const [oldest] = line.endings.order;
  if (oldest !== undefined && line.endings.order.length > MOST_ENDINGS) remove(line.endings, oldest);
}

/** The sessions that ended after a revision; after 0, all that are remembered. */
export function endingsAfter(line: Line, revision: number): Endings {
  const jtis = from(line.endings, revision + 1).slice(0, MOST_ENDINGS_TOLD);
  const last = jtis[MOST_ENDINGS_TOLD - 1];
  const lastRevision = last === undefined ? undefined : line.endings.scores.get(last);
  return { jtis, revision: lastRevision ?? line.endedRevision };
}
