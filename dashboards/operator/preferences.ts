/** Language and colours: chosen by the operator, kept by the browser. */
import { computed, effect, signal } from "@preact/signals";
import { isLanguageTag, LANGUAGE_TAGS, LANGUAGES, type LanguageTag, nearestLanguage } from "#languages";
import { createFormat, localeFor } from "./format.ts";

export const LOOKS = ["auto", "light", "dark"] as const;
export type Look = (typeof LOOKS)[number];

const LANG_KEY = "sluse.console.lang";
const LOOK_KEY = "sluse.console.look";

export const lang = signal<LanguageTag>(keptLang());
export const look = signal<Look>(LOOKS.find((one) => one === kept(LOOK_KEY)) ?? "auto");

/** The words of the language chosen. */
export const texts = computed(() => LANGUAGES[lang.value].console);
export const format = computed(() => createFormat(localeFor(lang.value, navigator.languages)));

/** Whether dark colours are shown, whoever chose them. */
const systemDark = matchMedia("(prefers-color-scheme: dark)");
const systemIsDark = signal(systemDark.matches);
systemDark.addEventListener("change", () => {
  systemIsDark.value = systemDark.matches;
});
export const isDark = computed(() => (look.value === "auto" ? systemIsDark.value : look.value === "dark"));

effect(() => {
  document.documentElement.lang = lang.value;
  document.documentElement.dir = LANGUAGES[lang.value].direction;
  keep(LANG_KEY, lang.value);
});
effect(() => {
  document.documentElement.dataset.look = look.value;
  keep(LOOK_KEY, look.value);
});

/** What was chosen, else the first of the browser's languages that Sluse speaks, else English, as the API does. */
function keptLang(): LanguageTag {
  const chosen = kept(LANG_KEY);
  if (isLanguageTag(chosen)) return chosen;
  const known = navigator.languages.map((name) => nearestLanguage(name, LANGUAGE_TAGS));
  return known.find((tag) => tag !== null) ?? "en";
}

function kept(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}
