/**
 * Every state of every page by axe, and for sideways scrolling, in two of the combinations of language, theme and width:
 * each state once light and once dark, once narrow and once wide, and over the states every combination as often.
 * `SLUSE_FULL=1` checks every state in all of them.
 */
import { type Browser, type Page as BrowserPage, chromium } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LANGUAGE_TAGS, type LanguageTag } from "#languages";
import { axeFindings } from "../testing/axe.ts";
import { buildPages } from "./build.ts";
import {
  CHROMIUM,
  FIXTURE_NOW_MS,
  FIXTURE_ROOMS,
  type PageFixture,
  startPageFixture,
} from "./page-fixture.ts";
import { openPicture, PICTURES } from "./page-states.ts";

type Look = { readonly colorScheme: "light" | "dark"; readonly width: number };

const NARROW = 320;
const WIDE = 1280;
/** Two looks that between them show both themes and both widths. */
const LOOK_PAIRS: readonly (readonly Look[])[] = [
  [
    { colorScheme: "light", width: NARROW },
    { colorScheme: "dark", width: WIDE },
  ],
  [
    { colorScheme: "dark", width: NARROW },
    { colorScheme: "light", width: WIDE },
  ],
];
const ALL = process.env.SLUSE_FULL === "1";

let browser: Browser;
let page: BrowserPage;
let fixture: PageFixture;

beforeAll(async () => {
  fixture = await startPageFixture(await buildPages(FIXTURE_ROOMS, LANGUAGE_TAGS));
  browser = await chromium.launch(CHROMIUM);
  page = await (await browser.newContext({ reducedMotion: "reduce" })).newPage();
  await page.clock.setFixedTime(FIXTURE_NOW_MS);
});

afterAll(async () => {
  await browser?.close();
  await fixture?.close();
});

/** What axe finds, and whether the page scrolls sideways. */
async function faultsIn(looks: readonly Look[]): Promise<string[]> {
  const faults: string[] = [];
  for (const { colorScheme, width } of looks) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 800 });
    const findings = await axeFindings(page);
    const where = `${colorScheme} ${width}`;
    faults.push(...findings.map((found) => `${where}: ${found.id} ${found.nodes[0]?.html}`));
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    if (wide > width) faults.push(`${where}: ${wide} px wide`);
  }
  return faults;
}

/** The state's turn in the rotation: the language changes with each state, the pair of looks when all have had theirs. */
function turnOf(index: number): { langs: readonly LanguageTag[]; looks: readonly Look[] } {
  if (ALL) return { langs: LANGUAGE_TAGS, looks: LOOK_PAIRS.flat() };
  const count = LANGUAGE_TAGS.length;
  const lang = LANGUAGE_TAGS[index % count];
  return { langs: lang ? [lang] : [], looks: LOOK_PAIRS[Math.floor(index / count) % 2] ?? [] };
}

const TURNS = PICTURES.map((picture, index) => ({ picture, ...turnOf(index) }));

test("the rotation uses every combination, as often as can be", () => {
  const uses = new Map<string, number>();
  for (const { langs, looks } of TURNS) {
    for (const lang of langs) {
      for (const { colorScheme, width } of looks) {
        const combination = `${lang} ${colorScheme} ${width}`;
        uses.set(combination, (uses.get(combination) ?? 0) + 1);
      }
    }
    expect(new Set(looks.map((look) => look.colorScheme)).size).toBe(2);
    expect(new Set(looks.map((look) => look.width)).size).toBe(2);
  }
  expect(uses.size).toBe(4 * LANGUAGE_TAGS.length);
  expect(Math.max(...uses.values()) - Math.min(...uses.values())).toBeLessThanOrEqual(1);
});

test.each(TURNS)(
  "axe finds nothing and nothing scrolls sideways: $picture.name",
  async ({ picture, langs, looks }) => {
    for (const lang of langs) {
      await openPicture(page, fixture, picture, lang);
      expect(await faultsIn(looks), lang).toEqual([]);
    }
  },
);

test("axe finds nothing in the open leave dialog", async () => {
  const waiting = PICTURES.find((picture) => picture.name === "waiting-middle");
  if (!waiting) throw new Error("the picture is gone");
  await openPicture(page, fixture, waiting, "da");
  await page.click("#leave");
  await page.waitForSelector("dialog[open]");
  expect(await faultsIn(LOOK_PAIRS[0] ?? [])).toEqual([]);
});

const PLAIN_PARTS = { "waiting-joining": "form button", portal: ".how p:not([data-scripted])" } as const;
const PLAIN = Object.entries(PLAIN_PARTS).flatMap(([name, part]) =>
  LANGUAGE_TAGS.map((lang) => ({ name, part, lang })),
);

test.each(PLAIN)("axe finds nothing without script: $name in $lang", async ({ name, part, lang }) => {
  const picture = PICTURES.find((known) => known.name === name);
  if (!picture) throw new Error("the picture is gone");
  await openPicture(page, fixture, picture, lang);
  // Axe needs the script that this page is without, so the page is made as a browser without script reads it.
  await page.evaluate(async () => {
    const html = await (await fetch(location.href)).text();
    const plain = new DOMParser().parseFromString(html, "text/html").querySelector("main");
    for (const noscript of plain?.querySelectorAll("noscript") ?? []) {
      noscript.replaceWith(...noscript.childNodes);
    }
    document.querySelector("main")?.replaceWith(plain ?? "");
  });
  expect(await page.locator(part).first().isVisible()).toBe(true);
  expect(await faultsIn(LOOK_PAIRS.flat())).toEqual([]);
});

test("twice the text size at 320 px still does not scroll sideways", async () => {
  await page.setViewportSize({ width: NARROW, height: 800 });
  for (const picture of PICTURES) {
    await openPicture(page, fixture, picture, "da");
    // Through the object model: the page's policy would refuse a style element.
    await page.evaluate(() => {
      const style = new CSSStyleSheet();
      style.replaceSync("html { font-size: 200% }");
      document.adoptedStyleSheets = [style];
    });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide, picture.name).toBeLessThanOrEqual(NARROW);
  }
});
