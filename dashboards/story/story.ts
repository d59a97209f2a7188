/**
 * One evening with the demo: a crowd comes, the line builds up, the service slows, the operator lowers the outflow and
 * writes to those who wait, the service recovers, the line drains. All that is done is done in the console by a
 * browser; at the end Prometheus is asked whether it was so.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { type Cast, type CrowdOptions, DUTY, SCRAPE_MS, startCast } from "./cast.ts";
import { type Desk, numberIn, secondsIn, sitDown, until } from "./desk.ts";
import {
  admissionsFollowed,
  type Change,
  type Finding,
  lineRoseAndDrained,
  originSlowedAndRecovered,
  outflowHeld,
  promisesKept,
  readEvening,
} from "./evidence.ts";

export interface StoryOptions {
  readonly crowd: CrowdOptions;
  /** People that the tax service carries at once. */
  readonly carries: number;
  /** What the room is set to before anybody comes: more than the service carries. */
  readonly trusted: { readonly outflowPerMinute: number; readonly capacity: number };
  readonly loweredTo: number;
  /** Later it is raised by so many steps of a quarter; all together at most double, or the console asks for the room's name. */
  readonly stepsUp: number;
  /** Of the crowd, so many must be seen waiting at once. */
  readonly mustWait: number;
  /** Where pictures go; null: none are made. */
  readonly pictures: string | null;
  /** Is told each chapter and what is seen in it, in words for people. */
  readonly tell: (line: string) => void;
}

const ROOM = "tax";
/** Forty times what the demo's service takes where it is well. */
const SLOW_SECONDS = 1;
/** Where it is well it takes 25 ms. */
const WELL_SECONDS = 0.25;
/** Over so long it is seen how many are let in at an outflow, while the line still stands. */
const LONGEST_CHAPTER_SECONDS = 180;
const MESSAGE = {
  da: "Der er mange i aften, og vi lukker ind i roligt tempo. Årsopgørelsen er klar til dig hele ugen.",
  en: "It is busy tonight, and we let people in calmly. Your annual statement is ready for you all week.",
};

/** Plays the whole story; gives what Prometheus bears out. Rejects where a chapter does not come about in time. */
export async function runStory(options: StoryOptions): Promise<readonly Finding[]> {
  const cast = await startCast(options.carries);
  try {
    return await play(cast, options);
  } finally {
    await cast.close();
  }
}

async function play(cast: Cast, options: StoryOptions): Promise<readonly Finding[]> {
  const { tell, trusted, loweredTo, mustWait } = options;
  const sinceMs = Date.now();
  const desk = await sitDown(cast.browser, cast.operatorUrl, { token: DUTY.token, room: ROOM });
  const album = await albumIn(options.pictures);
  await showLastMinutes(desk.page);

  tell(
    `Before: ${DUTY.name} logs in, and holds the room until the evening begins. The service is said to carry ${trusted.capacity}; it carries ${options.carries}.`,
  );
  const trustedAtMs = await trust(desk, trusted);
  await album.add("0-before", desk.page);

  tell(`1. A crowd of ${options.crowd.visitors} comes.`);
  const crowd = cast.sendCrowd(options.crowd);
  const waiting = async () => numberIn(await desk.figure("Waiting")) ?? 0;
  await until(`${mustWait} waiting`, async () => (await waiting()) >= mustWait, LONGEST_CHAPTER_SECONDS);
  const citizens = await Promise.all([citizenIn(cast, "da-DK"), citizenIn(cast, "en-GB")]);
  tell(`   The line builds up: ${await desk.figure("Waiting")} wait.`);
  await album.add("1-the-line-builds-up", desk.page);
  await openRoom(desk);
  tell(`   The room opens. The console: ${await forecastOf(desk)}`);

  const seen: string[] = [];
  const isSlowNow = async () => {
    const [took, inside] = [await desk.figure("Service"), await desk.figure("Sessions")];
    if (seen.at(-1) !== `${took} with ${inside} inside`) seen.push(`${took} with ${inside} inside`);
    return isSlow(desk);
  };
  await until("a service that is slow", isSlowNow, LONGEST_CHAPTER_SECONDS, () => `: ${seen.join(", ")}`);
  tell(
    `2. The service slows: one reply in twenty takes ${await desk.figure("Service")} or more. The console: ${(await desk.troubles()).join("; ")}.`,
  );
  await album.add("2-the-service-slows", desk.page);
  await album.ofOverview("2-the-service-slows-overview", desk.page);

  await desk.page.fill("#outflow", String(loweredTo));
  tell(`3. The outflow is lowered to ${loweredTo} a minute. The console: ${await forecastOf(desk)}`);
  await album.add("3-the-outflow-is-lowered", desk.page);
  const loweredAtMs = await desk.makeChange({
    reason: "The service is slow: it has more inside than it carries.",
  });

  await writeMessage(desk, album);
  for (const { page, lang } of citizens) {
    await until(`the message in ${lang}`, async () => (await textOf(page, "#message")) === MESSAGE[lang], 30);
    tell(`   On a waiting page: “${await textOf(page, "#message")}”, ${await textOf(page, "#ahead")} ahead.`);
    await album.add(`4-a-waiting-page-${lang}`, page);
  }

  await until("a service that is well", () => isWell(desk), LONGEST_CHAPTER_SECONDS);
  tell(
    `5. The service is well again: ${await desk.figure("Service")}. ${await desk.figure("Waiting")} still wait.`,
  );
  await album.add("5-the-service-recovers", desk.page);
  const raisedTo = await raiseBySteps(desk, options.stepsUp);
  const raisedAtMs = await desk.makeChange({ reason: "The service keeps up." });
  tell(`   The outflow is raised to ${raisedTo} a minute.`);

  const lastSeconds = raisedTo / 60;
  await until(
    "the end of the line",
    async () => (await waiting()) <= lastSeconds,
    3 * LONGEST_CHAPTER_SECONDS,
  );
  const nearlyDrainedAtMs = Date.now();
  await until("nobody waiting", async () => (await waiting()) === 0, LONGEST_CHAPTER_SECONDS);
  for (const { page } of citizens)
    await page.waitForSelector("form[action='/tax/login']", { timeout: 60_000 });
  tell(`6. The line has drained; those at the browsers are inside.`);
  const { code, said } = await crowd.done;
  for (const line of said) tell(`   The crowd: ${line}`);
  await album.add("6-the-line-has-drained", desk.page);
  await album.ofRest("7", desk.page);

  const scraped = Date.now() + 2 * SCRAPE_MS;
  await until("the last scrape", () => Date.now() > scraped, 10);
  const evening = await readEvening(cast.prometheus.url, ROOM, sinceMs);
  const changes = changesOf(
    [
      { perMinute: trusted.outflowPerMinute, atMs: trustedAtMs, fromFull: false },
      { perMinute: loweredTo, atMs: loweredAtMs, fromFull: true },
      { perMinute: raisedTo, atMs: raisedAtMs, fromFull: false },
    ],
    nearlyDrainedAtMs,
  );
  const [first, lowered, raised] = changes;
  if (!first || !lowered || !raised) throw new Error("three changes were made");
  return [
    ...lineRoseAndDrained(evening, mustWait),
    ...originSlowedAndRecovered(evening, lowered, {
      slowSeconds: 0.75 * SLOW_SECONDS,
      wellSeconds: WELL_SECONDS,
    }),
    outflowHeld(evening, first),
    ...[lowered, raised].flatMap((change) => [
      outflowHeld(evening, change),
      admissionsFollowed(evening, change, trusted.capacity),
    ]),
    ...promisesKept(evening),
    {
      holds: code === 0,
      says: `everybody of the crowd who came got in and was served, in order: ${code === 0}`,
    },
  ];
}

/** Each until the next. */
function changesOf(changes: readonly Omit<Change, "untilMs">[], untilMs: number): Change[] {
  return changes.map((change, i) => ({ ...change, untilMs: changes[i + 1]?.atMs ?? untilMs }));
}

/**
 * Sets what the service is said to carry, and lets nobody in yet: a line that all stand in is seen however slowly a
 * machine sends its crowd. More than double the outflow: the console asks for the room's name.
 */
async function trust({ page, makeChange }: Desk, trusted: StoryOptions["trusted"]): Promise<number> {
  await page.check("[name=mode][value=hold]");
  await page.fill("#outflow", String(trusted.outflowPerMinute));
  await page.click("summary >> text=Capacity and windows");
  await page.fill(".fields input >> nth=0", String(trusted.capacity));
  await page.press(".fields input >> nth=0", "Tab");
  return makeChange({ reason: "We are told that the service carries more tonight.", confirm: ROOM });
}

async function openRoom({ page, makeChange }: Desk): Promise<void> {
  await page.check("[name=mode][value=queue]");
  await makeChange({ reason: "The evening begins." });
}

async function isSlow(desk: Desk): Promise<boolean> {
  const p95 = secondsIn(await desk.figure("Service"));
  return p95 !== null && p95 >= SLOW_SECONDS;
}

async function isWell(desk: Desk): Promise<boolean> {
  const p95 = secondsIn(await desk.figure("Service"));
  return p95 !== null && p95 < WELL_SECONDS;
}

async function forecastOf({ page }: Desk): Promise<string> {
  return textOf(page, ".forecast");
}

async function writeMessage({ page, makeChange }: Desk, album: Album): Promise<void> {
  await page.click("summary >> text=Message");
  await page.fill("textarea[lang=da]", MESSAGE.da);
  await page.fill("textarea[lang=en]", MESSAGE.en);
  await album.ofMessage("4-a-message-is-written", page);
  await makeChange({ reason: "Many wait, and need not come tonight." });
}

/** Up by the button for it; gives the outflow that it comes to. */
async function raiseBySteps({ page }: Desk, steps: number): Promise<number> {
  for (let step = 0; step < steps; step++) await page.click(".steps button >> text=+25");
  return Number(await page.inputValue("#outflow"));
}

async function textOf(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).allInnerTexts()).join().replaceAll(/\s+/g, " ");
}

/** A citizen with a phone, in line. */
async function citizenIn(
  { browser, url }: { readonly browser: Browser; readonly url: string },
  locale: "da-DK" | "en-GB",
): Promise<{ readonly page: Page; readonly lang: "da" | "en" }> {
  const context: BrowserContext = await browser.newContext({ locale, viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  await page.goto(`${url}/${ROOM}`);
  await page.waitForSelector('html[data-phase="waiting"]');
  return { page, lang: locale === "da-DK" ? "da" : "en" };
}

interface Album {
  add(name: string, page: Page): Promise<void>;
  /** The message as it is written, and how it will look. */
  ofMessage(name: string, page: Page): Promise<void>;
  /** The console's first view, and back. */
  ofOverview(name: string, page: Page): Promise<void>;
  /** The room in the dark and on a phone, and the audit trail. */
  ofRest(name: string, page: Page): Promise<void>;
}

async function albumIn(folder: string | null): Promise<Album> {
  if (folder !== null) await mkdir(folder, { recursive: true });
  const add = async (name: string, page: Page) => {
    if (folder !== null) await page.screenshot({ path: join(folder, `${name}.png`) });
  };
  const fromTheTop = async (name: string, page: Page) => {
    await page.evaluate(() => scrollTo(0, 0));
    await add(name, page);
  };
  return {
    add: fromTheTop,
    async ofMessage(name, page) {
      await page.locator(".previews").scrollIntoViewIfNeeded();
      await add(name, page);
    },
    async ofOverview(name, page) {
      await page.click("nav a:first-child");
      await page.waitForSelector(".rooms");
      await add(name, page);
      await page.click(`[data-room=${ROOM}] a`);
      await page.waitForSelector(".controls");
      await showLastMinutes(page);
    },
    async ofRest(name, page) {
      await page.emulateMedia({ colorScheme: "dark" });
      await fromTheTop(`${name}-room-dark`, page);
      await page.emulateMedia({ colorScheme: "light" });
      const wide = page.viewportSize();
      await page.setViewportSize({ width: 320, height: 4_000 });
      await fromTheTop(`${name}-room-320`, page);
      if (wide) await page.setViewportSize(wide);
      await page.click("nav a:last-child");
      await page.waitForSelector(".trail tbody tr");
      await fromTheTop(`${name}-audit-trail`, page);
    },
  };
}

/** The charts' shortest span: an evening of the story lasts some minutes. */
async function showLastMinutes(page: Page): Promise<void> {
  await page.check("[name=span] >> nth=0");
}
