import type { consoleTexts } from "./en/console.ts";
import type { pages } from "./en/pages.ts";
import type { PluralForms } from "./words.ts";

/**
 * One language, as data: all that Sluse says in it. A language is one folder beside this file, named by its tag, and a
 * line of `registry.ts`.
 */
export interface Language {
  /** BCP 47, as it stands in addresses, in the rooms file and in the API: the name of its folder. */
  readonly tag: string;
  /** The language in itself. */
  readonly name: string;
  /** Whose numbers, times and plurals go with it: BCP 47, with a region. */
  readonly locale: string;
  readonly direction: "ltr" | "rtl";
  /** What the visitors' pages say. */
  readonly pages: PageTexts;
  /** What the operator console says. */
  readonly console: ConsoleTexts;
  /**
   * Texts that an earlier language of the registry writes just so. Any other that is equal was left untranslated, which
   * `registry.test.ts` finds.
   */
  readonly alike: readonly string[];
}

/** The same keys, and as many texts; how many forms a count has is the language's own. */
type TextsLike<Model> = {
  readonly [Key in keyof Model]: Model[Key] extends string
    ? string
    : Model[Key] extends { readonly other: string }
      ? PluralForms
      : TextsLike<Model[Key]>;
};

/** Every text of the pages in one language; `{name}` marks what `fill` puts in. */
export type PageTexts = TextsLike<typeof pages>;

/** Every text of the operator console in one language. */
export type ConsoleTexts = TextsLike<typeof consoleTexts>;
