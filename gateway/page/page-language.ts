import { fallbackOrder, LANGUAGES, type Language, type LanguageTag, type Texts, textIn } from "#languages";

/** One of the languages that a deployment offers, with what its pages need to know of the others. */
export interface PageLanguage extends Language {
  /** Where a room's name or message is looked for that is not given in this one. */
  readonly order: readonly string[];
  /** To change to. */
  readonly others: readonly Language[];
}

/** A language as it is among those that are offered. */
export function pageLanguage(tag: LanguageTag, offered: readonly LanguageTag[]): PageLanguage {
  const others = offered.filter((one) => one !== tag).map((one) => LANGUAGES[one]);
  return { ...LANGUAGES[tag], order: fallbackOrder(tag, offered), others };
}

interface Named {
  readonly id: string;
  readonly name: Texts;
}

/** A room's name in the page's language, else in the next that has one. */
export function nameOf({ id, name }: Named, { order }: PageLanguage): string {
  return textIn(name, order)?.text ?? id;
}
