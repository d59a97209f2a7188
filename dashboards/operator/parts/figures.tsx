import type { ComponentChildren } from "preact";
import { fill } from "#languages";
import { admittedPerMinuteOf, type KnownRoom, sessionsOf } from "#operator-api";
import { justStarted } from "../live.ts";
import { format, texts } from "../preferences.ts";
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
  const joins = figures?.joinsPerMinute ?? null;
  const admitted = admittedPerMinuteOf(room, justStarted.value);
  const sessions = sessionsOf(room);
  const full = settings.capacity > 0 && (sessions ?? 0) >= settings.capacity * 0.95;
  return (
    <dl class="figures">
      <Figure label={words.waiting} value={number(state.waiting)} wide>
        {children}
      </Figure>
      <Figure label={words.wait} value={waitText(room)} />
      <Figure
        label={words.joins}
        value={joins === null ? words.none : fill(words.perMinute, { n: number(joins) })}
      >
        {joins !== null && <span class="of">{words.lately}</span>}
      </Figure>
      <Figure label={words.admitted} value={admitted === null ? words.unknown : number(admitted)}>
        <span class="of">{fill(words.ofOutflow, { outflow: number(settings.outflowPerMinute) })}</span>
        {admitted !== null && <Meter value={admitted} most={settings.outflowPerMinute} />}
        {admitted !== null && justStarted.value && <span class="of">{words.justStarted}</span>}
      </Figure>
      <Figure label={words.sessions} value={sessions === null ? words.unknown : number(sessions)}>
        <span class="of">
          {settings.capacity === 0
            ? texts.value.zeros.capacity
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
  const goesOn = state.mode === "queue" || state.mode === "open";
  return state.waiting === 0 && goesOn ? words.noWait : words.unknown;
}
