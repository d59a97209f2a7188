/** Visitors' journeys in a real Chromium, before a real gateway and its own Redis. */
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, chromium, type Page, type WebSocket } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { CHROMIUM } from "../page/page-fixture.ts";
import { freePort, type GatewayProcess, startGatewayProcess } from "../testing/gateway-process.ts";
import { until } from "../testing/visitor.ts";
import {
  configure,
  type Guest,
  getIn,
  guestIn,
  lineUp,
  SERVICE_TITLE,
  type Service,
  startService,
} from "./journey-fixture.ts";

/** Others in line in each busy room: more than the gate calls ahead, so that the next is not called. */
const OTHERS = 15;
/** One comes in at once; the next could a minute later. */
const SLOW = { outflowPerMinute: 1 };
const FAST = { outflowPerMinute: 6_000 };
/** What Chromium says when nobody answers, and when a gateway that has just come back says "again in a moment". */
const AWAY = /net::ERR_|WebSocket connection to|status of 503/;

const ROOMS: Readonly<Record<string, object>> = {
  tax: { name: { da: "Årsopgørelsen", en: "Tax statement" }, ...SLOW },
  reload: SLOW,
  stopped: SLOW,
  killed: SLOW,
  offline: SLOW,
  hidden: SLOW,
  steered: SLOW,
  danish: SLOW,
  checked: SLOW,
  joined: { match: { host: "joined.localhost", path: "/" }, ...SLOW },
  claimed: { match: { host: "claimed.localhost", path: "/" }, ...SLOW },
  quiet: FAST,
  shut: { ...FAST, mode: "closed", message: { da: "Vi åbner i morgen.", en: "We open tomorrow." } },
};

let service: Service;
let browser: Browser;
let gateway: GatewayProcess;
let port: number;
let guests: Guest[] = [];

beforeAll(async () => {
  [service, browser, port] = await Promise.all([startService(), chromium.launch(CHROMIUM), freePort()]);
  gateway = await startGateway();
});

afterAll(async () => {
  await browser?.close();
  expect(await gateway?.stop()).toBe(0);
  await service?.close();
});

afterEach(async () => {
  const ended = guests;
  guests = [];
  for (const { context, faults } of ended) {
    await context.close();
    expect(faults).toEqual([]);
  }
});

function startGateway(folder?: string): Promise<GatewayProcess> {
  const rooms = Object.entries(ROOMS).map(([id, fields]) => ({
    id,
    name: { da: `Rum ${id}`, en: `Room ${id}` },
    match: { host: "*", path: `/${id}` },
    origin: service.url,
    ...fields,
  }));
  return startGatewayProcess({ rooms, port, ...(folder === undefined ? {} : { folder }) });
}

async function guest(options: Parameters<typeof guestIn>[2] = {}): Promise<Guest> {
  const one = await guestIn(browser, gateway.url, options);
  guests.push(one);
  return one;
}

/** Opens an address; resolves with the number of the place that the page was given. */
function arrive(page: Page, path: string): Promise<number> {
  return numberAfter(page, () => page.goto(gateway.url + path));
}

function reload(page: Page): Promise<number> {
  return numberAfter(page, () => page.reload());
}

/** The ticket's number, which the page itself does not show. */
async function numberAfter(page: Page, open: () => Promise<unknown>): Promise<number> {
  const [joined] = await Promise.all([
    page.waitForResponse((response) => response.url().endsWith("/join") && response.ok()),
    open(),
  ]);
  return ((await joined.json()) as { number: number }).number;
}

/** Joins behind a line that stands still, and sees how many are ahead. */
async function waitBehindOthers(one: Guest, room: string, path = `/${room}/form`, count = OTHERS) {
  const others = await lineUp(gateway, room, count);
  const number = await arrive(one.page, path);
  const ahead = await until("a place on the page", () => one.aheadShown.at(-1));
  return { others, number, ahead };
}

async function servingIn(room: string): Promise<number> {
  const reply = await fetch(`${gateway.url}/_sluse/rooms/${room}/status`);
  return ((await reply.json()) as { serving: number }).serving;
}

/** In by itself, on exactly the page that was asked for. */
async function inside({ page }: Pick<Guest, "page">, path: string): Promise<void> {
  await until(`${path} of the service`, async () => (await page.title()) === SERVICE_TITLE, 30_000);
  expect(page.url()).toBe(gateway.url + path);
  expect(service.seen).toContain(path);
}

async function cookieNames({ context }: Guest): Promise<string[]> {
  return (await context.cookies()).map((cookie) => cookie.name);
}

async function axeFindings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  return violations.map((found) => `${found.id} ${found.nodes[0]?.html}`);
}

function expectNeverUp(numbers: readonly number[]): void {
  expect(numbers).toEqual([...numbers].sort((a, b) => b - a));
}

test("a deep address in a busy room: a place, an honest wait, a countdown, and in on exactly that page", async () => {
  const one = await guest();
  const asked = "/tax/statement?year=2026";
  const { others, number } = await waitBehindOthers(one, "tax", asked, 40);
  expect(number).toBe(41);
  expect(one.page.url()).toBe(gateway.url + asked);
  expect(await one.text("#heading")).toBe("You are in line for “Tax statement”");
  expect(service.seen).not.toContain(asked);
  expect(await cookieNames(one)).toEqual(["sluse_ticket_tax"]);
  const steps = await one.page.evaluate(() => history.length);

  await configure(gateway, "tax", { outflowPerMinute: 240 });
  await Promise.all([
    until(
      "a wait by the new outflow",
      async () => (await one.text("#wait")) === "The wait is under 1 minute.",
    ),
    getIn(others),
    inside(one, asked),
  ]);
  expect(one.aheadShown.length).toBeGreaterThan(3);
  expectNeverUp(one.aheadShown);
  expect(await cookieNames(one)).toContain("sluse_pass_tax");
  expect(await one.page.evaluate(() => history.length)).toBe(steps);
  await one.page.reload();
  expect(await one.page.title()).toBe(SERVICE_TITLE);
});

test("a reload keeps the number, and a second tab has the same place", async () => {
  const one = await guest();
  const { number, ahead } = await waitBehindOthers(one, "reload");
  expect(await reload(one.page)).toBe(number);
  await until("the place after the reload", async () => (await one.text("#ahead")) === String(ahead));

  const tab = await one.context.newPage();
  expect(await arrive(tab, "/reload/other")).toBe(number);
  await until("the place in the tab", async () => (await tab.textContent("#ahead")) === String(ahead));
  expectNeverUp(one.aheadShown);
  // Both get in, each where it was going.
  await configure(gateway, "reload", FAST);
  await inside(one, "/reload/form");
  await inside({ page: tab }, "/reload/other");
});

// PROTOCOL: A visitor at an address that begins with more than one slash is led on to it with one
test.each([
  ["joined", "let in as they join"],
  ["claimed", "called later"],
])("an address that begins like one of another site leads nowhere else: %s, %s", async (room) => {
  const site = `http://${room}.localhost:${port}`;
  const one = await guestIn(browser, site);
  guests.push(one);
  const others = await lineUp(gateway, room, OTHERS);
  if (room === "joined") {
    await one.page.route("**/join", async (route) => {
      await configure(gateway, room, { mode: "open" });
      await route.continue();
    });
  }
  await one.page.goto(`${site}//evil.example/form?a=b`);
  if (room === "claimed") {
    await until("a place on the page", () => one.aheadShown.at(-1));
    await configure(gateway, room, FAST);
    await getIn(others);
  }
  await until("the service", async () => (await one.page.title()) === SERVICE_TITLE, 20_000);
  expect(one.page.url()).toBe(`${site}/evil.example/form?a=b`);
});

test.each([
  ["stopped", () => gateway.stop()],
  ["killed", () => gateway.kill()],
])("the gateway is %s in mid-wait and comes back: the same place, and in", async (room, end) => {
  const one = await guest({ mayLog: AWAY });
  const { number, ahead } = await waitBehindOthers(one, room);
  await end();
  await expect(fetch(gateway.url)).rejects.toThrow();
  expect(await one.text("#ahead")).toBe(String(ahead));
  [gateway] = await Promise.all([
    startGateway(gateway.folder),
    one.page.waitForEvent("websocket", { predicate: heardFrom, timeout: 50_000 }),
  ]);
  expect(await one.text("#ahead")).toBe(String(ahead));
  expect(await reload(one.page)).toBe(number);
  await configure(gateway, room, FAST);
  await inside(one, `/${room}/form`);
  expectNeverUp(one.aheadShown);
});

/** A socket counts once a frame came by it. */
function heardFrom(socket: WebSocket): Promise<boolean> {
  return socket.waitForEvent("framereceived").then(
    () => true,
    () => false,
  );
}

test("a phone without network keeps its place while it is called, and gets in when it is back", async () => {
  const one = await guest({ mayLog: AWAY });
  const others = await lineUp(gateway, "offline", OTHERS);
  const number = await arrive(one.page, "/offline/form");
  await until("a place on the page", () => one.aheadShown.at(-1));
  await one.context.setOffline(true);
  await configure(gateway, "offline", FAST);
  await getIn(others);
  await until("the call", async () => (await servingIn("offline")) >= number, 20_000);
  expect(await one.text("#heading")).toMatch(/^(You are in line|It is your turn)/);
  expect(service.seen).not.toContain("/offline/form");
  await one.context.setOffline(false);
  await inside(one, "/offline/form");
  expectNeverUp(one.aheadShown);
});

test("a hidden page changes its title when called, and goes in when it is shown", async () => {
  const one = await guest();
  await waitBehindOthers(one, "hidden");
  await setHidden(one.page, true);
  await configure(gateway, "hidden", FAST);
  await until(
    "the call in the title",
    async () => (await one.page.title()).startsWith("It is your turn"),
    20_000,
  );
  expect(one.asked.filter((path) => path.endsWith("/claim"))).toEqual([]);
  await setHidden(one.page, false);
  await inside(one, "/hidden/form");
});

/** Headless Chromium never hides a page, so the page is told that it is. */
async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((value) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}

test("what the operator says and does is seen: a message, a pause, closed, and the line again", async () => {
  const one = await guest();
  const { ahead } = await waitBehindOthers(one, "steered");
  const heading = async () => one.text("#heading");
  await configure(gateway, "steered", { message: { da: "Hej.", en: "The deadline is 1 May." } });
  await until("the message", async () => (await one.text("#message")) === "The deadline is 1 May.", 5_000);

  await configure(gateway, "steered", { mode: "hold" });
  await until("the pause", async () => (await one.text("#lead")).startsWith("The line is paused."), 5_000);
  expect(await one.text("#wait")).toBe("The wait is not known yet.");
  expect(await one.text("#ahead")).toBe(String(ahead));

  await configure(gateway, "steered", { mode: "closed" });
  await until("closed", async () => (await heading()) === "Room steered is closed right now", 5_000);
  expect(await one.text("#lead")).toContain("Your place is kept.");

  await configure(gateway, "steered", { mode: "queue", message: null });
  await until("the line", async () => (await heading()) === "You are in line for “Room steered”", 5_000);
  expect(await one.text("#ahead")).toBe(String(ahead));
  expect(await one.page.isVisible("#message")).toBe(false);
  await configure(gateway, "steered", FAST);
  await inside(one, "/steered/form");
});

test("a closed room says so, with the operator's message, by a page of its own", async () => {
  const one = await guest({ mayLog: /status of 503/ });
  const reply = await one.page.goto(`${gateway.url}/shut/form`);
  expect(reply?.status()).toBe(503);
  expect(await one.text("h1")).toBe("Room shut is closed right now");
  expect(await one.text(".message .words")).toBe("We open tomorrow.");
  expect(await axeFindings(one.page)).toEqual([]);
  expect(service.seen).not.toContain("/shut/form");
});

test("a quiet room: straight to the service, no page between", async () => {
  const one = await guest();
  const reply = await one.page.goto(`${gateway.url}/quiet/form?step=2`);
  expect(reply?.status()).toBe(200);
  await inside(one, "/quiet/form?step=2");
  expect(one.asked).toEqual([]);
  expect(await cookieNames(one)).toContain("sluse_pass_quiet");
});

test("Danish for a Danish browser; English by the link, remembered, at the address first asked for", async () => {
  const one = await guest({ locale: "da-DK" });
  const { ahead } = await waitBehindOthers(one, "danish", "/danish/form?a=1");
  expect(await one.text("#heading")).toBe("Du er i kø til »Rum danish«");
  expect(await one.page.title()).toBe(`${ahead} foran dig - Rum danish`);
  await one.page.click(".languages [lang=en]");
  await until("English", async () => (await one.text("#heading")) === "You are in line for “Room danish”");
  expect(await one.page.getAttribute("html", "lang")).toBe("en");
  await one.page.goto(gateway.url);
  expect(await one.text("h1")).toBe("Self-service");
  await one.page.goBack();
  await configure(gateway, "danish", FAST);
  await inside(one, "/danish/form?a=1");
});

test("axe finds nothing on the waiting page, the portal and a notice as the gateway sends them", async () => {
  const one = await guest();
  await waitBehindOthers(one, "checked");
  expect(await axeFindings(one.page)).toEqual([]);

  await one.page.goto(gateway.url);
  await until("a wait", async () =>
    /^The wait is .*\n\d+ people waiting\.$/.test(await one.text("#room-checked")),
  );
  expect(await one.text("#room-quiet")).toBe("No line right now");
  expect(await one.text("#room-shut")).toBe("Closed right now");
  expect(await axeFindings(one.page)).toEqual([]);
});

test("a page that does not exist is explained, and axe finds nothing there", async () => {
  const one = await guest({ mayLog: /status of 404/ });
  expect((await one.page.goto(`${gateway.url}/nowhere`))?.status()).toBe(404);
  expect(await one.text("h1")).toBe("This page does not exist");
  expect(await axeFindings(one.page)).toEqual([]);
});
