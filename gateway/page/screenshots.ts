/**
 * Pictures of every page, in both languages and themes, on a phone and on a desktop:
 * `npx tsx gateway/page/screenshots.ts [outDir] [part of the name]` (default `./screenshots`, all).
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, type Page as BrowserPage, chromium } from "playwright-core";
import { buildPages } from "./build.ts";
import { NOTICE_STATUS } from "./notice-page.ts";
import {
  FIXTURE_NOW_MS,
  FIXTURE_ROOMS,
  type PageFixture,
  type Scenario,
  startPageFixture,
} from "./page-fixture.ts";
import { LISTED_ROOMS, PAGE_STATES } from "./page-states.ts";
import { LANGS, type Lang } from "./texts.ts";

export const CHROMIUM = {
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"],
};

type Shot = { name: string; path: string; scenario?: keyof typeof PAGE_STATES; phase?: string };

const SHOTS: readonly Shot[] = [
  ...Object.entries(PAGE_STATES).map(([name, { phase }]) => ({
    name: `waiting-${name}`,
    path: "/tax/annual?year=2025",
    scenario: name,
    phase,
  })),
  { name: "portal", path: "/" },
  ...Object.keys(NOTICE_STATUS).map((kind) => ({ name: `notice-${kind}`, path: `/notice/${kind}` })),
];

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
  for (const shot of SHOTS) {
    const name = `${shot.name}-${look.lang}-${look.theme}-${look.width}.png`;
    if (!name.includes(look.part)) continue;
    const context = await browser.newContext({
      viewport: { width: look.width, height: look.width === 320 ? 640 : 900 },
      deviceScaleFactor: look.width === 320 ? 2 : 1,
      colorScheme: look.theme,
      reducedMotion: "reduce",
      timezoneId: "Europe/Copenhagen",
    });
    const page = await context.newPage();
    await page.clock.install({ time: FIXTURE_NOW_MS });
    await show(page, fixture, shot, look.lang);
    await page.screenshot({ path: join(look.outDir, name), fullPage: true });
    await context.close();
  }
}

async function show(page: BrowserPage, fixture: PageFixture, shot: Shot, lang: Lang): Promise<void> {
  const state = shot.scenario === undefined ? undefined : PAGE_STATES[shot.scenario];
  const idle: Scenario = { join: () => "never", claim: () => "never", status: () => "never", live: false };
  fixture.play({ ...(state?.scenario ?? idle), rooms: LISTED_ROOMS });
  const separator = shot.path.includes("?") ? "&" : "?";
  await page.goto(`${fixture.address}${shot.path}${separator}lang=${lang}`);
  if (shot.phase) await page.waitForSelector(`html[data-phase="${shot.phase}"] #heading`);
  if (shot.name === "waiting-reset") await page.waitForSelector("#notice:not([hidden])");
  if (shot.name.startsWith("waiting-store-down")) await page.waitForSelector("#trouble:not([hidden])");
  if (shot.name === "portal") await page.waitForSelector("#updated:not([hidden])");
}

await main();
