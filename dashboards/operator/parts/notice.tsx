import { useEffect, useRef } from "preact/hooks";
import { fill } from "#languages";
import { isInForce, isKnown, MOST_REASON_CHARACTERS, undoing } from "#operator-api";
import { roomOf } from "../live.ts";
import { texts } from "../preferences.ts";
import { canAsk, done, review } from "../proposals.ts";
import { roomName } from "./values.ts";

/** It would cover what is below it for good; the changes and the audit trail have the way back too. */
const SHOWN_MS = 60_000;

/** What was just done, with a way back, for a minute: longer while somebody points at it or is in it. */
export function Notice() {
  const words = texts.value.done;
  const last = done.value;
  const room = last && roomOf(last.room);
  const close = () => {
    done.value = null;
  };
  const shown = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!shown.current?.matches(":hover, :focus-within")) close();
    }, SHOWN_MS);
    return () => clearInterval(timer);
  }, [last]);
  const draft = last && undoing({ action: last.kind, changes: last.changes });
  const mayUndo = draft && room && isKnown(room) && isInForce(last.changes, room.settings);
  const undo = () => {
    if (!mayUndo) return;
    const reason = fill(words.undoReason, { reason: last.reason });
    review(room, { kind: "change", draft, reason: reason.slice(0, MOST_REASON_CHARACTERS) });
    close();
  };
  return (
    <div class="notice-place" role="status">
      {last && room && (
        <div class="notice" ref={shown}>
          <p>{fill(words[last.kind === "reset" ? "reset" : "changed"], { room: roomName(room) })}</p>
          {mayUndo && (
            <button type="button" disabled={!canAsk.value} onClick={undo}>
              {words.undo}
            </button>
          )}
          <button type="button" class="plain" onClick={close}>
            {words.close}
          </button>
        </div>
      )}
    </div>
  );
}
