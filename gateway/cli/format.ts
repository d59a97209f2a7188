/** How numbers, times and tables are written for people. */

/** Writes in the locale of the environment. */
export interface Format {
  readonly locale: string;
  number(value: number): string;
  /** A share from 0 to 1. */
  percent(share: number): string;
  /** Epoch ms; the date too, and the zone. */
  time(epochMs: number): string;
  /** Epoch ms; the same to the minute. */
  opening(epochMs: number): string;
  /** Epoch ms; the time of day alone, and the zone. */
  clock(epochMs: number): string;
  seconds(value: number): string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where nothing is known. */
export const UNKNOWN = "–";

/** By `LC_ALL`, else `LC_NUMERIC` or `LC_TIME`, else `LANG`; British English where they name no locale. */
export function createFormat(env: Environment): Format {
  const locale = localeOf(env.LC_ALL || env.LC_NUMERIC || env.LANG);
  const timeLocale = localeOf(env.LC_ALL || env.LC_TIME || env.LANG);
  const numbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const percents = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  // Whoever reads a line that somebody sent them may be elsewhere.
  const minute = { hour: "2-digit", minute: "2-digit", timeZoneName: "short" } as const;
  const day = { day: "numeric", month: "short", year: "numeric" } as const;
  const times = new Intl.DateTimeFormat(timeLocale, { ...day, ...minute, second: "2-digit" });
  const openings = new Intl.DateTimeFormat(timeLocale, { ...day, ...minute });
  const clocks = new Intl.DateTimeFormat(timeLocale, minute);
  return {
    locale,
    number: (value) => numbers.format(value),
    percent: (share) => percents.format(share),
    time: (epochMs) => times.format(epochMs),
    opening: (epochMs) => openings.format(epochMs),
    clock: (epochMs) => clocks.format(epochMs),
    seconds: (value) => secondsText(value, numbers),
  };
}

/** `da_DK.UTF-8` is `da-DK`; `C` and `POSIX` are nobody's way of writing. */
function localeOf(name: string | undefined): string {
  const tag = (name ?? "").replace(/[.@].*$/, "").replaceAll("_", "-");
  if (!/^[a-z]{2,3}(-|$)/i.test(tag)) return "en-GB";
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? "en-GB";
  } catch {
    return "en-GB";
  }
}

/** The two largest units that say something: `45 s`, `10 min`, `1 h 30 min`. */
function secondsText(value: number, numbers: Intl.NumberFormat): string {
  const whole = Math.round(value);
  const units: [amount: number, unit: string][] = [
    [Math.floor(whole / 3_600), "h"],
    [Math.floor((whole % 3_600) / 60), "min"],
    [whole % 60, "s"],
  ];
  const first = units.findIndex(([amount]) => amount > 0);
  if (first < 0) return "0 s";
  const said = units.slice(first, first + 2).filter(([amount]) => amount > 0);
  return said.map(([amount, unit]) => `${numbers.format(amount)} ${unit}`).join(" ");
}

/** A column's heading; numbers stand to the right. */
export interface Column {
  readonly heading: string;
  readonly right?: true;
}

/** Rows under headings, as lines without trailing blanks. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const all = [columns.map(({ heading }) => heading), ...rows].map((row) => row.map(printable));
  const widths = columns.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  const lines = all.map((row) =>
    row.map((cell, at) =>
      columns[at]?.right ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0),
    ),
  );
  return lines.map((cells) => `${cells.join("  ").trimEnd()}\n`).join("");
}

/** Names and what stands behind them, two blanks in. */
export function list(entries: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `  ${name.padEnd(width)}  ${printable(value)}\n`).join("");
}

/** What others wrote must not steer this terminal: control characters, and those that turn text around, are blanks. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, " ");
}
