/** The states in which the waiting page is pictured and checked: what a gateway would say in each. */
import type { Page } from "playwright-core";
import type { LanguageTag } from "#languages";
import type { StatusDocument } from "../visitor-documents.ts";
import type { HeardRoom } from "./client/contract.ts";
import type { Place } from "./client/place.ts";
import { NOTICE_STATUS } from "./notice-page.ts";
import {
  FIXTURE_NOW_MS,
  FIXTURE_PLACES,
  joined,
  MESSAGE,
  type PageFixture,
  problem,
  type Scenario,
  statusDocument,
} from "./page-fixture.ts";

function waiting(number: number, part: Partial<StatusDocument> = {}): Scenario {
  const status = statusDocument({ updatedAt: FIXTURE_NOW_MS, ...part });
  return {
    join: () => joined(number, status),
    claim: () => ({
      status: 409,
      body: { state: "waiting", position: number - status.serving, waitSeconds: null },
    }),
    status: () => ({ status: 200, body: status }),
    live: true,
  };
}

function gone(code: string): Scenario {
  return { ...waiting(50_000), claim: () => problem(410, code) };
}

/** Called already, with so much of the claim window left. */
function calledUntil(leftMs: number): Scenario {
  const line = waiting(50_000);
  const reply = joined(50_000, statusDocument({ updatedAt: FIXTURE_NOW_MS }), "called");
  const body = {
    ...(typeof reply === "object" ? (reply.body as object) : {}),
    callEndsAt: FIXTURE_NOW_MS + leftMs,
  };
  return { ...line, join: () => ({ status: 200, body }) };
}

/** At the gate, with an order that the gate tells. */
function atGate(number: number, order: object): Scenario {
  return {
    ...waiting(number, { serving: 65_000 }),
    claim: () => ({ status: 202, body: { state: "called", retryAfterMs: 60_000, ...order } }),
  };
}

const reset = waiting(50_000);

type PictureState = {
  readonly scenario: Scenario;
  /** The phase that the page comes to rest in. */
  readonly phase: string;
  /** What the browser remembers from before. */
  readonly remembered?: Place;
  /** What the visitor has chosen before. */
  readonly chosen?: readonly string[];
  /** A part that has to be seen before the page is at rest. */
  readonly shows?: string;
};

function since(number: number, servingAtJoin: number): Place {
  return { generation: 1, number, serving: 50_000, servingAtJoin };
}

const STATES: Readonly<Record<string, PictureState>> = {
  joining: { scenario: { ...waiting(1), join: () => "never" }, phase: "joining" },
  "far-back": {
    scenario: waiting(178_412, { message: MESSAGE, messageRevision: 3 }),
    phase: "waiting",
  },
  middle: { scenario: waiting(53_871), phase: "waiting", remembered: since(53_871, 43_200) },
  "near-front": { scenario: waiting(50_042), phase: "waiting", remembered: since(50_042, 41_000) },
  next: { scenario: waiting(50_001), phase: "waiting", remembered: since(50_001, 41_000) },
  "not-known": { scenario: waiting(61_200, { waits: [] }), phase: "waiting" },
  "before-opening": {
    scenario: waiting(39_871, {
      mode: "hold",
      serving: 0,
      waits: [],
      opensAt: FIXTURE_NOW_MS + 56 * 60_000 - 12_000,
    }),
    phase: "waiting",
  },
  hold: { scenario: waiting(53_871, { mode: "hold", waits: [] }), phase: "waiting" },
  "your-turn": {
    scenario: {
      ...waiting(50_000),
      claim: () => ({ status: 202, body: { state: "called", retryAfterMs: 60_000 } }),
    },
    phase: "called",
  },
  "at-gate": {
    scenario: atGate(60_312, { ahead: 1_940, waitSeconds: 118 }),
    phase: "gate",
    remembered: since(60_312, 41_000),
  },
  returned: {
    scenario: atGate(60_312, { ahead: 312, waitSeconds: 24, returned: true }),
    phase: "gate",
    shows: "notice",
  },
  invited: { scenario: calledUntil(480_000), phase: "invited", chosen: ["ask-first"] },
  "invited-ending": {
    scenario: calledUntil(90_000),
    phase: "invited",
    chosen: ["ask-first"],
    shows: "trouble",
  },
  "store-down": {
    scenario: { ...waiting(1), join: () => problem(503, "store-down", { "Retry-After": "60" }) },
    phase: "joining",
    shows: "trouble",
  },
  "store-down-called": {
    scenario: { ...waiting(50_000), claim: () => problem(503, "store-down", { "Retry-After": "60" }) },
    phase: "called",
    shows: "trouble",
  },
  reset: {
    scenario: {
      ...reset,
      join: (count) => (count === 0 ? reset.join(0) : waiting(52_318).join(0)),
      claim: () => problem(410, "reset"),
    },
    phase: "waiting",
    shows: "notice",
  },
  missed: { scenario: gone("missed"), phase: "missed" },
  used: { scenario: gone("used"), phase: "used" },
  left: { scenario: gone("left"), phase: "left" },
  closed: {
    scenario: waiting(53_871, {
      mode: "closed",
      message: {
        da: "Vi åbner igen i morgen kl. 7.00. Dine oplysninger er ikke gået tabt.",
        en: "We open again tomorrow at 7:00. None of your information is lost.",
      },
      messageRevision: 4,
    }),
    phase: "closed",
  },
  "no-cookies": {
    scenario: { ...waiting(50_000), claim: () => problem(401, "no-ticket") },
    phase: "blocked",
  },
  failed: { scenario: { ...waiting(1), join: () => problem(404, "no-room") }, phase: "failed" },
};

const LISTED_ROOMS: readonly HeardRoom[] = [
  { id: "tax", mode: "queue", waiting: 128_411, wait: [5_340, 6_480] },
  { id: "vaccine", mode: "queue", waiting: 1_204, wait: [40, 58] },
  { id: "passport", mode: "queue", waiting: 0, wait: null },
  { id: "daycare", mode: "closed", waiting: 0, wait: null },
];

/** One page in one state. */
export type Picture = { readonly name: string; readonly path: string; readonly state?: PictureState };

/** Every page in every state that matters. */
export const PICTURES: readonly Picture[] = [
  ...Object.entries(STATES).map(([name, state]) => ({
    name: `waiting-${name}`,
    path: "/tax/annual?year=2025",
    state,
  })),
  ...Object.keys(FIXTURE_PLACES).map((name) => ({ name: `place-${name}`, path: `/place/${name}` })),
  { name: "portal", path: "/" },
  ...Object.keys(NOTICE_STATUS).map((kind) => ({ name: `notice-${kind}`, path: `/notice/${kind}` })),
];

const IDLE: Scenario = { join: () => "never", claim: () => "never", status: () => "never", live: false };

/** Opens the page as a new visitor would, and waits until it has come to rest in the state. */
export async function openPicture(
  page: Page,
  fixture: PageFixture,
  picture: Picture,
  lang: LanguageTag,
): Promise<void> {
  const state = picture.state;
  fixture.play({ ...(state?.scenario ?? IDLE), rooms: LISTED_ROOMS });
  // Only the waiting page remembers.
  if (state) await remember(page, fixture, state.remembered, state.chosen);
  await page.goto(`${fixture.address}${picture.path}${picture.path.includes("?") ? "&" : "?"}lang=${lang}`);
  if (state) await page.waitForSelector(`html[data-phase="${state.phase}"] #heading`);
  if (state?.shows) await page.waitForSelector(`#${state.shows}:not([hidden])`);
  if (picture.name === "portal") await page.waitForSelector("#updated:not([hidden])");
}

/** Leaves nothing in the browser but this place and these choices. A notice runs no script that could write in between. */
async function remember(
  page: Page,
  fixture: PageFixture,
  place?: Place,
  chosen: readonly string[] = [],
): Promise<void> {
  await page.goto(`${fixture.address}/notice/closed`);
  await page.evaluate(
    ({ text, names }) => {
      localStorage.clear();
      sessionStorage.clear();
      if (text !== null) localStorage.setItem("sluse.place.tax", text);
      for (const name of names) localStorage.setItem(`sluse.choice.${name}`, "yes");
    },
    { text: place ? JSON.stringify(place) : null, names: [...chosen] },
  );
}
