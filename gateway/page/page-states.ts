/** The states in which the waiting page is pictured and checked: what a gateway would say in each. */
import type { ListedRoom, StatusDocument } from "./client/contract.ts";
import { FIXTURE_NOW_MS, joined, problem, type Scenario, statusDocument } from "./page-fixture.ts";

const MESSAGE = {
  da: "Der er mange, der vil se deres årsopgørelse i aften. Den er klar til dig hele ugen, og fristen er først den 1. maj.",
  en: "Many people want to see their annual statement tonight. It is ready for you all week, and the deadline is 1 May.",
};

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

const reset = waiting(50_000);

/** Each scenario, and the phase that the page comes to rest in. */
export const PAGE_STATES: Readonly<Record<string, { scenario: Scenario; phase: string }>> = {
  joining: { scenario: { ...waiting(1), join: () => "never" }, phase: "joining" },
  "far-back": {
    scenario: waiting(178_412, { message: MESSAGE, messageRevision: 3 }),
    phase: "waiting",
  },
  middle: { scenario: waiting(53_871), phase: "waiting" },
  "near-front": { scenario: waiting(50_042), phase: "waiting" },
  next: { scenario: waiting(50_001), phase: "waiting" },
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
  "store-down": {
    scenario: { ...waiting(1), join: () => problem(503, "store-down", { "Retry-After": "60" }) },
    phase: "joining",
  },
  "store-down-called": {
    scenario: { ...waiting(50_000), claim: () => problem(503, "store-down", { "Retry-After": "60" }) },
    phase: "called",
  },
  reset: {
    scenario: {
      ...reset,
      join: (count) => (count === 0 ? reset.join(0) : waiting(52_318).join(0)),
      claim: () => problem(410, "reset"),
    },
    phase: "waiting",
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

export const LISTED_ROOMS: readonly ListedRoom[] = [
  { id: "tax", mode: "queue", waiting: 128_411, waitSeconds: [5_340, 6_480] },
  { id: "vaccine", mode: "queue", waiting: 1_204, waitSeconds: [40, 58] },
  { id: "passport", mode: "queue", waiting: 0, waitSeconds: null },
  { id: "daycare", mode: "closed", waiting: 0, waitSeconds: null },
];
