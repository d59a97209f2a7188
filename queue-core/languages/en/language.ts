import type { Language } from "../language.ts";
import { consoleTexts } from "./console.ts";
import { pages } from "./pages.ts";

export const english: Language = {
  tag: "en",
  name: "English",
  // British habits: a 24-hour clock.
  locale: "en-GB",
  direction: "ltr",
  pages,
  console: consoleTexts,
  alike: [
    "15 min",
    "5 min",
    "95 %: {time}",
    "Gateway",
    "Live",
    "Session",
    "Token",
    "min",
    "{n}/min",
    "–",
    "{time}",
  ],
};
