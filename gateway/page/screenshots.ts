/**
 * Pictures of every page, in every language and both themes, on a phone and on a desktop:
 * `npm run screenshots -- [folder] [part of the name]` (default `screenshots`, all).
 */
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { LANGUAGE_TAGS, type LanguageTag } from "#languages";
import { buildPages } from "./build.ts";
import {
  CHROMIUM,
  FIXTURE_NOW_MS,
  FIXTURE_ROOMS,
  type PageFixture,
  startPageFixture,
} from "./page-fixture.ts";
import { openPicture, PICTURES, type Picture } from "./page-states.ts";

const THEMES = ["light", "dark"] as const;
const WIDTHS = [320, 1280];

const LOOKS: readonly Look[] = LANGUAGE_TAGS.flatMap((lang) =>
  THEMES.flatMap((theme) => WIDTHS.map((width) => ({ lang, theme, width }))),
);

type Look = { readonly lang: LanguageTag; readonly theme: (typeof THEMES)[number]; readonly width: number };
type Wanted = { readonly picture: Picture; readonly file: string };

async function main(folder: string, part: string): Promise<number> {
  const wanted = LOOKS.map((look) => ({ look, pictures: picturesOf(look, part) }));
  const count = wanted.reduce((sum, { pictures }) => sum + pictures.length, 0);
  if (count === 0) {
    const [first] = LOOKS.flatMap((look) => picturesOf(look, ""));
    say(`no picture has "${part}" in its name; they are called like ${first?.file}`);
    return 2;
  }
  say(`${count} pictures; each . is one`);
  await mkdir(folder, { recursive: true });
  const fixture = await startPageFixture(await buildPages(FIXTURE_ROOMS, LANGUAGE_TAGS));
  const browser = await chromium.launch(CHROMIUM);
  try {
    for (const { look, pictures } of wanted) {
      if (pictures.length > 0) await shoot(browser, fixture, look, pictures, folder);
    }
  } finally {
    await browser.close();
    await fixture.close();
  }
  say(`${count} pictures in ${resolve(folder)}`);
  return 0;
}

function picturesOf({ lang, theme, width }: Look, part: string): Wanted[] {
  return PICTURES.map((picture) => ({
    picture,
    file: `${picture.name}-${lang}-${theme}-${width}.png`,
  })).filter(({ file }) => file.includes(part));
}

async function shoot(
  browser: Browser,
  fixture: PageFixture,
  look: Look,
  pictures: readonly Wanted[],
  folder: string,
): Promise<void> {
  process.stdout.write(`${look.lang} ${look.theme.padEnd(5)} ${String(look.width).padStart(4)} px `);
  const context = await browser.newContext({
    viewport: { width: look.width, height: look.width === 320 ? 640 : 900 },
    deviceScaleFactor: look.width === 320 ? 2 : 1,
    colorScheme: look.theme,
    reducedMotion: "reduce",
    timezoneId: "Europe/Copenhagen",
  });
  const page = await context.newPage();
  await page.clock.setFixedTime(FIXTURE_NOW_MS);
  for (const { picture, file } of pictures) {
    await openPicture(page, fixture, picture, look.lang);
    await page.screenshot({ path: join(folder, file), fullPage: true });
    process.stdout.write(".");
  }
  await context.close();
  say("");
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exitCode = await main(process.argv[2] ?? "screenshots", process.argv[3] ?? "");
