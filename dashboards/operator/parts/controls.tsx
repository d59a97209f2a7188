import type { ComponentType } from "preact";
import { fill, type Texts } from "#languages";
import {
  type Draft,
  differencesOf,
  FIELDS,
  type KnownRoom,
  LEAST_ROLE,
  type SettingField,
  type Settings,
  unitOf,
  withText,
} from "#operator-api";
import { gatewayNowMs, session } from "../live.ts";
import { format, texts } from "../preferences.ts";
import { canAsk, draftOf, mayDo, review, setDraft, setField } from "../proposals.ts";
import { LIMITS, type LimitField } from "../setting-words.ts";
import { ForecastText } from "./forecast.tsx";
import { Gaps } from "./gaps.tsx";
import { NumberInput } from "./number-input.tsx";
import { Previews } from "./preview.tsx";
import { valueText } from "./values.ts";

/** The slider's way, in steps of equal proportion: from ten to ten is as far as from a thousand to a thousand. */
const SLIDER_STEPS = 1_000;
/** The slider reaches this at least; further where the outflow is further. */
const SLIDER_REACH = 10_000;
const STEPS_PERCENT = [-25, -10, 10, 25];

/** Everything that an operator steers in a room. Nothing is changed before it was reviewed. */
export function Controls({ room }: { room: KnownRoom }) {
  const words = texts.value.controls;
  const draft = draftOf(room.id);
  const wanted = { ...room.settings, ...draft };
  const may = mayDo("change");
  const role = session.value?.role;
  return (
    <section class="controls card" aria-labelledby="controls-heading">
      <h2 id="controls-heading">{words.heading}</h2>
      {!may && role && (
        <p class="note">
          {fill(words.readOnly, {
            role: texts.value.roles[role],
            least: texts.value.roles[LEAST_ROLE.change],
          })}
        </p>
      )}
      <fieldset class="all" disabled={!may}>
        <legend class="spoken">{words.heading}</legend>
        {Object.entries(CONTROLS).map(([name, Control]) => (
          <Control key={name} room={room} draft={draft} wanted={wanted} />
        ))}
      </fieldset>
      <ResetControl room={room} />
      <Pending room={room} draft={draft} />
    </section>
  );
}

interface ControlProps {
  readonly room: KnownRoom;
  readonly draft: Draft;
  /** The settings as they would be. */
  readonly wanted: Settings;
}

/** Every setting has a control: plain numbers share one, any other has its own. */
const CONTROLS: Readonly<Record<Exclude<SettingField, LimitField> | "limits", ComponentType<ControlProps>>> =
  {
    mode: ModeControl,
    outflowPerMinute: OutflowControl,
    limits: LimitsControl,
    opensAt: OpeningControl,
    message: MessageControl,
  };

function ModeControl({ room, wanted: { mode } }: ControlProps) {
  const words = texts.value;
  return (
    <fieldset class="modes">
      <legend>{words.controls.mode}</legend>
      {FIELDS.mode.choices.map((one) => (
        <label key={one} class={`choice ${one}`}>
          <input
            type="radio"
            name="mode"
            value={one}
            checked={mode === one}
            onChange={() => setField(room, "mode", one)}
          />
          <span>
            <strong>{words.modes[one]}</strong>
            <small>{words.modeHints[one]}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function OutflowControl({ room, draft, wanted: { outflowPerMinute: outflow } }: ControlProps) {
  const words = texts.value;
  const reach = Math.max(SLIDER_REACH, room.settings.outflowPerMinute * 4);
  const set = (value: number) => setField(room, "outflowPerMinute", clamped(value));
  return (
    <fieldset class="outflow">
      <legend>{words.controls.outflow}</legend>
      <label class="number" for="outflow">
        <NumberInput
          id="outflow"
          least={FIELDS.outflowPerMinute.least}
          most={FIELDS.outflowPerMinute.most}
          isWhole
          write={format.value.number}
          value={outflow}
          inForce={room.settings.outflowPerMinute}
          onNumber={set}
        />
        <span>{words.controls.outflowUnit}</span>
      </label>
      <input
        type="range"
        aria-label={words.controls.outflowSlider}
        aria-valuetext={String(outflow)}
        min={0}
        max={SLIDER_STEPS}
        value={toSlider(outflow, reach)}
        onInput={(event) => set(rounded(fromSlider(event.currentTarget.valueAsNumber, reach)))}
      />
      <fieldset class="steps" aria-label={words.steps.label}>
        {STEPS_PERCENT.map((percent) => {
          const text = percent < 0 ? words.steps.down : words.steps.up;
          const label = fill(text, { n: String(Math.abs(percent)) });
          return (
            <button
              key={percent}
              type="button"
              aria-label={label}
              onClick={() => set(stepped(outflow, percent))}
            >
              {percent < 0 ? "−" : "+"}
              {Math.abs(percent)} %
            </button>
          );
        })}
      </fieldset>
      <div aria-live="polite">
        <ForecastText room={room} draft={draft} />
      </div>
    </fieldset>
  );
}

function clamped(value: number): number {
  const { least, most } = FIELDS.outflowPerMinute;
  return Math.min(most, Math.max(least, Math.round(value)));
}

/** At least one more, or less: a tenth of three would be nothing. */
function stepped(outflow: number, percent: number): number {
  return outflow + Math.sign(percent) * Math.max(1, Math.round((outflow * Math.abs(percent)) / 100));
}

function toSlider(outflow: number, reach: number): number {
  return Math.round((Math.log(outflow) / Math.log(reach)) * SLIDER_STEPS);
}

function fromSlider(step: number, reach: number): number {
  return Math.exp((step / SLIDER_STEPS) * Math.log(reach));
}

/** To two digits, as nobody means 913. */
function rounded(value: number): number {
  return Number(value.toPrecision(2));
}

function LimitsControl({ room, wanted }: ControlProps) {
  return (
    <details>
      <Summary
        title={texts.value.controls.limits}
        state={[
          valueText("capacity", wanted.capacity, 0),
          valueText("sessionSeconds", wanted.sessionSeconds, 0),
        ].join(" · ")}
      />
      <div class="fields">
        {LIMITS.map((field) => (
          <LimitInput key={field} room={room} field={field} value={wanted[field]} />
        ))}
      </div>
    </details>
  );
}

interface LimitInputProps {
  readonly room: KnownRoom;
  readonly field: LimitField;
  readonly value: number;
}

/** A time is given in seconds where it may be no longer than this, else in minutes. */
const MOST_IN_SECONDS = 120;

function LimitInput({ room, field, value }: LimitInputProps) {
  const { fields, hints, controls } = texts.value;
  const { least, most } = FIELDS[field];
  const { number, duration } = format.value;
  const isTime = unitOf(field) === "seconds";
  const unitSeconds = isTime && most > MOST_IN_SECONDS ? 60 : 1;
  return (
    <label class="field" for={field}>
      <span class="label">{fields[field]}</span>
      <span class="with-unit">
        <NumberInput
          id={field}
          least={least / unitSeconds}
          most={most / unitSeconds}
          isWhole={unitSeconds === 1}
          write={unitSeconds === 1 ? number : (minutes) => duration(minutes * 60)}
          value={value / unitSeconds}
          inForce={room.settings[field] / unitSeconds}
          describedBy={`${field}-hint`}
          onNumber={(given) => setField(room, field, Math.round(given * unitSeconds))}
        />
        {isTime && <span>{unitSeconds > 1 ? controls.minutes : controls.seconds}</span>}
      </span>
      <small id={`${field}-hint`}>{hints[field]}</small>
    </label>
  );
}

function OpeningControl({ room, wanted: { opensAt } }: ControlProps) {
  const words = texts.value.controls;
  const set = (local: string) =>
    setField(room, "opensAt", local === "" ? null : new Date(local).toISOString());
  return (
    <details>
      <Summary title={words.opening} state={valueText("opensAt", opensAt, gatewayNowMs.value)} />
      <label class="field">
        <span class="label">{words.opensAt}</span>
        <input
          type="datetime-local"
          value={opensAt === null ? "" : localText(opensAt)}
          aria-describedby="opens-at-hint"
          onChange={(event) => set(event.currentTarget.value)}
        />
        <small id="opens-at-hint">{texts.value.hints.opensAt}</small>
      </label>
      <button type="button" class="small" disabled={opensAt === null} onClick={() => set("")}>
        {words.noOpening}
      </button>
    </details>
  );
}

/** What can be unfolded, and how it stands. */
function Summary({ title, state }: { title: string; state: string }) {
  return (
    <summary>
      {title} <small>{state}</small>
    </summary>
  );
}

/** As `datetime-local` takes it: this browser's time, to the minute. */
function localText(opensAt: string): string {
  const at = new Date(opensAt);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function MessageControl({ room, wanted: { message } }: ControlProps) {
  const words = texts.value.controls;
  const input = (one: string) => (
    <label key={one} class="field">
      <span class="label">{fill(words.messageIn, { language: format.value.language(one) })}</span>
      <textarea
        lang={one}
        rows={3}
        maxLength={FIELDS.message.mostCharacters}
        value={message?.[one] ?? ""}
        onInput={(event) =>
          setField(room, "message", withText(message, room.settings.message, one, event.currentTarget.value))
        }
      />
    </label>
  );
  return (
    <details>
      <Summary title={words.message} state={messageState(room.settings.message, message)} />
      <p class="muted">{words.messageHint}</p>
      {room.languages.map(input)}
      <div role="status">
        <Gaps
          message={message}
          room={room}
          classOf={({ instead }) => (instead === null ? "problem" : "muted")}
        />
      </div>
      <h3 class="label">{words.preview}</h3>
      <Previews room={room} message={message} />
    </details>
  );
}

/** What those who wait see of it: what is only written is not shown yet. */
function messageState(shown: Texts | null, written: Texts | null): string {
  const words = texts.value.controls;
  if (shown !== written && JSON.stringify(shown) !== JSON.stringify(written)) return words.messageNotYet;
  return shown === null ? texts.value.review.empty : words.messageShown;
}

function ResetControl({ room }: { room: KnownRoom }) {
  const words = texts.value.controls;
  const may = mayDo("reset");
  return (
    <details class="reset">
      <summary>{words.reset}</summary>
      <p class="muted">{words.resetHint}</p>
      {!may && <p class="muted">{words.resetRole}</p>}
      <button
        type="button"
        class="danger"
        disabled={!may || !canAsk.value}
        onClick={() => review(room, { kind: "reset" })}
      >
        {words.resetAction}
      </button>
    </details>
  );
}

/** Stays in sight while there is something to review. */
function Pending({ room, draft }: { room: KnownRoom; draft: Draft }) {
  const words = texts.value.controls;
  const count = differencesOf(draft, room.settings).length;
  if (count === 0) return null;
  return (
    <div class="pending">
      <p role="status">{format.value.counted(words.pending, count)}</p>
      {!canAsk.value && <p class="problem">{words.lost}</p>}
      <div class="buttons">
        <button type="button" onClick={() => setDraft(room.id, {})}>
          {words.discard}
        </button>
        <button
          type="button"
          class="primary"
          disabled={!canAsk.value}
          onClick={() => review(room, { kind: "change", draft, reason: "" })}
        >
          {words.review}
        </button>
      </div>
    </div>
  );
}
