import { texts } from "../preferences.ts";
import type { Trouble } from "../trouble.ts";
import { Sign } from "./icons.tsx";

/** What is wrong, each with its sign. */
export function Troubles({ troubles }: { troubles: readonly Trouble[] }) {
  if (troubles.length === 0) return null;
  return (
    <ul class="troubles">
      {troubles.map(({ kind, severity }) => (
        <li key={kind} class={severity}>
          <Sign severity={severity} />
          {texts.value.troubles[kind]}
        </li>
      ))}
    </ul>
  );
}
