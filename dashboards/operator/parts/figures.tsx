import type { ComponentChildren } from "preact";
import type { KnownRoom } from "../contract.ts";
import { sessionsOf } from "../known.ts";
import { format, texts } from "../preferences.ts";
import { fill } from "../texts.ts";
import { Meter } from "./meter.tsx";

/** A value under its name. */
export function Figure(props: {
  label: string;
  value: string;
  children?: ComponentChildren;
  wide?: boolean;
}) {
  return (
    <div class={props.wide ? "figure wide" : "figure"}>
      <dt>{props.label}</dt>
      <dd>
        <span class="value">{props.value}</span>
        {props.children}
      </dd>
    </div>
  );
}

/** What is known of a room now, in one row. */
export function RoomFigures({ room, children }: { room: KnownRoom; children?: ComponentChildren }) {
  const words = texts.value.figures;
  const { number, percent, latency } = format.value;
  const { settings, state, figures } = room;
  const perMinute = (value: number | null | undefined) =>
    typeof value === "number" ? fill(words.perMinute, { n: number(value) }) : words.none;
  const sessions = sessionsOf(room);
  const full = settings.capacity > 0 && (sessions ?? 0) >= settings.capacity * 0.95;
  return (
    <dl class="figures">
      <Figure label={words.waiting} value={number(state.waiting)} wide>
        {children}
      </Figure>
      <Figure label={words.wait} value={waitText(room)} />
      <Figure label={words.joins} value={perMinute(figures?.joinsPerMinute)} />
      <Figure label={words.admitted} value={number(state.admittedPerMinute)}>
        <span class="of">{fill(words.ofOutflow, { outflow: number(settings.outflowPerMinute) })}</span>
        <Meter value={state.admittedPerMinute} most={settings.outflowPerMinute} />
      </Figure>
      <Figure label={words.sessions} value={sessions === null ? words.unknown : number(sessions)}>
        <span class="of">
          {settings.capacity === 0
            ? words.unbounded
            : fill(words.ofCapacity, { capacity: number(settings.capacity) })}
        </span>
        {settings.capacity > 0 && sessions !== null && (
          <Meter value={sessions} most={settings.capacity} tone={full ? "warning" : ""} />
        )}
      </Figure>
      <Figure
        label={words.origin}
        value={typeof figures?.originP95Seconds === "number" ? latency(figures.originP95Seconds) : words.none}
      >
        <span class="of">
          {typeof figures?.originErrorShare === "number"
            ? fill(words.errors, { share: percent(figures.originErrorShare) })
            : ""}
        </span>
      </Figure>
    </dl>
  );
}

/** The wait of somebody who comes now, as a range. */
function waitText({ state, wait }: KnownRoom): string {
  const words = texts.value.figures;
  if (wait !== null && state.waiting > 0) return format.value.range(wait.lowSeconds, wait.highSeconds);
  return state.waiting === 0 && state.mode === "queue" ? words.noWait : words.unknown;
}
