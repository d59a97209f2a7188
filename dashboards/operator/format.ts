/** Numbers and times as the operator's locale writes them. */
import { type Counted, countedIn, LANGUAGES, type LanguageTag, nearestLanguage } from "#languages";

export interface Format {
  /** A whole number, grouped. */
  number(value: number): string;
  /** A text with a count in it. */
  readonly counted: Counted;
  /** What a language is called here. */
  language(tag: string): string;
  /** One or the other. */
  either(names: readonly string[]): string;
  /** Short enough for an axis: 1.2K. */
  compact(value: number): string;
  percent(share: number): string;
  /** A latency: 120 ms, 1.4 s. */
  latency(seconds: number): string;
  /** A length of time, to the minute beyond one: 45 s, 12 min, 2 h 5 min. */
  duration(seconds: number): string;
  /** The same for an axis: 1h 30m. */
  axisDuration(seconds: number): string;
  /** A range that promises no more than is known: 20–25 min. */
  range(lowSeconds: number, highSeconds: number): string;
  /** 21:40. */
  clock(epochMs: number): string;
  /** 9 Mar. */
  day(epochMs: number): string;
  /** 21:40:12. */
  clockSeconds(epochMs: number): string;
  /** 9 Mar, 21:40:12; the year too where it is another. */
  moment(epochMs: number, nowMs: number): string;
}

/** The browser's own locale of this language, else the usual one: en-US writes times otherwise than en-GB. */
export function localeFor(lang: LanguageTag, languages: readonly string[]): string {
  return languages.find((name) => nearestLanguage(name, [lang]) !== null) ?? LANGUAGES[lang].locale;
}

export function createFormat(locale: string): Format {
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const names = new Intl.DisplayNames(locale, { type: "language" });
  const alternatives = new Intl.ListFormat(locale, { type: "disjunction" });
  const compact = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
  const clockSeconds = new Intl.DateTimeFormat(locale, { timeStyle: "medium" });
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
  const dayOfYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric" });
  const unit = (name: string, digits = 0, unitDisplay: "short" | "narrow" = "short") =>
    new Intl.NumberFormat(locale, {
      style: "unit",
      unit: name,
      unitDisplay,
      maximumFractionDigits: digits,
    });
  const hours = unit("hour");
  const minutes = unit("minute");
  const seconds = unit("second");
  const fewSeconds = unit("second", 1);
  const milliseconds = unit("millisecond");

  const written =
    (hour: Intl.NumberFormat, minute: Intl.NumberFormat, second: Intl.NumberFormat) =>
    (length: number): string => {
      if (length < 60) return second.format(Math.max(0, Math.round(length)));
      const inMinutes = Math.round(length / 60);
      const rest = inMinutes % 60;
      if (inMinutes < 60) return minute.format(inMinutes);
      const full = hour.format(Math.floor(inMinutes / 60));
      return rest === 0 ? full : `${full} ${minute.format(rest)}`;
    };
  const duration = written(hours, minutes, seconds);

  return {
    number: (value) => whole.format(Math.round(value)),
    counted: countedIn(locale),
    language: (tag) => names.of(tag) ?? tag,
    either: (given) => alternatives.format(given),
    compact: (value) => compact.format(value),
    percent: (share) => percent.format(share),
    latency: (length) => (length < 1 ? milliseconds.format(length * 1_000) : fewSeconds.format(length)),
    duration,
    axisDuration: written(
      unit("hour", 0, "narrow"),
      unit("minute", 0, "narrow"),
      unit("second", 0, "narrow"),
    ),
    range(low, high) {
      if (high < 60) return `< ${minutes.format(1)}`;
      const [from, to] = [Math.floor(low / 60), Math.ceil(high / 60)];
      if (from === 0) return `≤ ${duration(to * 60)}`;
      if (from === to) return duration(high);
      return to < 60
        ? `${whole.format(from)}–${minutes.format(to)}`
        : `${duration(from * 60)} – ${duration(to * 60)}`;
    },
    clock: (atMs) => clock.format(atMs),
    day: (atMs) => day.format(atMs),
    clockSeconds: (atMs) => clockSeconds.format(atMs),
    moment(atMs, nowMs) {
      const sameYear = new Date(atMs).getFullYear() === new Date(nowMs).getFullYear();
      return `${(sameYear ? day : dayOfYear).format(atMs)}, ${clockSeconds.format(atMs)}`;
    },
  };
}
