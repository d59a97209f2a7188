/** The views in which the console is pictured and checked by axe. */
import type { Page } from "playwright-core";
import type { LanguageTag } from "#languages";
import {
  AUDIT,
  type ConsoleFixture,
  EVENING,
  FIXTURE_NOW_MS,
  fixtureRoom,
  type Scene,
} from "./console-fixture.ts";

/** One view in one state. */
export interface View {
  readonly name: string;
  readonly scene: Scene;
  readonly hash: string;
  /** Seen when the view is at rest. */
  readonly shows: string;
  /** What an operator does in it before it is looked at. */
  readonly act?: (page: Page, fixture: ConsoleFixture) => Promise<void>;
}

async function reviewOutflow(page: Page): Promise<void> {
  await page.fill("#outflow", "3000");
  await page.click(".pending .primary");
  await page.waitForSelector("dialog[open]");
}

/** So that the notice of what was done is shown. */
async function lowerOutflow(page: Page): Promise<void> {
  await page.fill("#outflow", "900");
  await page.click(".pending .primary");
  await page.fill("dialog textarea", "It is slow.");
  await page.click("dialog [type=submit]");
  await page.waitForSelector(".notice");
}

export const VIEWS: readonly View[] = [
  { name: "log-in", scene: { ...EVENING, role: null }, hash: "#/", shows: ".log-in" },
  { name: "overview", scene: EVENING, hash: "#/", shows: ".sparkline polyline" },
  {
    name: "overview-calm",
    scene: { ...EVENING, rooms: EVENING.rooms.filter(({ id }) => id !== "vaccine") },
    hash: "#/",
    shows: ".verdict.well",
  },
  {
    name: "overview-store-down",
    scene: { ...EVENING, rooms: EVENING.rooms.map((room) => ({ ...room, store: "down" as const })) },
    hash: "#/",
    shows: ".verdict.alarm",
  },
  { name: "room", scene: EVENING, hash: "#/rooms/tax", shows: ".chart canvas" },
  {
    name: "room-review",
    scene: EVENING,
    hash: "#/rooms/tax",
    shows: ".chart canvas",
    act: reviewOutflow,
  },
  {
    name: "room-done",
    scene: EVENING,
    hash: "#/rooms/tax",
    shows: ".chart canvas",
    act: lowerOutflow,
  },
  {
    name: "room-message",
    scene: EVENING,
    hash: "#/rooms/tax",
    shows: ".chart canvas",
    async act(page) {
      await page.click("summary >> nth=2");
      await page.fill("textarea[lang=en]", "");
      await page.click(".pending .primary");
      await page.waitForSelector("dialog[open]");
    },
  },
  {
    name: "room-old",
    scene: { ...EVENING, historyEndsMs: FIXTURE_NOW_MS - 240_000 },
    hash: "#/rooms/tax",
    shows: ".legend small",
  },
  {
    name: "room-reset",
    scene: EVENING,
    hash: "#/rooms/tax",
    shows: ".chart canvas",
    async act(page) {
      await page.click(".reset summary");
      await page.click(".reset button");
      await page.click("dialog [type=submit]");
    },
  },
  {
    name: "room-closing",
    scene: EVENING,
    hash: "#/rooms/tax",
    shows: ".chart canvas",
    async act(page) {
      await page.check("[name=mode][value=closed]");
      await page.click(".pending .primary");
      await page.check("dialog [type=checkbox]");
    },
  },
  {
    name: "room-viewer",
    scene: { ...EVENING, role: "viewer" },
    hash: "#/rooms/vaccine",
    shows: ".chart canvas",
  },
  {
    name: "room-lost",
    scene: EVENING,
    hash: "#/rooms/tax",
    shows: ".chart canvas",
    async act(page, fixture) {
      await page.fill("#outflow", "900");
      fixture.play({ ...EVENING, away: true });
      await page.waitForSelector(".lost-bar [role=alert]:not(:empty)");
    },
  },
  {
    name: "room-rebuilt",
    scene: {
      ...EVENING,
      rooms: [
        fixtureRoom("tax", "Årsopgørelsen", "Annual statement", {
          state: { waiting: 12, alarm: "restored", pause: { until: null } },
        }),
      ],
    },
    hash: "#/rooms/tax",
    shows: ".note button",
  },
  {
    name: "overview-not-known",
    scene: {
      ...EVENING,
      startedAtMs: FIXTURE_NOW_MS - 20_000,
      rooms: EVENING.rooms.map((room, i) =>
        i === 0
          ? {
              ...room,
              wait: null,
              state: { ...room.state, alarm: "restored", pause: { until: FIXTURE_NOW_MS + 9_000 } },
            }
          : { ...room, ...(i === 1 && { store: "down" as const }) },
      ),
    },
    hash: "#/",
    shows: ".pause",
  },
  { name: "audit", scene: EVENING, hash: "#/audit", shows: ".chain:not(:empty)" },
  {
    name: "audit-done",
    scene: EVENING,
    hash: "#/rooms/tax",
    shows: ".chart canvas",
    async act(page) {
      await lowerOutflow(page);
      await page.click("nav a:last-child");
      await page.waitForSelector(".chain:not(:empty)");
    },
  },
  {
    name: "audit-edited",
    scene: {
      ...EVENING,
      trail: AUDIT.map((entry, i) => (i === 1 ? { ...entry, actor: "Jens Bo Lund" } : entry)),
    },
    hash: "#/audit",
    shows: ".chain.alarm",
  },
];

/** Opens a view as it would be after a reload, and waits until it has come to rest. */
export async function openView(
  page: Page,
  fixture: ConsoleFixture,
  { scene, hash, shows, act }: View,
  lang: LanguageTag,
): Promise<void> {
  fixture.play(scene);
  // The language is kept for the address: whoever is there already need not go there for it.
  if (!page.url().startsWith(fixture.address)) await page.goto(`${fixture.address}/`);
  await page.evaluate((chosen) => localStorage.setItem("sluse.console.lang", chosen), lang);
  await page.goto("about:blank");
  await page.goto(`${fixture.address}/${hash}`);
  await page.waitForSelector(shows);
  await act?.(page, fixture);
}
