import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type Page as BrowserPage, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPages } from "./build.ts";
import { CHROMIUM, FIXTURE_ROOMS, type PageFixture, startPageFixture } from "./page-fixture.ts";
import { openPicture, PICTURES } from "./page-states.ts";
import { LANGS } from "./texts.ts";

const THEMES = ["light", "dark"] as const;
const WIDTHS = [320, 1280];

let browser: Browser;
let fixture: PageFixture;

beforeAll(async () => {
  fixture = await startPageFixture(await buildPages(FIXTURE_ROOMS));
  browser = await chromium.launch(CHROMIUM);
});

afterAll(async () => {
  await browser?.close();
  await fixture?.close();
});

/** What axe finds, and whether the page scrolls sideways, in each theme and width. */
async function faultsOf(page: BrowserPage): Promise<string[]> {
  const faults: string[] = [];
  for (const colorScheme of THEMES) {
    for (const width of WIDTHS) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 800 });
      // Legacy mode runs in the page itself: no frames here, and no second page for each run.
      const { violations } = await new AxeBuilder({ page })
        .options({ resultTypes: ["violations"] })
        .setLegacyMode(true)
        .analyze();
      const where = `${colorScheme} ${width}`;
      faults.push(...violations.map((found) => `${where}: ${found.id} ${found.nodes[0]?.html}`));
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      if (wide > width) faults.push(`${where}: ${wide} px wide`);
    }
  }
  return faults;
}

describe.each(LANGS)("%s", (lang) => {
  test.each(PICTURES)("axe finds nothing and nothing scrolls sideways: $name", async (picture) => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await openPicture(page, fixture, picture, lang);
    expect(await faultsOf(page)).toEqual([]);
    await context.close();
  });
});

test("axe finds nothing in the open leave dialog", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const waiting = PICTURES.find((picture) => picture.name === "waiting-middle");
  if (!waiting) throw new Error("the picture is gone");
  await openPicture(page, fixture, waiting, "da");
  await page.click("#leave");
  await page.waitForSelector("dialog[open]");
  expect(await faultsOf(page)).toEqual([]);
  await context.close();
});

test("twice the text size at 320 px still does not scroll sideways", async () => {
  const context = await browser.newContext({ viewport: { width: 320, height: 800 } });
  const page = await context.newPage();
  for (const picture of PICTURES) {
    await openPicture(page, fixture, picture, "da");
    const sheet = "html { font-size: 200% }";
    // Through the object model: the page's policy would refuse a style element.
    await page.evaluate((text) => {
      const style = new CSSStyleSheet();
      style.replaceSync(text);
      document.adoptedStyleSheets = [style];
    }, sheet);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide, picture.name).toBeLessThanOrEqual(320);
  }
  await context.close();
});
