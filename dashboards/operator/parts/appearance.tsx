import { isLanguageTag, LANGUAGE_TAGS, LANGUAGES } from "#languages";
import { LOOKS, type Look, lang, look, texts } from "../preferences.ts";

/** The language and the colours. */
export function Appearance() {
  const words = texts.value;
  const chooseLook = (event: Event) => {
    const chosen = (event.currentTarget as HTMLSelectElement).value;
    look.value = LOOKS.find((one) => one === chosen) ?? "auto";
  };
  const chooseLanguage = (event: Event) => {
    const chosen = (event.currentTarget as HTMLSelectElement).value;
    if (isLanguageTag(chosen)) lang.value = chosen;
  };
  const lookName = (one: Look) => words.look[one];
  return (
    <>
      <select class="plain" aria-label={words.look.label} value={look.value} onChange={chooseLook}>
        {LOOKS.map((one) => (
          <option key={one} value={one}>
            {lookName(one)}
          </option>
        ))}
      </select>
      <select class="plain" aria-label={words.language} value={lang.value} onChange={chooseLanguage}>
        {LANGUAGE_TAGS.map((tag) => (
          <option key={tag} value={tag} lang={tag}>
            {LANGUAGES[tag].name}
          </option>
        ))}
      </select>
    </>
  );
}
