/** A text with a count in it, one form for each category that the language's plurals have. `{n}` is the count. */
export type PluralForms = Readonly<Partial<Record<Intl.LDMLPluralRule, string>>> & { readonly other: string };

/** Puts values into a text: `fill("{n} ahead", { n: "3" })` is `"3 ahead"`. A value that is missing stays visible as `{n}`. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole);
}

/** Writes texts with a count in them. */
export type Counted = (forms: PluralForms, count: number) => string;

/** How a locale counts: which form goes with a number, and how the number is written. */
export function countedIn(locale: string): Counted {
  const plurals = new Intl.PluralRules(locale);
  const numbers = new Intl.NumberFormat(locale);
  return (forms, count) => fill(forms[plurals.select(count)] ?? forms.other, { n: numbers.format(count) });
}
