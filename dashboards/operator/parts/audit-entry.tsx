import { type AuditEntry, isKnown } from "../contract.ts";
import { undoing } from "../draft.ts";
import { gatewayNowMs, roomOf } from "../live.ts";
import { format, texts } from "../preferences.ts";
import { canAsk, mayDo, review } from "../proposals.ts";
import { fill } from "../texts.ts";
import { fieldName, valueText } from "./values.ts";

/** What an entry says was done: each field from what to what. */
export function EntryChanges({ entry }: { entry: AuditEntry }) {
  const words = texts.value.audit;
  const text = (field: string, value: unknown) => valueText(field, value, gatewayNowMs.value);
  return (
    <ul class="entry-changes">
      {entry.action === "reset" && <li>{entry.endSessions ? words.resetSessions : words.resetLine}</li>}
      {entry.changes.map(({ field, from, to }) => (
        <li key={field}>
          {fieldName(field)}: <del>{text(field, from)}</del> <span aria-hidden="true">→</span>{" "}
          <ins>{text(field, to)}</ins>
        </li>
      ))}
    </ul>
  );
}

/** Opens the change that takes an entry back. */
export function UndoButton({ entry }: { entry: AuditEntry }) {
  const words = texts.value.audit;
  const draft = undoing(entry);
  const room = roomOf(entry.room);
  if (draft === null || !room || !isKnown(room) || !mayDo("change")) return null;
  const reason = fill(texts.value.done.undoReason, { reason: entry.reason || words.noReason }).slice(0, 500);
  const label = fill(words.undoOf, {
    field: entry.changes.map(({ field }) => fieldName(field)).join(", "),
    time: format.value.clockSeconds(entry.at),
  });
  return (
    <button
      type="button"
      class="small"
      aria-label={label}
      disabled={!canAsk.value}
      onClick={() => review(room, { kind: "change", draft, reason })}
    >
      {words.undo}
    </button>
  );
}
