import { fill } from "#languages";
import { connection, gatewayNowMs, silentSeconds } from "../live.ts";
import { format, texts } from "../preferences.ts";

/** Says that what is seen is live, and of when. */
export function Beat() {
  const state = connection.value;
  return (
    <p class={`beat ${state}`}>
      <span class="dot" aria-hidden="true" />
      <strong>{texts.value.live[state]}</strong>
      {state === "live" && <time>{format.value.clockSeconds(gatewayNowMs.value)}</time>}
    </p>
  );
}

/** Says at once that a connection is lost, and all the while how old is what is seen. */
export function Lost() {
  const words = texts.value.live;
  const lost = connection.value === "lost";
  return (
    <section class={lost ? "lost-bar" : "lost-bar none"} aria-label={words.lost}>
      <p role="alert">{lost ? words.lostLong : ""}</p>
      {lost && <p class="heard">{fill(words.heard, { ago: format.value.duration(silentSeconds.value) })}</p>}
    </section>
  );
}
