import { type Check, noBotLetIn, nobodyGotATicket, placesCameFree, theRestWereTold } from "./checks.ts";

/** Visitors who come evenly at random over some time. */
export interface Wave {
  /** After the scenario's start. */
  readonly afterSeconds: number;
  readonly visitors: number;
  readonly arriveSeconds: number;
  /** Asks for this instead of the service's front page, and looks at it five times. */
  readonly path?: string;
  readonly noShowPercent?: number;
  /** What a visitor takes to read a page; 1. */
  readonly thinkSeconds?: number;
}

/** Requests by nobody's visitors, at a fixed rate: pages, status documents, claims without a ticket. */
export interface Storm {
  readonly afterSeconds: number;
  readonly forSeconds: number;
  readonly requestsPerSecond: number;
}

/** What an operator does meanwhile. */
export interface OperatorStep {
  readonly afterSeconds: number;
  readonly change: Readonly<Record<string, unknown>>;
}

/** A published peak, scaled to one machine. Times are from the scenario's start. */
export interface Scenario {
  readonly id: string;
  /** What happened, as published. */
  readonly published: string;
  /** How that was scaled. Every result carries it. */
  readonly scaled: string;
  readonly service: "tax" | "vaccine";
  /** People that the service carries at once. */
  readonly carries: number;
  readonly seatsPerTime?: number;
  /** The room's fields besides id, name, match and origin. */
  readonly room: { readonly outflowPerMinute: number } & Readonly<Record<string, unknown>>;
  /** The room opens then, as by `opensAt`. */
  readonly opensAfterSeconds?: number;
  readonly waves: readonly [Wave, ...Wave[]];
  readonly storm?: Storm;
  readonly steps?: readonly OperatorStep[];
  /** It ends then, done or not; 180 at most. */
  readonly forSeconds: number;
  /** Whether everybody is to be served; default true. */
  readonly servesAll?: boolean;
  /** What must hold besides what must hold everywhere; asked of a whole run only. */
  readonly also?: readonly Check[];
}

/** Peaks as published, each scaled so that it fits two cores and some two minutes. */
export const SCENARIOS: readonly Scenario[] = [
  {
    id: "tax-day",
    published: "40,000 wait before it opens, 180,000 come in 60 min, 22 to 49 let in a second",
    scaled: "1:100 in people and time; rates as published",
    service: "tax",
    carries: 400,
    room: { outflowPerMinute: 1_800, capacity: 350 },
    opensAfterSeconds: 8,
    waves: [
      { afterSeconds: 0, visitors: 400, arriveSeconds: 5 },
      { afterSeconds: 8, visitors: 1_800, arriveSeconds: 36 },
    ],
    forSeconds: 150,
  },
  {
    id: "vaccine-drop",
    published:
      "1,000 to 70,000 requests a minute within a minute; stock that runs out; errors after admission",
    scaled: "about 1:4 in rate (70 times the usual at once), 1:60 in time, 360 appointments",
    service: "vaccine",
    carries: 200,
    seatsPerTime: 15,
    room: { outflowPerMinute: 1_200, capacity: 150 },
    waves: [
      { afterSeconds: 0, visitors: 5, arriveSeconds: 6 },
      { afterSeconds: 6, visitors: 1_200, arriveSeconds: 20 },
    ],
    forSeconds: 150,
  },
  {
    id: "midnight-release",
    published: "260,000 log-ins in the first hour, 72 a second",
    scaled: "1:100 in people and time; rate as published",
    service: "tax",
    carries: 600,
    room: { outflowPerMinute: 3_600, capacity: 550 },
    waves: [{ afterSeconds: 0, visitors: 2_600, arriveSeconds: 36 }],
    forSeconds: 150,
  },
  {
    id: "open-enrolment",
    published: "250,000 at once against 50,000 to 60,000 planned",
    scaled: "1:250 in people; five times what the service carries",
    service: "tax",
    carries: 220,
    room: { outflowPerMinute: 2_400, capacity: 200 },
    waves: [{ afterSeconds: 0, visitors: 1_000, arriveSeconds: 2, noShowPercent: 10 }],
    forSeconds: 120,
  },
  {
    id: "deadline",
    published: "60,596 an hour, the most in the last, then a hard stop",
    scaled: "1:100 in people, 1:100 in time; closed by an operator at the stop",
    service: "tax",
    carries: 150,
    room: { outflowPerMinute: 720, capacity: 120 },
    waves: [
      { afterSeconds: 0, visitors: 200, arriveSeconds: 20 },
      { afterSeconds: 20, visitors: 600, arriveSeconds: 16 },
    ],
    steps: [{ afterSeconds: 36, change: { mode: "closed", reason: "the deadline has passed" } }],
    forSeconds: 60,
    servesAll: false,
    also: [theRestWereTold],
  },
  {
    id: "ticket-storm",
    published: "3.5 billion requests for 1.5 million codes, about 250 a visitor, mostly bots",
    scaled: "300 visitors, up to 60 requests of bots for each, at up to 900 a second",
    service: "tax",
    carries: 200,
    room: { outflowPerMinute: 600, capacity: 150 },
    waves: [{ afterSeconds: 0, visitors: 300, arriveSeconds: 3 }],
    storm: { afterSeconds: 4, forSeconds: 20, requestsPerSecond: 900 },
    forSeconds: 90,
    also: [noBotLetIn],
  },
  {
    id: "covid-pass",
    published: "100 million look-ups in 11 months: short sessions, bursts, nobody logs out",
    scaled: "three bursts of 250 in 2 s, sessions of 10 s",
    service: "tax",
    carries: 600,
    room: { outflowPerMinute: 6_000, capacity: 200, sessionSeconds: 10 },
    waves: [
      { afterSeconds: 0, visitors: 250, arriveSeconds: 2, path: "/tax?look", thinkSeconds: 0.2 },
      { afterSeconds: 13, visitors: 250, arriveSeconds: 2, path: "/tax?look", thinkSeconds: 0.2 },
      { afterSeconds: 26, visitors: 250, arriveSeconds: 2, path: "/tax?look", thinkSeconds: 0.2 },
    ],
    forSeconds: 90,
    also: [placesCameFree],
  },
  {
    id: "payout-news",
    published: "2 million payments in 8 days: nobody queues, the information page spikes",
    scaled: "2,000 readers in 20 s, five looks each, of a page that is not gated",
    service: "tax",
    carries: 4_000,
    room: { outflowPerMinute: 60, ungated: [{ method: "GET", path: "/tax" }] },
    waves: [{ afterSeconds: 0, visitors: 2_000, arriveSeconds: 20, path: "/tax?news", thinkSeconds: 0.5 }],
    forSeconds: 60,
    also: [nobodyGotATicket],
  },
];
