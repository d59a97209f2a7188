import { beforeEach, describe, expect, it } from "vitest";
import {
  type Floor,
  type JoinOutcome,
  NO_FLOOR,
  type RoomSettings,
  type Snapshot,
  type Store,
  StoreError,
  waitRows,
} from "#core";
import { memoryStore } from "#core/memory";
import { TEST_SETTINGS } from "#core/test-settings";
import { VirtualTime } from "../testing/virtual-time.ts";
import type { Settled } from "./coalescer.ts";
import { PATIENCE_MS, type RebuiltNews, Room, TICK_MS } from "./room.ts";

const T0 = 1_800_000_000_000;
const seed: RoomSettings = { ...TEST_SETTINGS, mode: "hold", outflowPerMinute: 600, claimWindowSeconds: 600 };

/** The real store behind a wire that the test cuts: before the call, or after it (the reply is lost). */
function behindWire(store: Store) {
  const wire = { cut: "no" as "no" | "before" | "after", calls: [] as string[] };
  const through =
    (name: keyof Store) =>
    async (...given: never[]) => {
      wire.calls.push(name);
      if (wire.cut === "before") throw new StoreError("store-down", "the wire is cut");
      const reply = await (store[name] as (...all: never[]) => Promise<unknown>)(...given);
      if (wire.cut === "after") throw new StoreError("store-slow", "the reply was lost");
      return reply;
    };
  const names: (keyof Store)[] = [
    "join",
    "claim",
    "extend",
    "advance",
    "renew",
    "end",
    "configure",
    "restore",
    "audit",
    "close",
  ];
  return { wire, store: Object.fromEntries(names.map((name) => [name, through(name)])) as unknown as Store };
}

let time: VirtualTime;
let wire: ReturnType<typeof behindWire>["wire"];
let store: Store;
let results: Settled<JoinOutcome>[];
let told: RebuiltNews[];

function openRoom(remembered: Floor | null = null, gateway = "g1"): Room {
  return new Room({
    id: "tax",
    store,
    gateway,
    seed,
    remembered,
    mayStartLine: true,
    now: time.now,
    setTimer: time.setTimer,
    firstBatchId: 1,
    onChange: () => {},
    onStoreCall: () => {},
    onTrouble: () => {},
    onRebuilt: (news) => told.push(news),
  });
}

const join = (room: Room, name: string) =>
  room.join({ jti: name.padEnd(22, "_"), intent: "join" }, (settled) => results.push(settled));
const numbers = () => results.map((r) => (r.ok && r.outcome.state === "placed" ? r.outcome.number : r));

beforeEach(() => {
  time = new VirtualTime(T0);
  ({ wire, store } = behindWire(memoryStore({ now: time.now })));
  results = [];
  told = [];
});

describe("room", () => {
  it("starts a line and keeps its news fresh", async () => {
    const room = openRoom();
    const started = room.start();
    await time.turn(10);
    await started;
    expect(room.snapshot).toMatchObject({ issued: 0, serving: 0, mode: "hold" });
    await time.turn(5_000);
    expect(wire.calls.filter((name) => name === "advance").length).toBeGreaterThanOrEqual(
      5_000 / TICK_MS / 2,
    );
    expect(time.nowMs - room.newsAtMs).toBeLessThanOrEqual(TICK_MS);
  });

  it("gives numbers in the order in which visitors came", async () => {
    const room = openRoom();
    await Promise.all([room.start(), time.turn(10)]);
    for (const name of ["a", "b", "c"]) join(room, name);
    await time.turn(100);
    expect(numbers()).toEqual([1, 2, 3]);
    expect(wire.calls.filter((name) => name === "join")).toHaveLength(1);
  });

  it("repeats a batch whose reply was lost, and gives no number twice", async () => {
    const room = openRoom();
    await Promise.all([room.start(), time.turn(10)]);
    join(room, "a");
    wire.cut = "after";
    await time.turn(50);
    expect(wire.calls).toContain("join");
    wire.cut = "no";
    await time.turn(500);
    join(room, "b");
    await time.turn(100);
    expect(numbers()).toEqual([1, 2]);
  });

  it("says store-down when patience is out, at once while the store is away, and goes on when it is back", async () => {
    const room = openRoom();
    await Promise.all([room.start(), time.turn(10)]);
    join(room, "a");
    wire.cut = "before";
    await time.turn(PATIENCE_MS + 1_000);
    expect(results).toEqual([{ ok: false, code: "store-down" }]);
    expect(room.state).toBe("down");
    join(room, "b");
    expect(results).toHaveLength(2);
    wire.cut = "no";
    await time.turn(1_000);
    expect(room.state).toBe("up");
    join(room, "c");
    await time.turn(100);
    expect(numbers().at(-1)).toBe(1);
  });

  it("keeps a change of the settings when the reply to an earlier call comes after it", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const inner = store;
    const end: Store["end"] = async (...asked) => {
      const reply = await inner.end(...asked);
      await held;
      return reply;
    };
    store = { ...inner, end };
    const room = openRoom();
    await Promise.all([room.start(), time.turn(10)]);
    room.end({ jti: "ended".padEnd(22, "_"), number: 0, kind: "ended" }, null, () => {});
    await time.turn(10);
    expect(wire.calls.at(-1)).toBe("end");
    const change = { outflowPerMinute: 700 };
    const wish = { id: "a wish", actor: "ops", reason: "", reset: null, expectedVersion: null, change };
    const [done] = await Promise.all([room.configure(wish), time.turn(10)]);
    expect(done).toBe("changed");
    const changed = room.snapshot?.settings;
    release();
    await time.turn(0);
    expect(changed?.outflowPerMinute).toBe(700);
    expect(room.snapshot?.settings).toEqual(changed);
  });

  it("puts the line back into a store that was wiped, above every number given", async () => {
    const room = openRoom();
    await Promise.all([room.start(), time.turn(10)]);
    for (let i = 0; i < 20; i++) join(room, `v${i}`);
    await time.turn(100);
    const before = room.snapshot;
    ({ wire, store } = behindWire(memoryStore({ now: time.now })));
    const successor = openRoom(room.floor);
    await Promise.all([successor.start(), time.turn(10)]);
    results = [];
    join(successor, "new");
    await time.turn(100);
    expect(before?.issued).toBe(20);
    expect(successor.snapshot?.generation).toBe(before?.generation);
    expect(numbers()[0]).toBeGreaterThan(20);
  });

  it("tells once that a lost line was rebuilt and once that it admits again, and measures no wait between", async () => {
    let inner = memoryStore({ now: time.now });
    const settings = { ...seed, mode: "queue" as const, outflowPerMinute: 1 };
    store = {
      ...inner,
      advance: (...asked) => inner.advance(...asked),
      join: (...asked) => inner.join(...asked),
      restore: (id, gateway, asked) => inner.restore(id, gateway, { ...asked, seed: settings }),
    };
    const room = openRoom();
    await Promise.all([room.start(), time.turn(10)]);
    // Nobody comes when called, so ten a second are called.
    for (let i = 0; i < 1_000; i++) join(room, `v${i}`);
    await time.turn(60_000);
    expect(told).toEqual([]);
    expect(room.watched?.busyMs).toBeGreaterThan(55_000);
    inner = memoryStore({ now: time.now });
    await time.turn(2_000);
    expect(told).toMatchObject([{ room: "tax", event: "line-rebuilt" }]);
    expect(told[0]?.admitsFromMs).toBeGreaterThan(time.nowMs + 9_000);
    expect(room.watched).toBeNull();
    expect(waitRows(room.snapshot as Snapshot, room.watched)).toEqual([]);
    await time.turn(14_000);
    expect(told.map(({ event }) => event)).toEqual(["line-rebuilt", "line-admits-again"]);
    expect(room.admitsFromMs).toBeNull();
    expect(room.watched?.busyMs).toBeGreaterThan(0);
    expect(room.watched?.busyMs).toBeLessThan(6_000);
  });

  // PROTOCOL: so that the line can be put back even after everything was lost
  it("refuses a session that another gateway saw end, within two ticks, also one that ended before it came", async () => {
    const [one, two] = [openRoom(null, "g1"), openRoom(null, "g2")];
    await Promise.all([one.start(), two.start(), time.turn(10)]);
    const end = (jti: string) => one.end({ jti, number: 0, kind: "ended" }, T0 + 60_000, () => {});
    end("first");
    expect([one.hasEnded("first"), two.hasEnded("first")]).toEqual([true, false]);
    await time.turn(2 * TICK_MS);
    expect(two.hasEnded("first")).toBe(true);
    const asked = wire.calls.filter((name) => name === "advance").length;
    await time.turn(10 * TICK_MS);
    // Told once: after that the ticks are as many as ever.
    expect(wire.calls.filter((name) => name === "advance").length - asked).toBeLessThanOrEqual(22);
    const third = openRoom(null, "g3");
    await Promise.all([third.start(), time.turn(2 * TICK_MS)]);
    expect(third.hasEnded("first")).toBe(true);
  });

  it("tells the store that a session ended as soon as it answers again", async () => {
    const [one, two] = [openRoom(null, "g1"), openRoom(null, "g2")];
    await Promise.all([one.start(), two.start(), time.turn(10)]);
    wire.cut = "before";
    await time.turn(PATIENCE_MS);
    const answers: unknown[] = [];
    one.end({ jti: "first", number: 0, kind: "ended" }, T0 + 60_000, (settled) => answers.push(settled));
    expect(answers).toEqual([{ ok: false, code: "store-down" }]);
    wire.cut = "no";
    await time.turn(1_000 + 4 * TICK_MS);
    expect(two.hasEnded("first")).toBe(true);
  });

  it("extends a called visitor's claim window", async () => {
    const inner = memoryStore({ now: time.now });
    const settings = { ...seed, mode: "queue" as const };
    store = {
      ...inner,
      restore: (id, gateway, asked) => inner.restore(id, gateway, { ...asked, seed: settings }),
    };
    const room = openRoom();
    await Promise.all([room.start(), time.turn(10)]);
    for (let i = 0; i < 25; i++) join(room, `v${i}`);
    await time.turn(3_000);
    const outcomes: unknown[] = [];
    const { generation } = room.floor;
    room.extend({ jti: "v24".padEnd(22, "_"), number: 25, generation }, (settled) => outcomes.push(settled));
    await time.turn(100);
    expect(outcomes).toEqual([
      { ok: true, outcome: { state: "called", windowEndsInMs: 600_000, extensionsLeft: 9 } },
    ]);
  });

  it("learns from tickets and seals only what is higher", async () => {
    const room = openRoom();
    await Promise.all([room.start(), time.turn(10)]);
    const { generation } = room.floor;
    room.learn(generation, 5, 2);
    room.learn(generation, 4, 1);
    room.learn(generation - 1, 900, 900);
    expect(room.floor).toMatchObject({ generation, issued: 5, serving: 2 });
    join(room, "a");
    await time.turn(100);
    expect(numbers()).toEqual([6]);
    expect(NO_FLOOR.issued).toBe(0);
  });
});
