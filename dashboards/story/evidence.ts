/** What Prometheus remembers of the evening, and whether it bears out each chapter. The judging is pure. */

/** A sample as it was scraped. */
export interface Point {
  readonly atMs: number;
  readonly value: number;
}

/** The room's evening, read back from Prometheus. */
export interface Evening {
  readonly waiting: readonly Point[];
  readonly admissions: readonly Point[];
  readonly outflow: readonly Point[];
  readonly sessions: readonly Point[];
  /** The service's 95th percentile, s, over fifteen seconds each. */
  readonly p95: readonly Point[];
  /** Null: Prometheus has no such series. */
  readonly inversions: number | null;
  readonly beyondOutflow: number | null;
  readonly placesLost: number | null;
}

/** An outflow that was set through the console. */
export interface Change {
  readonly perMinute: number;
  /** When the button was pressed, epoch ms. */
  readonly atMs: number;
  /** Until when the line stood and no other outflow was set, epoch ms. */
  readonly untilMs: number;
  /** The room had been full before: up to two seconds of the outflow had been kept, and may be let in beside it. */
  readonly fromFull: boolean;
}

/** One thing that was to be shown. */
export interface Finding {
  readonly holds: boolean;
  readonly says: string;
}

const P95_WINDOW = "15s";
/** A change holds at every gateway within this. */
const IN_FORCE_MS = 1_000;
const KEPT_SECONDS = 2;
/** Of the capacity. */
const FULL = 0.99;
/** Of the outflow. */
const TOLERANCE = 0.02;
/** Gates let in four times a second: over a short stretch that is what can be told. */
const TICKS_MS = 500;

/** Reads the evening of a room. Throws what Prometheus says is wrong. */
export async function readEvening(prometheusUrl: string, room: string, sinceMs: number): Promise<Evening> {
  const nowMs = Date.now();
  const seconds = Math.ceil((nowMs - sinceMs) / 1_000);
  const samples = (metric: string) => query(prometheusUrl, `${metric}{room="${room}"}[${seconds}s]`);
  const total = async (metric: string) => {
    const [point] = await query(prometheusUrl, `sum(${metric}{room="${room}"})`);
    return point?.value ?? null;
  };
  const buckets = `sluse_origin_request_duration_seconds_bucket{room="${room}"}`;
  const p95 = `histogram_quantile(0.95, sum by (le) (rate(${buckets}[${P95_WINDOW}])))`;
  return {
    waiting: await samples("sluse_waiting_visitors"),
    admissions: await samples("sluse_admissions_total"),
    outflow: await samples("sluse_outflow_per_minute"),
    sessions: await samples("sluse_active_sessions"),
    p95: await query(prometheusUrl, `(${p95})[${seconds}s:1s]`),
    inversions: await total("sluse_order_inversions_total"),
    beyondOutflow: await total("sluse_admissions_beyond_outflow_total"),
    placesLost: await total("sluse_places_lost_total"),
  };
}

type Pair = readonly [seconds: number, value: string];

/** The samples of the one series that a query gives; NaN, the latency of no replies, is left out. */
async function query(prometheusUrl: string, expression: string): Promise<Point[]> {
  const reply = await fetch(`${prometheusUrl}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const { error, data } = (await reply.json()) as {
    readonly error?: string;
    readonly data?: {
      readonly result: readonly { readonly value?: Pair; readonly values?: readonly Pair[] }[];
    };
  };
  if (data === undefined) throw new Error(`${expression}: ${error}`);
  const [series] = data.result;
  const pairs = series?.values ?? (series?.value ? [series.value] : []);
  return pairs
    .map(([seconds, value]) => ({ atMs: Math.round(seconds * 1_000), value: Number(value) }))
    .filter(({ value }) => Number.isFinite(value));
}

/** The line reached `atLeast` and came down to nobody. */
export function lineRoseAndDrained({ waiting }: Evening, atLeast: number): Finding[] {
  const peak = peakOf(waiting);
  const last = waiting.at(-1);
  return [
    {
      holds: peak !== null && peak.value >= atLeast,
      says: `the line rose to ${count(peak?.value)} (at least ${count(atLeast)})`,
    },
    {
      holds: peak !== null && last !== undefined && last.value === 0 && last.atMs > peak.atMs,
      says: `the line drained: ${count(last?.value)} wait at the end`,
    },
  ];
}

/** The service's 95th percentile rose over `slowSeconds`, and was under `wellSeconds` after the outflow was lowered. */
export function originSlowedAndRecovered(
  { p95 }: Evening,
  lowered: Change,
  { slowSeconds, wellSeconds }: { readonly slowSeconds: number; readonly wellSeconds: number },
): Finding[] {
  const slowest = peakOf(p95.filter(({ atMs }) => atMs <= lowered.atMs));
  const well = p95.find(({ atMs, value }) => atMs > lowered.atMs && value < wellSeconds);
  const after = well && (well.atMs - lowered.atMs) / 1_000;
  return [
    {
      holds: slowest !== null && slowest.value > slowSeconds,
      says: `the service slowed: p95 rose to ${seconds(slowest?.value)} (over ${seconds(slowSeconds)})`,
    },
    {
      holds: well !== undefined,
      says: `the service recovered: p95 ${seconds(well?.value)} (under ${seconds(wellSeconds)}) ${after === undefined ? "never" : `${Math.round(after)} s`} after the outflow was lowered`,
    },
  ];
}

/** From a second after it was set until the next change, every scrape found the outflow that was set, and no other. */
export function outflowHeld({ outflow }: Evening, change: Change): Finding {
  const after = outflow.filter(({ atMs }) => atMs >= change.atMs && atMs < change.untilMs);
  const lastOther = after.findLast(({ value }) => value !== change.perMinute);
  const found = after.filter(({ value }) => value === change.perMinute).length;
  const otherMs = lastOther === undefined ? null : lastOther.atMs - change.atMs;
  const other =
    otherMs === null ? "none with another after that" : `the last with another ${otherMs} ms after that`;
  return {
    holds: found > 0 && (otherMs ?? 0) <= IN_FORCE_MS,
    says: `an outflow of ${count(change.perMinute)} was set: ${count(found)} scrapes found it, ${other}`,
  };
}

/** From a second after the change, or as soon as the room was not full, admissions went at the new outflow. */
export function admissionsFollowed(
  { admissions, sessions }: Evening,
  change: Change,
  capacity: number,
): Finding {
  const isIn = ({ atMs }: Point) => atMs >= change.atMs + IN_FORCE_MS && atMs <= change.untilMs;
  const lastFull = sessions.findLast((point) => isIn(point) && point.value >= capacity * FULL);
  const points = admissions.filter((point) => isIn(point) && point.atMs > (lastFull?.atMs ?? 0));
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || last.atMs === first.atMs) {
    return { holds: false, says: `admissions at ${count(change.perMinute)} a minute: too few samples` };
  }
  const forMs = last.atMs - first.atMs;
  const admitted = last.value - first.value;
  const earned = (change.perMinute * forMs) / 60_000;
  const slack = Math.max(TOLERANCE * earned, (change.perMinute * TICKS_MS) / 60_000);
  const kept = change.fromFull ? (change.perMinute / 60) * KEPT_SECONDS : 0;
  const off = (100 * (admitted - earned)) / earned;
  return {
    holds: admitted >= earned - slack && admitted <= earned + slack + kept,
    says:
      `from ${seconds((first.atMs - change.atMs) / 1_000)} after that, ${count(admitted)} were let in over ${seconds(forMs / 1_000)} ` +
      `where ${count(earned)} are the outflow's (${off > 0 ? "+" : ""}${off.toFixed(1)} %` +
      `${change.fromFull ? `; a full room may have kept ${count(kept)}` : ""})`,
  };
}

/** What must never happen did not. */
export function promisesKept({ inversions, beyondOutflow, placesLost }: Evening): Finding[] {
  const none = (what: string, value: number | null): Finding => ({
    holds: value === 0,
    says: `${what}: ${value ?? "not known"}`,
  });
  return [
    none("order inversions", inversions),
    none("admissions beyond the outflow", beyondOutflow),
    none("places lost", placesLost),
  ];
}

function peakOf(points: readonly Point[]): Point | null {
  return points.reduce<Point | null>(
    (peak, point) => (peak && peak.value >= point.value ? peak : point),
    null,
  );
}

function count(value: number | undefined): string {
  return value === undefined ? "nobody knows" : Math.round(value).toLocaleString("en");
}

function seconds(value: number | undefined): string {
  return value === undefined ? "not known" : `${value.toFixed(value < 10 ? 2 : 0)} s`;
}
