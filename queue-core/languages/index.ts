/** The languages that Sluse speaks. Whatever only needs `fill` and the like gets no texts with it: bundlers leave them out. */
export type { Texts } from "../domain/settings.ts";
export { fallbackOrder, nearestLanguage, preferredLanguage, type Told, textIn } from "./choose.ts";
export type { Language, PageTexts } from "./language.ts";
export { isLanguageTag, LANGUAGE_TAGS, LANGUAGES, type LanguageTag } from "./registry.ts";
export { type Counted, countedIn, fill, type PluralForms } from "./words.ts";
