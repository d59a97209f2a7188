import type { Language } from "../language.ts";
import { consoleTexts } from "./console.ts";
import { pages } from "./pages.ts";

export const german: Language = {
  tag: "de",
  name: "Deutsch",
  locale: "de-DE",
  direction: "ltr",
  pages,
  console: consoleTexts,
  alike: [
    "15 min",
    "5 min",
    "95 %: {time}",
    "Alle",
    "Gateway",
    "Live",
    "Tempo",
    "Tempo/min",
    "Token",
    "min",
    "{n}/min",
    "–",
  ],
};
