import { fill } from "#languages";
import { type KnownRoom, type RebuiltKind, rebuiltOf } from "#operator-api";
import { gatewayNowMs } from "../live.ts";
import { format, texts } from "../preferences.ts";
import { canAsk, mayDo, review } from "../proposals.ts";

/** What it means that a line was rebuilt, and until when nobody is let in. */
export function Rebuilt({ room }: { room: KnownRoom }) {
  const words = texts.value.rebuilt;
  const said = sentencesOf(room);
  if (said.length === 0) return null;
  return (
    <div class={room.state.pause ? "note danger" : "note"} role="status">
      {said.map((text) => (
        <p key={text}>{text}</p>
      ))}
      {maySoonerBe(rebuiltOf(room, gatewayNowMs.value)) && mayDo("change") && (
        <button
          type="button"
          class="small sooner"
          disabled={!canAsk.value}
          onClick={() => review(room, { kind: "change", draft: { mode: room.settings.mode }, reason: "" })}
        >
          {words.sooner}
        </button>
      )}
    </div>
  );
}

/** Until when nobody is let in, or what else is to be known of a rebuilt line: for where there is little room. */
export function RebuiltBriefly({ room }: { room: KnownRoom }) {
  const said = sentencesOf(room).at(-1);
  return said !== undefined && room.state.pause ? <p class="pause">{said}</p> : null;
}

function sentencesOf(room: KnownRoom): readonly string[] {
  const words = texts.value.rebuilt;
  const kind = rebuiltOf(room, gatewayNowMs.value);
  const time = format.value.clockSeconds(room.state.pause?.until ?? 0);
  switch (kind) {
    case null:
      return [];
    case "implausible":
      return [words.implausible];
    case "over":
      return [words.lost, words.over];
    case "unconfirmed":
      return [words.lost, words.unconfirmed];
    case "gathering":
      return [words.lost, fill(words.gathering, { time })];
    case "counting":
      return [words.lost, fill(words.counting, { time })];
  }
}

/** Setting the mode ends such a pause; the seconds in which the gate gathers nothing ends. */
function maySoonerBe(kind: RebuiltKind | null): boolean {
  return kind === "unconfirmed" || kind === "counting";
}
