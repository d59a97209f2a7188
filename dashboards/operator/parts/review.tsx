import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { fill } from "#languages";
import {
  type Danger,
  dangerOf,
  differencesOf,
  isClosing,
  isKnown,
  type KnownRoom,
  MOST_REASON_CHARACTERS,
} from "#operator-api";
import { ApiError } from "../api.ts";
import { gatewayNowMs, heed, listen, roomOf } from "../live.ts";
import { format, texts } from "../preferences.ts";
import { apply, canAsk, type Reviewed, reviewed } from "../proposals.ts";
import { ForecastText } from "./forecast.tsx";
import { Gaps } from "./gaps.tsx";
import { fieldName, roomName, valueText } from "./values.ts";

/** The last look at a change: what is now, what will be, why, and for a dangerous one the room's name. */
export function Review() {
  const asked = reviewed.value;
  const room = asked && roomOf(asked.room);
  if (!asked || !room || !isKnown(room)) return null;
  return <ReviewDialog asked={asked} room={room} />;
}

function ReviewDialog({ asked, room }: { asked: Reviewed; room: KnownRoom }) {
  const words = texts.value.review;
  const { proposal } = asked;
  const dialog = useRef<HTMLDialogElement>(null);
  const reason = useSignal(proposal.kind === "change" ? proposal.reason : "");
  const confirmation = useSignal("");
  const endSessions = useSignal(false);
  const tried = useSignal(false);
  const busy = useSignal(false);
  const problem = useSignal("");
  const name = roomName(room);
  const danger = dangerOf(proposal, room.settings, endSessions.value);
  const [before, after] = words.confirm.split("{id}");
  const noReason = reason.value.trim() === "";
  const unconfirmed = danger !== null && confirmation.value.trim() !== room.id;

  useEffect(() => dialog.current?.showModal(), []);

  const submit = async (event: Event) => {
    event.preventDefault();
    tried.value = true;
    if (noReason || unconfirmed)
      dialog.current?.querySelector<HTMLElement>(noReason ? "textarea" : "[name=confirm]")?.focus();
    if (noReason || unconfirmed || busy.value) return;
    busy.value = true;
    problem.value = "";
    await apply(reason.value.trim(), endSessions.value).catch(async (error: unknown) => {
      heed(error);
      if (error instanceof ApiError && error.code === "stale-version") {
        // What stands under "now" from here on is what somebody else has made of it.
        await listen();
        reviewed.value = { ...asked, version: roomOf(asked.room)?.version ?? asked.version };
      }
      problem.value = problemText(error, name);
    });
    busy.value = false;
  };

  return (
    <dialog
      ref={dialog}
      class="review"
      aria-labelledby="review-heading"
      onClose={() => {
        reviewed.value = null;
      }}
    >
      <form onSubmit={(event) => void submit(event)} noValidate>
        <h2 id="review-heading">
          {fill(proposal.kind === "reset" ? words.headingReset : words.heading, { room: name })}
        </h2>
        {proposal.kind === "change" && <Differences asked={asked} room={room} />}
        {(proposal.kind === "reset" || isClosing(proposal)) && (
          <label class="check">
            <input
              type="checkbox"
              checked={endSessions.value}
              onChange={(event) => {
                endSessions.value = event.currentTarget.checked;
              }}
            />
            <span>{words.endSessions}</span>
          </label>
        )}
        {danger && <DangerText danger={danger} room={room} />}
        <label class="field">
          <span class="label">{words.reason}</span>
          <textarea
            rows={2}
            maxLength={MOST_REASON_CHARACTERS}
            required
            aria-invalid={tried.value && noReason}
            aria-describedby="reason-hint"
            value={reason.value}
            onInput={(event) => {
              reason.value = event.currentTarget.value;
            }}
          />
          <small id="reason-hint" class={tried.value && noReason ? "problem" : ""}>
            {tried.value && noReason ? words.reasonMissing : words.reasonHint}
          </small>
        </label>
        {danger && (
          <label class="field">
            <span class="label">
              {before}
              <code>{room.id}</code>
              {after}
            </span>
            <input
              type="text"
              name="confirm"
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
              aria-invalid={tried.value && unconfirmed}
              aria-describedby="danger confirm-hint"
              value={confirmation.value}
              onInput={(event) => {
                confirmation.value = event.currentTarget.value;
              }}
            />
            <small id="confirm-hint" class="problem">
              {tried.value && unconfirmed ? fill(words.confirmWrong, { id: room.id }) : ""}
            </small>
          </label>
        )}
        <p class="problem" role="alert">
          {canAsk.value ? problem.value : texts.value.controls.lost}
        </p>
        <div class="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            {words.cancel}
          </button>
          <button type="submit" class={danger ? "danger" : "primary"} disabled={busy.value || !canAsk.value}>
            {busy.value ? words.applying : proposal.kind === "reset" ? words.applyReset : words.apply}
          </button>
        </div>
      </form>
    </dialog>
  );
}

function Differences({ asked, room }: { asked: Reviewed; room: KnownRoom }) {
  const words = texts.value.review;
  if (asked.proposal.kind !== "change") return null;
  const { draft } = asked.proposal;
  const differences = differencesOf(draft, room.settings);
  const text = (field: string, value: unknown) => valueText(field, value, gatewayNowMs.value);
  if (differences.length === 0)
    return <p class="note">{room.state.pause && draft.mode ? words.vouch : words.nothing}</p>;
  return (
    <>
      <table class="differences">
        <thead>
          <tr>
            <th scope="col">{words.field}</th>
            <th scope="col">{words.before}</th>
            <th scope="col">{words.after}</th>
          </tr>
        </thead>
        <tbody>
          {differences.map(({ field, from, to }) => (
            <tr key={field}>
              <th scope="row">{fieldName(field)}</th>
              <td class="before">{text(field, from)}</td>
              <td class="after">{text(field, to)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Gaps
        message={draft.message}
        room={room}
        classOf={({ instead }) => (instead === null ? "note danger" : "note")}
      />
      <ForecastText room={room} draft={draft} />
    </>
  );
}

function DangerText({ danger, room }: { danger: Danger; room: KnownRoom }) {
  const waiting = format.value.number(room.state.waiting);
  return (
    <p id="danger" class="note danger">
      {fill(texts.value.review.dangers[danger], { waiting })}
    </p>
  );
}

function problemText(error: unknown, room: string): string {
  const words = texts.value.review;
  if (!(error instanceof ApiError)) return fill(words.failed, { detail: String(error) });
  if (error.code === "stale-version") return fill(words.stale, { room });
  // A store that did not answer may have made the change all the same.
  if (error.status === 0 || error.code === "store-down") return words.unknown;
  return fill(words.failed, { detail: error.message });
}
