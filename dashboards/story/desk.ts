/** What the operator does at the console, and what the screen says: by what is seen there alone. */
import type { Browser, Page } from "playwright-core";

/** Reads what the console shows of the room that is open; every number is as it stands on the screen. */
export interface Desk {
  readonly page: Page;
  /** A figure of the room's row, such as "4,120" under "Waiting". */
  figure(name: string): Promise<string>;
  /** What the console says is wrong with the room. */
  troubles(): Promise<readonly string[]>;
  /** Reviews what was set and makes the change; gives the moment of the last click, epoch ms. */
  makeChange(change: { readonly reason: string; readonly confirm?: string }): Promise<number>;
}

/** Logs in and opens a room, by what a person would click. */
export async function sitDown(
  browser: Browser,
  address: string,
  { token, room }: { readonly token: string; readonly room: string },
): Promise<Desk> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 1_150 },
    locale: "en-GB",
    timezoneId: "Europe/Copenhagen",
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  await page.goto(address);
  await page.fill("[name=token]", token);
  await page.click("[type=submit]");
  await page.click(`[data-room=${room}] a`);
  await page.waitForSelector(".controls");
  return {
    page,
    async figure(name) {
      const one = page.locator(".now .figure").filter({ has: page.getByText(name, { exact: true }) });
      return (await one.locator(".value").allInnerTexts()).join();
    },
    troubles: () => page.locator(".room-head .troubles li").allInnerTexts(),
    async makeChange({ reason, confirm }) {
      await page.click(".pending .primary");
      await page.fill("dialog textarea", reason);
      if (confirm !== undefined) await page.fill("dialog [name=confirm]", confirm);
      const atMs = Date.now();
      await page.click("dialog [type=submit]");
      await until("the change to be made", async () => !(await page.locator("dialog").count()), 10).catch(
        async () => {
          throw new Error(
            `the change was not made: ${await page.locator("dialog .problem").allInnerTexts()}`,
          );
        },
      );
      return atMs;
    },
  };
}

/** A number as the console writes it in English; null for a dash. */
export function numberIn(text: string): number | null {
  const digits = text.replaceAll(",", "").match(/\d+(\.\d+)?/)?.[0];
  return digits === undefined ? null : Number(digits);
}

/** Seconds as the console writes them: "38 ms", "2.4 s"; null for a dash. */
export function secondsIn(text: string): number | null {
  const value = numberIn(text);
  if (value === null) return null;
  return /ms$/.test(text.trim()) ? value / 1_000 : value;
}

/**
 * Looks until `condition` gives something truthy; rejects after `withinSeconds`, naming what it waited for and what was
 * seen instead.
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  withinSeconds: number,
  seen: () => string = () => "",
): Promise<NonNullable<T>> {
  const deadline = performance.now() + withinSeconds * 1_000;
  for (;;) {
    const found = await condition();
    if (found) return found as NonNullable<T>;
    if (performance.now() > deadline) {
      throw new Error(`waited ${withinSeconds} s in vain for ${what}${seen()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
