/** Language and colours: chosen by the operator, kept by the browser. */
import { computed, effect, signal } from "@preact/signals";
import { createFormat, localeFor } from "./format.ts";
import { LANGS, type Lang, TEXTS } from "./texts.ts";

export const LOOKS = ["auto", "light", "dark"] as const;
export type Look = (typeof LOOKS)[number];

const LANG_KEY = "sluse.console.lang";
const LOOK_KEY = "sluse.console.look";

export const lang = signal<Lang>(keptLang());
export const look = signal<Look>(LOOKS.find((one) => one === kept(LOOK_KEY)) ?? "auto");

/** The words of the language chosen. */
export const texts = computed(() => TEXTS[lang.value]);
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
  keep(LANG_KEY, lang.value);
});
effect(() => {
  document.documentElement.dataset.look = look.value;
  keep(LOOK_KEY, look.value);
});

function keptLang(): Lang {
  const chosen = LANGS.find((one) => one === kept(LANG_KEY));
  return chosen ?? (navigator.languages.some((name) => name.toLowerCase().startsWith("da")) ? "da" : "en");
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
