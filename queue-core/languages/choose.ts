/** Which of several languages somebody gets. Tags are compared as BCP 47 says: whatever their case, from the left. */

import type { Texts } from "../domain/settings.ts";

/** A text, and the language that it is in. */
export interface Told {
  readonly lang: string;
  readonly text: string;
}

/** A longer one is no language's (RFC 5646, 4.4.1). What strangers ask for costs no more, however long they make it. */
const MOST_TAG_CHARACTERS = 35;
/** Of an `Accept-Language` no more is read: browsers send some ten ranges. */
const MOST_RANGES = 20;
const MOST_HEADER_CHARACTERS = 1_000;

/**
 * The language of `offered` that comes nearest to the one asked for (RFC 4647, 3.4): itself, else what it is a part of
 * (`de-AT` gets `de`), else a part of it (`pt` gets `pt-BR`); null where none comes near.
 */
export function nearestLanguage<Tag extends string>(asked: string, offered: readonly Tag[]): Tag | null {
  if (asked.length > MOST_TAG_CHARACTERS) return null;
  for (let tag = asked.toLowerCase(); tag !== ""; tag = broader(tag)) {
    const found = offered.find((one) => isWithin(one.toLowerCase(), tag));
    if (found !== undefined) return found;
  }
  return null;
}

interface Range {
  readonly range: string;
  readonly weight: number;
}

/** The first of `offered` in an `Accept-Language` by weight (RFC 9110, 12.5.4); null where it names none of them. */
export function preferredLanguage<Tag extends string>(header: string, offered: readonly Tag[]): Tag | null {
  if (header === "") return null;
  const ranges = header.slice(0, MOST_HEADER_CHARACTERS).split(",", MOST_RANGES).map(rangeOf);
  const refused = ranges.filter(({ weight }) => weight === 0).map(({ range }) => range);
  const left = offered.filter((tag) => !refused.includes(tag.toLowerCase()));
  // `*` stands for whatever is not named.
  const unnamed = () =>
    left.find((tag) => !ranges.some(({ range }) => nearestLanguage(range, [tag]) === tag));
  // Sorting is stable: among equals the one named first wins.
  for (const { range } of ranges.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight)) {
    const found = range === "*" ? unnamed() : nearestLanguage(range, left);
    if (found) return found;
  }
  return null;
}

/** What is not written as a weight is none, and so is one beyond 1. */
function rangeOf(part: string): Range {
  const [range = "", ...parameters] = part.trim().toLowerCase().split(";");
  const q = parameters.map((one) => one.trim()).find((one) => one.startsWith("q="));
  const weight = q === undefined ? 1 : Number(q.slice(2)) || 0;
  return { range: range.trim(), weight: weight > 1 ? 0 : weight };
}

/** Where a text is looked for that somebody wants in `asked`: in it, in what it is a part of, then in the others. */
export function fallbackOrder(asked: string, others: readonly string[]): readonly string[] {
  const order = new Set<string>();
  for (let tag = asked; tag !== ""; tag = broader(tag)) order.add(tag);
  for (const tag of others) order.add(tag);
  return [...order];
}

/**
 * The text in the first language of `order` that has one, else in any; null where there is none. In the first an empty one
 * is meant to be silence; in the others it says nothing of what is wanted here.
 */
export function textIn(texts: Texts, order: readonly string[]): Told | null {
  const [first = ""] = order;
  const lang =
    texts[first] === undefined ? [...order, ...Object.keys(texts)].find((tag) => texts[tag]) : first;
  return lang === undefined ? null : { lang, text: texts[lang] ?? "" };
}

/** A language in which a message is not read. */
export interface Gap {
  readonly lang: string;
  /** The language in which it is read instead; null: there its text is empty, and nothing is. */
  readonly instead: string | null;
}

/** Where a message is not read as others read it, of these languages; nowhere where nobody reads anything. */
export function gapsIn(message: Texts | null | undefined, languages: readonly string[]): readonly Gap[] {
  if (!message || readIn(message).length === 0) return [];
  return languages
    .filter((lang) => !readIn(message).includes(lang))
    .map((lang) => {
      const isEmpty = message[lang] !== undefined;
      return {
        lang,
        instead: isEmpty ? null : (textIn(message, fallbackOrder(lang, languages))?.lang ?? null),
      };
    });
}

/** The languages in which a message says something. */
export function readIn(message: Texts): readonly string[] {
  return Object.keys(message).filter((tag) => message[tag]?.trim());
}

/** What a tag is a part of: `zh-Hant` for `zh-Hant-TW`, nothing for `zh`. */
function broader(tag: string): string {
  return tag.slice(0, Math.max(0, tag.lastIndexOf("-")));
}

function isWithin(tag: string, broad: string): boolean {
  return tag === broad || tag.startsWith(`${broad}-`);
}
