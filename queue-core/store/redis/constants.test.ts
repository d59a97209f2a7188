/**
 * Each constant that model and scripts share really does its work on both sides: a story that both tell alike, and
 * that they tell differently once the scripts have another value. A constant without a story does not compile.
 */
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type * as CONSTANTS from "../../domain/constants.ts";
import { type Floor, NO_FLOOR } from "../../domain/floor.ts";
import type { RoomSettings, SettingsChange } from "../../domain/settings.ts";
import { TEST_SETTINGS } from "../../domain/test-settings.ts";
import type { JoinEntry, RenewEntry, TicketRef } from "../../domain/visitors.ts";
import { memoryStore } from "../memory-store.ts";
import type { Restoration, Store } from "../store.ts";
import { askRedis } from "./ask-redis.ts";
import { type Constants, SHARED_CONSTANTS } from "./prelude.ts";
import { type PrivateRedis, startTestRedis } from "./private-redis.ts";
import { redisStore } from "./redis-store.ts";
import { scriptsWith } from "./scripts.ts";

type Constant = keyof typeof CONSTANTS;
type Story = (room: StoryRoom) => Promise<unknown>;

const T0 = 1_800_000_000_000;

let redis: PrivateRedis;

beforeAll(async () => {
  redis = await startTestRedis();
});

afterAll(async () => {
  await redis.stop();
});

/** One room of one store, whose every reply is kept. */
class StoryRoom {
  readonly replies: unknown[] = [];
  readonly clock: { nowMs: number; runId: string };
  readonly #store: Store;
  readonly #name: string;
  #ids = 0;

  constructor(store: Store, clock: { nowMs: number; runId: string }, name: string) {
    this.#store = store;
    this.clock = clock;
    this.#name = name;
  }

  async #keep<Reply>(reply: Promise<Reply>): Promise<Reply> {
    this.replies.push(await reply);
    return reply;
  }

  #batch<Entry>(entries: readonly Entry[], gateway = "g1", id = 0) {
    this.#ids += 1;
    return { gateway, id: id || this.#ids, entries };
  }

  restore(given: Partial<Restoration> = {}, gateway = "g1") {
    const usual = { floor: NO_FLOOR, seed: TEST_SETTINGS, mayStartLine: false, confirmed: true };
    return this.#keep(this.#store.restore(this.#name, gateway, { ...usual, ...given }));
  }

  start(settings: Partial<RoomSettings> = {}) {
    return this.restore({ seed: { ...TEST_SETTINGS, ...settings }, mayStartLine: true });
  }

  async join(entries: readonly JoinEntry[], gateway = "g1", id = 0): Promise<TicketRef[]> {
    const reply = await this.#keep(this.#store.join(this.#name, this.#batch(entries, gateway, id), NO_FLOOR));
    if (reply.kind !== "done") return [];
    const { generation } = reply.snapshot;
    return reply.result.map((one, i) => ({
      jti: entries[i]?.jti ?? "",
      number: "number" in one ? one.number : 0,
      generation,
    }));
  }

  /** So many who come to wait. */
  crowd(count: number): Promise<TicketRef[]> {
    return this.join(visitors(count, (this.#ids + 1) * 10_000));
  }

  claim(tickets: readonly TicketRef[]) {
    return this.#keep(this.#store.claim(this.#name, this.#batch(tickets), NO_FLOOR));
  }

  renew(jti: string, as: RenewEntry["as"]) {
    return this.#keep(this.#store.renew(this.#name, this.#batch([{ jti, as }]), NO_FLOOR));
  }

  extend(ticket: TicketRef | undefined, look = false) {
    const entries = ticket ? [{ ...ticket, look }] : [];
    return this.#keep(this.#store.extend(this.#name, this.#batch(entries), NO_FLOOR));
  }

  end(tickets: readonly TicketRef[], kind: "left" | "ended") {
    const endings = tickets.map(({ jti, number }) => ({ jti, number, kind }));
    return this.#keep(this.#store.end(this.#name, this.#batch(endings), NO_FLOOR));
  }

  advance(floor: Floor = NO_FLOOR, endedAfter?: number) {
    return this.#keep(this.#store.advance(this.#name, "g1", floor, endedAfter));
  }

  configure(change: SettingsChange) {
    this.#ids += 1;
    const asked = { id: `c${this.#ids}`, change, reset: null, expectedVersion: null };
    return this.#keep(
      this.#store.configure(this.#name, "g1", { ...asked, actor: "Anna", reason: "" }, NO_FLOOR),
    );
  }

  async audit() {
    const entries = await this.#store.audit(this.#name, 100);
    this.replies.push(entries.map(({ sequence }) => sequence));
  }

  /** Ticks as gateways do. */
  async pass(ms: number, stepMs = 500) {
    for (let left = ms; left > 0; left -= stepMs) {
      this.clock.nowMs += Math.min(left, stepMs);
      await this.advance();
    }
  }
}

const visitors = (count: number, from: number): JoinEntry[] =>
  Array.from({ length: count }, (_, i) => ({ jti: `${from + i}`.padStart(22, "v"), intent: "join" }));

/** A line that stands before its room opens, and then is called. */
async function opening(room: StoryRoom, count: number, settings: Partial<RoomSettings> = {}) {
  await room.start({ ...settings, mode: "hold" });
  const tickets = await room.crowd(count);
  await room.configure({ mode: "queue" });
  return tickets;
}

/** Many are called, and nobody comes. */
const absent = (ms: number): Story => {
  return async (room) => {
    await opening(room, 3_000, { outflowPerMinute: 600 });
    await room.pass(ms);
  };
};

/** One is granted a minute after having come to the gate, does not collect it, and asks again. */
async function uncollected(room: StoryRoom) {
  const tickets = await opening(room, 2, { outflowPerMinute: 1 });
  await room.claim(tickets.slice(1));
  await room.claim(tickets.slice(0, 1));
  await room.pass(121_000);
  await room.claim(tickets.slice(0, 1));
}

/** A floor of this room's line. */
const floorAt = (generation: number, issued: number): Floor => ({ ...NO_FLOOR, generation, issued });

/** The store lost everything; the gateway remembers a line. */
async function refill(room: StoryRoom, settings: Partial<RoomSettings> = {}) {
  const seed = { ...TEST_SETTINGS, ...settings };
  await room.restore({ floor: floorAt(T0 - 1_000, 40), seed });
}

/** By constant: a value that the scripts get instead, and what then goes otherwise. */
const STORIES: Readonly<Record<Constant, readonly [changedTo: number, story: Story]>> = {
  UNITS_PER_ADMISSION: [
    60_001,
    async (room) => {
      await room.start();
      await room.crowd(1);
    },
  ],
  CREDIT_CAP_MS: [2_001, (room) => room.start()],
  MAX_STEP_MS: [
    5_001,
    async (room) => {
      await room.start();
      room.clock.nowMs += 60_000;
      await room.advance();
    },
  ],
  MAX_OPEN_STEP_MS: [
    501,
    async (room) => {
      await room.start();
      room.clock.nowMs += 60_000;
      await room.advance();
    },
  ],
  UNBOUNDED: [3, (room) => opening(room, 100, { outflowPerMinute: 600 })],
  SHOW_SECONDS: [13, absent(13_000)],
  RATED_SECONDS: [
    71,
    async (room) => {
      const tickets = await opening(room, 10);
      await room.claim(tickets.slice(0, 5));
      await room.pass(74_000);
    },
  ],
  IMAGINED_SHOWS: [3, absent(14_000)],
  LEAST_SHOW_PERMILLE: [51, absent(20_000)],
  LOOK_AHEAD_SECONDS: [4, absent(1_000)],
  LEAST_LOOK_AHEAD_SHOWS: [11, (room) => opening(room, 100)],
  STALL_MS: [3_000, absent(4_000)],
  PROBE_EVERY_MS: [1_500, absent(6_000)],
  TELLING_CALLS: [
    1_000,
    async (room) => {
      // Those called at first stay away; those called a little later all come.
      const tickets = await opening(room, 60);
      await room.pass(13_000);
      await room.claim(tickets.slice(12));
    },
  ],
  MINUTE_SECONDS: [
    59,
    async (room) => {
      await room.start();
      await room.crowd(2);
      await room.pass(62_000);
    },
  ],
  CALL_RECORD_SPAN_MS: [
    900,
    async (room) => {
      const tickets = await opening(room, 100, { outflowPerMinute: 600 });
      await room.claim(tickets.slice(0, 30));
      await room.pass(700, 350);
      for (const ticket of tickets.slice(30, 60)) await room.extend(ticket, true);
    },
  ],
  CLAIM_ALLOWANCE_MS: [
    500,
    async (room) => {
      const tickets = await opening(room, 1, { claimWindowSeconds: 2 });
      await room.pass(2_750, 250);
      await room.claim(tickets);
    },
  ],
  GRANT_HOLD_MS: [59_000, uncollected],
  NOT_BEGUN_MS: [
    0,
    async (room) => {
      // Called at open time 0.
      const tickets = await opening(room, 1, { claimWindowSeconds: 2 });
      await room.pass(5_000);
      await room.extend(tickets[0], true);
    },
  ],
  MOST_EXTENSIONS: [
    9,
    async (room) => {
      const [ticket] = await opening(room, 1);
      await room.extend(ticket);
    },
  ],
  LEFT_MEMORY_MS: [
    1,
    async (room) => {
      const tickets = await opening(room, 3, {
        sessionSeconds: 1,
        sessionGraceSeconds: 0,
        claimWindowSeconds: 1,
      });
      await room.end(tickets, "left");
      await room.pass(5_000);
      await room.claim(tickets);
    },
  ],
  IDEMPOTENCY_PERIOD_MS: [
    30_000,
    async (room) => {
      await room.start({ mode: "hold" });
      const keyed = (jti: string): JoinEntry => ({
        jti: jti.padStart(22, "k"),
        intent: "join",
        idempotencyKey: "k".repeat(22),
      });
      await room.join([keyed("1")]);
      await room.pass(61_000, 5_000);
      await room.join([keyed("2")]);
    },
  ],
  RENEWAL_SHARE_PERMILLE: [501, (room) => refill(room, { capacity: 5 })],
  FORM_WINDOW_MS: [
    59_999,
    async (room) => {
      const jti = "f".repeat(22);
      await room.start({ mode: "hold" });
      await room.renew(jti, "form");
      await room.pass(59_999);
      await room.renew(jti, "page");
    },
  ],
  MOST_ENDINGS: [
    4,
    async (room) => {
      await room.start();
      await room.end(await room.crowd(9), "ended");
      await room.advance(NO_FLOOR, 0);
    },
  ],
  MOST_ENDINGS_TOLD: [
    4,
    async (room) => {
      await room.start();
      await room.end(await room.crowd(9), "ended");
      await room.advance(NO_FLOOR, 0);
    },
  ],
  MOST_PLAUSIBLE_GROWTH: [
    9_999_999,
    async (room) => {
      await room.start();
      await room.advance(floorAt(T0, 10_000_000));
    },
  ],
  MOST_PLAUSIBLE_AHEAD_MS: [
    86_399_999,
    async (room) => {
      await room.start();
      await room.advance(floorAt(T0 + 86_400_000, 5));
    },
  ],
  SEEN_MS: [
    20_000,
    async (room) => {
      await room.start();
      await room.restore({}, "g2");
      await room.pass(15_000);
      room.clock.runId = "second";
      await room.restore();
      await room.crowd(1);
    },
  ],
  FORGOTTEN_MS: [
    5_000,
    async (room) => {
      await room.start({ mode: "hold" });
      await room.restore({}, "g2");
      await room.join(visitors(2, 1), "g2", 7);
      await room.pass(6_000);
      await room.restore();
      await room.restore({}, "g2");
      await room.join(visitors(2, 1), "g2", 7);
    },
  ],
  LONGEST_ROLL_CALL_MS: [
    20_000,
    async (room) => {
      await room.start();
      await room.restore({}, "g2");
      room.clock.runId = "second";
      await room.restore();
      await room.pass(6_000);
      await room.crowd(1);
    },
  ],
  AUDIT_ENTRIES_KEPT: [
    3,
    async (room) => {
      await room.start();
      for (let capacity = 1; capacity <= 5; capacity += 1) await room.configure({ capacity });
      await room.audit();
    },
  ],
};

/** What a store replies in a story. */
async function told(story: Story, store: Store, clock: StoryRoom["clock"]): Promise<unknown[]> {
  const room = new StoryRoom(store, clock, "told");
  await story(room);
  await store.close();
  return room.replies;
}

const startOfStory = () => ({ nowMs: T0, runId: "first" });
const timesOf = (clock: StoryRoom["clock"]) => ({ now: () => clock.nowMs, runId: () => clock.runId });

function byModel(story: Story): Promise<unknown[]> {
  const clock = startOfStory();
  return told(story, memoryStore(timesOf(clock)), clock);
}

/** By an empty Redis whose scripts have these constants. */
async function byScripts(story: Story, constants: Constants): Promise<unknown[]> {
  const clock = startOfStory();
  const connection = { kind: "socket", path: redis.socketPath } as const;
  await askRedis({ path: redis.socketPath }, ["FLUSHALL"]);
  return told(story, redisStore({ connection, ...timesOf(clock), scripts: scriptsWith(constants) }), clock);
}

describe("a constant that the scripts had otherwise than the model would be noticed", () => {
  for (const [constant, [changedTo, story]] of Object.entries(STORIES)) {
    it(constant, async () => {
      const modelled = await byModel(story);
      expect(await byScripts(story, SHARED_CONSTANTS)).toEqual(modelled);
      const changed = await byScripts(story, { ...SHARED_CONSTANTS, [constant]: changedTo });
      expect(isDeepStrictEqual(changed, modelled)).toBe(false);
    });
  }
});
