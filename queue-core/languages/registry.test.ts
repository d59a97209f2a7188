import { describe, expect, it } from "vitest";
import { LANGUAGE_TAGS, LANGUAGES, type LanguageTag } from "./registry.ts";
import type { PluralForms } from "./words.ts";

type Text = string | PluralForms;

const isText = (value: unknown): value is Text =>
  typeof value === "string" || Object.hasOwn(value as object, "other");

/** Every text by its path, `pages.waiting.heading`; the forms of a count are one. */
function textsIn(value: unknown, path: string): [path: string, text: Text][] {
  if (isText(value)) return [[path, value]];
  return Object.entries(value as object).flatMap(([key, inner]) => textsIn(inner, `${path}.${key}`));
}

function textsOf(tag: LanguageTag): Map<string, Text> {
  const { pages, console } = LANGUAGES[tag];
  return new Map([...textsIn(pages, "pages"), ...textsIn(console, "console")]);
}
const formsOf = (text: Text) => (typeof text === "string" ? { other: text } : text);
const marksIn = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort();
const MODEL = textsOf("en");

describe.each(LANGUAGE_TAGS)("%s is whole", (tag) => {
  const language = LANGUAGES[tag];
  const texts = textsOf(tag);

  it("has a tag and a locale as BCP 47 writes them, and the direction of its script", () => {
    expect(language.tag).toBe(tag);
    expect(Intl.getCanonicalLocales([tag, language.locale])).toEqual([tag, language.locale]);
    expect(language.locale).toMatch(new RegExp(`^${tag}\\b.*-[A-Z]{2}$`));
    expect(Intl.PluralRules.supportedLocalesOf(language.locale)).toEqual([language.locale]);
    const script = new Intl.Locale(tag).maximize().script ?? "";
    expect(language.direction).toBe(/^(Arab|Hebr|Thaa|Syrc|Nkoo|Adlm)$/.test(script) ? "rtl" : "ltr");
    expect(language.name.toLowerCase()).toBe(
      new Intl.DisplayNames(tag, { type: "language" }).of(tag)?.toLowerCase(),
    );
  });

  it("has every text, and no other", () => {
    expect([...texts.keys()]).toEqual([...MODEL.keys()]);
  });

  it.each([...texts])("%s fills in the same values, is not empty and holds no markup", (path, text) => {
    const model = MODEL.get(path) ?? "";
    expect(typeof text).toBe(typeof model);
    for (const [category, form] of Object.entries(formsOf(text))) {
      expect(form.trim(), category).toBe(form);
      expect(form, category).toMatch(/^[^<>&]+$/);
      const wanted = marksIn(formsOf(model).other);
      // A form that goes with one number alone may leave it out.
      if (category === "other") expect(marksIn(form)).toEqual(wanted);
      else expect(wanted, category).toEqual(expect.arrayContaining(marksIn(form)));
    }
  });

  it("has a form for each category of its plurals, and no other", () => {
    const categories = [...new Intl.PluralRules(language.locale).resolvedOptions().pluralCategories].sort();
    for (const [path, text] of texts) {
      if (typeof text !== "string") expect(Object.keys(text).sort(), path).toEqual(categories);
    }
  });

  it("was translated: nothing is as in an earlier language but what is said to be", () => {
    const earlier = LANGUAGE_TAGS.slice(0, LANGUAGE_TAGS.indexOf(tag)).map(textsOf);
    const alike = [...texts].flatMap(([path, text]) => {
      const others = earlier.map((other) => other.get(path)).filter((other) => other !== undefined);
      const theirs = others.flatMap((other) => Object.values(formsOf(other)));
      return Object.values(formsOf(text)).filter((form) => theirs.includes(form));
    });
    expect([...new Set(alike)].sort()).toEqual([...language.alike].sort());
  });
});
