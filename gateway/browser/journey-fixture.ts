/** What the journeys need around the real gateway: a service to get into, a line to stand in, a watched browser page. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import { type GatewayProcess, OPERATOR_TOKEN } from "../testing/gateway-process.ts";
import { TestVisitor, until } from "../testing/visitor.ts";

export const SERVICE_TITLE = "The service itself";

export interface Service {
  readonly url: string;
  /** Paths and queries that came through, in order. */
  readonly seen: readonly string[];
  close(): Promise<void>;
}

/** A service of one page, which says where it was asked for. */
export async function startService(): Promise<Service> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url ?? "");
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(
      `<!doctype html><title>${SERVICE_TITLE}</title><link rel="icon" href="data:,"><h1>Inside</h1>`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Changes a room's settings as an operator. */
export async function configure(gateway: GatewayProcess, room: string, change: object): Promise<void> {
  const reply = await fetch(`${gateway.operatorUrl}/api/rooms/${room}`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${OPERATOR_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ ...change, reason: "a journey's test" }),
  });
  if (!reply.ok) throw new Error(`PATCH ${room}: ${reply.status} ${await reply.text()}`);
}

/**
 * So many visitors come, one after the other, to a line that then stands still: whoever is called comes to the
 * gate, so that the line does not call on past them.
 */
export async function lineUp(gateway: GatewayProcess, room: string, count: number): Promise<TestVisitor[]> {
  const visitors = Array.from({ length: count }, () => new TestVisitor(gateway.url, room));
  for (const visitor of visitors) expect((await visitor.join()).status).toBe(200);
  const claims = await Promise.all(visitors.map((visitor) => visitor.claim()));
  for (const { status } of claims) expect([200, 202, 409]).toContain(status);
  return visitors;
}

/** All of them ask to come in until each is inside: those who are not called yet are told to wait. */
export async function getIn(visitors: readonly TestVisitor[], withinMs = 40_000): Promise<void> {
  await Promise.all(
    visitors.map((visitor) =>
      until("every other visitor inside", async () => (await visitor.claim()).status === 200, withinMs),
    ),
  );
}

export interface Guest {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Numbers of people ahead as they were shown, one for each change. */
  readonly aheadShown: readonly number[];
  /** What should never be: errors in the console or the page, requests to elsewhere, violations of the policy. */
  readonly faults: readonly string[];
  /** Paths under `/_sluse/` that the page asked for, sockets included. */
  readonly asked: readonly string[];
  /** The text of a part of the page as it is seen, with its line breaks; empty where it is hidden. */
  text(selector: string): Promise<string>;
}

/**
 * A browser of its own (cookies, storage) with a page that is watched from the start.
 * @param mayLog what Chromium itself may write to the console, as this test takes something away
 */
export async function guestIn(
  browser: Browser,
  address: string,
  { mayLog, ...options }: BrowserContextOptions & { mayLog?: RegExp } = {},
): Promise<Guest> {
  const context = await browser.newContext({ locale: "en-GB", ...options });
  const aheadShown: number[] = [];
  await context.exposeFunction("tellAhead", (text: string) =>
    aheadShown.push(Number(text.replace(/\D/g, ""))),
  );
  await context.addInitScript(watchAhead);
  const page = await context.newPage();
  const faults: string[] = [];
  const asked: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (entry) => {
    if (!["error", "warning"].includes(entry.type()) || mayLog?.test(entry.text())) return;
    faults.push(entry.text());
  });
  const visit = (url: string) => {
    const at = new URL(url);
    if (at.protocol !== "data:" && at.host !== new URL(address).host) faults.push(`request to ${url}`);
    if (at.pathname.startsWith("/_sluse/")) asked.push(at.pathname);
  };
  page.on("request", (request) => visit(request.url()));
  page.on("websocket", (socket) => visit(socket.url()));
  const text = async (selector: string) =>
    (await page.locator(selector).allInnerTexts()).join().replaceAll("\u00a0", " ");
  return { context, page, aheadShown, faults, asked, text };
}

/** Runs in the page: tells of each number ahead that comes to be seen. */
function watchAhead(): void {
  let last = "";
  const look = () => {
    const shown = document.querySelector<HTMLElement>("#line-box:not([hidden]) #ahead")?.textContent ?? "";
    if (shown === "" || shown === last) return;
    last = shown;
    (window as unknown as { tellAhead(text: string): void }).tellAhead(shown);
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
}
