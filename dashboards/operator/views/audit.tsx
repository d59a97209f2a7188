import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { readAudit } from "../api.ts";
import type { AuditEntry } from "../contract.ts";
import { gatewayNowMs, heed, overview, roomOf } from "../live.ts";
import { EntryChanges, UndoButton } from "../parts/audit-entry.tsx";
import { fieldName, valueText } from "../parts/values.ts";
import { format, lang, texts } from "../preferences.ts";
import { hrefOf } from "../route.ts";
import { fill } from "../texts.ts";

const FIRST_ENTRIES = 100;
const MOST_ENTRIES = 1_000;

interface Filter {
  readonly actor: string;
  readonly text: string;
}

export function AuditView({ room }: { room: string | null }) {
  const words = texts.value.audit;
  const filter = useSignal<Filter>({ actor: "", text: "" });
  const limit = useSignal(FIRST_ENTRIES);
  const { entries, failed } = useEntries(room, limit.value);
  const found = entries.filter((entry) => fits(entry, filter.value));
  return (
    <>
      <h1 tabIndex={-1}>{words.heading}</h1>
      <p class="muted">{words.lead}</p>
      <FilterForm
        room={room}
        actors={[...new Set(entries.map(({ actor }) => actor))].sort()}
        filter={filter.value}
        change={(part) => {
          filter.value = { ...filter.value, ...part };
        }}
      />
      {failed && <p class="note danger">{words.failed}</p>}
      <p class="muted" role="status">
        {found.length === 0 ? words.none : fill(words.shown, { n: format.value.number(found.length) })}
      </p>
      {found.length > 0 && <Trail entries={found} />}
      {entries.length >= limit.value && limit.value < MOST_ENTRIES && (
        <button
          type="button"
          onClick={() => {
            limit.value = MOST_ENTRIES;
          }}
        >
          {words.more}
        </button>
      )}
    </>
  );
}

interface FilterFormProps {
  readonly room: string | null;
  readonly actors: readonly string[];
  readonly filter: Filter;
  readonly change: (part: Partial<Filter>) => void;
}

function FilterForm({ room, actors, filter, change }: FilterFormProps) {
  const words = texts.value.audit;
  const rooms = overview.value?.rooms ?? [];
  return (
    <search class="filter card">
      <label class="field">
        <span class="label">{words.room}</span>
        <select
          value={room ?? ""}
          onChange={(event) => {
            location.hash = hrefOf({ view: "audit", room: event.currentTarget.value || null });
          }}
        >
          <option value="">{words.allRooms}</option>
          {rooms.map(({ id, name }) => (
            <option key={id} value={id}>
              {name[lang.value]}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span class="label">{words.actor}</span>
        <select value={filter.actor} onChange={(event) => change({ actor: event.currentTarget.value })}>
          <option value="">{words.everybody}</option>
          {actors.map((actor) => (
            <option key={actor}>{actor}</option>
          ))}
        </select>
      </label>
      <label class="field">
        <span class="label">{words.text}</span>
        <input
          type="search"
          value={filter.text}
          placeholder={words.textHint}
          onInput={(event) => change({ text: event.currentTarget.value })}
        />
      </label>
    </search>
  );
}

function Trail({ entries }: { entries: readonly AuditEntry[] }) {
  const words = texts.value.audit;
  return (
    <div class="card trail">
      <table>
        <thead>
          <tr>
            <th scope="col">{words.time}</th>
            <th scope="col">{words.room}</th>
            <th scope="col">{words.actor}</th>
            <th scope="col">{words.change}</th>
            <th scope="col">{words.reason}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={`${entry.room}-${entry.at}-${entry.version}`}>
              <td class="when">{format.value.moment(entry.at, gatewayNowMs.value)}</td>
              <td>
                <a href={hrefOf({ view: "room", room: entry.room })}>
                  {roomOf(entry.room)?.name[lang.value] ?? entry.room}
                </a>
              </td>
              <td>{entry.actor}</td>
              <td>
                <EntryChanges entry={entry} />
              </td>
              <td class="why">{entry.reason || <span class="muted">{words.noReason}</span>}</td>
              <td>
                <UndoButton entry={entry} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** All words of the search stand somewhere in what the entry says. */
function fits(entry: AuditEntry, { actor, text }: Filter): boolean {
  if (actor !== "" && entry.actor !== actor) return false;
  const nowMs = gatewayNowMs.peek();
  const said = entry.changes.flatMap(({ field, from, to }) => [
    fieldName(field),
    valueText(field, from, nowMs),
    valueText(field, to, nowMs),
  ]);
  const all = [entry.reason, entry.room, entry.actor, ...said].join(" ").toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}

/** Read again whenever any room's settings have another version. */
function useEntries(room: string | null, limit: number) {
  const entries = useSignal<readonly AuditEntry[]>([]);
  const failed = useSignal(false);
  const versions = overview.value?.rooms.map(({ version }) => version).join();
  useEffect(() => {
    void readAudit(room, limit).then(
      (found) => {
        entries.value = found;
        failed.value = false;
      },
      (error: unknown) => {
        failed.value = true;
        heed(error);
      },
    );
  }, [room, limit, versions, entries, failed]);
  return { entries: entries.value, failed: failed.value };
}
