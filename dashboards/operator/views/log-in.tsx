import { useSignal } from "@preact/signals";
import { fill } from "#languages";
import { ApiError } from "../api.ts";
import { enter, sessionEnded } from "../live.ts";
import { Appearance } from "../parts/appearance.tsx";
import { Heading } from "../parts/heading.tsx";
import { Mark } from "../parts/icons.tsx";
import { format, texts } from "../preferences.ts";

export function LogIn() {
  const words = texts.value.login;
  const token = useSignal("");
  const busy = useSignal(false);
  const problem = useSignal<unknown>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    busy.value = true;
    problem.value = null;
    await enter(token.value.trim().replace(/^Bearer /i, "")).catch((error: unknown) => {
      problem.value = error;
    });
    busy.value = false;
  };
  return (
    <main class="log-in">
      <form class="card" onSubmit={(event) => void submit(event)}>
        <p class="brand">
          <Mark />
          <span>Sluse</span>
        </p>
        <Heading text={words.heading} />
        <p class="muted">{words.lead}</p>
        {sessionEnded.value && <p class="note">{words.ended}</p>}
        <label class="field">
          <span class="label">{words.token}</span>
          <input
            type="password"
            name="token"
            autocomplete="current-password"
            required
            aria-describedby="token-hint"
            value={token.value}
            onInput={(event) => {
              token.value = event.currentTarget.value;
            }}
          />
          <small id="token-hint">{words.hint}</small>
        </label>
        <p class="problem" role="alert">
          {problem.value === null ? "" : problemText(problem.value)}
        </p>
        <button type="submit" class="primary" disabled={busy.value}>
          {words.submit}
        </button>
      </form>
      <p class="appearance">
        <Appearance />
      </p>
    </main>
  );
}

function problemText(error: unknown): string {
  const words = texts.value.login;
  if (!(error instanceof ApiError)) return fill(words.failed, { detail: String(error) });
  if (error.status === 0) return words.unreachable;
  if (error.status === 401) return words.wrong;
  if (error.status === 429)
    return fill(words.locked, { time: format.value.duration(error.retryAfterSeconds ?? 1) });
  return fill(words.failed, { detail: error.message });
}
