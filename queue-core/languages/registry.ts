import { danish } from "./da/language.ts";
import { german } from "./de/language.ts";
import { english } from "./en/language.ts";

/** Every language that Sluse speaks, by its tag, in the order in which they are offered to choose from. */
export const LANGUAGES = { da: danish, en: english, de: german };

/** The tag of a language that Sluse speaks. */
export type LanguageTag = keyof typeof LANGUAGES;

export const LANGUAGE_TAGS = Object.keys(LANGUAGES) as readonly LanguageTag[];

export function isLanguageTag(text: string | null | undefined): text is LanguageTag {
  return typeof text === "string" && Object.hasOwn(LANGUAGES, text);
}
