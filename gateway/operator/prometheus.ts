import { type HistoryDocument, SERIES, type SeriesName } from "#operator-api";
import type { Span } from "./history.ts";

/** A Prometheus that takes longer is as good as away. */
const PATIENCE_MS = 5_000;

/** A window of a rate holds four scrapes of 15 s at least. */
const LEAST_WINDOW_SECONDS = 60;

/** Where scrapes are nearer than that, as they are by the configuration that is shipped, a change shows this soon. */
const SHORT_WINDOW_SECONDS = 20;

/** `per` makes a rate of a counter. */
type Query = (room: string, per: (counter: string) => string) => string;

const ERRORS = `class=~"5xx|away|slow|broken"`;

/** What gateways have read from the store, of those that hear of it: the others tell what they heard last. */
const heard = (read: string) => `${read} and on (job, instance) (sluse_store_up == 1)`;

/**
 * What is asked for each line of the console's charts, and nothing else: no query comes from a browser. Every gateway
 * reads the line's own numbers alike from the store (`max`); what each one sees by itself is added up.
 */
const QUERIES: Readonly<Record<SeriesName, Query>> = {
  joinsPerMinute: (room, per) => `60 * max(${heard(per(`sluse_tickets_issued_total{room="${room}"}`))})`,
  admittedPerMinute: (room, per) => `60 * max(${heard(per(`sluse_admissions_total{room="${room}"}`))})`,
  outflowPerMinute: (room) => `max(${heard(`sluse_outflow_per_minute{room="${room}"}`)})`,
  waiting: (room) => `max(${heard(`sluse_waiting_visitors{room="${room}"}`)})`,
  // Until a wiped store admits again it has not heard of all who are inside.
  sessions: (room) =>
    `max(${heard(`sluse_active_sessions{room="${room}"}`)} unless on (job, instance) (sluse_alarm{room="${room}",kind="not-admitting"} == 1))`,
  promisedSeconds: (room, per) =>
    `sum(${per(`sluse_wait_promised_seconds_sum{room="${room}"}`)}) / sum(${per(`sluse_wait_promised_seconds_count{room="${room}"}`)})`,
  waitedSeconds: (room, per) =>
    `sum(${per(`sluse_wait_seconds_sum{room="${room}"}`)}) / sum(${per(`sluse_wait_seconds_count{room="${room}"}`)})`,
  noShowShare: (room) => `1 - max(${heard(`sluse_show_ratio{room="${room}"}`)})`,
  originP95Seconds: (room, per) =>
    `histogram_quantile(0.95, sum by (le) (${per(`sluse_origin_request_duration_seconds_bucket{room="${room}"}`)}))`,
  originErrorShare: (room, per) => {
    const all = `sum(${per(`sluse_origin_responses_total{room="${room}"}`)})`;
    const errors = `sum(${per(`sluse_origin_responses_total{room="${room}",${ERRORS}}`)})`;
    // A class that never came has no series.
    return `(${errors} or 0 * ${all}) / ${all}`;
  },
  sharedPasses: (room) => `sum(sluse_shared_passes{room="${room}"})`,
};

/** Reads a room's history from a Prometheus; rejects where it does not answer as one. `room` must be a room's id. */
export async function readPrometheus(url: URL, room: string, span: Span): Promise<HistoryDocument> {
  const at: number[] = [];
  for (let atMs = span.fromMs; atMs < span.untilMs; atMs += span.stepMs) at.push(atMs);
  const per = (counter: string) => rateOf(counter, span.stepMs / 1_000);
  const columns = await Promise.all(
    SERIES.map(async (name): Promise<[SeriesName, (number | null)[]]> => {
      const values = await queryRange(url, QUERIES[name](room, per), span);
      return [name, at.map((atMs) => values.get(atMs) ?? null)];
    }),
  );
  return {
    source: "prometheus",
    stepSeconds: span.stepMs / 1_000,
    at,
    series: Object.fromEntries(columns) as Record<SeriesName, (number | null)[]>,
  };
}

function rateOf(counter: string, stepSeconds: number): string {
  if (stepSeconds > LEAST_WINDOW_SECONDS) return `rate(${counter}[${stepSeconds}s])`;
  return `(rate(${counter}[${SHORT_WINDOW_SECONDS}s]) or rate(${counter}[${LEAST_WINDOW_SECONDS}s]))`;
}

/** The first series of a range query, by epoch ms. */
async function queryRange(url: URL, query: string, span: Span): Promise<ReadonlyMap<number, number>> {
  const asked = new URLSearchParams({
    query,
    start: String(span.fromMs / 1_000),
    end: String((span.untilMs - span.stepMs) / 1_000),
    step: String(span.stepMs / 1_000),
  });
  const base = url.href.replace(/\/$/, "");
  const response = await fetch(`${base}/api/v1/query_range?${asked}`, {
    signal: AbortSignal.timeout(PATIENCE_MS),
    redirect: "error",
  });
  const reply = (await response.json()) as {
    readonly status?: string;
    readonly error?: string;
    readonly data?: { readonly result?: readonly { readonly values?: readonly [number, string][] }[] };
  };
  if (reply.status !== "success") throw new Error(`Prometheus: ${response.status} ${reply.error ?? ""}`);
  const points = reply.data?.result?.[0]?.values ?? [];
  // "NaN" is what a share of nothing gives.
  const known = points.map(([seconds, text]): [number, number] => [
    Math.round(seconds * 1_000),
    Number(text),
  ]);
  return new Map(known.filter(([, value]) => Number.isFinite(value)));
}
