/**
 * Pictures of the console, in both themes, on a phone, a desk and a wall:
 * `npm run screenshots:console -- [folder] [part of the name]` (default `screenshots/console`, all).
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { LANGUAGES, type LanguageTag } from "#languages";
import { CHROMIUM } from "./chromium.ts";
import { type ConsoleFixture, FIXTURE_NOW_MS, startConsoleFixture } from "./console-fixture.ts";
import { openView, VIEWS } from "./console-views.ts";

interface Look {
  readonly width: number;
  readonly height: number;
  readonly theme: "light" | "dark";
  readonly lang: LanguageTag;
}

const LOOKS: readonly Look[] = (["light", "dark"] as const).flatMap((theme): Look[] => [
  { width: 320, height: 640, theme, lang: "de" },
  { width: 1440, height: 900, theme, lang: "en" },
  { width: 2560, height: 1440, theme, lang: "da" },
]);

async function main(): Promise<void> {
  const folder = process.argv[2] ?? "screenshots/console";
  const part = process.argv[3] ?? "";
  await mkdir(folder, { recursive: true });
  const fixture = await startConsoleFixture();
  const browser = await chromium.launch(CHROMIUM);
  try {
    for (const look of LOOKS) await shoot(browser, fixture, look, folder, part);
  } finally {
    await browser.close();
    await fixture.close();
  }
}

async function shoot(
  browser: Browser,
  fixture: ConsoleFixture,
  { width, height, theme, lang }: Look,
  folder: string,
  part: string,
): Promise<void> {
  const views = VIEWS.map((view) => ({ view, name: `${view.name}-${lang}-${theme}-${width}.png` }));
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: "reduce",
    locale: LANGUAGES[lang].locale,
    timezoneId: "Europe/Copenhagen",
  });
  const page = await context.newPage();
  await page.clock.setFixedTime(FIXTURE_NOW_MS);
  for (const { view, name } of views.filter((one) => one.name.includes(part))) {
    await openView(page, fixture, view, lang);
    // What stands at the screen's edge would be pictured in the midst of a whole page.
    const isWhole = !view.name.includes("done") && (!view.name.includes("re") || width === 320);
    await page.screenshot({ path: join(folder, name), fullPage: isWhole });
  }
  await context.close();
}

await main();
