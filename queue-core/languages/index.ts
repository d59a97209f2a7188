/**
 * The languages that Sluse speaks. Whatever only needs `fill` and the like gets no texts with it: package.json
 * says that no module has side effects, so bundlers leave out what nobody uses.
 */
export type { Texts } from "../domain/settings.ts";
export {
  fallbackOrder,
  type Gap,
  gapsIn,
  nearestLanguage,
  preferredLanguage,
  readIn,
  type Told,
  textIn,
} from "./choose.ts";
export type { ConsoleTexts, Language, PageTexts } from "./language.ts";
export { isLanguageTag, LANGUAGE_TAGS, LANGUAGES, type LanguageTag } from "./registry.ts";
export { type Counted, countedIn, fill, type PluralForms } from "./words.ts";
