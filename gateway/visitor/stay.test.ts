import { beforeEach, describe, expect, it } from "vitest";
import { type RenewEntry, type Store, StoreError } from "#core";
import { memoryStore } from "#core/memory";
import { TEST_SETTINGS } from "#core/test-settings";
import { Room } from "../room/room.ts";
import { VirtualTime } from "../testing/virtual-time.ts";
import { type Grounds, Stay } from "./stay.ts";

const T0 = 1_800_000_000_000;
const SESSION_MS = TEST_SETTINGS.sessionSeconds * 1_000;
const JTI = "inside".padEnd(22, "_");
const CHECK_MS = 1_000;

let time: VirtualTime;
/** What the store was asked of sessions. */
let asked: RenewEntry[];
let storeDown: boolean;
let room: Room;

beforeEach(async () => {
  time = new VirtualTime(T0);
  asked = [];
  storeDown = false;
  const memory = memoryStore({ now: time.now });
  const reach = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    if (storeDown) throw new StoreError("store-down", "the wire is cut");
    return ask();
  };
  const store: Store = {
    ...memory,
    restore: (...given) => reach(() => memory.restore(...given)),
    advance: (...given) => reach(() => memory.advance(...given)),
    renew: (name, batch, floor) => {
      asked.push(...batch.entries);
      return reach(() => memory.renew(name, batch, floor));
    },
  };
  room = new Room({
    id: "tax",
    store,
    gateway: "g1",
    seed: TEST_SETTINGS,
    remembered: null,
    mayStartLine: true,
    now: time.now,
    setTimer: time.setTimer,
    firstBatchId: 1,
    onChange: () => {},
    onStoreCall: () => {},
    onTrouble: () => {},
    onRebuilt: () => {},
  });
  await Promise.all([room.start(), time.turn(10)]);
  room.join({ jti: JTI, intent: "enter" }, () => {});
  await time.turn(50);
  expect(room.snapshot?.sessions).toBe(1);
});

function stayOn(grounds: Grounds): Stay {
  const pass = { jti: JTI, token: "", expiresAtMs: room.now() + SESSION_MS };
  return new Stay(room, grounds === "session" ? pass : null, grounds);
}

/** Checks it each second for so long; how long it went on. */
async function goesOnFor(stay: Stay, ms: number, isUsed: (sinceMs: number) => boolean): Promise<number> {
  for (let sinceMs = 0; sinceMs < ms; sinceMs += CHECK_MS) {
    await time.turn(CHECK_MS);
    if (!stay.goesOn(isUsed(sinceMs))) return sinceMs;
  }
  return ms;
}

describe("what has a session", () => {
  it("is kept open by use, which asks the store no more than once in half a session", async () => {
    expect(await goesOnFor(stayOn("session"), 10 * SESSION_MS, () => true)).toBe(10 * SESSION_MS);
    expect(asked.every(({ as }) => as === undefined)).toBe(true);
    expect(asked.length).toBeGreaterThan(10);
    expect(asked.length).toBeLessThanOrEqual(20);
    expect(room.snapshot?.sessions).toBe(1);
  });

  it("ends within seconds of its session, where it is not used past half of it", async () => {
    const lasted = await goesOnFor(stayOn("session"), 2 * SESSION_MS, (sinceMs) => sinceMs < SESSION_MS / 3);
    expect(lasted).toBeGreaterThan(SESSION_MS - 2 * CHECK_MS);
    expect(lasted).toBeLessThan(SESSION_MS + 4 * CHECK_MS);
    expect(asked.every(({ as }) => as === "look")).toBe(true);
  });

  it("goes on unused while others renew its session, and ends once they stop", async () => {
    const stay = stayOn("session");
    for (const _ of [1, 2, 3]) {
      expect(await goesOnFor(stay, (SESSION_MS * 3) / 4, () => false)).toBe((SESSION_MS * 3) / 4);
      room.renew(JTI, () => {});
    }
    expect(await goesOnFor(stay, 2 * SESSION_MS, () => false)).toBeLessThan(SESSION_MS + 4 * CHECK_MS);
  });

  it("goes on while the store cannot say that its session has lapsed", async () => {
    const stay = stayOn("session");
    storeDown = true;
    expect(await goesOnFor(stay, 2 * SESSION_MS, () => false)).toBe(2 * SESSION_MS);
    storeDown = false;
    // An outage takes no time of a session.
    expect(await goesOnFor(stay, 2 * SESSION_MS, () => false)).toBeLessThan(SESSION_MS + 10 * CHECK_MS);
  });
});

describe("when all sessions are ended", () => {
  it.each([
    ["session", false],
    ["one-request", false],
    ["open", false],
    ["ungated", true],
  ] as const)("what was opened by %s goes on: %s", async (grounds, goesOn) => {
    const stay = stayOn(grounds);
    await time.turn(CHECK_MS);
    expect(stay.goesOn(false)).toBe(true);
    const reset = { endSessions: true };
    const wish = { id: "c1", change: {}, reset, expectedVersion: null, actor: "operator", reason: "" };
    await Promise.all([room.configure(wish), time.turn(CHECK_MS)]);
    expect(stay.goesOn(true)).toBe(goesOn);
    expect(stayOn(grounds).goesOn(true)).toBe(true);
  });
});
