import type { HeardStatus } from "./contract.ts";

/**
 * What a page knows of its own ticket. `serving` is the highest ever seen, so the place that is shown never goes up,
 * whichever gateway, cache or tab the news came from.
 */
export type Place = {
  readonly generation: number;
  readonly number: number;
  readonly serving: number;
  readonly servingAtJoin: number;
};

/** The place after a join. What the browser remembers counts only if it is of the same ticket: then progress goes on. */
export function placeAtJoin(number: number, status: HeardStatus, remembered: Place | null): Place {
  const same = remembered?.generation === status.generation && remembered.number === number;
  if (remembered && same) return placeAfter(remembered, status);
  const { generation, serving } = status;
  return { generation, number, serving, servingAtJoin: serving };
}

/** The place after news of the line; news of another generation says nothing about this ticket. */
export function placeAfter(place: Place, status: HeardStatus): Place {
  if (status.generation !== place.generation || status.serving <= place.serving) return place;
  return { ...place, serving: status.serving };
}

/** People ahead of this visitor; 0 = next, or called. */
export function peopleAhead(place: Place): number {
  return Math.max(0, place.number - place.serving - 1);
}

export function isCalled(place: Place): boolean {
  return place.number <= place.serving;
}

/** Whether the gate has got to a called visitor: the claim window has begun. Of a gateway that does not say so it has. */
export function isReached({ number }: Place, { reached }: HeardStatus): boolean {
  return reached === undefined || number <= reached;
}

/** From 0 (where the visitor joined) to 1 (nobody ahead at the gate), with so many ahead. */
export function progressSinceJoin(place: Place, ahead = peopleAhead(place)): number {
  const { number, servingAtJoin, serving } = place;
  const whole = number - servingAtJoin;
  if (whole <= 0) return 1;
  const left = number <= serving ? ahead : ahead + 1;
  return Math.min(1, Math.max(0, 1 - left / whole));
}

/** The news whose seal is worth giving back: of two, the one that knows of the longer line. */
export function highestNews(known: HeardStatus | null, news: HeardStatus): HeardStatus {
  if (!known || news.generation > known.generation) return news;
  if (news.generation < known.generation) return known;
  return news.serving >= known.serving && news.issued >= known.issued ? news : known;
}
