import { danish } from "./da/language.ts";
import { english } from "./en/language.ts";

/** Every language that Sluse speaks, by its tag, in the order in which they are offered to choose from. */
export const LANGUAGES = { da: danish, en: english };

/** The tag of a language that Sluse speaks. */
export type LanguageTag = keyof typeof LANGUAGES;

// Said to be pure, so that a bundle that only fills texts in leaves all of them out.
export const LANGUAGE_TAGS = /* @__PURE__ */ Object.keys(LANGUAGES) as readonly LanguageTag[];

export function isLanguageTag(text: string | undefined): text is LanguageTag {
  return text !== undefined && Object.hasOwn(LANGUAGES, text);
}
