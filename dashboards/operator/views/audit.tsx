import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { fill } from "#languages";
import { AUDIT_ENTRIES, type AuditEntryDocument, type AuditHead, isKnown } from "#operator-api";
import { readAudit } from "../api.ts";
import { browserDigest, type ChainFault, faultsIn } from "../chain.ts";
import { gatewayNowMs, heed, overview, roomOf } from "../live.ts";
import { EntryChanges, ReasonText, saidOf, UndoButton, whoDid } from "../parts/audit-entry.tsx";
import { Heading } from "../parts/heading.tsx";
import { Sign } from "../parts/icons.tsx";
import { fieldName, roomName, valueText } from "../parts/values.ts";
import { format, texts } from "../preferences.ts";
import { hrefOf } from "../route.ts";

interface Filter {
  readonly actor: string;
  readonly text: string;
}

export function AuditView({ room }: { room: string | null }) {
  const words = texts.value.audit;
  const filter = useSignal<Filter>({ actor: "", text: "" });
  const limit = useSignal<number>(AUDIT_ENTRIES.usual);
  const { entries, failed, faults } = useEntries(room, limit.value);
  const found = entries.filter((entry) => fits(entry, filter.value));
  return (
    <>
      <Heading text={words.heading} />
      <p class="muted">{words.lead}</p>
      <FilterForm
        room={room}
        actors={[...new Set(entries.map(whoDid))].sort()}
        filter={filter.value}
        change={(part) => {
          filter.value = { ...filter.value, ...part };
        }}
      />
      {entries.length > 0 && <ChainText faults={faults} entries={entries.length} />}
      {failed && <p class="note danger">{words.failed}</p>}
      <p class="muted" role="status">
        {found.length === 0 ? words.none : format.value.counted(words.shown, found.length)}
      </p>
      {found.length > 0 && <Trail entries={found} faults={faults ?? []} />}
      {entries.length >= limit.value && limit.value < AUDIT_ENTRIES.most && (
        <button
          type="button"
          onClick={() => {
            limit.value = AUDIT_ENTRIES.most;
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
          {rooms.map((one) => (
            <option key={one.id} value={one.id}>
              {roomName(one)}
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

/** Whether the trail is as it was written, and where it is not; null: not checked yet. */
function ChainText({ faults, entries }: { faults: readonly ChainFault[] | null; entries: number }) {
  const words = texts.value.audit;
  if (faults === null) return <p class="muted">{words.checking}</p>;
  const severity =
    faults.length === 0 ? "well" : faults.every(({ kind }) => kind === "lost") ? "warning" : "alarm";
  const whole = fill(browserDigest === null ? words.linked : words.whole, {
    n: format.value.number(entries),
  });
  return (
    <div class={`chain ${severity}`} role="status">
      <Sign severity={severity} />
      <div>
        <p>{{ well: whole, warning: words.withLosses, alarm: words.notWhole }[severity]}</p>
        <ul>
          {faults.map((fault) => (
            <li key={`${fault.room}-${fault.kind}-${fault.from}`}>{faultText(fault)}</li>
          ))}
        </ul>
      </div>
    </div>
  );
}

/** What a room is called; its id where it is no more. */
function nameOf(id: string): string {
  const room = roomOf(id);
  return room ? roomName(room) : id;
}

function faultText({ room, kind, from, to }: ChainFault): string {
  const words = texts.value.audit.faults;
  const text = kind === "missing" ? format.value.counted(words.missing, to - from + 1) : words[kind];
  return fill(text, { room: nameOf(room), from: String(from), to: String(to) });
}

/** Whether an entry is one of those that are not right; one after missing ones is right itself. */
function isFaulty({ room, sequence }: AuditEntryDocument, faults: readonly ChainFault[]): boolean {
  return faults.some(
    (fault) => fault.kind !== "lost" && fault.room === room && fault.from <= sequence && sequence <= fault.to,
  );
}

interface TrailProps {
  readonly entries: readonly AuditEntryDocument[];
  readonly faults: readonly ChainFault[];
}

function Trail({ entries, faults }: TrailProps) {
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
            <tr
              key={`${entry.room}-${entry.at}-${entry.hash}`}
              class={isFaulty(entry, faults) ? "faulty" : ""}
            >
              <td class="when">
                {isFaulty(entry, faults) && (
                  <>
                    <Sign severity="alarm" />
                    <span class="spoken">{words.faultHere}: </span>
                  </>
                )}
                {format.value.moment(entry.at, gatewayNowMs.value)}
                {entry.sequence > 0 && <small>{fill(words.entry, { n: String(entry.sequence) })}</small>}
              </td>
              <td>
                <a href={hrefOf({ view: "room", room: entry.room })}>{nameOf(entry.room)}</a>
              </td>
              <td>{whoDid(entry)}</td>
              <td>
                <EntryChanges entry={entry} />
              </td>
              <td class="why">
                <ReasonText entry={entry} quoted={false} />
              </td>
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
function fits(entry: AuditEntryDocument, { actor, text }: Filter): boolean {
  if (actor !== "" && whoDid(entry) !== actor) return false;
  const nowMs = gatewayNowMs.peek();
  const said = entry.changes.flatMap(({ field, from, to }) => [
    fieldName(field),
    valueText(field, from, nowMs),
    valueText(field, to, nowMs),
  ]);
  const why = entry.reason === "" ? texts.value.audit.noReason : entry.reason;
  const all = [why, saidOf(entry), entry.room, nameOf(entry.room), whoDid(entry), ...said]
    .join(" ")
    .toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}

/** Read again whenever any room's trail has another end. `faults` null: not checked yet. */
function useEntries(room: string | null, limit: number) {
  const entries = useSignal<readonly AuditEntryDocument[]>([]);
  const faults = useSignal<readonly ChainFault[] | null>(null);
  const failed = useSignal(false);
  const heads = headsOf(room);
  const ends = [...heads.values()].map(({ hash }) => hash).join();
  useEffect(() => {
    let current = true;
    const read = async () => {
      const found = await readAudit(room, limit);
      const shown = { entries: found, heads, isAll: found.length < limit };
      const wrong = await faultsIn(shown, browserDigest);
      if (!current) return;
      entries.value = found;
      faults.value = wrong;
      failed.value = false;
    };
    void read().catch((error: unknown) => {
      failed.value = true;
      heed(error);
    });
    return () => {
      current = false;
    };
  }, [room, limit, ends, entries, faults, failed]);
  return { entries: entries.value, failed: failed.value, faults: faults.value };
}

/** The last entry of each room's trail, or of the one that is shown, as the lines know it. */
function headsOf(only: string | null): ReadonlyMap<string, AuditHead> {
  const rooms = (overview.value?.rooms ?? []).filter(({ id }) => only === null || id === only);
  const heads = rooms.flatMap((room): [string, AuditHead][] =>
    isKnown(room) && room.state.auditHead ? [[room.id, room.state.auditHead]] : [],
  );
  return new Map(heads);
}
