import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { fill } from "#languages";
import {
  admittedPerMinuteOf,
  inOrderOfTrouble,
  isKnown,
  type KnownSum,
  type OverviewDocument,
  type OverviewRoom,
  standstillOf,
  sumOf,
  troublesOf,
} from "#operator-api";
import { readHistory } from "../api.ts";
import { connection, gatewayNowMs, heed, justStarted, overview } from "../live.ts";
import { Figure, RoomFigures } from "../parts/figures.tsx";
import { Heading } from "../parts/heading.tsx";
import { Sign } from "../parts/icons.tsx";
import { RebuiltBriefly } from "../parts/rebuilt.tsx";
import { Sparkline } from "../parts/sparkline.tsx";
import { Troubles } from "../parts/troubles.tsx";
import { roomName } from "../parts/values.ts";
import { format, texts } from "../preferences.ts";
import { hrefOf } from "../route.ts";

const RECENT_SECONDS = 900;
const RECENT_EVERY_MS = 15_000;
/** Of more rooms than one looks at, the course is not asked for. */
const MOST_SPARKLINES = 24;

export function OverviewView() {
  const words = texts.value.overview;
  const seen = overview.value;
  const recent = useRecentWaiting();
  if (seen === null) return <p class="muted">{texts.value.live.connecting}</p>;
  const rooms = inOrderOfTrouble(seen.rooms);
  return (
    <>
      <Heading text={words.heading} />
      <Verdict rooms={rooms} />
      <Totals seen={seen} />
      <h2 class="spoken">{words.rooms}</h2>
      {rooms.length === 0 && <p class="muted">{words.none}</p>}
      <ul class="rooms live">
        {rooms.map((room) => (
          <RoomCard key={room.id} room={room} recent={recent[room.id] ?? []} />
        ))}
      </ul>
    </>
  );
}

function Verdict({ rooms }: { rooms: readonly OverviewRoom[] }) {
  const words = texts.value.overview;
  // Nobody knows how they are now; the bar above says so.
  if (connection.value === "lost") return null;
  const troubled = rooms.map((room) => troublesOf(room)[0]).filter((trouble) => trouble !== undefined);
  const severity =
    troubled.find((trouble) => trouble.severity === "alarm")?.severity ?? troubled[0]?.severity ?? "well";
  const standing = rooms.filter((room) => standstillOf(room) !== null).length;
  return (
    <p class={`verdict ${severity}`} role="status">
      <Sign severity={severity} />
      <span>
        {troubled.length === 0 ? words.allWell : format.value.counted(words.inTrouble, troubled.length)}
        {standing > 0 && <span class="standing"> {format.value.counted(words.stand, standing)}</span>}
      </span>
    </p>
  );
}

function Totals({ seen }: { seen: OverviewDocument }) {
  const { overview: words, figures } = texts.value;
  const { duration } = format.value;
  const runningSeconds = (gatewayNowMs.value - seen.startedAt) / 1_000;
  const draining = seen.failing.some(({ part }) => part === "process");
  return (
    <dl class="totals live">
      <Total label={words.waitingInAll} of={sumOf(seen.rooms, ({ state }) => state.waiting)} />
      <Total
        label={words.joinsInAll}
        of={sumOf(seen.rooms, ({ figures }) => figures?.joinsPerMinute)}
        measured={figures.lately}
      />
      <Total
        label={words.admittedInAll}
        of={sumOf(seen.rooms, (room) => admittedPerMinuteOf(room, justStarted.value))}
        measured={justStarted.value ? figures.justStarted : ""}
      />
      <Figure label={words.store} value={storeText(seen.rooms)} />
      <Figure label={words.gateway} value={draining ? words.draining : words.up}>
        <span class="of">{fill(words.since, { time: duration(runningSeconds) })}</span>
      </Figure>
    </dl>
  );
}

interface TotalProps {
  readonly label: string;
  readonly of: KnownSum;
  /** Over what time, where that is not as everywhere else. */
  readonly measured?: string;
}

/** Where some rooms are not heard of, without how many it is. */
function Total({ label, of: { sum, without }, measured = "" }: TotalProps) {
  const { overview: words, figures } = texts.value;
  return (
    <Figure label={label} value={sum === null ? figures.unknown : format.value.number(sum)}>
      {sum !== null && measured !== "" && <span class="of">{measured}</span>}
      {sum !== null && without > 0 && <span class="of">{format.value.counted(words.without, without)}</span>}
    </Figure>
  );
}

function storeText(rooms: readonly OverviewRoom[]): string {
  const words = texts.value.overview;
  if (rooms.some(({ store }) => store === "down")) return words.down;
  if (rooms.some(({ store }) => store === "newer")) return words.newer;
  return rooms.some(({ store }) => store === "empty") ? words.partly : words.up;
}

function RoomCard({ room, recent }: { room: OverviewRoom; recent: readonly (number | null)[] }) {
  const troubles = troublesOf(room);
  const words = texts.value;
  const stale = room.store !== "up";
  return (
    <li class={`room card ${troubles[0]?.severity ?? "well"}`} data-room={room.id} data-stale={stale}>
      <div class="room-head">
        <h3>
          <a href={hrefOf({ view: "room", room: room.id })}>{roomName(room)}</a>
        </h3>
        {isKnown(room) && <span class={`mode ${room.state.mode}`}>{words.modes[room.state.mode]}</span>}
        <Troubles room={room} />
      </div>
      {isKnown(room) && <RebuiltBriefly room={room} />}
      {isKnown(room) && (
        <RoomFigures room={room}>
          <Sparkline values={recent} label={words.figures.recent} />
        </RoomFigures>
      )}
    </li>
  );
}

/** The course of the waiting in every room, for its sparkline. */
function useRecentWaiting(): Readonly<Record<string, readonly (number | null)[]>> {
  const recent = useSignal<Readonly<Record<string, readonly (number | null)[]>>>({});
  const ids = (overview.value?.rooms ?? [])
    .slice(0, MOST_SPARKLINES)
    .map(({ id }) => id)
    .join();
  useEffect(() => {
    const read = async () => {
      const names = ids.split(",").filter((id) => id !== "");
      const found = await Promise.all(
        names.map(async (id) => [id, (await readHistory(id, RECENT_SECONDS)).series.waiting] as const),
      );
      recent.value = Object.fromEntries(found);
    };
    const again = () => void read().catch(heed);
    again();
    const timer = setInterval(again, RECENT_EVERY_MS);
    return () => clearInterval(timer);
  }, [ids, recent]);
  return recent.value;
}
