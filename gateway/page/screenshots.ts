/**
 * Pictures of every page, in both languages and themes, on a phone and on a desktop:
 * `npm run screenshots -- [folder] [part of the name]` (default `screenshots`, all).
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { buildPages } from "./build.ts";
import {
  CHROMIUM,
  FIXTURE_NOW_MS,
  FIXTURE_ROOMS,
  type PageFixture,
  startPageFixture,
} from "./page-fixture.ts";
import { openPicture, PICTURES } from "./page-states.ts";
import { LANGS, type Lang } from "./texts.ts";

const THEMES = ["light", "dark"] as const;
const WIDTHS = [320, 1280];

async function main(): Promise<void> {
  const outDir = process.argv[2] ?? "screenshots";
  const part = process.argv[3] ?? "";
  await mkdir(outDir, { recursive: true });
  const fixture = await startPageFixture(await buildPages(FIXTURE_ROOMS));
  const browser = await chromium.launch(CHROMIUM);
  try {
    for (const lang of LANGS) {
      for (const theme of THEMES) {
        for (const width of WIDTHS) await shootAll(browser, fixture, { lang, theme, width, outDir, part });
      }
    }
  } finally {
    await browser.close();
    await fixture.close();
  }
}

type Look = { lang: Lang; theme: (typeof THEMES)[number]; width: number; outDir: string; part: string };

async function shootAll(browser: Browser, fixture: PageFixture, look: Look): Promise<void> {
  const context = await browser.newContext({
    viewport: { width: look.width, height: look.width === 320 ? 640 : 900 },
    deviceScaleFactor: look.width === 320 ? 2 : 1,
    colorScheme: look.theme,
    reducedMotion: "reduce",
    timezoneId: "Europe/Copenhagen",
  });
  const page = await context.newPage();
  await page.clock.setFixedTime(FIXTURE_NOW_MS);
  for (const picture of PICTURES) {
    const name = `${picture.name}-${look.lang}-${look.theme}-${look.width}.png`;
    if (!name.includes(look.part)) continue;
    await openPicture(page, fixture, picture, look.lang);
    await page.screenshot({ path: join(look.outDir, name), fullPage: true });
  }
  await context.close();
}

await main();
