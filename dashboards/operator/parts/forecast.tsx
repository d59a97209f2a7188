import { fill } from "#languages";
import { type Draft, forecastOf, type KnownRoom } from "#operator-api";
import { gatewayNowMs } from "../live.ts";
import { format, texts } from "../preferences.ts";

/** What a draft means for those who wait. */
export function ForecastText({ room, draft }: { room: KnownRoom; draft: Draft }) {
  const words = texts.value.forecast;
  const { number, clock, moment } = format.value;
  const now = gatewayNowMs.value;
  const forecast = forecastOf(room, draft, now);
  const waiting = number(room.state.waiting);
  if (forecast.kind !== "through") {
    const text = { "nobody-waits": words.nobody, "stands-still": words.still, "all-come-in": words.open };
    return <p class="forecast">{fill(text[forecast.kind], { waiting })}</p>;
  }
  const isToday = new Date(forecast.atMs).toDateString() === new Date(now).toDateString();
  const time = isToday ? clock(forecast.atMs) : moment(forecast.atMs, now);
  return (
    <p class="forecast">
      {fill(words.through, { waiting, time })}
      {forecast.boundByCapacity && (
        <small> {fill(words.bound, { perMinute: number(forecast.perMinute) })}</small>
      )}
    </p>
  );
}
