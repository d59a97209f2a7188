import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { fill } from "#languages";
import {
  type AuditEntryDocument,
  type HistoryDocument,
  isKnown,
  type KnownRoom,
  measuredNoShows,
  type OverviewRoom,
} from "#operator-api";
import { readAudit, readHistory } from "../api.ts";
import { connection, gatewayNowMs, heed, roomOf } from "../live.ts";
import { EntryChanges, ReasonText, UndoButton, whoDid } from "../parts/audit-entry.tsx";
import { Chart, type Line, type Moment } from "../parts/chart.tsx";
import { Controls } from "../parts/controls.tsx";
import { RoomFigures } from "../parts/figures.tsx";
import { Heading } from "../parts/heading.tsx";
import { Rebuilt } from "../parts/rebuilt.tsx";
import { Troubles } from "../parts/troubles.tsx";
import { roomName } from "../parts/values.ts";
import { format, texts } from "../preferences.ts";
import { hrefOf } from "../route.ts";

/** Spans that the gateway's own memory holds; a Prometheus has the longer ones too. */
const SPANS = [300, 900, 3_600, 21_600] as const;
const LONG_SPANS = [...SPANS, 86_400, 604_800] as const;
type Span = (typeof LONG_SPANS)[number];

/** Seconds between the ticks of an axis of times: minutes and hours, not hundreds of seconds. */
const DURATION_STEPS = [10, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400];

const HISTORY_EVERY_MS = 5_000;
const LONG_HISTORY_EVERY_MS = 30_000;
const MOST_ENTRIES = 200;

export function RoomView({ id }: { id: string }) {
  const room = roomOf(id);
  if (room === undefined) {
    if (connection.value === "connecting") return <p class="muted">{texts.value.live.connecting}</p>;
    return <p class="muted">{texts.value.room.gone}</p>;
  }
  return (
    <>
      <RoomHead room={room} />
      {isKnown(room) && <Room room={room} />}
    </>
  );
}

function RoomHead({ room }: { room: OverviewRoom }) {
  const words = texts.value;
  const { duration, moment } = format.value;
  const now = gatewayNowMs.value;
  const opensAt = isKnown(room) && room.settings.opensAt !== null ? Date.parse(room.settings.opensAt) : 0;
  return (
    <div class="page-head">
      <p>
        <a href={hrefOf({ view: "overview" })}>← {words.room.back}</a>
      </p>
      <div class="room-head">
        <Heading text={roomName(room)} />
        {isKnown(room) && <span class={`mode ${room.state.mode}`}>{words.modes[room.state.mode]}</span>}
        {opensAt > now && <span class="muted">{fill(words.room.until, { time: moment(opensAt, now) })}</span>}
        <Troubles room={room} />
      </div>
      {isKnown(room) && <Rebuilt room={room} />}
      {room.store !== "up" && (
        <p class="note danger">{fill(words.live.stale, { ago: duration((now - room.heardAt) / 1_000) })}</p>
      )}
    </div>
  );
}

function Room({ room }: { room: KnownRoom }) {
  const span = useSignal<Span>(900);
  const history = useHistory(room.id, span.value);
  const entries = useEntries(room);
  const untilMs = gatewayNowMs.value;
  const fromMs = untilMs - span.value * 1_000;
  const shown = entries.filter(({ at }) => at >= fromMs);
  const numbered = shown.map((entry, i) => ({ entry, number: shown.length - i }));
  return (
    <>
      <div class="now card live" data-stale={room.store !== "up"}>
        <RoomFigures room={room} />
      </div>
      <div class="room-columns">
        <Controls room={room} />
        <section class="history live" aria-labelledby="charts-heading">
          <div class="section-head">
            <h2 id="charts-heading">{texts.value.room.charts}</h2>
            <SpanChoice
              span={span.value}
              spans={history?.source === "prometheus" ? LONG_SPANS : SPANS}
              choose={(chosen) => {
                span.value = chosen;
              }}
            />
          </div>
          {history && (
            <Charts
              history={history}
              called={room.state.serving}
              shown={{ fromMs, untilMs }}
              moments={numbered.map(({ entry, number }) => ({ atMs: entry.at, number }))}
            />
          )}
          <Changes numbered={numbered} />
        </section>
      </div>
    </>
  );
}

interface SpanChoiceProps {
  readonly span: Span;
  readonly spans: readonly Span[];
  readonly choose: (span: Span) => void;
}

function SpanChoice({ span, spans, choose }: SpanChoiceProps) {
  const words = texts.value.room;
  return (
    <fieldset class="segments">
      <legend class="spoken">{words.span}</legend>
      {spans.map((one) => (
        <label key={one}>
          <input type="radio" name="span" checked={one === span} onChange={() => choose(one)} />
          <span>{words.spans[`${one}`]}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface ChartsProps {
  readonly history: HistoryDocument;
  /** Numbers called, since the line began. */
  readonly called: number;
  readonly shown: { readonly fromMs: number; readonly untilMs: number };
  readonly moments: readonly Moment[];
}

function Charts({ history, called, shown, moments }: ChartsProps) {
  const words = texts.value.charts;
  const pointed = useSignal<number | null>(null);
  const { number, compact, percent, latency, duration, axisDuration } = format.value;
  const { at, series } = history;
  const shared = { at, stepMs: history.stepSeconds * 1_000, shown, moments, pointed };
  const counted = { ...shared, write: number, writeAxis: compact, atLeast: 10 };
  const line = (label: string, colour: string, values: Line["values"], more: Partial<Line> = {}): Line => ({
    label,
    colour,
    values,
    ...more,
  });
  return (
    <>
      {at.length === 0 && <p class="muted">{texts.value.room.noData}</p>}
      <div class="charts">
        <Chart
          {...counted}
          title={words.waiting}
          wide
          lines={[line(words.inLine, "--line-1", series.waiting, { filled: true })]}
        />
        <Chart
          {...counted}
          title={words.admissions}
          lines={[
            line(words.admitted, "--line-1", series.admittedPerMinute, { filled: true }),
            line(words.outflow, "--line-2", series.outflowPerMinute, { dashed: true }),
          ]}
        />
        <Chart
          {...counted}
          title={words.joins}
          lines={[line(words.joined, "--line-1", series.joinsPerMinute)]}
        />
        <Chart
          {...shared}
          title={words.wait}
          write={duration}
          writeAxis={axisDuration}
          steps={DURATION_STEPS}
          atLeast={60}
          lines={[
            line(words.promised, "--line-2", series.promisedSeconds, { dashed: true }),
            line(words.experienced, "--line-1", series.waitedSeconds),
          ]}
        />
        <Chart
          {...shared}
          title={words.noShows}
          write={percent}
          atLeast={0.1}
          lines={[line(words.noShowShare, "--line-1", measuredNoShows(history))]}
          note={calledText(called)}
        />
        <Chart
          {...shared}
          title={words.latency}
          write={latency}
          atLeast={0.2}
          lines={[line(words.p95, "--line-1", series.originP95Seconds)]}
        />
        <Chart
          {...shared}
          title={words.errors}
          write={percent}
          atLeast={0.05}
          lines={[line(words.errorShare, "--line-3", series.originErrorShare, { filled: true })]}
        />
      </div>
      <p class="muted source">
        {history.source === "prometheus" ? texts.value.room.fromPrometheus : texts.value.room.fromGateway}
      </p>
    </>
  );
}

/** Of how many the no-shows are. */
function calledText(called: number): string {
  const words = texts.value.charts;
  return called === 0 ? words.nobodyCalled : fill(words.ofCalled, { called: format.value.number(called) });
}

/** What the numbers on the charts are. */
function Changes({ numbered }: { numbered: readonly { entry: AuditEntryDocument; number: number }[] }) {
  const words = texts.value;
  return (
    <section class="changes card" aria-labelledby="changes-heading">
      <h2 id="changes-heading">{words.room.changes}</h2>
      {numbered.length === 0 && <p class="muted">{words.room.noChanges}</p>}
      <ol>
        {numbered.map(({ entry, number }) => (
          <li key={entry.hash || `${entry.at}-${entry.version}`}>
            <span class="moment-number">{number}</span>
            <div>
              <EntryChanges entry={entry} />
              <p class="by">
                {format.value.clockSeconds(entry.at)} · {whoDid(entry)}
                {entry.action !== "lost" && " · "}
                <ReasonText entry={entry} quoted />
              </p>
            </div>
            <UndoButton entry={entry} />
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Read again every few seconds; as it last was while nothing can be heard. */
function useHistory(room: string, span: Span): HistoryDocument | null {
  const history = useSignal<HistoryDocument | null>(null);
  useEffect(() => {
    let current = true;
    const read = async () => {
      const found = await readHistory(room, span).catch(heed);
      if (found && current) history.value = found;
    };
    void read();
    const everyMs = span > 3_600 ? LONG_HISTORY_EVERY_MS : HISTORY_EVERY_MS;
    const timer = setInterval(() => void read(), everyMs);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [room, span, history]);
  return history.value;
}

/** The room's audit trail, read again whenever its settings have another version. */
function useEntries({ id, version }: KnownRoom): readonly AuditEntryDocument[] {
  const entries = useSignal<readonly AuditEntryDocument[]>([]);
  useEffect(() => {
    void readAudit(id, MOST_ENTRIES).then((found) => {
      entries.value = found;
    }, heed);
  }, [id, version, entries]);
  return entries.value;
}
