import { type Snapshot, waitingIn } from "#core";
import { type Figures, type HistoryDocument, SERIES, type SeriesName } from "#operator-api";
import type { Door } from "../deployment.ts";

/** A sample is taken this often. */
export const SAMPLE_MS = 5_000;
/** Samples kept of a room: six hours, or fewer where rooms are many. */
const MOST_SAMPLES = 4_320;
/** For all rooms together. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Points of one chart, about. */
const POINTS = 180;

/** A stretch of time, epoch ms, and how far its points lie apart. */
export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly stepMs: number;
}

/** What prom-client gives of one metric. */
export interface MetricValues {
  readonly name: string;
  readonly values: readonly {
    readonly value: number;
    readonly labels: Readonly<Partial<Record<string, string | number>>>;
    readonly metricName?: string;
  }[];
}

type SampledDoor = Pick<Door, "config" | "room">;

export interface HistoryOptions {
  readonly doors: () => Iterable<SampledDoor>;
  /** The gateway's own metrics, as `/metrics` shows them. */
  readonly readMetrics: () => Promise<readonly MetricValues[]>;
  /** Epoch ms. */
  readonly now: () => number;
  /** A sample that could not be taken: the next one may. */
  readonly onTrouble: (reason: unknown) => void;
}

/** The span of a chart that ends at `untilMs`: its step is a whole number of samples, and so are its ends. */
export function chartSpan(seconds: number, untilMs: number): Span {
  const stepMs = Math.max(1, Math.round((seconds * 1_000) / POINTS / SAMPLE_MS)) * SAMPLE_MS;
  return {
    fromMs: Math.floor((untilMs - seconds * 1_000) / stepMs) * stepMs,
    untilMs: Math.floor(untilMs / stepMs) * stepMs,
    stepMs,
  };
}

/** The last hours of every room, kept in memory of a bounded size for where there is no Prometheus. */
export class History {
  readonly #options: HistoryOptions;
  readonly #tracks = new Map<string, Track>();
  /** Of every room when it was last heard of. */
  readonly #totals = new Map<string, Totals>();
  #timer: NodeJS.Timeout | null = null;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  start(): void {
    const sample = () => void this.sample().catch(this.#options.onTrouble);
    this.#timer = setInterval(sample, SAMPLE_MS);
    sample();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** Takes one sample of every room. */
  async sample(): Promise<void> {
    const nowMs = this.#options.now();
    const doors = [...this.#options.doors()];
    const metrics = byRoom(await this.#options.readMetrics());
    for (const door of doors)
      this.#trackOf(door.config.id, doors.length).add(nowMs, this.#see(door, metrics, nowMs));
  }

  #see(
    { config: { id }, room }: SampledDoor,
    metrics: ReadonlyMap<string, RoomValues>,
    nowMs: number,
  ): Figures {
    const line = room.snapshot;
    // While the store is away the line stands as it was last heard: of now nothing is known.
    if (line === null || room.state !== "up") return NO_FIGURES;
    const before = this.#totals.get(id);
    const values = metrics.get(id) ?? {};
    const totals = totalsOf(values, nowMs);
    this.#totals.set(id, totals);
    const sharedPasses = values.sluse_shared_passes ?? null;
    return { ...NO_FIGURES, ...levelsOf(line), sharedPasses, ...(before && ratesOf(before, totals)) };
  }

  /** A room as the last sample saw it; null before the first. */
  latest(room: string): Figures | null {
    return this.#tracks.get(room)?.latest() ?? null;
  }

  read(room: string, span: Span): HistoryDocument {
    const read = this.#tracks.get(room)?.read(span) ?? { at: [], series: noSeries() };
    return { source: "gateway", stepSeconds: span.stepMs / 1_000, ...read };
  }

  #trackOf(room: string, rooms: number): Track {
    let track = this.#tracks.get(room);
    if (track === undefined) {
      track = new Track(samplesKept(rooms));
      this.#tracks.set(room, track);
    }
    return track;
  }
}

/** How many samples are kept of each of so many rooms. */
export function samplesKept(rooms: number): number {
  const bytesOfSample = Float64Array.BYTES_PER_ELEMENT + SERIES.length * Float32Array.BYTES_PER_ELEMENT;
  return Math.min(MOST_SAMPLES, Math.floor(MOST_BYTES / bytesOfSample / rooms));
}

/** The last samples of one room, the oldest overwritten by the newest. What is not known is NaN. */
class Track {
  readonly #at: Float64Array;
  readonly #values: Float32Array;
  #added = 0;

  constructor(samples: number) {
    this.#at = new Float64Array(samples);
    this.#values = new Float32Array(samples * SERIES.length);
  }

  add(atMs: number, figures: Figures): void {
    const slot = this.#added % this.#at.length;
    this.#at[slot] = atMs;
    for (const [i, name] of SERIES.entries()) {
      this.#values[slot * SERIES.length + i] = figures[name] ?? Number.NaN;
    }
    this.#added += 1;
  }

  latest(): Figures | null {
    return this.#added === 0 ? null : this.#figures(this.#added - 1);
  }

  read({ fromMs, untilMs, stepMs }: Span): Pick<HistoryDocument, "at" | "series"> {
    const steps = new Map<number, Figures[]>();
    for (let n = Math.max(0, this.#added - this.#at.length); n < this.#added; n++) {
      const atMs = this.#at[n % this.#at.length] ?? 0;
      // The last step is still being filled: half of one would look like a fall.
      if (atMs < fromMs || atMs >= untilMs) continue;
      const step = Math.floor(atMs / stepMs) * stepMs;
      const inStep = steps.get(step);
      if (inStep === undefined) steps.set(step, [this.#figures(n)]);
      else inStep.push(this.#figures(n));
    }
    const series = noSeries();
    const at: number[] = [];
    const add = (step: number, inStep: readonly Figures[]) => {
      at.push(step);
      for (const name of SERIES) series[name].push(summary(name, inStep));
    };
    for (const [step, inStep] of steps) {
      const last = at.at(-1) ?? step;
      // Samples that were not taken are a gap; a timer that is a little late is none.
      if (step - last > 2 * stepMs) add(last + stepMs, []);
      add(step, inStep);
    }
    return { at, series };
  }

  #figures(n: number): Figures {
    const slot = n % this.#at.length;
    return Object.fromEntries(
      SERIES.map((name, i) => {
        const value = this.#values[slot * SERIES.length + i] ?? Number.NaN;
        return [name, Number.isNaN(value) ? null : Number(value.toPrecision(6))];
      }),
    ) as Figures;
  }
}

function noSeries(): Record<SeriesName, (number | null)[]> {
  return Object.fromEntries(SERIES.map((name) => [name, []])) as never;
}

/** The worst 95th percentile, the most shared passes, the mean of everything else. */
function summary(name: SeriesName, figures: readonly Figures[]): number | null {
  const known = figures.map((one) => one[name]).filter((value) => value !== null);
  if (known.length === 0) return null;
  if (name === "originP95Seconds" || name === "sharedPasses") return Math.max(...known);
  return Number((known.reduce((sum, value) => sum + value, 0) / known.length).toPrecision(6));
}

/** What only grows, as it stood at one sample. */
interface Totals {
  /** Epoch ms. */
  readonly atMs: number;
  readonly joined: number;
  readonly admitted: number;
  readonly waitedSeconds: number;
  readonly waited: number;
  readonly promisedSeconds: number;
  readonly promised: number;
  /** Cumulative, by upper bound in seconds. */
  readonly originWithin: ReadonlyMap<number, number>;
  readonly originReplies: number;
  readonly originErrors: number;
}

/** A room's values by `name`, or by `name:label`. */
type RoomValues = Readonly<Record<string, number>>;

const COUNTED =
  /^sluse_(tickets_issued_total|admissions_total|shared_passes|wait_seconds|wait_promised_seconds|origin_\w+)$/;

function byRoom(metrics: readonly MetricValues[]): ReadonlyMap<string, RoomValues> {
  const rooms = new Map<string, Record<string, number>>();
  for (const { name, values } of metrics) {
    if (!COUNTED.test(name)) continue;
    for (const { value, labels, metricName = name } of values) {
      const { room = "", ...others } = labels;
      const found = rooms.get(String(room)) ?? {};
      rooms.set(String(room), found);
      found[[metricName, ...Object.values(others)].join(":")] = value;
    }
  }
  return rooms;
}

const BUCKET = "sluse_origin_request_duration_seconds_bucket:";
const REPLIES = "sluse_origin_responses_total:";
/** The service's own errors, and the ways of giving no whole reply. */
const ERRORS = ["5xx", "away", "slow", "broken"];

function totalsOf(values: RoomValues, atMs: number): Totals {
  const buckets = Object.entries(values).filter(([key]) => key.startsWith(BUCKET));
  const replies = Object.entries(values).filter(([key]) => key.startsWith(REPLIES));
  const errors = replies.filter(([key]) => ERRORS.includes(key.slice(REPLIES.length)));
  return {
    atMs,
    joined: values.sluse_tickets_issued_total ?? 0,
    admitted: values.sluse_admissions_total ?? 0,
    waitedSeconds: values.sluse_wait_seconds_sum ?? 0,
    waited: values.sluse_wait_seconds_count ?? 0,
    promisedSeconds: values.sluse_wait_promised_seconds_sum ?? 0,
    promised: values.sluse_wait_promised_seconds_count ?? 0,
    originWithin: new Map(buckets.map(([key, count]) => [boundOf(key.slice(BUCKET.length)), count])),
    originReplies: sum(replies),
    originErrors: sum(errors),
  };
}

function boundOf(le: string): number {
  return le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le);
}

function sum(entries: readonly [string, number][]): number {
  return entries.reduce((total, [, value]) => total + value, 0);
}

function levelsOf(line: Snapshot): Partial<Figures> {
  return {
    outflowPerMinute: line.settings.outflowPerMinute,
    waiting: waitingIn(line),
    // Until a wiped store admits again it has not heard of all who are inside.
    sessions: line.admitsInMs === 0 ? line.sessions : null,
    noShowShare: 1 - line.showPermille / 1_000,
  };
}

function ratesOf(before: Totals, now: Totals): Partial<Figures> {
  const minutes = (now.atMs - before.atMs) / 60_000;
  if (minutes <= 0) return {};
  const mean = (sumSeconds: number, count: number) => (count > 0 ? sumSeconds / count : null);
  const replies = grown(before.originReplies, now.originReplies);
  return {
    joinsPerMinute: grown(before.joined, now.joined) / minutes,
    admittedPerMinute: grown(before.admitted, now.admitted) / minutes,
    waitedSeconds: mean(grown(before.waitedSeconds, now.waitedSeconds), grown(before.waited, now.waited)),
    promisedSeconds: mean(
      grown(before.promisedSeconds, now.promisedSeconds),
      grown(before.promised, now.promised),
    ),
    originP95Seconds: quantile(0.95, before.originWithin, now.originWithin),
    originErrorShare: replies > 0 ? grown(before.originErrors, now.originErrors) / replies : null,
  };
}

/** As `rate()` of Prometheus has it: a total that fell was begun anew, from 0. */
function grown(before: number, now: number): number {
  return now < before ? now : now - before;
}

const NO_FIGURES = Object.fromEntries(SERIES.map((name) => [name, null])) as Figures;

/** As Prometheus reckons it: linear within the bucket; of those beyond the last bound no more is known than that bound. */
export function quantile(
  share: number,
  before: ReadonlyMap<number, number>,
  now: ReadonlyMap<number, number>,
): number | null {
  const bounds = [...now.keys()].sort((a, b) => a - b);
  const counts = bounds.map((bound) => grown(before.get(bound) ?? 0, now.get(bound) ?? 0));
  const wanted = share * (counts.at(-1) ?? 0);
  if (wanted <= 0) return null;
  const bucket = counts.findIndex((count) => count >= wanted);
  const low = bounds[bucket - 1] ?? 0;
  const high = bounds[bucket] ?? 0;
  if (high === Number.POSITIVE_INFINITY) return low;
  const below = counts[bucket - 1] ?? 0;
  return low + ((high - low) * (wanted - below)) / ((counts[bucket] ?? 0) - below);
}
