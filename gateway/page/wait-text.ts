import type { WaitRange } from "#core/waits";
import { type Counted, fill, type PageTexts } from "#languages";

type WaitTexts = PageTexts["wait"];

/** The wait as a whole sentence: "The wait is about 20 to 25 minutes." Null is "not known yet", never a guess. */
export function waitSentence(wait: WaitRange | null, texts: WaitTexts, counted: Counted): string {
  return wait === null ? texts.unknown : fill(texts.sentence, { range: waitRange(wait, texts, counted) });
}

/**
 * The wait without the sentence around it: "under 1 minute", "about 20 to 25 minutes", "about 1 hour 20 minutes to
 * 1 hour 40 minutes". The low end is rounded down and the high end up, so the range never promises more than is known.
 * A range so wide that its low end helps nobody to plan says its high end alone: "up to 40 minutes".
 */
export function waitRange(wait: WaitRange, texts: WaitTexts, counted: Counted): string {
  if (wait.highSeconds < 60) return texts.underOneMinute;
  const low = roundedDown(wait.lowSeconds / 60);
  const high = roundedUp(wait.highSeconds / 60);
  if (low >= high) return fill(texts.aboutOne, { high: duration(high, texts, counted) });
  if (high === 1) return fill(texts.aboutOne, { high: duration(high, texts, counted) });
  if (low === 0 || isWide(low, high)) return fill(texts.upTo, { high: duration(high, texts, counted) });
  if (high < 60) return fill(counted(texts.aboutMinutes, high), { low: String(low), high: String(high) });
  return fill(texts.aboutRange, { low: duration(low, texts, counted), high: duration(high, texts, counted) });
}

/** A span of time that is kept for the visitor, rounded down: "10 minutes", "1 hour 30 minutes". */
export function keptFor(seconds: number, texts: WaitTexts, counted: Counted): string {
  return seconds < 60 ? texts.underOneMinute : duration(Math.floor(seconds / 60), texts, counted);
}

function isWide(lowMinutes: number, highMinutes: number): boolean {
  return highMinutes >= 10 && highMinutes > 3 * lowMinutes;
}

/** Steps grow with the wait: nobody knows a three-hour wait to the minute. */
function stepMinutes(minutes: number): number {
  if (minutes < 10) return 1;
  if (minutes < 60) return 5;
  return minutes < 300 ? 10 : 30;
}

function roundedDown(minutes: number): number {
  const step = stepMinutes(minutes);
  return Math.floor(minutes / step) * step;
}

function roundedUp(minutes: number): number {
  const step = stepMinutes(minutes);
  return Math.ceil(minutes / step) * step;
}

function duration(minutes: number, texts: WaitTexts, counted: Counted): string {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  const hoursText = counted(texts.hours, hours);
  const restText = counted(texts.minutes, rest);
  if (hours === 0) return restText;
  return rest === 0 ? hoursText : fill(texts.hoursAndMinutes, { hours: hoursText, minutes: restText });
}
