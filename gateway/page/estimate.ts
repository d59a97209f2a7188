/** One row of the status document's `waits`: so many ahead wait between low and high seconds. */
export type WaitRow = readonly [ahead: number, lowSeconds: number, highSeconds: number];

/** An honest wait: between these two. */
export type WaitRange = { readonly lowSeconds: number; readonly highSeconds: number };

/**
 * The wait of somebody with `ahead` people ahead, interpolated linearly between the rows (sorted by `ahead`; before the
 * first row from nobody ahead, no wait). Null where it is not known: no rows, or further back than the last row.
 */
export function estimateWait(waits: readonly WaitRow[], ahead: number): WaitRange | null {
  let nearer: WaitRow = [0, 0, 0];
  for (const row of waits) {
    if (ahead <= row[0]) return between(nearer, row, ahead);
    nearer = row;
  }
  return null;
}

function between(nearer: WaitRow, further: WaitRow, ahead: number): WaitRange {
  const gap = further[0] - nearer[0];
  const share = gap > 0 ? (ahead - nearer[0]) / gap : 1;
  return {
    lowSeconds: nearer[1] + share * (further[1] - nearer[1]),
    highSeconds: nearer[2] + share * (further[2] - nearer[2]),
  };
}
