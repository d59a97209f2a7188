import { LOOKS, type Look, lang, look, texts } from "../preferences.ts";

/** The language and the colours. */
export function Appearance() {
  const other = lang.value === "da" ? "en" : "da";
  const words = texts.value;
  const chooseLook = (event: Event) => {
    const chosen = (event.currentTarget as HTMLSelectElement).value;
    look.value = LOOKS.find((one) => one === chosen) ?? "auto";
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
      <button
        type="button"
        class="plain"
        lang={other}
        onClick={() => {
          lang.value = other;
        }}
      >
        {words.otherLang}
      </button>
    </>
  );
}
