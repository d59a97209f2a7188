import { fill } from "#languages";
import { type AuditEntryDocument, isInForce, isKnown, MOST_REASON_CHARACTERS, undoing } from "#operator-api";
import { gatewayNowMs, roomOf } from "../live.ts";
import { format, texts } from "../preferences.ts";
import { canAsk, mayDo, review } from "../proposals.ts";
import { fieldName, valueText } from "./values.ts";

/** What an entry says beside the fields that it changed. */
export function saidOf({ action, endSessions, changes }: AuditEntryDocument): string {
  const words = texts.value.audit;
  if (action === "lost") return words.lost;
  if (action === "reset") return endSessions ? words.resetSessions : words.resetLine;
  return changes.length === 0 ? words.confirmed : "";
}

/** Who did it; of a loss nobody. */
export function whoDid({ action, actor }: AuditEntryDocument): string {
  return action === "lost" ? texts.value.audit.sluse : actor;
}

/** Why, in their own words. What the store says of a loss stands there already. */
export function ReasonText({ entry, quoted }: { entry: AuditEntryDocument; quoted: boolean }) {
  if (entry.action === "lost") return null;
  if (entry.reason === "") return <span class="muted">{texts.value.audit.noReason}</span>;
  return quoted ? <q>{entry.reason}</q> : <span>{entry.reason}</span>;
}

/** What an entry says was done: each field from what to what. */
export function EntryChanges({ entry }: { entry: AuditEntryDocument }) {
  const text = (field: string, value: unknown) => valueText(field, value, gatewayNowMs.value);
  return (
    <ul class="entry-changes">
      {saidOf(entry) !== "" && <li>{saidOf(entry)}</li>}
      {entry.changes.map(({ field, from, to }) => (
        <li key={field}>
          {fieldName(field)}: <del>{text(field, from)}</del> <span aria-hidden="true">→</span>{" "}
          <ins>{text(field, to)}</ins>
        </li>
      ))}
    </ul>
  );
}

/** Opens the change that takes an entry back, as long as the room is as the entry made it. */
export function UndoButton({ entry }: { entry: AuditEntryDocument }) {
  const words = texts.value.audit;
  const draft = undoing(entry);
  const room = roomOf(entry.room);
  if (draft === null || !room || !isKnown(room) || !mayDo("change")) return null;
  if (!isInForce(entry.changes, room.settings)) return <small>{words.notInForce}</small>;
  // Where none was given there is none to repeat: the review asks for one.
  const reason =
    entry.reason === ""
      ? ""
      : fill(texts.value.done.undoReason, { reason: entry.reason }).slice(0, MOST_REASON_CHARACTERS);
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
