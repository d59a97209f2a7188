/** Visitors without JavaScript, and without a mouse, in a real Chromium before a real gateway: from arrival to service. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { CHROMIUM } from "../page/page-fixture.ts";
import { type GatewayProcess, startGatewayProcess } from "../testing/gateway-process.ts";
import { until } from "../testing/visitor.ts";
import { configure, lineUp, SERVICE_TITLE, type Service, startService } from "./journey-fixture.ts";

/** Others in line: more than the gate calls ahead, so that the next is not called. */
const OTHERS = 15;
const SLOW = { outflowPerMinute: 1 };
const FAST = { outflowPerMinute: 6_000 };
const ROOMS = ["plain", "none", "tabs", "leave", "elsewhere"];

let service: Service;
/** A service that sends its visitors on to another site, to log in. */
let referring: Server;
let browser: Browser;
let gateway: GatewayProcess;
let context: BrowserContext | null = null;

beforeAll(async () => {
  [service, browser] = await Promise.all([startService(), chromium.launch(CHROMIUM)]);
  referring = createServer((_request, response) => {
    response.writeHead(302, { location: `${service.url}/log-in` }).end();
  });
  await new Promise<void>((resolve) => referring.listen(0, "127.0.0.1", resolve));
  const elsewhere = `http://127.0.0.1:${(referring.address() as AddressInfo).port}`;
  gateway = await startGatewayProcess({
    rooms: ROOMS.map((id) => ({
      id,
      name: { da: `Rum ${id}`, en: `Room ${id}` },
      match: { host: "*", path: `/${id}` },
      origin: id === "elsewhere" ? elsewhere : service.url,
      ...SLOW,
    })),
  });
});

afterAll(async () => {
  await browser?.close();
  expect(await gateway?.stop()).toBe(0);
  referring?.close();
  await service?.close();
});

afterEach(async () => {
  await context?.close();
  context = null;
});

async function guest(javaScriptEnabled: boolean): Promise<Page> {
  context = await browser.newContext({ locale: "en-GB", javaScriptEnabled });
  return context.newPage();
}

const busy = (room: string) => lineUp(gateway, room, OTHERS);

const heading = async (page: Page) => (await page.locator("h1").allInnerTexts()).join();
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();

/** Presses a button again and again, as its page says, until the heading is there. */
async function pressUntil(page: Page, name: string, wanted: string): Promise<void> {
  await until(
    wanted,
    async () => {
      if ((await heading(page)) === wanted) return true;
      await press(page, name);
      return false;
    },
    30_000,
  );
}

test("without JavaScript: a place, the page of it, the call, and in on exactly the page asked for", async () => {
  await busy("plain");
  const page = await guest(false);
  const asked = "/plain/form?step=2";
  await page.goto(gateway.url + asked);
  await press(page, "Take a place in line");
  expect(await heading(page)).toBe("You are in line for “Room plain”");
  expect(new URL(page.url()).pathname).toBe("/_sluse/rooms/plain/wait");
  const ahead = async () => Number(await page.locator(".count strong").textContent());
  const first = await ahead();
  expect(first).toBeGreaterThan(0);
  await press(page, "Check now");
  expect(await ahead()).toBe(first);
  await page.click(".languages [lang=da]");
  expect(await heading(page)).toBe("Du er i kø til »Rum plain«");
  await page.click(".languages [lang=en]");

  // Whoever comes back by the service's own address has the same place, and sees it, and goes on from there.
  await page.goto(gateway.url + asked);
  await press(page, "Take a place in line");
  expect(await ahead()).toBe(first);
  await page.goto(gateway.url + asked);
  await page.getByRole("link", { name: "See your place in line" }).click();
  expect(await ahead()).toBe(first);

  await configure(gateway, "plain", FAST);
  await pressUntil(page, "Check now", "It is your turn");
  expect(service.seen).not.toContain(asked);
  await press(page, "Give me more time");
  expect(await heading(page)).toBe("It is your turn");
  await until("the service", async () => {
    if ((await page.title()) === SERVICE_TITLE) return true;
    await press(page, "Go in");
    return false;
  });
  expect(page.url()).toBe(gateway.url + asked);
  await page.reload();
  expect(await page.title()).toBe(SERVICE_TITLE);
});

test("without JavaScript: whoever looks for a place and has none is told so, and offered one", async () => {
  await busy("none");
  const page = await guest(false);
  await page.goto(`${gateway.url}/none/form?step=2`);
  await page.getByRole("link", { name: "See your place in line" }).click();
  expect(await heading(page)).toBe("You have no place in line");
  await press(page, "Take a place in line");
  expect(await heading(page)).toBe("You are in line for “Room none”");
  expect(new URL(page.url()).searchParams.get("to")).toBe("/none/form?step=2");
});

test("without JavaScript: in at a service that sends its visitors on to log in elsewhere", async () => {
  await busy("elsewhere");
  const page = await guest(false);
  await page.goto(`${gateway.url}/elsewhere/a`);
  await press(page, "Take a place in line");
  await configure(gateway, "elsewhere", FAST);
  await pressUntil(page, "Check now", "It is your turn");
  await press(page, "Go in");
  await until("the log-in", async () => {
    if (page.url() === `${service.url}/log-in`) return true;
    if ((await heading(page)) === "It is your turn") await press(page, "Go in");
    return false;
  });
});

test("without JavaScript: leaving is asked about, done, and undone by a new place", async () => {
  await busy("leave");
  const page = await guest(false);
  await page.goto(`${gateway.url}/leave/a`);
  await press(page, "Take a place in line");
  await page.click("summary");
  await press(page, "Yes, leave the line");
  expect(await heading(page)).toBe("You have left the line");
  await press(page, "Take a new place");
  expect(await heading(page)).toBe("You are in line for “Room leave”");
});

/** Goes on by the Tab key to what has this name, as nobody's focus is moved for them. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 20; presses += 1) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      const label =
        element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : element?.textContent;
      return label?.trim();
    });
    if (focused === name) return;
  }
  throw new Error(`Tab does not lead to ${name}`);
}

test("by keyboard alone: choices, the dialog, the call, more time, and in", async () => {
  await busy("tabs");
  const page = await guest(true);
  await page.goto(`${gateway.url}/tabs/form`);
  await until("the line", async () => (await heading(page)) === "You are in line for “Room tabs”");
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("BODY");
  await tabTo(page, "Ask me before letting me in");
  await page.keyboard.press("Space");
  await tabTo(page, "Leave the line");
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog[open]");
  await page.keyboard.press("Escape");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("leave");

  await configure(gateway, "tabs", FAST);
  await until("the call", async () => (await heading(page)) === "It is your turn", 20_000);
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("leave");
  expect(await page.textContent("#turn")).toMatch(/^It is your turn for “Room tabs”\. It is good until/);
  expect(service.seen).not.toContain("/tabs/form");
  await tabTo(page, "Give me more time");
  await page.keyboard.press("Enter");
  await until("more time", async () =>
    (await page.textContent("#lead"))?.startsWith("You have been given more time."),
  );
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await until("the service", async () => (await page.title()) === SERVICE_TITLE, 20_000);
  expect(page.url()).toBe(`${gateway.url}/tabs/form`);
});
