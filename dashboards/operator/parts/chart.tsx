import type { Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { fill } from "#languages";
import { format, isDark, texts } from "../preferences.ts";
import { latestOf, readingAt } from "../reading.ts";

const HEIGHT = 160;
const DAY_SECONDS = 86_400;
/** What the ticks of the time axis may lie apart, s: as clocks are written to the minute, no less. */
const TIME_STEPS = [
  60,
  120,
  300,
  600,
  900,
  1_800,
  3_600,
  7_200,
  10_800,
  21_600,
  43_200,
  DAY_SECONDS,
  2 * DAY_SECONDS,
];
/** The height of the badge on top of a change. */
const BADGE_PX = 15;
/** Charts of one group show the same moment under the pointer. */
const GROUP = "room";

/** One line of a chart. */
export interface Line {
  readonly label: string;
  /** A colour of the style sheet, such as `--line-1`. */
  readonly colour: string;
  readonly values: readonly (number | null)[];
  /** Filled down to the axis. */
  readonly filled?: boolean;
  readonly dashed?: boolean;
}

/** A moment at which somebody changed something; `number` stands in the list beside the charts too. */
export interface Moment {
  readonly atMs: number;
  readonly number: number;
}

export interface Stretch {
  readonly fromMs: number;
  readonly untilMs: number;
}

interface ChartProps {
  readonly title: string;
  /** Over all columns. */
  readonly wide?: boolean;
  /** What else is to be known of its lines. */
  readonly note?: string;
  readonly at: readonly number[];
  readonly lines: readonly Line[];
  readonly moments: readonly Moment[];
  /** How far points lie apart. */
  readonly stepMs: number;
  /** What the time axis reaches over, epoch ms. */
  readonly shown: Stretch;
  readonly write: (value: number) => string;
  /** How an axis writes it, where that is shorter. */
  readonly writeAxis?: (value: number) => string;
  /** What its ticks may lie apart; round numbers unless told. */
  readonly steps?: readonly number[];
  /** The point under the pointer, the same in all charts; null: the latest. */
  readonly pointed: Signal<number | null>;
  /** The axis reaches this at least. */
  readonly atLeast: number;
}

export function Chart(props: ChartProps) {
  const { title, lines } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  // What is drawn last is what was given last: a chart is not made anew for it.
  const given = useRef(props);
  given.current = props;
  const dark = isDark.value;
  const shape = lines.map(({ label, colour }) => label + colour).join();

  // A chart is made anew for other lines, colours or words; its data comes below.
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const made = new uPlot(optionsOf(given, element), dataOf(props), element);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, dark, format.value, title]);

  useEffect(() => {
    plot.current?.setData(dataOf(props));
  });

  return (
    <figure class={props.wide ? "chart card wide" : "chart card"}>
      <figcaption>
        <h3>
          {title} {props.note && <small>{props.note}</small>}
        </h3>
        <Legend {...props} />
      </figcaption>
      <div class="plot" ref={place} aria-hidden="true" />
      <p class="spoken">{lines.map((line) => summaryOf(line, props)).join(" ")}</p>
    </figure>
  );
}

/** What each line says at the moment under the pointer, or last; of when, unless that is now. */
function Legend({ lines, pointed, write, ...chart }: ChartProps) {
  const { none } = texts.value.figures;
  const index = pointed.value;
  const pointedMs = index === null ? undefined : chart.at[index];
  return (
    <p class="legend" aria-hidden="true">
      {lines.map((line) => {
        const course = { ...line, at: chart.at, stepMs: chart.stepMs, untilMs: chart.shown.untilMs };
        const { value, atMs, isNow } = index === null ? latestOf(course) : readingAt(course, index);
        return (
          <span key={line.label} class={line.dashed ? "key dashed" : "key"} data-colour={line.colour}>
            <i />
            {line.label} <b>{value === null ? none : write(value)}</b>
            {index === null && atMs !== null && !isNow && (
              <small> {fill(texts.value.charts.at, { time: timeText(atMs, chart.shown.untilMs) })}</small>
            )}
          </span>
        );
      })}
      {pointedMs !== undefined && <span class="moment">{timeText(pointedMs, chart.shown.untilMs)}</span>}
    </p>
  );
}

/** With the day where it is not today. */
function timeText(atMs: number, nowMs: number): string {
  const isToday = new Date(atMs).toDateString() === new Date(nowMs).toDateString();
  return isToday ? format.value.clockSeconds(atMs) : format.value.moment(atMs, nowMs);
}

function summaryOf({ label, values }: Line, { at, stepMs, shown, write }: ChartProps): string {
  const words = texts.value.charts;
  const known = values.filter((value) => value !== null);
  const { value, atMs, isNow } = latestOf({ at, values, stepMs, untilMs: shown.untilMs });
  if (value === null || atMs === null) return fill(words.nothing, { label });
  return fill(isNow ? words.summary : words.summaryThen, {
    label,
    last: write(value),
    time: timeText(atMs, shown.untilMs),
    low: write(Math.min(...known)),
    high: write(Math.max(...known)),
  });
}

function dataOf({ at, lines }: ChartProps): uPlot.AlignedData {
  return [at.map((atMs) => atMs / 1_000), ...lines.map(({ values }) => [...values])];
}

function optionsOf(given: { readonly current: ChartProps }, element: HTMLElement): uPlot.Options {
  const { lines, pointed, atLeast } = given.current;
  const writeAxis = (value: number) => (given.current.writeAxis ?? given.current.write)(value);
  const ink = colourOf(element, "--muted");
  const grid = { stroke: colourOf(element, "--grid"), width: 1 };
  const axis = {
    stroke: ink,
    font: `12px ${getComputedStyle(element).fontFamily}`,
    grid,
    ticks: { show: false },
  };
  const [momentColour, paper] = [colourOf(element, "--moment"), colourOf(element, "--surface")];
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    padding: [14, 8, 0, 0],
    cursor: {
      sync: { key: GROUP },
      drag: { x: false, y: false },
      points: { size: 7 },
    },
    scales: {
      x: { range: () => [given.current.shown.fromMs / 1_000, given.current.shown.untilMs / 1_000] },
      y: { range: (_, __, most) => [0, Math.max(atLeast, (most ?? 0) * 1.1)] },
    },
    axes: [
      {
        ...axis,
        size: 26,
        space: 72,
        incrs: TIME_STEPS,
        values: (_, ticks, __, ___, step) => {
          const write = step < DAY_SECONDS ? format.value.clock : format.value.day;
          return ticks.map((seconds) => write(seconds * 1_000));
        },
      },
      {
        ...axis,
        size: 58,
        space: 30,
        ...(given.current.steps && { incrs: [...given.current.steps] }),
        values: (_, ticks) => ticks.map(writeAxis),
      },
    ],
    series: [{}, ...lines.map((line) => seriesOf(line, element))],
    hooks: {
      setCursor: [
        ({ cursor }) => {
          pointed.value = cursor.idx ?? null;
        },
      ],
      draw: [(drawn) => drawMoments(drawn, given.current.moments, momentColour, paper)],
    },
  };
}

function seriesOf({ label, colour, filled, dashed }: Line, element: HTMLElement): uPlot.Series {
  return {
    label,
    stroke: colourOf(element, colour),
    width: dashed ? 1.5 : 2,
    spanGaps: false,
    points: { show: false },
    ...(dashed && { dash: [6, 4] }),
    ...(filled && { fill: colourOf(element, `${colour}-fill`) }),
  };
}

/** A canvas knows no custom properties: an element that wears the colour says what it comes to. */
function colourOf(element: HTMLElement, name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** A thin line at each change, with its number on top; those too near to tell apart share a badge: 2–4. */
function drawMoments(drawn: uPlot, moments: readonly Moment[], colour: string, paper: string): void {
  const { ctx, bbox } = drawn;
  const { min, max } = drawn.scales.x ?? {};
  const ratio = devicePixelRatio;
  const places = moments
    .filter(({ atMs }) => atMs >= (min ?? 0) * 1_000 && atMs <= (max ?? 0) * 1_000)
    .map(({ atMs, number }) => ({ number, x: Math.round(drawn.valToPos(atMs / 1_000, "x", true)) }))
    .sort((a, b) => a.x - b.x);
  ctx.save();
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.font = `600 ${10 * ratio}px sans-serif`;
  ctx.strokeStyle = colour;
  ctx.lineWidth = ratio;
  ctx.setLineDash([3 * ratio, 3 * ratio]);
  for (const { x } of places) {
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  for (const group of badgesOf(places, BADGE_PX * ratio)) {
    const text = group.first === group.last ? String(group.first) : `${group.first}–${group.last}`;
    const x = (group.fromX + group.toX) / 2;
    const radius = (BADGE_PX / 2) * ratio;
    const half = Math.max(0, ctx.measureText(text).width / 2 - radius / 2);
    ctx.fillStyle = colour;
    ctx.beginPath();
    ctx.roundRect(x - half - radius, bbox.top - 6 * ratio - radius, 2 * (half + radius), 2 * radius, radius);
    ctx.fill();
    ctx.fillStyle = paper;
    ctx.fillText(text, x, bbox.top - 5.5 * ratio);
  }
  ctx.restore();
}

interface Badge {
  readonly first: number;
  readonly last: number;
  readonly fromX: number;
  readonly toX: number;
}

/** `places` from left to right. */
function badgesOf(
  places: readonly { readonly number: number; readonly x: number }[],
  leastPx: number,
): Badge[] {
  const badges: Badge[] = [];
  for (const { number, x } of places) {
    const before = badges.at(-1);
    if (before === undefined || x - before.toX > leastPx) {
      badges.push({ first: number, last: number, fromX: x, toX: x });
    } else badges.splice(-1, 1, { ...before, last: number, toX: x });
  }
  return badges;
}
