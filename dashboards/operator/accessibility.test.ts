/** Every view by axe and for sideways scrolling, in both themes, narrow and wide, the languages by turns. */
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { axeFindings } from "#gateway/testing/axe";
import { LANGUAGE_TAGS } from "#languages";
import { CHROMIUM } from "./chromium.ts";
import { type ConsoleFixture, FIXTURE_NOW_MS, startConsoleFixture } from "./console-fixture.ts";
import { openView, VIEWS } from "./console-views.ts";

const LOOKS = [
  { colorScheme: "light", width: 320 },
  { colorScheme: "dark", width: 1_280 },
  { colorScheme: "dark", width: 320 },
  { colorScheme: "light", width: 2_560 },
] as const;

let browser: Browser;
let page: Page;
let fixture: ConsoleFixture;

beforeAll(async () => {
  fixture = await startConsoleFixture();
  browser = await chromium.launch(CHROMIUM);
  page = await (await browser.newContext({ reducedMotion: "reduce" })).newPage();
  await page.clock.setFixedTime(FIXTURE_NOW_MS);
});

afterAll(async () => {
  await browser?.close();
  await fixture?.close();
});

test.each(VIEWS.map((view, index) => ({ view, index, name: view.name })))(
  "axe finds nothing and nothing scrolls sideways: $name",
  async ({ view, index }) => {
    await openView(page, fixture, view, LANGUAGE_TAGS[index % LANGUAGE_TAGS.length] ?? "en");
    const faults: string[] = [];
    // Each view light and dark, and by turns on a phone and on a desk or wall.
    for (const look of Math.floor(index / LANGUAGE_TAGS.length) % 2 === 0
      ? LOOKS.slice(0, 2)
      : LOOKS.slice(2)) {
      const where = `${look.colorScheme} ${look.width}`;
      await page.emulateMedia({ colorScheme: look.colorScheme });
      await page.setViewportSize({ width: look.width, height: 900 });
      faults.push(
        ...(await axeFindings(page)).flatMap(({ id, nodes }) =>
          nodes.map(({ html, failureSummary }) => `${where}: ${id} ${html} ${failureSummary}`),
        ),
      );
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      if (wide > look.width) faults.push(`${where}: ${wide} px wide`);
    }
    expect(faults).toEqual([]);
  },
);
