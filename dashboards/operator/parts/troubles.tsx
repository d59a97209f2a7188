import { fill } from "#languages";
import { type OverviewRoom, type Standstill, standstillOf, troublesOf } from "#operator-api";
import { format, texts } from "../preferences.ts";
import { Sign } from "./icons.tsx";

/** What is wrong with a room, each with its sign; last that it stands still though people wait, which nothing is wrong with. */
export function Troubles({ room }: { room: OverviewRoom }) {
  const troubles = troublesOf(room);
  const standstill = standstillOf(room);
  if (troubles.length === 0 && standstill === null) return null;
  return (
    <ul class="troubles">
      {troubles.map(({ kind, severity }) => (
        <li key={kind} class={severity}>
          <Sign severity={severity} />
          {texts.value.troubles[kind]}
        </li>
      ))}
      {standstill && (
        <li>
          <Sign severity="standstill" />
          {standstillText(standstill)}
        </li>
      )}
    </ul>
  );
}

function standstillText({ mode, waiting }: Standstill): string {
  const { modes, standstill } = texts.value;
  return fill(format.value.counted(standstill, waiting), { mode: modes[mode] });
}
