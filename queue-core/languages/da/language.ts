import type { Language } from "../language.ts";
import { consoleTexts } from "./console.ts";
import { pages } from "./pages.ts";

export const danish: Language = {
  tag: "da",
  name: "Dansk",
  locale: "da-DK",
  direction: "ltr",
  pages,
  console: consoleTexts,
  alike: [],
};
