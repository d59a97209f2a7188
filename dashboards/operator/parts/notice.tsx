import { isKnown } from "../contract.ts";
import { roomOf } from "../live.ts";
import { lang, texts } from "../preferences.ts";
import { canAsk, done, review } from "../proposals.ts";
import { fill } from "../texts.ts";

/** What was just done, with a way back. It stays until it is closed or something else is done. */
export function Notice() {
  const words = texts.value.done;
  const last = done.value;
  const room = last && roomOf(last.room);
  const close = () => {
    done.value = null;
  };
  const undo = () => {
    if (!last?.undo || !room || !isKnown(room)) return;
    const reason = fill(words.undoReason, { reason: last.reason });
    review(room, { kind: "change", draft: last.undo, reason: reason.slice(0, 500) });
    close();
  };
  return (
    <div class="notice-place" role="status">
      {last && room && (
        <div class="notice">
          <p>{fill(words[last.kind === "reset" ? "reset" : "changed"], { room: room.name[lang.value] })}</p>
          {last.undo && (
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
