/**
 * An existing web application, unchanged, behind the gate: Jupyter Notebook in Chromium. It has a log-in with a
 * cookie and a token against forged requests, checks `Origin` against `Host`, takes files by PUT, and talks to
 * its kernels by WebSocket.
 */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { configure, getIn, lineUp } from "../browser/journey-fixture.ts";
import { CHROMIUM } from "../page/page-fixture.ts";
import { type GatewayProcess, startGatewayProcess } from "../testing/gateway-process.ts";
import { until } from "../testing/visitor.ts";
import { BASE_PATH, type Jupyter, PASSWORD, startJupyter } from "./jupyter-fixture.ts";

const FAST = { outflowPerMinute: 6_000 };
/** More than the gate calls ahead, so that the next must wait. */
const OTHERS = 15;
const SHORT_SESSION_SECONDS = 4;

let jupyter: Jupyter;
let gateway: GatewayProcess;
let browser: Browser;
let contexts: BrowserContext[] = [];

beforeAll(async () => {
  [jupyter, browser] = await Promise.all([startJupyter(), chromium.launch(CHROMIUM)]);
  const room = { name: { da: "Notesbøger", en: "Notebooks" }, origin: jupyter.url };
  gateway = await startGatewayProcess({
    rooms: [
      { ...room, id: "book", match: { host: "*", path: "/book" }, outflowPerMinute: 1 },
      {
        ...room,
        id: "host",
        match: { host: "book.localhost", path: "/" },
        ...FAST,
        sessionSeconds: SHORT_SESSION_SECONDS,
      },
    ],
  });
});

afterEach(async () => {
  for (const context of contexts) await context.close();
  contexts = [];
});

afterAll(async () => {
  await browser?.close();
  await jupyter?.close();
  expect(await gateway?.stop()).toBe(0);
});

/** A browser of its own; `sockets` are the paths of the WebSockets that its pages opened. */
async function guest(): Promise<{ context: BrowserContext; page: Page; sockets: string[] }> {
  const context = await browser.newContext({ locale: "en-GB" });
  contexts.push(context);
  const sockets: string[] = [];
  context.on("page", (page) =>
    page.on("websocket", (socket) => sockets.push(new URL(socket.url()).pathname)),
  );
  return { context, page: await context.newPage(), sockets };
}

async function logIn(page: Page): Promise<void> {
  await page.waitForSelector("#password_input");
  await page.fill("#password_input", PASSWORD);
  await page.click("#login_submit");
  await page.waitForSelector("#notebook_list .list_item");
}

async function upload(page: Page, file: string, name: string): Promise<void> {
  await page.setInputFiles("#alternate_upload input[type=file]", file);
  await page.click(".new-file .upload_button");
  await page.waitForSelector(`#notebook_list a.item_link:has-text("${name}")`);
}

/** Ticks the file and presses Download. */
async function download(page: Page, name: string): Promise<Buffer> {
  await page.click(`.list_item:has(a.item_link:has-text("${name}")) input[type=checkbox]`);
  const [saved] = await Promise.all([page.waitForEvent("download"), page.click(".download-button")]);
  expect(saved.suggestedFilename()).toBe(name);
  return readFileSync(await saved.path());
}

/** Opens a notebook with a kernel of its own. */
async function newNotebook(context: BrowserContext, page: Page): Promise<Page> {
  await page.click("#new-dropdown-button");
  const opening = context.waitForEvent("page");
  await page.click("#kernel-python3 a");
  const notebook = await opening;
  await notebook.waitForSelector("#kernel_indicator_icon.kernel_idle_icon", { timeout: 30_000 });
  return notebook;
}

/** Runs this code in the notebook's first cell. */
async function run(notebook: Page, code: string): Promise<void> {
  await notebook.click(".CodeMirror");
  await notebook.keyboard.press("Control+a");
  await notebook.keyboard.type(code);
  await notebook.keyboard.press("Control+Enter");
}

const shown = async (notebook: Page) =>
  (await notebook.locator(".output_stdout").allInnerTexts()).join("").trim();

test("from the line to the log-in; a file up and down; results of a running program as they come", async () => {
  const others = await lineUp(gateway, "book", OTHERS);
  const { context, page, sockets } = await guest();
  const address = `${gateway.url}${BASE_PATH}tree`;
  await page.goto(address);
  await until("the waiting page", async () => (await page.textContent("#heading"))?.includes("in line"));
  await until("a ticket", async () => (await context.cookies()).length > 0);
  expect((await context.cookies()).map(({ name }) => name)).toEqual(["sluse_ticket_book"]);

  await configure(gateway, "book", FAST);
  await Promise.all([getIn(others), page.waitForSelector("#password_input", { timeout: 40_000 })]);
  expect(page.url()).toBe(`${gateway.url}${BASE_PATH}login?next=%2Fbook%2Ftree`);
  await logIn(page);
  expect(page.url()).toBe(address);

  const bytes = randomBytes(3_000_000);
  const file = join(gateway.folder, "photo.bin");
  writeFileSync(file, bytes);
  await upload(page, file, "photo.bin");
  expect(readFileSync(join(jupyter.folder, "photo.bin")).equals(bytes)).toBe(true);
  expect((await download(page, "photo.bin")).equals(bytes)).toBe(true);

  const notebook = await newNotebook(context, page);
  await run(
    notebook,
    "for tick in range(3): print('tick', tick, flush=True); input() if tick == 1 else None",
  );
  // The program waits for us within its run: what it said before has come while it runs.
  await notebook.waitForSelector(".raw_input");
  expect(await shown(notebook)).toBe("tick 0\ntick 1");
  await notebook.press(".raw_input", "Enter");
  await until("the rest", async () => (await shown(notebook)).endsWith("tick 2"));
  const ofService = sockets.filter((path) => !path.startsWith("/_sluse/"));
  expect(ofService).toEqual([expect.stringMatching(/^\/book\/api\/kernels\/[0-9a-f-]+\/channels$/)]);
});

test("a room by host; a pass that runs out while a notebook is open loses neither its updates nor a form", async () => {
  const { context, page } = await guest();
  const address = `http://book.localhost:${new URL(gateway.url).port}`;
  await page.goto(`${address}${BASE_PATH}tree`);
  await logIn(page);
  const notebook = await newNotebook(context, page);
  await run(notebook, "print('before')");
  await until("a result", async () => (await shown(notebook)) === "before");

  await configure(gateway, "host", { mode: "hold" });
  const status = () => page.evaluate(async (path) => (await fetch(path)).status, `${BASE_PATH}api/status`);
  await until("the end of the pass", async () => (await status()) === 503, 4_000 * SHORT_SESSION_SECONDS);
  // The connection that is open stays open.
  await run(notebook, "print('after')");
  await until("a result", async () => (await shown(notebook)) === "after");
  // A POST goes through within the grace, and renews the pass.
  await page.click("#new-dropdown-button");
  await page.click("#new-folder a");
  await page.waitForSelector('#notebook_list a.item_link:has-text("Untitled Folder")');
  expect(await status()).toBe(200);
});
