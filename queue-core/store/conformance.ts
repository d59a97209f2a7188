import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NO_AUDIT_HEAD, recordedText } from "../domain/audit.ts";
import { MOST_PLAUSIBLE_GROWTH } from "../domain/constants.ts";
import { type Floor, NO_FLOOR } from "../domain/floor.ts";
import type { RoomSettings } from "../domain/settings.ts";
import type { Snapshot } from "../domain/snapshot.ts";
import { TEST_SETTINGS } from "../domain/test-settings.ts";
import type { JoinEntry, LapsedUse, RenewEntry, TicketRef } from "../domain/visitors.ts";
import type { Batch, Configuration, ConfigureOutcome, Ending, Reply, Restoration, Store } from "./store.ts";

/** Opens a store whose time and run id are the test's. */
export type OpenStore = (options: { now(): number; runId(): string }) => Promise<Store>;

const T0 = 1_800_000_000_000;
const DAY_MS = 86_400_000;

/** Sixty a minute: one credit a second, at most two kept. */
const seed = TEST_SETTINGS;

let roomsOpened = 0;
let ticketsMade = 0;

function freshJti(): string {
  ticketsMade += 1;
  return `t${ticketsMade}`.padEnd(22, "_");
}

const entries = (count: number): JoinEntry[] =>
  Array.from({ length: count }, () => ({ jti: freshJti(), intent: "join" }));

/** What a store replied when it did what was asked; fails the test when it did not. */
function done<Result>(reply: Reply<Result>): { snapshot: Snapshot; result: Result } {
  if (reply.kind !== "done") throw new Error(`the store replied ${reply.kind}`);
  return reply;
}

/** One room of one store under a clock that only the test moves; every test has a room of its own. */
class TestRoom {
  readonly name: string;
  nowMs = T0;
  runId = "first-run";
  batchId = 0;
  configurations = 0;
  store: Store;

  private constructor(store: Store) {
    this.store = store;
    roomsOpened += 1;
    this.name = `room-${roomsOpened}`;
  }

  static async open(open: OpenStore): Promise<TestRoom> {
    const room: TestRoom = new TestRoom(await open({ now: () => room.nowMs, runId: () => room.runId }));
    return room;
  }

  batch<Entry>(list: readonly Entry[], gateway = "g1"): Batch<Entry> {
    this.batchId += 1;
    return { gateway, id: this.batchId, entries: list };
  }

  restore(given: Partial<Restoration> = {}, gateway = "g1") {
    const usual = { floor: NO_FLOOR, seed, mayStartLine: false, confirmed: true };
    return this.store.restore(this.name, gateway, { ...usual, ...given });
  }

  /** A new line with these settings. */
  async start(settings: Partial<RoomSettings> = {}): Promise<Snapshot> {
    return done(await this.restore({ seed: { ...seed, ...settings }, mayStartLine: true })).snapshot;
  }

  async joinAll(list: readonly JoinEntry[], floor = NO_FLOOR, gateway = "g1") {
    return done(await this.store.join(this.name, this.batch(list, gateway), floor)).result;
  }

  /** So many come; the tickets of those who got a place, waiting or inside. */
  async join(count: number, floor = NO_FLOOR): Promise<TicketRef[]> {
    const reply = done(await this.store.join(this.name, this.batch(entries(count)), floor));
    return reply.result.flatMap((outcome) =>
      outcome.state === "placed" || outcome.state === "admitted"
        ? [{ jti: outcome.jti, number: outcome.number, generation: reply.snapshot.generation }]
        : [],
    );
  }

  async claimAll(tickets: readonly TicketRef[], floor = NO_FLOOR) {
    return done(await this.store.claim(this.name, this.batch(tickets), floor)).result;
  }

  async claim(ticket: TicketRef | undefined): Promise<string> {
    if (!ticket) throw new Error("no ticket to claim with");
    return (await this.claimAll([ticket]))[0]?.state ?? "nothing";
  }

  async rejoin(ticket: TicketRef) {
    return (await this.joinAll([{ jti: freshJti(), intent: "join", ticket }]))[0];
  }

  async advance(floor = NO_FLOOR, gateway = "g1"): Promise<Snapshot> {
    return done(await this.store.advance(this.name, gateway, floor)).snapshot;
  }

  /** Lets time pass with a tick each second, as gateways do. */
  async pass(ms: number): Promise<Snapshot> {
    for (let left = ms; left > 0; left -= 500) {
      this.nowMs += Math.min(left, 500);
      await this.advance();
    }
    return this.advance();
  }

  async renew(...jtis: string[]) {
    return this.renewals(jtis.map((jti) => ({ jti })));
  }

  async look(...jtis: string[]) {
    return this.renewals(jtis.map((jti) => ({ jti, as: "look" as const })));
  }

  /** What a pass past its end is told, in one batch. */
  async useLapsed(jti: string, ...uses: LapsedUse[]) {
    return (await this.renewals(uses.map((as) => ({ jti, as })))).map(({ state }) => state);
  }

  private async renewals(entries: readonly RenewEntry[]) {
    return done(await this.store.renew(this.name, this.batch(entries), NO_FLOOR)).result;
  }

  async end(ticket: TicketRef | undefined, kind: Ending["kind"]): Promise<Snapshot> {
    if (!ticket) throw new Error("no ticket to end");
    const ending = { jti: ticket.jti, number: ticket.number, kind };
    return done(await this.store.end(this.name, this.batch([ending]), NO_FLOOR)).snapshot;
  }

  async configure(
    change: Configuration["change"],
    more: Partial<Configuration> = {},
  ): Promise<{ snapshot: Snapshot; result: ConfigureOutcome }> {
    this.configurations += 1;
    const usual = {
      id: `c${this.configurations}`,
      change,
      reset: null,
      expectedVersion: null,
      actor: "operator",
      reason: "a test",
    };
    return done(await this.store.configure(this.name, "g1", { ...usual, ...more }, NO_FLOOR));
  }

  reset(endSessions: boolean) {
    return this.configure({}, { reset: { endSessions } });
  }

  /** Uses up the credit of a quiet room: the two let in at once. */
  drain(): Promise<TicketRef[]> {
    return this.join(2);
  }
}

/** The port's promises, for every store: call it from the store's own test file. */
export function storeConformance(name: string, open: OpenStore): void {
  let room: TestRoom;

  beforeEach(async () => {
    room = await TestRoom.open(open);
  });

  afterEach(async () => {
    await room.store.close();
  });

  describe(`${name}: joining`, () => {
    it("gives consecutive numbers in the order of the entries, whatever comes at the same time", async () => {
      await room.start({ mode: "hold" });
      for (const gateway of ["g2", "g3"]) await room.restore({}, gateway);
      const sizes = [3, 1, 4, 2, 5, 3];
      const batches = await Promise.all(
        sizes.map((size, i) => room.joinAll(entries(size), NO_FLOOR, `g${(i % 3) + 1}`)),
      );
      const numbers = batches.map((batch) => batch.map((one) => ("number" in one ? one.number : 0)));
      for (const batch of numbers) {
        expect(batch).toEqual(batch.map((_, i) => (batch[0] ?? 0) + i));
      }
      expect(numbers.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 18 }, (_, i) => i + 1));
    });

    it("lets newcomers in at once while it is quiet, for exactly the credit there is", async () => {
      await room.start();
      const states = (await room.joinAll(entries(3))).map((one) => one.state);
      expect(states).toEqual(["admitted", "admitted", "placed"]);
      expect(await room.advance()).toMatchObject({
        creditUnits: 0,
        admittedTotal: 2,
        sessions: 2,
        issued: 3,
        serving: 3,
      });
    });

    it("earns one credit a second at sixty a minute, to the millisecond", async () => {
      await room.start();
      await room.drain();
      room.nowMs += 999;
      expect((await room.advance()).quiet).toBe(false);
      room.nowMs += 1;
      expect((await room.advance()).quiet).toBe(true);
      const [outcome] = await room.joinAll(entries(1));
      expect(outcome).toMatchObject({ state: "admitted", number: 3, remainingMs: 600_000 });
    });

    it("keeps at most two seconds of credit", async () => {
      await room.start();
      await room.drain();
      expect((await room.pass(30_000)).creditUnits).toBe(120_000);
    });

    it("lets nobody overtake: not while one waits, stands at the gate, or was called under 12 s ago", async () => {
      await room.start();
      await room.drain();
      await room.join(1);
      await room.pass(11_000);
      expect((await room.joinAll(entries(1)))[0]?.state).toBe("placed");
      await room.pass(13_000);
      expect((await room.joinAll(entries(1)))[0]?.state).toBe("admitted");
    });

    it("lets nobody overtake those at the gate", async () => {
      await room.start({ mode: "hold" });
      const [first] = await room.join(1);
      await room.configure({ mode: "queue" });
      await room.configure({ mode: "hold" });
      expect(await room.claim(first)).toBe("called");
      await room.pass(20_000);
      const [outcome] = await room.joinAll(entries(1));
      expect(outcome).toMatchObject({ state: "placed", number: 2 });
      expect((await room.configure({ mode: "queue" })).snapshot.quiet).toBe(false);
    });

    it("gives no number to those who would only enter or pass through", async () => {
      await room.start();
      const through = { jti: freshJti(), intent: "pass-through" } as const;
      const enter = { jti: freshJti(), intent: "enter" } as const;
      expect(await room.joinAll([through, enter])).toEqual([
        { state: "admitted", number: 0, jti: "", remainingMs: 0 },
        { state: "admitted", number: 1, jti: enter.jti, remainingMs: 600_000 },
      ]);
      expect(await room.advance()).toMatchObject({
        issued: 1,
        sessions: 1,
        admittedTotal: 2,
        creditUnits: 0,
      });
      const again = await room.joinAll([{ ...through }, { ...enter, jti: freshJti() }]);
      expect(again.map((one) => one.state)).toEqual(["must-wait", "must-wait"]);
      expect((await room.advance()).issued).toBe(1);
    });

    it("gives a waiting or called ticket its own number again", async () => {
      await room.start({ mode: "hold" });
      const [ticket] = await room.join(1);
      if (!ticket) throw new Error("no ticket");
      expect(await room.rejoin(ticket)).toEqual({ state: "placed", number: 1, jti: ticket.jti });
      await room.configure({ mode: "queue" });
      room.nowMs += 500;
      expect(await room.rejoin(ticket)).toEqual({
        state: "placed",
        number: 1,
        jti: ticket.jti,
        windowEndsInMs: 299_500,
      });
      expect((await room.advance()).issued).toBe(1);
      await room.configure({ mode: "hold" });
      await room.claim(ticket);
      expect(await room.rejoin(ticket)).toEqual({ state: "placed", number: 1, jti: ticket.jti });
    });

    it("gives a ticket inside its session again", async () => {
      await room.start();
      const [ticket] = await room.join(1);
      if (!ticket) throw new Error("no ticket");
      await room.pass(10_000);
      expect(await room.rejoin(ticket)).toMatchObject({
        state: "admitted",
        number: 1,
        jti: ticket.jti,
        remainingMs: 590_000,
      });
    });

    it("answers a repeated batch as it did before", async () => {
      await room.start();
      const batch = room.batch(entries(5));
      const first = done(await room.store.join(room.name, batch, NO_FLOOR));
      room.nowMs += 1500;
      const repeat = done(await room.store.join(room.name, batch, NO_FLOOR));
      expect(repeat.result).toEqual(first.result);
      expect(repeat.snapshot).toMatchObject({ issued: 5, joinedTotal: 5 });
      const [next] = await room.joinAll(entries(1));
      expect(next).toMatchObject({ number: 6 });
    });

    it("keeps the last batch of each gateway apart", async () => {
      await room.start({ mode: "hold" });
      await room.restore({}, "g2");
      const one = { gateway: "g1", id: 7, entries: entries(2) };
      const two = { gateway: "g2", id: 7, entries: entries(2) };
      const first = done(await room.store.join(room.name, one, NO_FLOOR)).result;
      const second = done(await room.store.join(room.name, two, NO_FLOOR)).result;
      expect(done(await room.store.join(room.name, one, NO_FLOOR)).result).toEqual(first);
      expect(done(await room.store.join(room.name, two, NO_FLOOR)).result).toEqual(second);
      expect(second.map((outcome) => "number" in outcome && outcome.number)).toEqual([3, 4]);
    });

    it("joins a batch anew that is repeated after a reset: its numbers are void", async () => {
      await room.start({ mode: "hold" });
      await room.join(3);
      const batch = room.batch(entries(2));
      await room.store.join(room.name, batch, NO_FLOOR);
      await room.reset(false);
      const again = done(await room.store.join(room.name, batch, NO_FLOOR));
      expect(again.result.map((one) => "number" in one && one.number)).toEqual([1, 2]);
      expect(again.snapshot.issued).toBe(2);
    });

    it("gives one place per idempotency key, for a minute and over a rotation", async () => {
      await room.start({ mode: "hold" });
      await room.pass(30_000);
      const keyed = (): JoinEntry => ({ jti: freshJti(), intent: "join", idempotencyKey: "k".repeat(22) });
      const [first, twin] = await room.joinAll([keyed(), keyed()]);
      expect(twin).toEqual(first);
      await room.pass(59_000);
      expect(await room.joinAll([keyed()])).toEqual([first]);
      await room.pass(125_000);
      expect((await room.joinAll([keyed()]))[0]).toMatchObject({ state: "placed", number: 2 });
      expect((await room.joinAll([{ ...keyed(), idempotencyKey: "o".repeat(22) }]))[0]).toMatchObject({
        number: 3,
      });
    });

    it("gives a key a new place when its own has been left or reset", async () => {
      await room.start({ mode: "hold" });
      const keyed = (): JoinEntry => ({ jti: freshJti(), intent: "join", idempotencyKey: "k".repeat(22) });
      const [first] = await room.joinAll([keyed()]);
      if (first?.state !== "placed") throw new Error("no place");
      await room.end({ ...first, generation: T0 }, "left");
      expect((await room.joinAll([keyed()]))[0]).toMatchObject({ number: 2 });
      await room.reset(false);
      expect((await room.joinAll([keyed()]))[0]).toMatchObject({ number: 1 });
    });

    it("keeps what a key or ticket still stands for, and gives nothing new, to who asks for no more", async () => {
      await room.start();
      const keep = (more: Partial<JoinEntry>): JoinEntry => ({ jti: freshJti(), intent: "keep", ...more });
      const idempotencyKey = "k".repeat(22);
      // Not even where the room is quiet.
      expect(await room.joinAll([keep({ idempotencyKey })])).toEqual([{ state: "must-wait" }]);
      await room.configure({ mode: "hold" });
      const [place] = await room.joinAll([{ jti: freshJti(), intent: "join", idempotencyKey }]);
      if (place?.state !== "placed") throw new Error("no place");
      const ticket = { ...place, generation: T0 };
      expect(await room.joinAll([keep({ idempotencyKey }), keep({ ticket })])).toEqual([place, place]);
      await room.end(ticket, "left");
      const gone = await room.joinAll([keep({ idempotencyKey }), keep({ ticket }), keep({})]);
      expect(gone).toEqual(gone.map(() => ({ state: "must-wait" })));
      await room.configure({ mode: "open" });
      expect(await room.joinAll([keep({ ticket })])).toEqual([{ state: "must-wait" }]);
      expect((await room.advance()).issued).toBe(1);
    });

    it("remembers the most joins in one second", async () => {
      await room.start({ mode: "hold" });
      await room.join(4);
      await room.join(3);
      await room.pass(1000);
      await room.join(5);
      expect((await room.advance()).peakJoinsPerSecond).toBe(7);
    });
  });

  describe(`${name}: calling, claiming, the gate`, () => {
    it("calls ahead of the outflow and no more than it can take", async () => {
      await room.start({ mode: "hold" });
      await room.join(100);
      const { snapshot } = await room.configure({ mode: "queue" });
      expect(snapshot).toMatchObject({ serving: 12, issued: 100, calledTotal: 12 });
      expect((await room.advance()).serving).toBe(12);
    });

    it("tells who is not called to wait", async () => {
      await room.start({ mode: "hold" });
      const tickets = await room.join(20);
      await room.configure({ mode: "queue" });
      expect(await room.claim(tickets[15])).toBe("waiting");
    });

    it("puts a visitor at the gate whom this very claim brings up to be called", async () => {
      await room.start({ mode: "hold" });
      const tickets = await room.join(13);
      await room.configure({ mode: "queue" });
      expect(await room.claim(tickets[12])).toBe("waiting");
      room.nowMs += 2500;
      expect(await room.claim(tickets[12])).toBe("admitted");
    });

    it("admits the lowest number at the gate, whoever claimed first", async () => {
      await room.start();
      await room.drain();
      const tickets = await room.join(6);
      for (const late of [5, 4, 3]) expect(await room.claim(tickets[late])).toBe("called");
      expect(await room.advance()).toMatchObject({ registered: 3 });
      await room.pass(1000);
      expect(await room.claim(tickets[5])).toBe("called");
      expect(await room.claim(tickets[3])).toBe("admitted");
      expect(await room.claim(tickets[0])).toBe("called");
      await room.pass(1000);
      expect(await room.claim(tickets[4])).toBe("called");
      expect(await room.claim(tickets[0])).toBe("admitted");
    });

    it("registers a whole batch before it admits anybody", async () => {
      await room.start({ mode: "hold" });
      const tickets = await room.join(6);
      await room.configure({ mode: "queue" });
      const states = (await room.claimAll([...tickets].reverse())).map((one) => one.state);
      expect(states).toEqual(["called", "called", "called", "called", "admitted", "admitted"]);
    });

    it("gives a repeated claim the same session", async () => {
      await room.start();
      const [ticket] = await room.join(1);
      if (!ticket) throw new Error("no ticket");
      await room.pass(100_000);
      expect(await room.claimAll([ticket])).toEqual([{ state: "admitted", remainingMs: 500_000 }]);
      expect((await room.advance()).admittedTotal).toBe(1);
    });

    it("starts the whole session when a grant is collected", async () => {
      await room.start();
      await room.drain();
      const [ticket] = await room.join(1);
      if (!ticket) throw new Error("no ticket");
      expect(await room.claim(ticket)).toBe("called");
      await room.pass(1000);
      await room.pass(40_000);
      expect(await room.claimAll([ticket])).toEqual([{ state: "admitted", remainingMs: 600_000 }]);
      await room.pass(100_000);
      expect(await room.claim(ticket)).toBe("admitted");
    });

    it("frees a grant that nobody collects in 60 s, and lets the visitor claim again", async () => {
      await room.start();
      await room.drain();
      const [ticket] = await room.join(1);
      await room.claim(ticket);
      expect(await room.pass(1000)).toMatchObject({ sessions: 3, registered: 0, admittedTotal: 3 });
      expect((await room.pass(59_000)).sessions).toBe(3);
      expect(await room.pass(1000)).toMatchObject({ sessions: 2, creditUnits: 120_000 });
      expect(await room.claim(ticket)).toBe("admitted");
      expect((await room.advance()).creditUnits).toBe(60_000);
    });

    it("lets a visitor whose grant nobody collected come back behind all at the gate, by asking alone", async () => {
      await room.start({ mode: "hold" });
      const [first, second, third] = await room.join(3);
      if (!first || !second || !third) throw new Error("no tickets");
      for (const mode of ["queue", "hold"] as const) await room.configure({ mode });
      expect(await room.claim(first)).toBe("called");
      await room.configure({ mode: "queue" });
      expect(await room.pass(61_000)).toMatchObject({ admittedTotal: 1, sessions: 0 });
      await room.configure({ mode: "hold" });
      expect(await room.claimAll([third, second])).toEqual([
        { state: "called", ahead: 1 },
        { state: "called", ahead: 0 },
      ]);
      expect(await room.claimAll([first])).toEqual([{ state: "returned", ahead: 2 }]);
      const looked = await room.store.extend(room.name, room.batch([{ ...first, look: true }]), NO_FLOOR);
      expect(done(looked).result).toEqual([{ state: "returned", ahead: 2 }]);
      await room.configure({ mode: "queue" });
      expect(await room.claimAll([first])).toEqual([{ state: "returned", ahead: 0 }]);
      // Two credits: one each for those at the gate. The next waits until somebody asks.
      expect(await room.pass(10_000)).toMatchObject({ admittedTotal: 3, creditUnits: 120_000 });
      expect(await room.claimAll([first, first])).toEqual([
        { state: "admitted", remainingMs: 600_000 },
        { state: "admitted", remainingMs: 600_000 },
      ]);
      expect(await room.advance()).toMatchObject({ admittedTotal: 4, creditUnits: 60_000 });
    });

    it("lets tickets that never collect burn one credit each, however often they claim", async () => {
      await room.start({ mode: "hold" });
      const tickets = await room.join(25);
      await room.configure({ mode: "queue" });
      await room.pass(20_000);
      for (let round = 0; round < 5; round += 1) {
        await room.configure({ mode: "hold" });
        await room.claimAll(tickets);
        await room.configure({ mode: "queue" });
        await room.pass(90_000);
      }
      expect((await room.advance()).admittedTotal).toBe(25);
    });

    it("keeps a call for its window, then counts it as missed and gives a new number", async () => {
      await room.start({ claimWindowSeconds: 60 });
      await room.drain();
      const [early, late] = await room.join(2);
      if (!late) throw new Error("no ticket");
      await room.pass(60_000);
      expect(await room.claim(early)).toBe("admitted");
      await room.pass(2_000);
      expect(await room.claim(late)).toBe("missed");
      expect(await room.rejoin(late)).toMatchObject({ number: 5 });
    });

    it("counts an outage of the store as half a second of a claim window, and gives it on top", async () => {
      await room.start({ claimWindowSeconds: 60 });
      await room.drain();
      const [ticket] = await room.join(1);
      await room.pass(59_000);
      room.nowMs += 20_000;
      await room.advance();
      await room.pass(1_000);
      expect(await room.claim(ticket)).toBe("admitted");
    });

    it("keeps a call that was registered in time until it is admitted", async () => {
      await room.start({ claimWindowSeconds: 10, capacity: 3 });
      await room.drain();
      const [first] = await room.join(1);
      await room.configure({ capacity: 1 });
      expect(await room.claim(first)).toBe("called");
      await room.pass(30_000);
      expect(await room.claim(first)).toBe("called");
      await room.configure({ capacity: 5 });
      expect(await room.claim(first)).toBe("admitted");
    });

    it("lets claim windows stand still in hold", async () => {
      await room.start({ claimWindowSeconds: 30 });
      await room.drain();
      const [called, waiting] = await room.join(2);
      await room.configure({ mode: "hold" });
      await room.pass(600_000);
      expect(await room.claim(called)).toBe("called");
      await room.configure({ mode: "queue" });
      expect(await room.claim(called)).toBe("admitted");
      expect(await room.claim(waiting)).toBe("admitted");
    });

    it("says used after the session, and gives a new number", async () => {
      await room.start({ sessionSeconds: 60 });
      const [ticket] = await room.join(1);
      if (!ticket) throw new Error("no ticket");
      await room.pass(60_000);
      expect(await room.claim(ticket)).toBe("used");
      expect((await room.advance()).sessions).toBe(0);
      expect(await room.rejoin(ticket)).toMatchObject({ number: 2 });
    });

    it("says left after leaving, and gives a new number", async () => {
      await room.start({ mode: "hold" });
      const [ticket] = await room.join(1);
      if (!ticket) throw new Error("no ticket");
      await room.end(ticket, "left");
      expect(await room.claim(ticket)).toBe("left");
      expect(await room.rejoin(ticket)).toMatchObject({ number: 2 });
    });

    it("says reset to a ticket of another generation, and gives a new number", async () => {
      await room.start({ mode: "hold" });
      const [ticket] = await room.join(1);
      if (!ticket) throw new Error("no ticket");
      const { snapshot } = await room.reset(false);
      expect(snapshot.generation).toBeGreaterThan(ticket.generation);
      expect(await room.claim(ticket)).toBe("reset");
      expect(await room.rejoin(ticket)).toMatchObject({ state: "placed", number: 1 });
    });

    it("calls past abandoned places in seconds", async () => {
      await room.start({ mode: "hold" });
      await room.join(200);
      const [live] = await room.join(1);
      await room.configure({ mode: "queue" });
      let state = "waiting";
      const fromMs = room.nowMs;
      while (state !== "admitted" && room.nowMs < fromMs + 60_000) {
        await room.pass(1000);
        state = await room.claim(live);
      }
      expect(state).toBe("admitted");
      expect(room.nowMs - fromMs).toBeLessThanOrEqual(10_000);
    });

    it("lets the windows of those whom it called early wait until the gate gets to them", async () => {
      await room.start({ mode: "hold", claimWindowSeconds: 20 });
      await room.join(312);
      const live = await room.join(200);
      const [first, passed, between, late, last] = [0, 30, 95, 100, 199].map((i) => live[i]);
      if (!first || !passed || !late || !last) throw new Error("no tickets");
      await room.configure({ mode: "queue" });
      while ((await room.advance()).serving < first.number) await room.pass(500);
      // Nobody came at all: the last probe went beyond what a minute's outflow can take.
      const { serving, reached } = await room.advance();
      expect([serving, reached]).toEqual([512, 12]);
      const atGate = live.slice(0, 90).filter((ticket) => ticket !== passed);
      expect(await room.claimAll([...atGate].reverse())).toContainEqual({ state: "called", ahead: 86 });
      const look = (ticket: TicketRef) =>
        room.store
          .extend(room.name, room.batch([{ ...ticket, look: true }]), NO_FLOOR)
          .then((reply) => done(reply).result[0]);
      expect(await look(late)).toMatchObject({ state: "called", windowEndsInMs: 20_000 });
      // The gate lets sixty a minute in: it is past the thirtieth, whose window ran from then, and not at the end.
      await room.pass(40_000);
      expect((await room.advance()).reached).toBeGreaterThan(passed.number);
      expect((await room.advance()).reached).toBeLessThan(late.number);
      expect(await look(passed)).toMatchObject({ state: "called", windowEndsInMs: 9_000 });
      await room.pass(11_000);
      expect(await room.claim(passed)).toBe("missed");
      expect(await look(late)).toMatchObject({ state: "called", windowEndsInMs: 20_000 });
      expect(await room.claim(late)).toBe("called");
      // With fewer at the gate than the outflow takes soon, it has got to all the others.
      await room.pass(28_000);
      expect(await room.advance()).toMatchObject({ serving: 512, reached: 512 });
      expect(await look(last)).toMatchObject({ state: "called", windowEndsInMs: expect.any(Number) });
      await room.pass(22_000);
      expect(await room.claim(late)).toBe("admitted");
      expect([await room.claim(between), await room.claim(last)]).toEqual(["missed", "missed"]);
    });

    it("gets to the last of a line, too, whom it called early and who is away", async () => {
      await room.start({ mode: "hold", claimWindowSeconds: 60 });
      await room.join(20);
      const [last] = await room.join(1);
      if (!last) throw new Error("no ticket");
      await room.configure({ mode: "queue" });
      while ((await room.advance()).serving < last.number) await room.pass(500);
      expect((await room.advance()).reached).toBeLessThan(last.number);
      await room.pass(15_000);
      expect((await room.advance()).reached).toBe(last.number);
      expect(await room.claim(last)).toBe("admitted");
    });
  });

  describe(`${name}: modes`, () => {
    it("hold: numbers, no call, no admission", async () => {
      await room.start({ mode: "hold" });
      const [ticket] = await room.join(1);
      expect(ticket?.number).toBe(1);
      await room.pass(60_000);
      expect(await room.claim(ticket)).toBe("waiting");
      expect(await room.advance()).toMatchObject({
        mode: "hold",
        serving: 0,
        openTimeMs: 0,
        admittedTotal: 0,
      });
    });

    it("holds until its opening time", async () => {
      await room.start({ opensAtMs: T0 + 60_000 });
      expect((await room.joinAll(entries(1)))[0]?.state).toBe("placed");
      expect(await room.pass(59_999)).toMatchObject({ mode: "hold", serving: 0 });
      room.nowMs += 1;
      expect(await room.advance()).toMatchObject({ mode: "queue", serving: 1 });
    });

    it("open: lets everybody in, whatever the credit, and those with a ticket keep it", async () => {
      await room.start({ mode: "hold", capacity: 3 });
      const [waiting, other] = await room.join(2);
      if (!waiting || !other) throw new Error("no tickets");
      await room.configure({ mode: "open" });
      const outcomes = await room.joinAll(entries(20));
      expect(new Set(outcomes.map((one) => one.state))).toEqual(new Set(["admitted"]));
      expect(await room.claim(waiting)).toBe("admitted");
      expect(await room.rejoin(other)).toMatchObject({ state: "admitted", number: 2, jti: other.jti });
      expect(await room.advance()).toMatchObject({ issued: 22, serving: 0, sessions: 22, admittedTotal: 22 });
    });

    it("leaving open calls everybody, and no newcomer goes in ahead of them", async () => {
      await room.start({ mode: "hold" });
      const [waiting] = await room.join(1);
      await room.configure({ mode: "open" });
      await room.join(5);
      const { snapshot } = await room.configure({ mode: "queue" });
      expect(snapshot).toMatchObject({ issued: 6, serving: 6, quiet: false });
      expect((await room.joinAll(entries(1)))[0]?.state).toBe("placed");
      expect(await room.claim(waiting)).toBe("admitted");
      expect((await room.pass(30_000)).quiet).toBe(true);
    });

    it("closed: turns away, but tickets and passes stay good", async () => {
      await room.start();
      const [inside] = await room.drain();
      const [called] = await room.join(1);
      if (!inside) throw new Error("no ticket");
      await room.configure({ mode: "closed" });
      expect((await room.joinAll(entries(1)))[0]).toEqual({ state: "closed" });
      expect(await room.claim(called)).toBe("closed");
      expect(await room.renew(inside.jti)).toEqual([{ state: "live", remainingMs: 600_000 }]);
      await room.pass(400_000);
      await room.configure({ mode: "queue" });
      expect(await room.claim(called)).toBe("admitted");
    });
  });

  describe(`${name}: capacity and sessions`, () => {
    const fast = { outflowPerMinute: 6000 };

    it("lets in no more than fit, and the next when one goes", async () => {
      await room.start({ ...fast, capacity: 3 });
      const [first, , , fourth, fifth] = await room.join(5);
      expect(await room.advance()).toMatchObject({ sessions: 3, serving: 3, registered: 0 });
      expect(await room.end(first, "ended")).toMatchObject({ sessions: 2, serving: 4 });
      expect(await room.claim(fourth)).toBe("admitted");
      expect(await room.claim(fifth)).toBe("waiting");
    });

    it("keeps to credit and capacity together", async () => {
      await room.start({ mode: "hold", capacity: 3 });
      const tickets = await room.join(5);
      await room.configure({ mode: "queue" });
      const states = async () => (await room.claimAll(tickets)).map((one) => one.state);
      expect(await states()).toEqual(["admitted", "admitted", "called", "waiting", "waiting"]);
      await room.pass(1000);
      expect(await states()).toEqual(["admitted", "admitted", "admitted", "waiting", "waiting"]);
      await room.pass(10_000);
      expect(await room.advance()).toMatchObject({ sessions: 3, creditUnits: 120_000 });
    });

    it("waits, when lowered below those inside, until enough have gone", async () => {
      await room.start({ ...fast, capacity: 4 });
      const inside = await room.join(4);
      const [next] = await room.join(1);
      await room.configure({ capacity: 2 });
      for (const ticket of inside.slice(0, 2)) {
        await room.end(ticket, "ended");
        expect(await room.claim(next)).toBe("waiting");
      }
      expect(await room.end(inside[2], "ended")).toMatchObject({ sessions: 1, serving: 5 });
      expect(await room.claim(next)).toBe("admitted");
    });

    it("keeps a session open by renewal, over capacity too", async () => {
      await room.start({ ...fast, capacity: 1, sessionSeconds: 60 });
      const [ticket] = await room.join(1);
      if (!ticket) throw new Error("no ticket");
      for (let i = 0; i < 4; i += 1) {
        await room.pass(40_000);
        expect(await room.renew(ticket.jti)).toEqual([{ state: "live", remainingMs: 60_000 }]);
      }
      expect((await room.advance()).sessions).toBe(1);
      expect(await room.renew("unknown".padEnd(22, "_"))).toEqual([{ state: "live", remainingMs: 60_000 }]);
      expect((await room.advance()).sessions).toBe(2);
    });

    it("takes a good pass back whose session has lapsed, and refuses one that was ended", async () => {
      await room.start({ sessionSeconds: 60 });
      const [lapsed, ended] = await room.drain();
      if (!lapsed || !ended) throw new Error("no tickets");
      await room.end(ended, "ended");
      await room.pass(70_000);
      expect(await room.renew(lapsed.jti, ended.jti)).toEqual([
        { state: "live", remainingMs: 60_000 },
        { state: "ended" },
      ]);
      expect(await room.claim(lapsed)).toBe("admitted");
      expect(await room.claim(ended)).toBe("used");
    });

    it("looks at a session without renewing it, or bringing one back", async () => {
      await room.start({ sessionSeconds: 60 });
      const [lives, ended] = await room.drain();
      if (!lives || !ended) throw new Error("no tickets");
      await room.end(ended, "ended");
      await room.pass(40_000);
      const unknown = "unknown".padEnd(22, "_");
      expect(await room.look(lives.jti, ended.jti, unknown)).toEqual([
        { state: "live", remainingMs: 20_000 },
        { state: "ended" },
        { state: "ended" },
      ]);
      await room.pass(20_000);
      expect(await room.look(lives.jti)).toEqual([{ state: "ended" }]);
      expect((await room.advance()).sessions).toBe(0);
    });

    describe("a pass past its end", () => {
      const LAPSED = { ...fast, sessionSeconds: 10, sessionGraceSeconds: 120 };
      const OVER = ["ended", "ended"];

      /** Its session is over. */
      async function lapsed(settings: Partial<RoomSettings> = {}): Promise<string> {
        await room.start({ ...LAPSED, ...settings });
        const [ticket] = await room.join(1);
        await room.pass(11_000);
        expect((await room.advance()).sessions).toBe(0);
        return ticket?.jti ?? "";
      }

      it("has a minute, once, for its forms and what they lead to; a save goes through without it", async () => {
        const jti = await lapsed();
        await room.configure({ mode: "hold" });
        expect(await room.useLapsed(jti, "page", "part", "save", "page")).toEqual([
          ...OVER,
          "through",
          "ended",
        ]);
        expect(await room.useLapsed(jti, "form", "form", "save", "page", "part")).toEqual(
          Array(5).fill("through"),
        );
        await room.pass(59_500);
        expect(await room.useLapsed(jti, "form", "page", "part")).toEqual(Array(3).fill("through"));
        await room.pass(500);
        expect(await room.useLapsed(jti, "form", "page", "part", "save")).toEqual([
          "spent",
          "spent",
          "spent",
          "through",
        ]);
        expect(await room.look(jti)).toEqual([{ state: "ended" }]);
        expect((await room.advance()).sessions).toBe(0);
      });

      it("brings no session past those who wait, nor over capacity", async () => {
        const jti = await lapsed({ capacity: 2 });
        const inside = await room.join(2);
        const [next] = await room.join(1);
        expect(await room.useLapsed(jti, "form", "save", "page")).toEqual(Array(3).fill("through"));
        expect(await room.advance()).toMatchObject({ sessions: 2, admittedTotal: 3 });
        await room.end(inside[0], "ended");
        // One place is free now, and it is that of the one who waits.
        expect(await room.useLapsed(jti, "form", "save", "page")).toEqual(Array(3).fill("through"));
        expect(await room.claim(next)).toBe("admitted");
        expect(await room.advance()).toMatchObject({ sessions: 2, admittedTotal: 4 });
      });

      it("brings one where a newcomer would be let in, for a credit, and may then have a minute again", async () => {
        const jti = await lapsed({ outflowPerMinute: 60 });
        await room.configure({ mode: "hold" });
        expect(await room.useLapsed(jti, "form")).toEqual(["through"]);
        await room.configure({ mode: "queue" });
        const { creditUnits, admittedTotal } = await room.advance();
        expect(await room.useLapsed(jti, "part", "form", "page")).toEqual(["through", "live", "live"]);
        expect(await room.advance()).toMatchObject({
          creditUnits: creditUnits - 60_000,
          admittedTotal: admittedTotal + 1,
          sessions: 1,
        });
        await room.pass(11_000);
        await room.configure({ mode: "hold" });
        expect(await room.useLapsed(jti, "page", "form")).toEqual(["ended", "through"]);
      });

      it("is renewed where its session lives, but not by a part of a page", async () => {
        await room.start(LAPSED);
        const [ticket] = await room.join(1);
        const jti = ticket?.jti ?? "";
        for (const as of ["form", "save", "page"] as const) {
          await room.pass(9_000);
          expect(await room.useLapsed(jti, "part", as)).toEqual(["ended", "live"]);
        }
        expect(await room.look(jti)).toEqual([{ state: "live", remainingMs: 10_000 }]);
        expect((await room.advance()).admittedTotal).toBe(1);
      });

      it("is none where its session was ended", async () => {
        await room.start(LAPSED);
        const [ticket] = await room.join(1);
        await room.end(ticket, "ended");
        expect(await room.useLapsed(ticket?.jti ?? "", "save", "form")).toEqual(OVER);
      });

      it("is remembered for as long as it could be shown", async () => {
        const jti = await lapsed();
        await room.configure({ capacity: 1 });
        const [other] = await room.join(1);
        const stays = async (ms: number) => {
          for (let left = ms; left > 0; left -= 5_000) {
            await room.pass(5_000);
            await room.renew(other?.jti ?? "");
          }
        };
        await room.useLapsed(jti, "form");
        await stays(120_000);
        expect(await room.useLapsed(jti, "form")).toEqual(["spent"]);
        await stays(5_000);
        expect(await room.useLapsed(jti, "page")).toEqual(["ended"]);
      });
    });

    it("ends twice as it ends once", async () => {
      await room.start();
      const [ticket] = await room.drain();
      expect((await room.end(ticket, "ended")).sessions).toBe(1);
      expect((await room.end(ticket, "ended")).sessions).toBe(1);
    });

    it("takes who leaves off the gate", async () => {
      await room.start();
      await room.drain();
      const [ticket] = await room.join(1);
      await room.claim(ticket);
      expect((await room.end(ticket, "left")).registered).toBe(0);
      expect(await room.pass(2000)).toMatchObject({ admittedTotal: 2 });
    });
  });

  describe(`${name}: the operator`, () => {
    it("gives every change a higher version and writes it down", async () => {
      const before = await room.start();
      room.nowMs += 500;
      const message = { da: "Kort pause", en: "A short break" };
      const { snapshot, result } = await room.configure({ outflowPerMinute: 120, message });
      expect(result).toBe("changed");
      expect(snapshot.settings).toEqual({
        ...before.settings,
        outflowPerMinute: 120,
        message,
        messageRevision: 1,
        version: T0 + 500,
      });
      const second = await room.configure({ message, capacity: 9 });
      expect(second.snapshot.settings).toMatchObject({ version: T0 + 501, messageRevision: 1 });
      await room.configure({}, { reset: { endSessions: true }, actor: "someone", reason: "a fresh start" });
      const trail = await room.store.audit(room.name, 10);
      expect(trail).toHaveLength(3);
      expect(trail[0]).toMatchObject({
        room: room.name,
        actor: "someone",
        reason: "a fresh start",
        reset: { endSessions: true },
      });
      expect(trail[2]).toMatchObject({
        room: room.name,
        atMs: T0 + 500,
        actor: "operator",
        reason: "a test",
        change: { outflowPerMinute: 120, message },
        reset: null,
        before: before.settings,
        after: snapshot.settings,
      });
      expect(await room.store.audit(room.name, 1)).toEqual(trail.slice(0, 1));
      expect(await room.store.audit(room.name, 10, 1)).toEqual(trail.slice(1));
    });

    it("writes nothing down that changes nothing, unless it ends an alarm or vouches for a line", async () => {
      const message = { da: "Kort pause", en: "A short break" };
      const { settings } = await room.start({ message });
      room.nowMs += 500;
      const { mode, outflowPerMinute, capacity, opensAtMs } = settings;
      const asItIs = { mode, outflowPerMinute, capacity, opensAtMs, message };
      for (const change of [asItIs, { message }, {}]) {
        const again = await room.configure(change);
        expect(again).toMatchObject({ result: "unchanged", snapshot: { settings } });
      }
      const stale = await room.configure(asItIs, { expectedVersion: settings.version - 1 });
      expect(stale.result).toBe("stale");
      expect(await room.store.audit(room.name, 10)).toEqual([]);
      await room.advance({ ...NO_FLOOR, generation: T0, issued: 1_000_000_000_000 });
      expect((await room.advance()).alarm).toBe("implausible-floor");
      expect(await room.configure({ capacity })).toMatchObject({
        result: "changed",
        snapshot: { alarm: "" },
      });
      expect((await room.configure({ capacity })).result).toBe("unchanged");
      expect(await room.store.audit(room.name, 10)).toHaveLength(1);
    });

    it("chains what it writes down by hash, and says in every reply which entry was the last", async () => {
      expect((await room.start()).auditHead).toEqual(NO_AUDIT_HEAD);
      const reason = `"${"æøå\n\\ €😀 \ud800".repeat(40)}`;
      const message = { en: 'A "short" break', da: "Kort pause \u2028" };
      await room.configure({ message, mode: "hold" }, { reason, actor: "Ærø" });
      const floor = { ...NO_FLOOR, settings: { ...seed, message, version: T0 + 9_000 } };
      await room.advance(floor);
      await room.reset(true);
      const trail = await room.store.audit(room.name, 10);
      expect(trail.map(({ sequence }) => sequence)).toEqual([2, 1]);
      expect(trail.map(({ previousHash }) => previousHash)).toEqual([trail[1]?.hash, NO_AUDIT_HEAD.hash]);
      for (const entry of trail) {
        const { sequence, previousHash, hash, recorded, ...facts } = entry;
        expect(hash).toBe(createHash("sha256").update(recorded).digest("hex"));
        expect(JSON.parse(recorded)).toEqual({ sequence, previousHash, ...facts });
        const previous = { sequence: sequence - 1, hash: previousHash };
        expect(recorded).toBe(recordedText(previous, entry, entry.atMs, entry.before, entry.after));
      }
      expect(trail[1]).toMatchObject({ reason, actor: "Ærø", change: { message }, after: { message } });
      const { auditHead } = await room.advance();
      expect(auditHead).toEqual({ sequence: 2, hash: trail[0]?.hash });
    });

    it("says of itself that it has lost entries which a gateway saw, and gives no sequence twice", async () => {
      const auditHead = { sequence: 7, hash: "7".repeat(64) };
      const { snapshot } = done(await room.restore({ mayStartLine: true, auditHead }));
      expect(snapshot.auditHead.sequence).toBe(8);
      const [loss] = await room.store.audit(room.name, 10);
      expect(loss).toMatchObject({
        sequence: 8,
        previousHash: NO_AUDIT_HEAD.hash,
        actor: "sluse",
        change: {},
        reset: null,
        lost: auditHead,
        before: seed,
        after: seed,
      });
      // Nothing more is said to whoever saw less, or the same.
      for (const seen of [NO_AUDIT_HEAD, auditHead, snapshot.auditHead]) {
        const again = done(await room.restore({ auditHead: seen }));
        expect(again.snapshot.auditHead).toEqual(snapshot.auditHead);
      }
      // Another entry of the same number is one that was lost.
      await room.restore({ auditHead: { sequence: 8, hash: "8".repeat(64) } });
      const trail = await room.store.audit(room.name, 10);
      expect(trail.map(({ sequence, previousHash }) => [sequence, previousHash])).toEqual([
        [9, loss?.hash],
        [8, NO_AUDIT_HEAD.hash],
      ]);
    });

    it("makes a change once that is asked for again after a lost reply", async () => {
      await room.start();
      await room.join(3);
      const wish = { id: "one-wish", reset: { endSessions: false } };
      const first = await room.configure({}, wish);
      room.nowMs += 500;
      const again = await room.configure({}, wish);
      expect([first.result, again.result]).toEqual(["changed", "changed"]);
      expect(again.snapshot.generation).toBe(first.snapshot.generation);
      expect(await room.store.audit(room.name, 10)).toHaveLength(1);
    });

    it("refuses a change to another version than the operator saw", async () => {
      const { settings } = await room.start();
      const stale = await room.configure({ outflowPerMinute: 1 }, { expectedVersion: settings.version - 1 });
      expect(stale).toMatchObject({ result: "stale", snapshot: { settings } });
      expect(await room.store.audit(room.name, 10)).toEqual([]);
      const fresh = await room.configure({ outflowPerMinute: 1 }, { expectedVersion: settings.version });
      expect(fresh).toMatchObject({ result: "changed", snapshot: { settings: { outflowPerMinute: 1 } } });
    });

    it("caps the credit anew at once when the outflow is lowered", async () => {
      await room.start({ outflowPerMinute: 6000 });
      expect((await room.advance()).creditUnits).toBe(12_000_000);
      expect((await room.configure({ outflowPerMinute: 60 })).snapshot.creditUnits).toBe(120_000);
    });

    it("settles at the old settings before it changes them", async () => {
      await room.start();
      await room.drain();
      room.nowMs += 1000;
      const { snapshot } = await room.configure({ outflowPerMinute: 6000 });
      expect(snapshot.creditUnits).toBe(60_000);
      room.nowMs += 1000;
      expect((await room.advance()).creditUnits).toBe(6_060_000);
    });

    it("resets the line and keeps the sessions", async () => {
      const before = await room.start();
      const [inside] = await room.drain();
      const [called] = await room.join(3);
      await room.claim(called);
      const { snapshot } = await room.reset(false);
      expect(snapshot).toMatchObject({ issued: 0, serving: 0, registered: 0, sessions: 2 });
      expect(snapshot.generation).toBe(before.generation + 1);
      expect(snapshot.settings).toMatchObject({
        passesNotBeforeMs: 0,
        version: before.settings.version + T0 - 1,
      });
      expect(await room.renew(inside?.jti ?? "")).toMatchObject([{ state: "live" }]);
      room.nowMs += 5000;
      expect((await room.reset(false)).snapshot.generation).toBe(T0 + 5000);
    });

    it("ends the sessions with a change, though it changes nothing else, and keeps the line", async () => {
      await room.start();
      const [inside] = await room.drain();
      await room.join(1);
      const before = await room.pass(1000);
      const { snapshot, result } = await room.configure({ mode: "closed" }, { endSessions: true });
      expect(result).toBe("changed");
      expect(snapshot).toMatchObject({ generation: before.generation, issued: before.issued, sessions: 0 });
      expect(snapshot.settings).toMatchObject({ mode: "closed", passesNotBeforeMs: before.storeTimeMs });
      room.nowMs += 1;
      const again = await room.configure({ mode: "closed" }, { endSessions: true });
      expect(again.result).toBe("changed");
      expect(again.snapshot.settings.passesNotBeforeMs).toBe(before.storeTimeMs + 1);
      expect((await room.configure({ mode: "closed" })).result).toBe("unchanged");
      expect((await room.configure({ mode: "queue" })).snapshot.sessions).toBe(0);
      if (inside) expect(await room.claim(inside)).not.toBe("admitted");
    });

    it("resets the line and ends the sessions", async () => {
      await room.start();
      await room.drain();
      room.nowMs += 1000;
      const { snapshot } = await room.reset(true);
      expect(snapshot).toMatchObject({ issued: 0, sessions: 0, settings: { passesNotBeforeMs: T0 + 1000 } });
    });
  });

  describe(`${name}: sessions that ended, told to every gateway`, () => {
    const told = async (after?: number, gateway = "g1") =>
      done(await room.store.advance(room.name, gateway, NO_FLOOR, after)).result;

    it("tells what ended after a revision, in the order in which it ended, and nothing unasked", async () => {
      await room.start();
      const [first, second] = await room.drain();
      expect(await told(0)).toEqual({ jtis: [], revision: 0 });
      await room.end(second, "ended");
      const { endedRevision } = await room.end(first, "left");
      expect(endedRevision).toBe(T0 + 1);
      expect(await told(0)).toEqual({ jtis: [second?.jti, first?.jti], revision: T0 + 1 });
      expect(await told(T0)).toEqual({ jtis: [first?.jti], revision: T0 + 1 });
      expect(await told(T0 + 1)).toEqual({ jtis: [], revision: T0 + 1 });
      expect(await told()).toEqual({ jtis: [], revision: T0 + 1 });
    });

    it("tells a session that it did not know, and an ending once; not those who leave the line", async () => {
      await room.start();
      await room.drain();
      const [waiting] = await room.join(1);
      await room.end(waiting, "left");
      const unknown = { jti: freshJti(), number: 0, generation: T0 };
      await room.end(unknown, "ended");
      room.nowMs += 500;
      expect(await room.end(unknown, "ended")).toMatchObject({ endedRevision: T0 });
      expect(await told(0)).toEqual({ jtis: [unknown.jti], revision: T0 });
    });

    it("forgets an ending when no pass of it could be shown any more", async () => {
      await room.start({ sessionSeconds: 60, sessionGraceSeconds: 0, claimWindowSeconds: 30 });
      const [first] = await room.drain();
      await room.end(first, "ended");
      await room.pass(61_000);
      expect((await told(0)).jtis).toEqual([]);
      await room.end(first, "ended");
      expect(await told(0)).toEqual({ jtis: [first?.jti], revision: T0 + 61_000 });
    });

    it("tells a thousand at once, and keeps the last ten thousand", async () => {
      await room.start();
      const jtis = Array.from({ length: 10_050 }, (_, i) => `e${i}`.padEnd(22, "_"));
      for (let i = 0; i < jtis.length; i += 1_005) {
        const endings = jtis.slice(i, i + 1_005).map((jti) => ({ jti, number: 0, kind: "ended" as const }));
        await room.store.end(room.name, room.batch(endings), NO_FLOOR);
      }
      const all: string[] = [];
      for (let after = 0; ; ) {
        const { jtis: some, revision } = await told(after);
        all.push(...some);
        expect(some.length).toBeLessThanOrEqual(1_000);
        if (some.length === 0) break;
        after = revision;
      }
      expect(all).toEqual(jtis.slice(50));
    });

    it("tells all to a gateway that has not met this life of the store", async () => {
      await room.start();
      await room.restore({}, "g2");
      const [first] = await room.drain();
      const { endedRevision } = await room.end(first, "ended");
      room.runId = "second-run";
      await room.restore();
      expect((await told(endedRevision, "g1")).jtis).toEqual([]);
      expect((await told(endedRevision, "g2")).jtis).toEqual([first?.jti]);
    });
  });

  describe(`${name}: more time to come`, () => {
    const extend = async (ticket: TicketRef | undefined) => {
      if (!ticket) throw new Error("no ticket to extend");
      return done(await room.store.extend(room.name, room.batch([ticket]), NO_FLOOR)).result[0];
    };
    const look = async (ticket: TicketRef | undefined) => {
      if (!ticket) throw new Error("no ticket to look at");
      const batch = room.batch([{ ...ticket, look: true }]);
      return done(await room.store.extend(room.name, batch, NO_FLOOR)).result[0];
    };
    const waiting = { outflowPerMinute: 60, claimWindowSeconds: 60 };

    /** One called visitor, who has not come yet. */
    async function called(): Promise<TicketRef> {
      await room.start(waiting);
      await room.drain();
      const [ticket] = await room.join(1);
      if (!ticket) throw new Error("no ticket");
      await room.pass(250);
      return ticket;
    }

    it("gives a called visitor the whole window anew, and tells it to who joins again", async () => {
      const ticket = await called();
      await room.pass(55_000);
      expect(await room.rejoin(ticket)).toMatchObject({ windowEndsInMs: 4_750 });
      expect(await extend(ticket)).toEqual({ state: "called", windowEndsInMs: 60_000, extensionsLeft: 9 });
      await room.pass(50_000);
      expect(await room.rejoin(ticket)).toMatchObject({ number: ticket.number, windowEndsInMs: 10_000 });
      expect((await room.advance()).showsTotal).toBe(0);
      expect(await room.claim(ticket)).toBe("admitted");
      expect((await room.advance()).showsTotal).toBe(1);
    });

    it("does so ten times, each in time, then says that it was the last", async () => {
      const ticket = await called();
      for (let left = 9; left >= 0; left -= 1) {
        await room.pass(59_000);
        expect(await extend(ticket)).toMatchObject({ state: "called", extensionsLeft: left });
      }
      await room.pass(50_000);
      expect(await extend(ticket)).toEqual({ state: "no-extensions-left", windowEndsInMs: 10_000 });
      await room.pass(11_250);
      expect(await extend(ticket)).toEqual({ state: "missed" });
      expect(await room.claim(ticket)).toBe("missed");
    });

    it("tells how a ticket stands, which extends nothing", async () => {
      const ticket = await called();
      await room.pass(55_000);
      const whole = { state: "called", windowEndsInMs: 4_750, extensionsLeft: 10 };
      expect([await look(ticket), await look(ticket)]).toEqual([whole, whole]);
      await extend(ticket);
      await room.pass(20_000);
      expect(await look(ticket)).toEqual({ state: "called", windowEndsInMs: 40_000, extensionsLeft: 9 });
      await room.pass(41_250);
      // In a room that is quiet again, too.
      expect(await look(ticket)).toEqual({ state: "missed" });
      expect(await room.claim(ticket)).toBe("missed");
    });

    it("tells so of all in a batch, beside those who ask for more", async () => {
      await room.start({ ...waiting, mode: "hold" });
      const [atGate, other] = await room.join(30);
      await room.configure({ mode: "queue" });
      await room.configure({ mode: "hold" });
      await room.claim(atGate);
      if (!atGate || !other) throw new Error("no tickets");
      const batch = room.batch([{ ...atGate, look: true }, other, { ...other, look: true }]);
      expect(done(await room.store.extend(room.name, batch, NO_FLOOR)).result).toMatchObject([
        { state: "registered" },
        { state: "called", extensionsLeft: 9 },
        { state: "called", extensionsLeft: 9 },
      ]);
      await room.configure({ mode: "queue" });
      await room.pass(1_000);
      expect(await look(atGate)).toEqual({ state: "admitted" });
    });

    it("lets the window stand still in hold, as every other", async () => {
      const ticket = await called();
      await extend(ticket);
      await room.configure({ mode: "hold" });
      await room.pass(600_000);
      expect(await room.rejoin(ticket)).toMatchObject({ windowEndsInMs: 60_000 });
    });

    it("keeps the count over a grant that nobody collected", async () => {
      const ticket = await called();
      expect(await extend(ticket)).toMatchObject({ extensionsLeft: 9 });
      await room.configure({ mode: "hold" });
      expect(await room.claim(ticket)).toBe("called");
      await room.configure({ mode: "queue" });
      await room.pass(1_000);
      expect(await extend(ticket)).toEqual({ state: "admitted" });
      await room.pass(62_000);
      expect(await extend(ticket)).toMatchObject({ state: "called", extensionsLeft: 8 });
      expect(await room.claim(ticket)).toBe("admitted");
    });

    it("says what else a ticket is", async () => {
      await room.start({ ...waiting, mode: "hold" });
      const tickets = await room.join(30);
      const [atGate, leaver] = tickets;
      expect(await extend(tickets[29])).toEqual({ state: "waiting" });
      await room.configure({ mode: "queue" });
      await room.configure({ mode: "hold" });
      await room.claim(atGate);
      expect(await extend(atGate)).toEqual({ state: "registered", ahead: 0 });
      await room.end(leaver, "left");
      expect(await extend(leaver)).toEqual({ state: "left" });
      await room.end(tickets[2], "ended");
      expect(await extend(tickets[2])).toEqual({ state: "used" });
      await room.configure({ mode: "closed" });
      expect(await extend(tickets[3])).toEqual({ state: "closed" });
      await room.configure({ mode: "hold" });
      await room.reset(false);
      expect(await extend(tickets[3])).toEqual({ state: "reset" });
    });
  });

  describe(`${name}: merging floors`, () => {
    const raised = (changes: Partial<Floor>): Floor => ({ ...NO_FLOOR, generation: T0, ...changes });

    it("raises the line to the floor, once", async () => {
      await room.start({ mode: "hold" });
      const floor = raised({ issued: 50, serving: 20, peakJoinsPerSecond: 9 });
      const first = await room.advance(floor);
      expect(first).toMatchObject({ issued: 50, serving: 20, peakJoinsPerSecond: 9, alarm: "" });
      expect(await room.advance(floor)).toEqual(first);
      expect(await room.advance(raised({ issued: 40, serving: 30 }))).toMatchObject({
        issued: 50,
        serving: 30,
      });
    });

    it("gives those whom the floor has called a fresh claim window and lets nobody overtake them", async () => {
      await room.start();
      const floor = raised({ issued: 50, serving: 50 });
      expect((await room.joinAll(entries(1), floor))[0]).toMatchObject({ state: "placed", number: 51 });
      const lost = { jti: freshJti(), number: 30, generation: T0 };
      expect(await room.claim(lost)).toBe("admitted");
    });

    it("gives numbers above every floor that comes with the joins", async () => {
      await room.start({ mode: "hold" });
      const [ticket] = await room.join(1, raised({ issued: 1000 }));
      expect(ticket?.number).toBe(1001);
    });

    it("takes over a higher generation and ignores a lower one", async () => {
      await room.start({ mode: "hold" });
      await room.join(30);
      expect(await room.advance(raised({ generation: T0 - 5, issued: 900 }))).toMatchObject({ issued: 30 });
      expect(await room.advance(raised({ generation: T0 + 5, issued: 7, serving: 3 }))).toMatchObject({
        generation: T0 + 5,
        issued: 7,
        serving: 3,
        alarm: "",
      });
    });

    it("takes the settings of the highest version, and caps the credit at once", async () => {
      const { settings } = await room.start({ outflowPerMinute: 6000 });
      const brake = { ...settings, outflowPerMinute: 60, version: settings.version + 1 };
      const braked = await room.advance(raised({ settings: brake }));
      expect(braked).toMatchObject({ settings: brake, creditUnits: 120_000 });
      const older = { ...settings, outflowPerMinute: 9000 };
      expect((await room.advance(raised({ settings: older }))).settings).toEqual(brake);
    });

    it("takes what an older release's settings name, and keeps what they do not", async () => {
      const { settings } = await room.start({ outflowPerMinute: 6000, claimWindowSeconds: 77 });
      const { claimWindowSeconds, message, ...older } = { ...settings, outflowPerMinute: 60 };
      const floor = raised({ settings: { ...older, version: settings.version + 1 } });
      const merged = await room.advance(floor);
      expect(merged.settings).toEqual({ ...floor.settings, claimWindowSeconds, message });
      expect(merged.creditUnits).toBe(120_000);
      expect((await room.advance(floor)).settings).toEqual(merged.settings);
    });

    it("refuses an implausible floor with an alarm, until an operator changes something", async () => {
      await room.start({ mode: "hold" });
      await room.join(1);
      for (const floor of [
        raised({ issued: MOST_PLAUSIBLE_GROWTH + 2 }),
        raised({ serving: MOST_PLAUSIBLE_GROWTH + 2 }),
        raised({ generation: T0 + 2 * DAY_MS, issued: 5 }),
      ]) {
        expect(await room.advance(floor)).toMatchObject({
          generation: T0,
          issued: 1,
          serving: 0,
          alarm: "implausible-floor",
        });
        expect((await room.configure({ capacity: 9 })).snapshot.alarm).toBe("");
      }
    });
  });

  describe(`${name}: the clock`, () => {
    it("expires nobody and releases no burst when it jumps ahead a day", async () => {
      await room.start();
      const [inside] = await room.drain();
      const tickets = await room.join(50);
      room.nowMs += DAY_MS;
      const snapshot = await room.advance();
      expect(snapshot).toMatchObject({ roomTimeMs: 5000, sessions: 2, creditUnits: 120_000 });
      const outcomes = await room.claimAll(tickets);
      const states = outcomes.map((one) => one.state);
      expect(states.filter((state) => state === "admitted")).toHaveLength(2);
      expect(states).not.toContain("missed");
      expect(await room.claim(inside)).toBe("admitted");
      expect((await room.advance()).creditUnits).toBe(0);
    });

    it("goes on from where it is when it jumps back", async () => {
      await room.start();
      await room.drain();
      await room.pass(1000);
      room.nowMs -= DAY_MS;
      const back = await room.advance();
      expect(back).toMatchObject({ roomTimeMs: 1000, creditUnits: 60_000, sessions: 2 });
      expect(await room.pass(1000)).toMatchObject({ roomTimeMs: 2000, creditUnits: 120_000 });
      const { snapshot } = await room.configure({ outflowPerMinute: 61 });
      expect(snapshot.settings.version).toBeGreaterThan(back.settings.version);
      expect((await room.reset(false)).snapshot.generation).toBeGreaterThan(back.generation);
    });

    it("changes nothing when it stands still", async () => {
      await room.start({ mode: "hold" });
      await room.join(40);
      await room.configure({ mode: "queue" });
      const first = await room.advance();
      expect(await room.advance()).toEqual(first);
    });
  });

  describe(`${name}: an empty store`, () => {
    const floor: Floor = {
      generation: T0 - DAY_MS,
      issued: 500,
      serving: 200,
      settings: { ...seed, outflowPerMinute: 90, version: 77 },
      peakJoinsPerSecond: 40,
    };

    it("says so, and starts no line that it was not told to start", async () => {
      const { store, name: roomName } = room;
      expect(await store.advance(roomName, "g1", NO_FLOOR)).toEqual({ kind: "empty" });
      expect(await store.advance(roomName, "g1", floor)).toEqual({ kind: "empty" });
      expect(await store.join(roomName, room.batch(entries(1)), floor)).toEqual({ kind: "empty" });
      expect(await store.claim(roomName, room.batch([]), floor)).toEqual({ kind: "empty" });
      expect(await store.renew(roomName, room.batch([]), floor)).toEqual({ kind: "empty" });
      expect(await store.end(roomName, room.batch([]), floor)).toEqual({ kind: "empty" });
      expect(await store.audit(roomName, 10)).toEqual([]);
      expect(await room.restore()).toEqual({ kind: "empty" });
    });

    it("starts a new line when it may, with full credit and the settings of the rooms file", async () => {
      const snapshot = await room.start();
      expect(snapshot).toMatchObject({
        generation: T0,
        issued: 0,
        serving: 0,
        settings: seed,
        creditUnits: 120_000,
        quiet: true,
        alarm: "",
      });
      expect(await room.start({ outflowPerMinute: 5 })).toEqual(snapshot);
    });

    it("is filled above every number given out, and opens on a live gateway's word", async () => {
      const reply = done(await room.restore({ floor, mayStartLine: true }));
      expect(reply.snapshot).toMatchObject({
        generation: floor.generation,
        issued: 540,
        serving: 200,
        settings: floor.settings,
        mode: "queue",
        alarm: "restored",
        skipped: 40,
        admitsInMs: 12_000,
      });
      expect((await room.join(1))[0]?.number).toBe(541);
      expect(await room.pass(12_000)).toMatchObject({ serving: 213, admitsInMs: 0 });
    });

    it("takes from the rooms file what an older release's floor does not name", async () => {
      const { claimWindowSeconds, ...older } = TEST_SETTINGS;
      const settings = { ...older, outflowPerMinute: 90, version: 5 };
      const reply = done(
        await room.restore({ floor: { ...floor, settings }, seed: { ...seed, claimWindowSeconds: 77 } }),
      );
      expect(reply.snapshot.settings).toEqual({ ...settings, claimWindowSeconds: 77 });
      expect(claimWindowSeconds).not.toBe(77);
    });

    it("admits nobody until those who stood at the gate had time to come back to it", async () => {
      await room.restore({ floor });
      const lost = (number: number) => ({ jti: freshJti(), number, generation: floor.generation });
      const [lower, higher] = [lost(150), lost(190)];
      expect(await room.claim(higher)).toBe("called");
      expect(await room.pass(11_999)).toMatchObject({ admitsInMs: 1, serving: 200, registered: 1 });
      expect((await room.joinAll(entries(1)))[0]?.state).toBe("placed");
      expect(await room.claim(lower)).toBe("called");
      await room.configure({ outflowPerMinute: 1 });
      room.nowMs += 1;
      expect(await room.claim(higher)).toBe("called");
      expect(await room.claim(lower)).toBe("admitted");
    });

    it("leaps over the skipped numbers when their turn comes, and calls whoever holds one after all", async () => {
      await room.restore({ floor: { ...floor, issued: 205 } });
      const [behind] = await room.join(1);
      expect(behind?.number).toBe(246);
      expect(await room.pass(11_999)).toMatchObject({ issued: 246, serving: 200, skipped: 40 });
      room.nowMs += 1;
      expect(await room.advance()).toMatchObject({ serving: 246, skipped: 0, calledTotal: 6 });
      expect(await room.claim({ jti: freshJti(), number: 230, generation: floor.generation })).toBe(
        "admitted",
      );
    });

    it("shows nobody waiting where nobody waited, and lets newcomers in once it may", async () => {
      const settings = { ...seed, capacity: 5, sessionSeconds: 60, version: 9 };
      const { snapshot } = done(await room.restore({ floor: { ...floor, serving: 500, settings } }));
      expect(snapshot).toMatchObject({ issued: 540, serving: 540, skipped: 0, admitsInMs: 30_000 });
      expect((await room.pass(29_999)).quiet).toBe(false);
      room.nowMs += 1;
      expect(await room.advance()).toMatchObject({ quiet: true, admitsInMs: 0 });
    });

    it("takes no number for skipped that another gateway had given out", async () => {
      await room.restore({ floor });
      const told = (issued: number) => room.advance({ ...floor, issued });
      expect(await told(500)).toMatchObject({ issued: 540, skipped: 40 });
      expect(await told(510)).toMatchObject({ issued: 540, skipped: 30 });
      expect(await told(505)).toMatchObject({ issued: 540, skipped: 30 });
      expect(await told(541)).toMatchObject({ issued: 541, skipped: 0 });
      expect((await room.pass(12_000)).serving).toBe(213);
    });

    it("holds on the word of tickets and seals until a live gateway reports", async () => {
      const fromTicket = { ...floor, settings: null, peakJoinsPerSecond: 0 };
      const reply = done(await room.restore({ floor: fromTicket, confirmed: false }));
      expect(reply.snapshot).toMatchObject({
        issued: 501,
        serving: 200,
        settings: seed,
        mode: "hold",
        admitsInMs: null,
      });
      expect(await room.pass(120_000)).toMatchObject({ mode: "hold", serving: 200, alarm: "restored" });
      const again = done(await room.restore({ floor: fromTicket, confirmed: false }, "g2"));
      expect(again.snapshot.mode).toBe("hold");
      const live = done(await room.restore({ floor: { ...floor, issued: 600 } }, "g3"));
      expect(live.snapshot).toMatchObject({
        mode: "queue",
        issued: 640,
        skipped: 40,
        settings: floor.settings,
        admitsInMs: 12_000,
      });
      expect((await room.pass(12_000)).serving).toBeGreaterThan(200);
    });

    it("skips more numbers when a live gateway confirms what tickets said", async () => {
      await room.restore({ floor: { ...floor, peakJoinsPerSecond: 0 }, confirmed: false });
      const live = done(await room.restore({ floor }, "g3"));
      expect(live.snapshot).toMatchObject({ issued: 541, skipped: 41 });
    });

    it("opens when an operator says so", async () => {
      await room.restore({ floor, confirmed: false });
      expect((await room.advance()).mode).toBe("hold");
      expect((await room.configure({ outflowPerMinute: 30 })).snapshot.mode).toBe("hold");
      expect((await room.configure({ mode: "queue" })).snapshot).toMatchObject({ mode: "queue", alarm: "" });
    });

    it("takes a line of any length back, and believes no generation from the future", async () => {
      const long = { ...floor, issued: 2 * MOST_PLAUSIBLE_GROWTH, serving: MOST_PLAUSIBLE_GROWTH + 7 };
      const future = { ...floor, generation: T0 + 2 * DAY_MS };
      expect(await room.restore({ floor: future })).toEqual({ kind: "empty" });
      expect(done(await room.restore({ floor: long })).snapshot.issued).toBe(long.issued + 40);
    });

    it("admits nobody by capacity until passes had time to be renewed", async () => {
      const settings = { ...seed, capacity: 2, sessionSeconds: 60, version: 9 };
      const bounded = { ...floor, issued: 200, settings };
      const inside = ["a", "b"].map((jti) => jti.padEnd(22, "_"));
      await room.restore({ floor: bounded });
      const lost = { jti: freshJti(), number: 150, generation: floor.generation };
      expect(await room.claim(lost)).toBe("called");
      await room.pass(20_000);
      await room.renew(...inside);
      await room.pass(20_000);
      expect(await room.claim(lost)).toBe("called");
      await room.end({ jti: inside[0] ?? "", number: 1, generation: 0 }, "ended");
      expect(await room.claim(lost)).toBe("admitted");
    });

    it("admits by capacity sooner when an operator says so, but lets the gate gather", async () => {
      const settings = { ...seed, capacity: 2, version: 9 };
      const { snapshot } = done(await room.restore({ floor: { ...floor, settings } }));
      expect(snapshot.admitsInMs).toBe(300_000);
      expect((await room.configure({ message: null })).snapshot.admitsInMs).toBe(300_000);
      // That ended the alarm; setting the mode as it was still vouches for the line, once.
      expect((await room.configure({ message: null })).result).toBe("unchanged");
      expect((await room.configure({ mode: "queue" })).snapshot.admitsInMs).toBe(12_000);
      expect((await room.configure({ mode: "queue" })).result).toBe("unchanged");
    });
  });

  describe(`${name}: roll call after a restart`, () => {
    const tryJoin = async (gateway: string) =>
      (await room.store.join(room.name, room.batch(entries(1), gateway), NO_FLOOR)).kind;
    const tryAdvance = async (gateway: string) =>
      (await room.store.advance(room.name, gateway, NO_FLOOR)).kind;

    it("asks a gateway to restore before its joins and claims", async () => {
      await room.start();
      expect(await tryJoin("newcomer")).toBe("restoring");
      expect((await room.store.claim(room.name, room.batch([], "newcomer"), NO_FLOOR)).kind).toBe(
        "restoring",
      );
      await room.restore({}, "newcomer");
      expect(await tryJoin("newcomer")).toBe("done");
    });

    it("puts joins and claims off until both gateways have offered their floors", async () => {
      await room.start({ mode: "hold" });
      await room.restore({}, "g2");
      room.runId = "second-run";
      for (const gateway of ["g1", "g2"]) {
        expect(await tryJoin(gateway)).toBe("restoring");
        expect(await tryAdvance(gateway)).toBe("restoring");
      }
      await room.restore();
      expect(await tryAdvance("g1")).toBe("done");
      expect(await tryJoin("g1")).toBe("restoring");
      const generation = (await room.advance()).generation;
      await room.restore({ floor: { ...NO_FLOOR, generation, issued: 70 } }, "g2");
      expect((await room.join(1))[0]?.number).toBe(71);
    });

    it("changes nothing when it puts off", async () => {
      await room.start({ mode: "hold" });
      const before = await room.advance();
      room.runId = "second-run";
      await tryJoin("g1");
      await room.restore();
      expect(await room.advance()).toEqual(before);
    });

    it("waits five seconds at most for a gateway that does not come", async () => {
      await room.start();
      await room.restore({}, "g2");
      room.runId = "second-run";
      await room.restore();
      await room.pass(4999);
      expect(await tryJoin("g1")).toBe("restoring");
      room.nowMs += 1;
      expect(await tryJoin("g1")).toBe("done");
      expect(await tryJoin("g2")).toBe("restoring");
    });

    it("does not wait for a gateway that was not seen for ten seconds", async () => {
      await room.start();
      await room.restore({}, "g2");
      await room.pass(10_001);
      room.runId = "second-run";
      await room.restore();
      expect(await tryJoin("g1")).toBe("done");
    });
  });
}
