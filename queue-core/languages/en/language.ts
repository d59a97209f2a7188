import type { Language } from "../language.ts";
import { pages } from "./pages.ts";

export const english: Language = {
  tag: "en",
  name: "English",
  // British habits: a 24-hour clock.
  locale: "en-GB",
  direction: "ltr",
  pages,
  alike: [],
};
