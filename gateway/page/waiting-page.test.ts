import { type Browser, type BrowserContext, type Page as BrowserPage, chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { LANGUAGE_TAGS, LANGUAGES } from "#languages";
import type { StatusDocument } from "../visitor-documents.ts";
import { buildPages } from "./build.ts";
import {
  CHROMIUM,
  FIXTURE_ROOMS,
  joined,
  type PageFixture,
  problem,
  type Scenario,
  type Scripted,
  startPageFixture,
  statusDocument,
} from "./page-fixture.ts";

/** Waits until a check holds; a busy machine may need more than the usual second. */
function eventually(
  check: () => unknown,
  options: { timeout?: number; interval?: number } = {},
): Promise<unknown> {
  return vi.waitFor(check, { timeout: 10_000, ...options });
}

const ASKED = "/tax/annual?year=2025&lang=en";

let browser: Browser;
let fixture: PageFixture;
let context: BrowserContext;
let page: BrowserPage;
let faults: string[];

beforeAll(async () => {
  fixture = await startPageFixture(await buildPages(FIXTURE_ROOMS, LANGUAGE_TAGS));
  browser = await chromium.launch(CHROMIUM);
});

afterAll(async () => {
  await browser?.close();
  await fixture?.close();
});

beforeEach(async () => {
  context = await browser.newContext({ reducedMotion: "reduce" });
  // Pages spread what they all do at once, and their retries; the spread itself is tested in pace.test.ts.
  await context.addInitScript(() => {
    Math.random = () => 0;
  });
  page = await context.newPage();
  faults = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (entry) => {
    if (/Content Security Policy/.test(entry.text())) faults.push(entry.text());
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(fixture.address) && !url.startsWith("data:")) faults.push(`request to ${url}`);
  });
});

afterEach(async () => {
  await context.close();
  expect(faults).toEqual([]);
});

const status = (serving: number, part: Partial<StatusDocument> = {}) =>
  statusDocument({ issued: 1_000, serving, updatedAt: Date.now(), ...part });

const admitted = (to: string): Scripted => ({ status: 200, body: { state: "admitted", expiresAt: 0, to } });
const notYet: Scripted = { status: 409, body: { state: "waiting", position: 5, waitSeconds: null } };

/** A line in which this visitor has a number and `serving` have been called. */
function line(number: number, serving: number, part: Partial<Scenario> = {}): Scenario {
  return {
    join: () => joined(number, status(serving)),
    claim: (_count, to) => admitted(to),
    status: () => ({ status: 200, body: status(serving) }),
    live: true,
    ...part,
  };
}

/** Nobody waits for the tax service. */
const FREE: Partial<Scenario> = { rooms: [{ id: "tax", mode: "queue", waiting: 0, wait: [0, 0] }] };

const requests = (what: string) => fixture.seen.filter(({ url }) => url.includes(what));
/** A part's text; which spaces may break is the eye's business. */
const text = async (id: string) => (await page.textContent(`#${id}`))?.replaceAll("\u00a0", " ");
const seen = (id: string, wanted: string | RegExp) =>
  eventually(async () => expect(await text(id)).toMatch(wanted), { timeout: 15_000, interval: 50 });
const open = (address = ASKED) => page.goto(fixture.address + address);
/** Waits until the service is there, at the address first asked for. */
async function inside(asked = ASKED): Promise<void> {
  await eventually(async () => expect(await page.title()).toBe("The service"), {
    timeout: 15_000,
    interval: 50,
  });
  expect(page.url()).toBe(fixture.address + asked);
}

/** Makes the page believe that it is hidden, or shown again. */
async function setHidden(hidden: boolean): Promise<void> {
  await page.evaluate((value) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}

test("joins with a key, shows the place, follows the line by WebSocket under its strict policy", async () => {
  fixture.play(line(2_000, 100));
  await open();
  await seen("ahead", "1,899");
  const join = requests("/join")[0];
  expect(join?.method).toBe("POST");
  expect(join?.headers["idempotency-key"]).toMatch(/^[A-Za-z0-9_-]{22,64}$/);
  await eventually(() =>
    expect(requests("/live").map(({ url }) => url)).toEqual(["/_sluse/rooms/tax/live?band=mid"]),
  );
  expect(await page.title()).toBe("1,899 ahead - Annual tax statement");

  await eventually(async () => {
    fixture.push(status(150));
    expect(await text("ahead")).toBe("1,849");
  });
  expect(requests("/status")).toEqual([]);
});

test("moves to the near band when it comes near, once", async () => {
  fixture.play(line(2_000, 100));
  await open();
  await seen("ahead", "1,899");
  await eventually(() => {
    fixture.push(status(1_800));
    expect(requests("band=near")).toHaveLength(1);
  });
  fixture.push(status(1_801));
  await seen("ahead", "198");
  expect(requests("band=near")).toHaveLength(1);
});

test("the place that is shown never goes up", async () => {
  fixture.play(line(500, 400));
  await open();
  await seen("ahead", "99");
  await eventually(async () => {
    fixture.push(status(450));
    expect(await text("ahead")).toBe("49");
  });
  await page.evaluate(() => {
    const shown: string[] = [];
    Object.assign(window, { shown });
    const ahead = document.querySelector("#ahead");
    if (ahead)
      new MutationObserver(() => shown.push(ahead.textContent ?? "")).observe(ahead, { childList: true });
  });
  for (const serving of [420, 449, 400, 451]) fixture.push(status(serving));
  await seen("ahead", "48");
  expect(await page.evaluate(() => (window as unknown as { shown: string[] }).shown)).toEqual(["48"]);
});

test("called: claims by itself, goes to the address first asked for, leaves no step back", async () => {
  fixture.play(
    line(500, 499, {
      claim: (count, to) =>
        count === 0 ? { status: 202, body: { state: "called", retryAfterMs: 300 } } : admitted(to),
    }),
  );
  await open();
  await seen("ahead", "0");
  const steps = await page.evaluate(() => history.length);
  await eventually(() => {
    fixture.push(status(500));
    expect(requests("/claim").length).toBeGreaterThan(0);
  });
  await seen("turn", "It is your turn. You are being sent on to “Annual tax statement” now.");
  expect(await page.title()).toBe("It is your turn - Annual tax statement");
  await inside();
  expect(requests("/claim").map(({ url }) => url)).toEqual([
    `/_sluse/rooms/tax/claim?to=${encodeURIComponent(ASKED)}`,
    `/_sluse/rooms/tax/claim?to=${encodeURIComponent(ASKED)}`,
  ]);
  expect(requests("/claim")[0]?.headers["sluse-seal"]).toBe("seal-1");
  expect(await page.evaluate(() => history.length)).toBe(steps);
});

/** Called beyond what the outflow can take: the gate has got to number 100 of 900. */
const early = (serving = 900, reached = 100) => status(serving, { reached, outflowPerMinute: 60 });
const atGate = (order: object): Scripted => ({
  status: 202,
  body: { state: "called", retryAfterMs: 300, ...order },
});

test("called beyond what the outflow can take: shows the order at the gate, and says its turn only when it is", async () => {
  let order: object = { ahead: 40, waitSeconds: 55 };
  let isIn = false;
  fixture.play(
    line(500, 400, {
      claim: (_count, to) => (isIn ? admitted(to) : atGate(order)),
    }),
  );
  await open();
  await seen("ahead", "99");
  await page.evaluate(() => {
    const titles: string[] = [];
    Object.assign(window, { titles });
    new MutationObserver(() => titles.push(document.title)).observe(document.head, {
      childList: true,
      subtree: true,
      characterData: true,
    });
  });
  await eventually(() => {
    fixture.push(early());
    expect(requests("/claim").length).toBeGreaterThan(0);
  });
  await seen("ahead", "40");
  expect(await text("heading")).toBe("You are in line for “Annual tax statement”");
  expect(await text("lead")).toContain("Many have been called up at once.");
  expect(await text("wait")).toBe("The wait is under 1 minute.");
  expect(await page.title()).toBe("40 ahead - Annual tax statement");
  await seen("spoken", /There are 40 people ahead of you\./);
  expect(await text("turn")).toBe("");
  order = { ahead: 12, waitSeconds: 20 };
  await seen("ahead", "12");
  expect(await page.evaluate(() => (window as unknown as { titles: string[] }).titles)).not.toContain(
    "It is your turn - Annual tax statement",
  );
  order = { ahead: 2, waitSeconds: 8 };
  await seen("turn", "It is your turn. You are being sent on to “Annual tax statement” now.");
  expect(await page.title()).toBe("It is your turn - Annual tax statement");
  isIn = true;
  await inside();
});

test("hidden and called early: says no turn and no end of it before the gate has got there", async () => {
  fixture.play(line(500, 400));
  await open();
  await seen("ahead", "99");
  await setHidden(true);
  const soonOver = { claimWindowSeconds: 1, outflowPerMinute: 60 };
  await eventually(async () => {
    fixture.push(status(900, { ...soonOver, reached: 450 }));
    expect(await page.title()).toBe("49 ahead - Annual tax statement");
  });
  expect(requests("/claim")).toEqual([]);
  await eventually(async () => {
    fixture.push(status(901, { ...soonOver, reached: 500 }));
    expect(await page.title()).toMatch(/^(?:It is your turn|Your turn ends soon) - Annual tax statement$/);
  });
  expect(requests("/claim")).toEqual([]);
  await setHidden(false);
  await inside();
});

test("who wants to be asked and is called early is asked when the gate has got there", async () => {
  fixture.play(line(500, 400));
  await open();
  await seen("ahead", "99");
  await page.check("#ask-first");
  await eventually(async () => {
    fixture.push(early(900, 450));
    expect(await text("ahead")).toBe("49");
  });
  expect(await text("lead")).toContain("Many have been called up at once.");
  expect(requests("/claim")).toEqual([]);
  await eventually(async () => {
    fixture.push(early(900, 500));
    expect(await text("heading")).toBe("It is your turn");
  });
  await page.click("#action");
  await inside();
});

test("who was away when the turn came is told that others go in before", async () => {
  fixture.play(line(500, 500, { claim: () => atGate({ ahead: 312, waitSeconds: 20, returned: true }) }));
  await open();
  await seen("notice", "Your turn came while you were away.");
  await seen("ahead", "312");
});

const admittedAtOnce = () =>
  line(1, 1, { join: () => ({ status: 200, body: { state: "admitted", number: 1, status: status(1) } }) });

test("admitted at once: goes straight on, with its fragment", async () => {
  fixture.play(admittedAtOnce());
  await open(`${ASKED}#part-2`);
  await inside(`${ASKED}#part-2`);
  expect(requests("/claim")).toEqual([]);
});

test("a browser that does not keep the pass is told so and does not go round in circles", async () => {
  fixture.play({ ...admittedAtOnce(), keepsPass: false });
  await open();
  await seen("heading", "Your browser does not keep cookies");
  expect(requests("/join")).toHaveLength(2);
});

test("hidden: changes its title, claims when it is shown", async () => {
  fixture.play(line(500, 490));
  await open();
  await seen("ahead", "9");
  await setHidden(true);
  await eventually(async () => {
    fixture.push(status(500));
    expect(await page.title()).toBe("It is your turn - Annual tax statement");
  });
  fixture.push(status(501));
  await eventually(async () => expect(await text("turn")).toBe(""));
  expect(requests("/claim")).toEqual([]);
  await setHidden(false);
  await inside();
});

test("a reload keeps the place and the progress", async () => {
  fixture.play(line(500, 100));
  await open();
  await seen("ahead", "399");
  await eventually(async () => {
    fixture.push(status(300));
    expect(await text("ahead")).toBe("199");
  });
  fixture.play(line(500, 298));
  await page.reload();
  await seen("ahead", "199");
  expect(await page.$eval("#progress", (bar) => (bar as HTMLProgressElement).value)).toBeCloseTo(0.5);
});

test("a join whose reply was lost is repeated under the same key, also by a second tab", async () => {
  fixture.play(line(500, 100, { join: (count) => (count < 3 ? "cut" : "never") }));
  await open();
  await seen("trouble", "We cannot reach the line");
  await eventually(() => expect(requests("/join").length).toBeGreaterThan(1), { timeout: 10_000 });
  const second = await context.newPage();
  await second.goto(fixture.address + ASKED);
  await eventually(() => expect(requests("/join").length).toBeGreaterThan(2));
  expect(new Set(requests("/join").map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
});

test("without WebSockets it polls, and gives the seal back", async () => {
  let serving = 100;
  fixture.play(
    line(500, 100, {
      live: false,
      status: () => ({ status: 200, body: status(++serving, { pollSeconds: 1 }) }),
    }),
  );
  await open();
  await seen("ahead", "399");
  await seen("ahead", "397");
  expect(requests("/status")[0]?.headers["sluse-seal"]).toBe("seal-1");
});

test("a dropped connection comes back by itself; the place stays on the page meanwhile", async () => {
  fixture.play(line(500, 100));
  await open();
  await eventually(() => expect(requests("/live")).toHaveLength(1));
  fixture.cutLive();
  await eventually(() => expect(requests("/live").length).toBeGreaterThan(1), { timeout: 10_000 });
  expect(await text("ahead")).toBe("399");
  expect(requests("/join")).toHaveLength(1);
});

test("the store is down when called: the place is safe, it tries again and gets in", async () => {
  fixture.play(
    line(500, 500, {
      claim: (count, to) => (count === 0 ? problem(503, "store-down", { "Retry-After": "1" }) : admitted(to)),
    }),
  );
  await open();
  await seen("trouble", "Your place is safe, and we keep trying automatically.");
  await inside();
  expect(requests("/join")).toHaveLength(1);
});

test("too many requests: waits as long as it is told", async () => {
  fixture.play(
    line(500, 100, {
      join: (count) =>
        count === 0 ? problem(429, "too-many", { "Retry-After": "1" }) : joined(500, status(100)),
    }),
  );
  const startedAtMs = Date.now();
  await open();
  await seen("ahead", "399");
  expect(Date.now() - startedAtMs).toBeGreaterThanOrEqual(1_000);
});

test("missed: explained, nothing by itself; the button takes a new place under a new key", async () => {
  fixture.play(line(500, 500, { claim: () => problem(410, "missed") }));
  await open();
  await seen("heading", "Your turn has passed");
  expect(await page.title()).toBe("Your turn has passed - Annual tax statement");
  expect(requests("/join")).toHaveLength(1);
  const key = requests("/join")[0]?.headers["idempotency-key"];
  fixture.play(line(900, 500));
  await page.click("#action");
  await seen("ahead", "399");
  expect(requests("/join")[0]?.headers["idempotency-key"]).not.toBe(key);
});

test("reset: one claim finds out, it joins again by itself and says why", async () => {
  fixture.play(line(500, 400, { claim: () => problem(410, "reset") }));
  await open();
  await seen("ahead", "99");
  const after = status(0, { generation: 2, waiting: 10 });
  fixture.play(
    line(7, 0, {
      claim: () => problem(410, "reset"),
      join: () => joined(7, after),
      status: () => ({ status: 200, body: after }),
    }),
  );
  await eventually(async () => {
    fixture.push(after);
    expect(await text("ahead")).toBe("6");
  });
  expect(await text("notice")).toContain("has started the line over");
  expect(requests("/claim")).toHaveLength(1);
  expect(requests("/join")).toHaveLength(1);
});

test("a ticket that is not accepted: joins again once, checks at once, then says that cookies are off", async () => {
  fixture.play(line(500, 500, { claim: () => problem(401, "no-ticket") }));
  await open();
  await seen("heading", "Your browser does not keep cookies");
  expect(requests("/join")).toHaveLength(2);
  expect(requests("/claim")).toHaveLength(2);
});

test("a ticket that was lost once: a new place, and why", async () => {
  fixture.play(
    line(500, 500, {
      join: (count) => joined(count === 0 ? 500 : 505, status(500)),
      claim: (count) => (count === 0 ? problem(401, "no-ticket") : notYet),
    }),
  );
  await open();
  await seen("notice", "Your browser no longer had your old place.");
  await seen("ahead", "4");
  await eventually(() => expect(requests("/claim")).toHaveLength(2));
});

test("cookies off: says so and does not join", async () => {
  fixture.play(line(500, 100));
  await page.addInitScript(() =>
    Object.defineProperty(Navigator.prototype, "cookieEnabled", { get: () => false }),
  );
  await open();
  await seen("heading", "Your browser does not keep cookies");
  expect(requests("/join")).toEqual([]);
});

test("closed and opened again: the place is kept without a new join", async () => {
  fixture.play(line(500, 100));
  await open();
  await seen("ahead", "399");
  const message = { da: "I morgen.", en: "Tomorrow." };
  await eventually(async () => {
    fixture.push(status(100, { mode: "closed", message, messageRevision: 1 }));
    expect(await text("heading")).toBe("Annual tax statement is closed right now");
  });
  expect(await text("message")).toBe("Tomorrow.");
  fixture.push(status(110));
  await seen("heading", "You are in line");
  expect(await text("ahead")).toBe("389");
  expect(requests("/join")).toHaveLength(1);
});

test("closed on arrival: joins when it opens", async () => {
  let mode: "closed" | "queue" = "closed";
  fixture.play(
    line(500, 100, {
      join: () => (mode === "closed" ? problem(503, "closed") : joined(500, status(100))),
      status: () => ({ status: 200, body: status(100, { mode }) }),
    }),
  );
  await open();
  await seen("heading", "is closed right now");
  await eventually(() => expect(requests("/live")).toHaveLength(1));
  mode = "queue";
  fixture.push(status(100));
  await seen("ahead", "399");
});

test("open: everybody may come in, spread over time", async () => {
  fixture.play(line(500, 100));
  await open();
  await seen("ahead", "399");
  fixture.push(status(100, { mode: "open", waiting: 100 }));
  await inside();
});

test("leaving asks first; staying changes nothing; having left offers to join again", async () => {
  fixture.play(line(500, 100));
  await open();
  await seen("ahead", "399");
  await page.click("#leave");
  await page.click("dialog button[value=stay]");
  expect(requests("/leave")).toEqual([]);
  await page.click("#leave");
  await page.click("dialog button[value=leave]");
  await seen("heading", "You have left the line");
  expect(requests("/leave")).toHaveLength(1);
  await page.click("#action");
  await seen("ahead", "399");
});

test("Escape in the dialog stays in line", async () => {
  fixture.play(line(500, 100));
  await open();
  await seen("ahead", "399");
  await page.click("#leave");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog:not([open])", { state: "attached" });
  expect(requests("/leave")).toEqual([]);
});

test("another language keeps the address, and the address first asked for", async () => {
  fixture.play(line(500, 100));
  await open("/tax/annual?year=2025&x=%2F");
  await seen("heading", "Du er i kø til »Årsopgørelsen«");
  await page.click(".languages [lang=en]");
  await seen("heading", "You are in line for “Annual tax statement”");
  expect(new URL(page.url()).searchParams.get("year")).toBe("2025");
  fixture.play(line(500, 500));
  await page.reload();
  await inside("/tax/annual?year=2025&x=%2F");
  expect(requests("/claim")[0]?.url).toBe(
    `/_sluse/rooms/tax/claim?to=${encodeURIComponent("/tax/annual?year=2025&x=%2F")}`,
  );
});

test("numbers that stop coming say from when they are, and it connects anew", async () => {
  await page.clock.install();
  fixture.play(line(500, 100));
  await open();
  await seen("ahead", "399");
  await eventually(() => expect(requests("/live")).toHaveLength(1));
  fixture.play(line(500, 100, { live: false, status: () => "cut" }));
  await page.clock.runFor(17_000);
  await seen(
    "trouble",
    /^These numbers are from \d\d:\d\d:\d\d\. We are trying to get new ones\. Your place is safe\.$/,
  );
  await eventually(() => expect(requests("/live").length).toBeGreaterThan(0));
  fixture.play(line(500, 200));
  // In steps: in one go the page's clock runs ahead of the answers, and makes the numbers old again.
  await eventually(async () => {
    await page.clock.runFor(1_000);
    expect(await text("ahead")).toBe("299");
    expect(await page.isVisible("#trouble")).toBe(false);
  });
});

test("back online: connects at once", async () => {
  fixture.play(line(500, 100));
  await open();
  await eventually(() => expect(requests("/live")).toHaveLength(1));
  fixture.play(line(500, 200, { live: false }));
  fixture.cutLive();
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
  await eventually(() => expect(requests("/status").length).toBeGreaterThan(0));
  await seen("ahead", "299");
});

test("speaks whole sentences politely, and moves no focus", async () => {
  fixture.play(line(500, 100));
  await open();
  await seen(
    "spoken",
    "You are in line for “Annual tax statement”. There are 399 people ahead of you. The wait is under 1 minute.",
  );
  expect(await page.getAttribute("#spoken", "role")).toBe("status");
  await eventually(async () => {
    fixture.push(status(150));
    expect(await text("ahead")).toBe("349");
  });
  // Whoever reads on by hand must not find an old number.
  await seen("spoken", /^$/);
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("BODY");
});

/** Counts the tones that the page makes. */
async function listen(): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const start = OscillatorNode.prototype.start;
    Object.assign(window, { tones: 0 });
    OscillatorNode.prototype.start = function (...at) {
      (window as unknown as { tones: number }).tones += 1;
      start.apply(this, at);
    };
  });
  return () => page.evaluate(() => (window as unknown as { tones: number }).tones);
}

test("a sound is off until it is asked for, can be heard at once, is remembered, and comes with the turn", async () => {
  const tones = await listen();
  fixture.play(line(500, 490, { claim: () => "never" }));
  await open();
  await seen("ahead", "9");
  expect(await page.isChecked("#sound")).toBe(false);
  await page.check("#sound");
  expect(await tones()).toBe(2);
  await page.reload();
  await seen("ahead", "9");
  expect(await page.isChecked("#sound")).toBe(true);
  expect(await tones()).toBe(0);
  await eventually(async () => {
    fixture.push(status(500));
    expect(await tones()).toBe(2);
  });
});

test("no sound where none was asked for", async () => {
  const tones = await listen();
  fixture.play(line(500, 490, { claim: () => "never" }));
  await open();
  await seen("ahead", "9");
  await eventually(async () => {
    fixture.push(status(500));
    expect(await text("heading")).toBe("It is your turn");
  });
  expect(await tones()).toBe(0);
});

/** In line with a page that asks before it goes in; the clock is the test's. */
async function askFirst(part: Partial<Scenario> = {}): Promise<void> {
  await page.clock.install();
  fixture.play(line(500, 490, part));
  await open();
  await seen("ahead", "9");
  await page.check("#ask-first");
  await eventually(async () => {
    fixture.push(status(500));
    expect(await text("heading")).toBe("It is your turn");
  });
}

const endsAt = async (afterMs: number) => (await page.evaluate(() => Date.now())) + afterMs;

test("who wants to be asked goes in by the button alone, and not before", async () => {
  await askFirst();
  // Across midnight it says the day.
  await seen(
    "turn",
    /^It is your turn for “Annual tax statement”\. It is good until (?:\d+ \w+ at )?\d\d:\d\d\./,
  );
  await page.clock.runFor(30_000);
  expect(requests("/claim")).toEqual([]);
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("BODY");
  await page.click("#action");
  await page.clock.runFor(3_000);
  await inside();
});

test("a call that ends soon: warned, extended with one action, again until no more is given", async () => {
  let left = 10;
  let endsAtMs = 0;
  await askFirst({
    extend: () => {
      left -= 1;
      if (left < 0) return problem(409, "no-extensions-left");
      return { status: 200, body: { state: "called", callEndsAt: endsAtMs, extensionsLeft: left } };
    },
  });
  await page.clock.runFor(481_000);
  await seen("trouble", /^Your turn ends at (?:\d+ \w+ at )?\d\d:\d\d\. Go in, or ask for more time\.$/);
  await seen("turn", /^Your turn ends at/);
  expect(await page.title()).toBe("Your turn ends soon - Annual tax statement");
  endsAtMs = await endsAt(600_000);
  await page.click("#more");
  await seen("lead", "You have been given more time.");
  expect(await page.isVisible("#trouble")).toBe(false);
  left = 1;
  await page.click("#more");
  await eventually(async () => expect(await page.isVisible("#more")).toBe(false));
  await page.clock.runFor(500_000);
  await seen("trouble", "You cannot have more time.");
  expect(requests("/claim")).toEqual([]);
});

test("a turn that was let pass is explained, with what can be done", async () => {
  await askFirst({ claim: () => problem(410, "missed") });
  await page.clock.runFor(610_000);
  await seen("heading", "Your turn has passed");
  await seen("lead", "You can take a new place at the back of the line.");
  expect(await text("action")).toBe("Take a new place");
});

test("offline: said at once, and gone at once", async () => {
  fixture.play(line(500, 100));
  await open();
  await seen("ahead", "399");
  await context.setOffline(true);
  await seen("trouble", "You are offline right now. Your place is safe");
  await context.setOffline(false);
  await eventually(async () => expect(await page.isVisible("#trouble")).toBe(false));
});

test("the operator's message is shown and spoken as it comes", async () => {
  fixture.play(line(500, 100));
  await open();
  await seen("ahead", "399");
  await eventually(async () => {
    fixture.push(status(100, { message: { da: "Kort pause.", en: "A short break." }, messageRevision: 5 }));
    expect(await text("message")).toBe("A short break.");
  });
  await seen("spoken", "A short break.");
});

/** A page as a browser without script shows it; `look` asks about it. */
async function withoutScript(path: string, look: (page: BrowserPage) => Promise<void>): Promise<void> {
  const plain = await browser.newContext({ javaScriptEnabled: false });
  const page = await plain.newPage();
  await page.goto(fixture.address + path);
  await look(page);
  await plain.close();
}

test("without script: a form that takes a place, and a link to the place of who has one", () =>
  withoutScript(ASKED, async (page) => {
    expect(await page.title()).toBe("Waiting line - Annual tax statement");
    const form = page.locator("noscript form");
    expect(await form.getAttribute("action")).toBe("/_sluse/rooms/tax/join");
    expect(await form.locator("input[name=to]").getAttribute("value")).toBe("");
    expect(await page.isVisible("noscript button")).toBe(true);
    expect(await page.isVisible("#app")).toBe(false);
    const place = page.getByRole("link", { name: "See your place in line" });
    expect(await place.getAttribute("href")).toBe("/_sluse/rooms/tax/wait");
  }));

test.each(LANGUAGE_TAGS)("the portal promises live figures only where its script runs: %s", async (lang) => {
  const { leadWait, howPlace, howWait, howEnter, plain: without } = LANGUAGES[lang].pages.portal;
  const scripted = [leadWait, howPlace, howWait, howEnter];
  const plain = [without.leadWait, without.howPlace, without.howWait, without.howEnter];
  const said = async (page: BrowserPage) => {
    const words = (await page.locator("main p:visible").allInnerTexts()).join(" ");
    return [...scripted, ...plain].filter((part) => words.includes(part));
  };
  fixture.play(line(1, 1, FREE));
  await open(`/?lang=${lang}`);
  await page.waitForSelector("#updated:not([hidden])");
  expect(await said(page)).toEqual(scripted);
  await withoutScript(`/?lang=${lang}`, async (page) => expect(await said(page)).toEqual(plain));
});

test("the portal lists the services with their present waits, and links without script", async () => {
  fixture.play({
    ...line(1, 1),
    rooms: [{ id: "tax", mode: "queue", waiting: 1_204, wait: [1_200, 1_500] }],
  });
  await open("/?lang=en");
  await seen("room-tax", "The wait is about 20 to 25 minutes. 1,204 people waiting.");
  expect(await page.getAttribute(".services a", "href")).toBe("/tax/");
  await seen("updated", /^Waits updated at \d\d:\d\d:\d\d$/);
});

test("the portal's time is that of its data, which no cache answers when the reader comes back", async () => {
  fixture.play(line(1, 1, { ...FREE, listedAtMs: Date.UTC(2026, 2, 9, 18, 4, 12) }));
  await open("/?lang=en");
  await seen("room-tax", "No line right now");
  const time = await page.evaluate(() =>
    new Date(Date.UTC(2026, 2, 9, 18, 4, 12)).toLocaleTimeString("en-GB"),
  );
  await seen("updated", `Waits updated at ${time}`);
  await open("/notice/closed");
  fixture.play(line(1, 1, { rooms: [{ id: "tax", mode: "queue", waiting: 7, wait: [60, 120] }] }));
  await page.goBack();
  await seen("room-tax", "7 people waiting.");
});

test("the portal says within six seconds that its numbers are old, whether nothing comes or nothing new", async () => {
  await page.clock.install();
  let listedAtMs = Date.now();
  /** In steps shorter than what is asked below, so that the news is no older than one. */
  const untilNews = async () => {
    listedAtMs += 60_000;
    fixture.play(line(1, 1, { ...FREE, listedAtMs }));
    await eventually(async () => {
      await page.clock.runFor(500);
      expect(await text("updated")).toMatch(/^Waits updated at/);
    });
  };
  fixture.play(line(1, 1, { ...FREE, listedAtMs }));
  await open("/?lang=en");
  await seen("updated", /^Waits updated at/);
  // From here on the page's clock stands still between the steps, however long they take the machine.
  await page.clock.pauseAt(await page.evaluate(() => Date.now() + 60_000));
  await untilNews();
  expect(await page.getAttribute("#room-tax", "data-state")).toBe("free");
  await page.clock.runFor(4_500);
  expect(await text("updated")).toMatch(/^Waits updated at/);
  await page.clock.runFor(1_500);
  await seen("updated", /^These waits are from \d\d:\d\d:\d\d\. We are trying to get new ones\.$/);
  expect(await page.getAttribute("#room-tax", "data-state")).toBe("unknown");
  await untilNews();
  await context.setOffline(true);
  await page.clock.runFor(6_000);
  await seen("updated", /^These waits are from/);
});

test("without script a time of opening says the year and whose time it is", async () => {
  await open("/place/before-opening?lang=en");
  expect(await page.textContent(".lead")).toContain("opens on 1 March 2029 at 07:00 (Danish time).");
  await open("/place/before-opening");
  expect(await page.textContent(".lead")).toContain("åbner den 1. marts 2029 kl. 07.00 (dansk tid).");
});

test("who wants to be asked is told that a reload lets them in", async () => {
  fixture.play(line(500, 490));
  await open();
  await seen("ahead", "9");
  expect(await page.getAttribute("#ask-first", "aria-describedby")).toBe("ask-first-note");
  expect(await page.isVisible("#ask-first-note")).toBe(true);
  expect(await text("ask-first-note")).toContain(
    "If you reload this page when it is your turn, you are let in",
  );
});
