/** The operator's evening in a real Chromium: the console of a real gateway, and what visitors see of it. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { CHROMIUM } from "../page/page-fixture.ts";
import {
  type GatewayProcess,
  OPERATOR_TOKEN,
  startGatewayProcess,
  testFolder,
} from "../testing/gateway-process.ts";
import { wipePrivateStore } from "../testing/private-store.ts";
import { TestVisitor, until } from "../testing/visitor.ts";
import { configure, type Guest, guestIn, lineUp, type Service, startService } from "./journey-fixture.ts";

const DUTY = { name: "Anna Holm", role: "operator", token: "token-of-anna-on-duty" };
const VIEWER = { name: "Vera", role: "viewer", token: "token-of-vera-who-looks" };
const MOST_FIRST_LOAD_BYTES = 100_000;
/** More than the gate calls ahead, so that the next is not called. */
const OTHERS = 15;
const ROOM = { match: { host: "*", path: "/tax" }, name: { da: "Årsopgørelsen", en: "Tax statement" } };
const IDS = ["tax", "passport", "vaccine", "school", "library"];

let service: Service;
let browser: Browser;
let gateway: GatewayProcess;
let operators: Guest[] = [];

beforeAll(async () => {
  [service, browser] = await Promise.all([startService(), chromium.launch(CHROMIUM)]);
  const operatorsFile = join(testFolder(), "operators.json");
  const named = [DUTY, VIEWER].map(({ name, role, token }) => ({ name, role, tokenSha256: sha256(token) }));
  writeFileSync(operatorsFile, JSON.stringify({ operators: named }));
  gateway = await startGatewayProcess({
    rooms: IDS.map((id) => ({
      ...ROOM,
      id,
      match: { host: "*", path: `/${id}` },
      origin: service.url,
      outflowPerMinute: 1,
    })),
    env: { SLUSE_OPERATORS: operatorsFile },
  });
  await lineUp(gateway, "tax", OTHERS);
});

afterAll(async () => {
  await browser?.close();
  expect(await gateway?.stop()).toBe(0);
  await service?.close();
});

afterEach(async () => {
  const ended = operators;
  operators = [];
  for (const { context, faults } of ended) {
    await context.close();
    expect(faults).toEqual([]);
  }
});

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The console in a browser of its own, at the log-in. */
async function openConsole(mayLog = /status of 401/): Promise<Guest> {
  const operator = await guestIn(browser, gateway.operatorUrl, { mayLog });
  operators.push(operator);
  await operator.page.goto(gateway.operatorUrl);
  await operator.page.waitForSelector(".log-in");
  return operator;
}

async function logIn(page: Page, token: string): Promise<void> {
  await page.fill("[name=token]", token);
  await page.click("[type=submit]");
  await page.waitForSelector(".rooms");
}

/** Logged in, at a room. */
async function openRoom(id: string, token = DUTY.token, mayLog?: RegExp): Promise<Page> {
  const { page } = await openConsole(mayLog);
  await logIn(page, token);
  await page.click(`[data-room=${id}] a`);
  await page.waitForSelector(".controls");
  return page;
}

async function asked(path: string) {
  const headers = { authorization: `Bearer ${OPERATOR_TOKEN}` };
  return (await fetch(gateway.operatorUrl + path, { headers })).json();
}

const roomNow = (id: string) => asked(`/api/rooms/${id}`);
const lastEntry = async (id: string) => (await asked(`/api/audit?room=${id}&limit=1`)).entries[0];

/** Reviews what was set, and makes the change. */
async function makeChange(page: Page, reason: string): Promise<void> {
  await page.click(".pending .primary");
  await page.fill("dialog textarea", reason);
  await page.click("dialog [type=submit]");
  await page.waitForSelector("dialog", { state: "detached" });
}

// PROTOCOL: `GET /` of the operators' listener | the operator console
test("the first load is small, from nowhere else, and kept from what others may do to it", async () => {
  const operator = await guestIn(browser, gateway.operatorUrl, { mayLog: /status of 401/ });
  operators.push(operator);
  const sizes: Promise<number>[] = [];
  operator.page.on("requestfinished", (request) => {
    sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
  });
  const page = await operator.page.goto(gateway.operatorUrl);
  await operator.page.waitForSelector(".log-in");
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  expect(bytes).toBeGreaterThan(20_000);
  expect(bytes).toBeLessThan(MOST_FIRST_LOAD_BYTES);
  expect(page?.headers()).toMatchObject({
    "content-security-policy": expect.stringMatching(
      /^default-src 'none'; script-src 'self'; style-src 'self';/,
    ),
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
    "content-encoding": "br",
  });
});

test("a wrong token is said; the right one opens a session that its scripts cannot read", async () => {
  const { page, context } = await openConsole();
  await page.fill("[name=token]", "no-such-token-0123456789");
  await page.click("[type=submit]");
  await page.waitForSelector("[role=alert]:not(:empty)");
  expect(await page.textContent("[role=alert]")).toBe("No operator has this token.");
  await logIn(page, DUTY.token);
  expect(await page.textContent(".who .name")).toContain("Anna Holm");
  const [cookie] = await context.cookies();
  expect(cookie).toMatchObject({ name: "sluse_operator", httpOnly: true, sameSite: "Strict" });
  await page.reload();
  await page.waitForSelector(".rooms");
  await context.clearCookies();
  await page.waitForSelector(".log-in .note");
});

test("an outflow is changed with a reason, holds within a second, is in the trail, and is taken back", async () => {
  const page = await openRoom("tax");
  await page.fill("#outflow", "2");
  expect(await page.textContent(".forecast")).toMatch(/waiting are through by about/);
  await page.click(".pending .primary");
  expect(await page.textContent(".differences tbody tr")).toBe("Outflow1/min2/min");
  await page.click("dialog [type=submit]");
  expect(await page.textContent("#reason-hint")).toBe("Give a reason.");
  await page.fill("dialog textarea", "the service keeps up");
  await page.click("dialog [type=submit]");
  await until("the outflow at the gateway", async () => (await roomNow("tax")).outflowPerMinute === 2, 1_000);
  expect(await lastEntry("tax")).toMatchObject({ actor: "Anna Holm", reason: "the service keeps up" });
  await page.waitForSelector(".changes li >> text=the service keeps up");
  await page.click(".notice >> text=Undo");
  expect(await page.textContent(".differences tbody tr")).toBe("Outflow2/min1/min");
  await page.click("dialog [type=submit]");
  await until("the outflow of before", async () => (await roomNow("tax")).outflowPerMinute === 1);
  expect(await lastEntry("tax")).toMatchObject({ reason: "Undo: the service keeps up" });
  // What was taken back is not to be taken back again.
  await page.waitForSelector(".changes ol > li >> nth=1 >> text=no longer in force");
  expect(await page.locator(".changes li button").count()).toBe(1);
});

test("what is no number of people is said to be none, and nothing else is set instead", async () => {
  const page = await openRoom("tax");
  for (const given of ["-5", "0", "1.5", "1000001"]) {
    await page.fill("#outflow", given);
    expect(await page.textContent(".outflow .problem")).toBe(
      `“${given}” is not allowed: a whole number from 1 to 1,000,000.`,
    );
    expect(await page.inputValue("#outflow")).toBe(given);
    expect(await page.locator(".pending").count()).toBe(0);
  }
  await page.click(".steps button >> text=+25");
  expect(await page.inputValue("#outflow")).toBe("2");
  expect(await page.locator(".outflow .problem").count()).toBe(0);
  await page.click(".pending >> text=Discard");
  expect(await page.inputValue("#outflow")).toBe("1");
  await page.click("summary >> text=Capacity and windows");
  await page.fill(".fields input >> nth=0", "-5");
  expect(await page.textContent(".fields .problem")).toContain("a whole number from 0 to 100,000,000.");
  expect(await page.locator(".pending").count()).toBe(0);
});

/** What may have the focus in the view and, once it has it, is not wholly in sight above the notice. */
const hiddenByTheNotice = (page: Page) =>
  page.evaluate(() => {
    const all = document.querySelectorAll<HTMLElement>(
      "main :is(a, button, input, select, textarea, summary)",
    );
    const hidden: string[] = [];
    for (const one of all) {
      one.focus();
      if (document.activeElement !== one) continue;
      const notice = (document.querySelector(".notice") as Element).getBoundingClientRect();
      const { top, bottom, left, right } = one.getBoundingClientRect();
      const isBehind =
        bottom > notice.top && top < notice.bottom && right > notice.left && left < notice.right;
      if (isBehind || top < 0 || bottom > innerHeight) hidden.push(one.outerHTML);
    }
    return hidden;
  });

test("the notice of what was done hides nothing that has the focus, on a phone and on a desk", async () => {
  const page = await openRoom("library");
  await page.click("summary >> text=Capacity and windows");
  await page.fill("#outflow", "2");
  await makeChange(page, "as asked");
  await page.waitForSelector(".notice");
  for (const size of [
    { width: 360, height: 640 },
    { width: 1_440, height: 900 },
  ]) {
    await page.setViewportSize(size);
    expect(await hiddenByTheNotice(page)).toEqual([]);
    await page.click("nav a:last-child");
    await page.waitForSelector(".trail");
    expect(await hiddenByTheNotice(page)).toEqual([]);
    // What has no focus can be scrolled clear of it.
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    const edges = [".trail", ".notice"].map((part) => page.locator(part).boundingBox());
    const [trail, notice] = await Promise.all(edges);
    expect((trail?.y ?? 0) + (trail?.height ?? 0)).toBeLessThan(notice?.y ?? 0);
    await page.goBack();
    await page.waitForSelector(".controls");
  }
});

test("a room on hold in which people wait is seen in the overview, and is no trouble", async () => {
  await configure(gateway, "passport", { mode: "hold" });
  await lineUp(gateway, "passport", 3);
  const { page } = await openConsole();
  await logIn(page, VIEWER.token);
  await page.waitForSelector("[data-room=passport] .troubles >> text=/^On hold; 3 wait$/");
  expect(await page.locator("[data-room=passport].well").count()).toBe(1);
  expect((await page.textContent(".standing"))?.trim()).toBe("In one room people wait and nobody is let in.");
  await configure(gateway, "passport", { mode: "queue" });
  await page.waitForSelector("[data-room=passport] .troubles", { state: "detached" });
});

test("a gateway that has only started shows the last seconds for the last minute, and says so", async () => {
  const { page } = await openConsole();
  await page.route("**/api/overview", async (route) => {
    const response = await route.fetch();
    const overview = await response.json();
    const [tax] = overview.rooms;
    tax.state.admittedPerMinute = 30;
    tax.figures.admittedPerMinute = 12;
    await route.fulfill({ json: { ...overview, startedAt: overview.at - 20_000 } });
  });
  await logIn(page, VIEWER.token);
  const letIn = page.locator("[data-room=tax] .figure", { hasText: "Let in" });
  expect(await letIn.textContent()).toBe(
    "Let in12of 1/minover the last seconds; the gateway has only started",
  );
  await page.unrouteAll({ behavior: "wait" });
});

test("a message is previewed, and then stands on a waiting page", async () => {
  // So that its visitor is not called meanwhile: others do not come, and the line moves on.
  await configure(gateway, "tax", { mode: "hold" });
  const visitor = await guestIn(browser, gateway.url);
  operators.push(visitor);
  await visitor.page.goto(`${gateway.url}/tax`);
  await visitor.page.waitForSelector('html[data-phase="waiting"]');
  const page = await openRoom("tax");
  await page.click("summary >> text=Message");
  await page.fill("textarea[lang=da]", "Der er travlt i aften.");
  await page.waitForSelector("text=whoever reads the page in English sees the Danish one");
  await page.fill("textarea[lang=en]", "It is busy tonight.");
  expect(await page.textContent("summary >> text=Message")).toContain("not shown yet");
  expect(await page.textContent(".preview .page[lang=en] .page-message p")).toBe("It is busy tonight.");
  await makeChange(page, "many wait");
  await page.waitForSelector("summary small >> text=/^shown$/");
  await until("the message", async () => (await visitor.text("#message")) === "It is busy tonight.");
  // The preview is a likeness of the page: it has the page's own words.
  const said = (at: Page, selectors: readonly string[]) =>
    Promise.all(selectors.map(async (selector) => (await at.textContent(selector))?.trim()));
  const parts = [".page-heading", ".page-count span", ".page-message strong", ".page-message p"];
  for (const lang of ["en", "da"]) {
    await visitor.page.goto(`${gateway.url}/tax?lang=${lang}`);
    await visitor.page.waitForSelector("#message:not(:empty)");
    const previewed = parts.map((part) => `.preview .page[lang=${lang}] ${part}`);
    const shown = await said(visitor.page, ["#heading", ".count .label", "#message-label", "#message"]);
    expect(await said(page, previewed)).toEqual(shown);
  }
  await configure(gateway, "tax", { mode: "queue" });
});

test("opening a room asks for its name", async () => {
  const page = await openRoom("passport");
  await page.check("[name=mode][value=open]");
  await page.click(".pending .primary");
  await page.fill("dialog textarea", "the rush is over");
  await page.fill("dialog [name=confirm]", "passports");
  await page.click("dialog [type=submit]");
  expect(await page.textContent("#confirm-hint")).toBe("Type passport exactly.");
  expect((await roomNow("passport")).mode).toBe("queue");
  await page.fill("dialog [name=confirm]", "passport");
  await page.click("dialog [type=submit]");
  await until("an open room", async () => (await roomNow("passport")).mode === "open");
});

test("one change follows another before anything else was heard", async () => {
  const page = await openRoom("school");
  // No time passes for the page: to a busy machine's test the connection would be lost, and nothing could be changed.
  await page.clock.setFixedTime(Date.now());
  await page.evaluate(() => {
    AbortSignal.timeout = () => new AbortController().signal;
  });
  // It may have been lost just then, and hears nothing below: the second of these was asked for with no time passing.
  for (let i = 0; i < 2; i++) await page.waitForResponse("**/api/overview");
  await page.waitForSelector(".lost-bar.none", { state: "attached" });
  // As on a slow network: replies that were asked for before the change come after it, and no others.
  await page.route("**/api/overview", async (route) => {
    const before = await route.fetch();
    await until("a second change", async () => (await roomNow("school")).capacity === 70, 20_000);
    await route.fulfill({ response: before });
  });
  await page.fill("#outflow", "2");
  await makeChange(page, "faster");
  await page.click("summary >> text=Capacity and windows");
  await page.fill(".fields input >> nth=0", "70");
  await page.press(".fields input >> nth=0", "Tab");
  await makeChange(page, "and more of them");
  expect(await roomNow("school")).toMatchObject({ outflowPerMinute: 2, capacity: 70 });
  await page.unrouteAll({ behavior: "wait" });
});

test("what somebody else changes meanwhile is shown before it is overwritten", async () => {
  const page = await openRoom("vaccine", DUTY.token, /status of (401|412)/);
  await page.fill("#outflow", "2");
  await page.click(".pending .primary");
  await configure(gateway, "vaccine", { capacity: 40 });
  await page.fill("dialog textarea", "faster");
  await page.click("dialog [type=submit]");
  await page.waitForSelector("dialog [role=alert]:not(:empty)");
  expect(await page.textContent("dialog [role=alert]")).toContain("was changed by somebody else just now");
  await page.click("dialog [type=submit]");
  await until("the change beside the other's", async () => (await roomNow("vaccine")).outflowPerMinute === 2);
  expect((await roomNow("vaccine")).capacity).toBe(40);
});

test("a room is closed, and those inside put out where that is asked for and confirmed", async () => {
  const visitor = new TestVisitor(gateway.url, "school");
  await visitor.join();
  const page = await openRoom("school");
  const before = await roomNow("school");
  await page.check("[name=mode][value=hold]");
  await page.click(".pending .primary");
  await page.waitForSelector("dialog[open]");
  expect(await page.isVisible("dialog [type=checkbox]")).toBe(false);
  await page.keyboard.press("Escape");
  await page.check("[name=mode][value=closed]");
  await page.click(".pending .primary");
  expect(await page.isVisible("dialog [name=confirm]")).toBe(false);
  await page.check("dialog [type=checkbox]");
  expect(await page.textContent("dialog .danger")).toContain("Everybody inside is put out at once");
  await page.fill("dialog textarea", "the database is corrupt");
  await page.click("dialog [type=submit]");
  expect(await page.textContent("#confirm-hint")).toBe("Type school exactly.");
  expect((await roomNow("school")).mode).toBe(before.mode);
  await page.fill("dialog [name=confirm]", "school");
  await page.click("dialog [type=submit]");
  await page.waitForSelector("dialog", { state: "detached" });
  expect(await lastEntry("school")).toMatchObject({ action: "change", endSessions: true });
  await until("nobody to be inside", async () => (await roomNow("school")).sessions === 0);
  await configure(gateway, "school", { mode: "queue" });
});

test("a line is reset by an admin alone; a viewer can set nothing", async () => {
  const viewer = await openRoom("school", VIEWER.token);
  expect(await viewer.isDisabled("#outflow")).toBe(true);
  expect(await viewer.textContent(".controls .note")).toContain("Changes take the role operator");
  await viewer.click(".reset summary");
  expect(await viewer.isDisabled(".reset button")).toBe(true);
  const { generation } = await roomNow("school");
  const admin = await openRoom("school", OPERATOR_TOKEN);
  await admin.click(".reset summary");
  await admin.click(".reset button");
  await admin.fill("dialog textarea", "the rehearsal is over");
  await admin.fill("dialog [name=confirm]", "school");
  await admin.click("dialog [type=submit]");
  await until("a new generation", async () => (await roomNow("school")).generation > generation);
});

test("a lost connection is said at once, and nothing can be changed until it is back", async () => {
  const page = await openRoom("tax", DUTY.token, /status of 401|net::ERR/);
  await page.fill("#outflow", "3");
  await page.context().setOffline(true);
  await page.waitForSelector('[data-connection="lost"]', { timeout: 3_000 });
  expect(await page.textContent(".lost-bar [role=alert]")).toContain(
    "The connection to the gateway is lost.",
  );
  expect(await page.textContent(".heard")).toMatch(/^Last heard \d+ secs? ago$/);
  expect(await page.isDisabled(".pending .primary")).toBe(true);
  expect(await page.evaluate(() => getComputedStyle(document.querySelector(".now") as Element).filter)).toBe(
    "grayscale(1)",
  );
  await page.context().setOffline(false);
  await page.waitForSelector('[data-connection="live"]');
  expect(await page.isEnabled(".pending .primary")).toBe(true);
  expect(await page.inputValue("#outflow")).toBe("3");
});

test("the overview judges no room while the connection is lost", async () => {
  const page = await openRoom("tax", DUTY.token, /status of 401|net::ERR/);
  await page.evaluate(() => {
    location.hash = "#/";
  });
  await page.waitForSelector(".verdict");
  await page.context().setOffline(true);
  await page.waitForSelector('[data-connection="lost"]', { timeout: 3_000 });
  expect(await page.locator(".verdict").count()).toBe(0);
  await page.context().setOffline(false);
  await page.waitForSelector(".verdict");
});

/** Presses Tab until the focus is there. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
  }
  throw new Error(`no Tab leads to ${selector}`);
}

test("all of it works by keyboard alone", async () => {
  const { page } = await openConsole();
  await tabTo(page, "[name=token]");
  await page.keyboard.type(DUTY.token);
  await page.keyboard.press("Enter");
  await page.waitForSelector(".rooms");
  await tabTo(page, "[data-room=library] a");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".controls");
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("H1");
  await tabTo(page, "[name=mode]");
  await page.keyboard.press("ArrowDown");
  await tabTo(page, ".pending .primary");
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog[open]");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
  await tabTo(page, ".pending .primary");
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog[open]");
  await page.keyboard.type("by keyboard");
  await tabTo(page, "dialog [type=submit]");
  await page.keyboard.press("Enter");
  await until("the room on hold", async () => (await roomNow("library")).mode === "hold");
});

test("the audit trail is filtered by room, by who, and by what is said", async () => {
  const headers = { authorization: `Bearer ${OPERATOR_TOKEN}` };
  const unexplained = { method: "PATCH", headers, body: '{"capacity": 76}' };
  expect((await fetch(`${gateway.operatorUrl}/api/rooms/library`, unexplained)).status).toBe(200);
  await configure(gateway, "library", { capacity: 77 });
  const { page } = await openConsole();
  await logIn(page, VIEWER.token);
  await page.click("nav a:last-child");
  const rows = () => page.locator(".trail tbody tr").count();
  await page.waitForSelector(".chain.well");
  await page.fill("[type=search]", "line reset");
  expect(await page.locator(".trail td:nth-child(5)").allInnerTexts()).toEqual(["the rehearsal is over"]);
  await page.fill("[type=search]", "no reason given");
  expect(await page.locator(".trail td:nth-child(5)").allInnerTexts()).toEqual(["no reason given"]);
  await page.fill("[type=search]", "");
  await page.selectOption("search select >> nth=0", "library");
  await page.waitForSelector(".trail ins >> text=77");
  const all = await rows();
  expect(await page.locator(".trail td:nth-child(2)").allInnerTexts()).toEqual(
    Array(all).fill("Tax statement"),
  );
  await page.fill("[type=search]", "capacity 77");
  expect(await rows()).toBe(1);
  await page.fill("[type=search]", "");
  await page.selectOption("search select >> nth=1", "operator");
  await until("the others' entries gone", async () => (await rows()) < all || all === 1);
  expect(new Set(await page.locator(".trail td:nth-child(3)").allInnerTexts())).toEqual(
    new Set(["operator"]),
  );
});

test("a wiped store is told of, ended by whoever answers for it, and stands in the trail", async () => {
  await configure(gateway, "vaccine", { capacity: 40 });
  const { page } = await openConsole();
  await logIn(page, DUTY.token);
  wipePrivateStore(gateway);
  await page.waitForSelector("[data-room=vaccine] .pause >> text=does not know how many are inside");
  expect(await page.title()).toBe("Overview - Sluse");
  await page.click("[data-room=vaccine] a");
  await page.waitForSelector(".note.danger >> text=everybody keeps their place");
  expect(await page.title()).toBe(`${await page.textContent("h1")} - Sluse`);
  expect(await page.textContent(".figures")).toContain("Sessionsnot known");
  await page.click(".note >> text=Let people in now");
  expect(await page.textContent("dialog .note")).toContain("people are let in at once");
  await page.fill("dialog textarea", "nobody is inside");
  await page.click("dialog [type=submit]");
  await page.waitForSelector("text=take their places there again");
  await page.click("nav a:last-child");
  await page.selectOption("search select >> nth=0", "vaccine");
  await page.waitForSelector(".chain.warning");
  expect(await page.locator(".entry-changes").allInnerTexts()).toEqual([
    "Set to what it was, which ended an alarm",
    "The store had lost entries before this one",
  ]);
});
