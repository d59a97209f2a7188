import { describe, expect, it } from "vitest";
import { AddressLimits, MOST_LIVE_CONNECTIONS, type WaitingJoin } from "./address-limits.ts";

const HASH_KEY = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);

/** Limits whose time is turned by hand. */
function limitsAt(joinsPerSecond: number) {
  let nowMs = 0;
  let timers: { atMs: number; call: () => void }[] = [];
  const limits = new AddressLimits({
    joinsPerSecond,
    now: () => nowMs,
    setTimer: (call, ms) => timers.push({ atMs: nowMs + ms, call }),
    hashKey: HASH_KEY,
  });
  return {
    limits,
    pass(ms: number): void {
      const endMs = nowMs + ms;
      for (;;) {
        const due = timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (due === undefined) break;
        timers = timers.filter((timer) => timer !== due);
        nowMs = due.atMs;
        due.call();
      }
      nowMs = endMs;
    },
    get nowMs() {
      return nowMs;
    },
    get timers() {
      return timers.length;
    },
  };
}

function slotOf(limits: AddressLimits, address: string): number {
  const slot = limits.slotOf(address);
  if (slot === null) throw new Error(`${address} is not counted`);
  return slot;
}

function takeAll(limits: AddressLimits, slot: number): number {
  let taken = 0;
  while (taken < 1_000_000 && limits.take(slot)) taken += 1;
  return taken;
}

describe("an address has ten seconds' joins at once, and then its rate", () => {
  it("so 500 at once and 50 a second", () => {
    const at = limitsAt(50);
    const slot = slotOf(at.limits, "203.0.113.7");
    expect(takeAll(at.limits, slot)).toBe(500);
    at.pass(1_000);
    expect(takeAll(at.limits, slot)).toBe(50);
    at.pass(3_600_000);
    expect(takeAll(at.limits, slot)).toBe(500);
  });

  it("and takes nothing from another", () => {
    const { limits } = limitsAt(1);
    takeAll(limits, slotOf(limits, "203.0.113.7"));
    expect(limits.take(slotOf(limits, "203.0.113.8"))).toBe(true);
  });
});

describe("where addresses are counted", () => {
  it.each(["127.0.0.1", "127.8.9.1", "::1"])("%s is this machine, and is not counted", (address) => {
    expect(limitsAt(1).limits.slotOf(address)).toBeNull();
  });

  it("addresses spread over the slots, differently under another key", () => {
    const slotsUnder = (hashKey: Uint8Array) => {
      const limits = new AddressLimits({ joinsPerSecond: 1, now: () => 0, setTimer: () => {}, hashKey });
      return Array.from({ length: 10_000 }, (_, i) => slotOf(limits, `10.0.${i >> 8}.${i & 255}`));
    };
    const slots = slotsUnder(HASH_KEY);
    // 10,000 thrown at random into 65,536 meet in about 720.
    expect(new Set(slots).size).toBeGreaterThan(9_100);
    const others = slotsUnder(new Uint8Array(8));
    expect(slots.filter((slot, i) => slot === others[i]).length).toBeLessThan(10);
  });
});

describe("joins beyond the rate", () => {
  /** A join as the gateway makes it: it asks again when it is let go, and is counted in when it gets through. */
  function joiner(at: ReturnType<typeof limitsAt>, slot: number) {
    const through: { name: string; atMs: number }[] = [];
    const gone = new Set<string>();
    const ask = (name: string): "through" | "waits" | "refused" => {
      if (at.limits.take(slot)) {
        through.push({ name, atMs: at.nowMs });
        return "through";
      }
      const join: WaitingJoin = { isGone: () => gone.has(name), go: () => void ask(name) };
      return at.limits.wait(slot, join) ? "waits" : "refused";
    };
    return { through, gone, ask };
  }

  it("wait in order, and come through at the address's pace", () => {
    const at = limitsAt(10);
    const slot = slotOf(at.limits, "203.0.113.7");
    takeAll(at.limits, slot);
    const { ask, through } = joiner(at, slot);
    for (const name of ["a", "b", "c"]) expect(ask(name)).toBe("waits");
    at.pass(1_000);
    expect(through).toEqual([
      { name: "a", atMs: 100 },
      { name: "b", atMs: 200 },
      { name: "c", atMs: 300 },
    ]);
    at.pass(1_000);
    expect(at.timers).toBe(0);
  });

  it("are not overtaken by one who comes just when there is credit", () => {
    const at = limitsAt(10);
    const slot = slotOf(at.limits, "203.0.113.7");
    takeAll(at.limits, slot);
    const { ask, through } = joiner(at, slot);
    ask("first");
    // Between two turns: the credit is there, the first has not been let go yet.
    at.pass(99);
    expect(ask("second")).toBe("waits");
    at.pass(1_000);
    expect(through.map(({ name }) => name)).toEqual(["first", "second"]);
  });

  it("are asked to come again where they would wait more than five seconds", () => {
    const at = limitsAt(10);
    const slot = slotOf(at.limits, "203.0.113.7");
    takeAll(at.limits, slot);
    const { ask, through } = joiner(at, slot);
    const answers = Array.from({ length: 60 }, (_, i) => ask(String(i)));
    expect(answers.filter((answer) => answer === "waits")).toHaveLength(50);
    expect(answers.slice(50)).toEqual(Array(10).fill("refused"));
    at.pass(5_100);
    expect(through).toHaveLength(50);
    expect(ask("later")).toBe("through");
  });

  it("spend nothing where the visitor went away meanwhile", () => {
    const at = limitsAt(10);
    const slot = slotOf(at.limits, "203.0.113.7");
    takeAll(at.limits, slot);
    const { ask, through, gone } = joiner(at, slot);
    for (const name of ["a", "b", "c"]) ask(name);
    gone.add("a").add("b");
    at.pass(100);
    expect(through).toEqual([{ name: "c", atMs: 100 }]);
  });

  it("of all addresses together are bounded in number", () => {
    const at = limitsAt(1_000);
    let waiting = 0;
    for (let address = 0; address < 20; address++) {
      const slot = slotOf(at.limits, `203.0.113.${address}`);
      takeAll(at.limits, slot);
      while (at.limits.wait(slot, { isGone: () => true, go: () => {} })) waiting += 1;
    }
    expect(waiting).toBe(5_000);
    at.pass(1_000);
    expect(at.limits.wait(0, { isGone: () => true, go: () => {} })).toBe(true);
  });
});

describe("names", () => {
  it("are known for a minute, keys apart from tickets", () => {
    const at = limitsAt(1);
    const name = "Kq3vZ0b1c2d3e4f5g6h7i8";
    expect(at.limits.knowsKey(name)).toBe(false);
    at.limits.rememberKey(name);
    at.pass(59_000);
    expect(at.limits.knowsKey(name)).toBe(true);
    expect(at.limits.isVoid(name)).toBe(false);
    at.pass(1_000);
    expect(at.limits.knowsKey(name)).toBe(false);
  });

  it("that never came are hardly ever taken for known", () => {
    const { limits } = limitsAt(1);
    for (let i = 0; i < 100_000; i++) limits.rememberKey(`came-${i}`);
    const mistaken = Array.from({ length: 10_000 }, (_, i) => limits.knowsKey(`never-${i}`));
    expect(mistaken.filter(Boolean).length).toBeLessThan(10);
    expect(limits.knowsKey("came-99999")).toBe(true);
  });
});

it("an address has so many live connections and no more, until one closes", () => {
  const { limits } = limitsAt(1);
  const slot = slotOf(limits, "203.0.113.7");
  for (let i = 0; i < MOST_LIVE_CONNECTIONS; i++) expect(limits.openLive(slot)).toBe(true);
  expect(limits.openLive(slot)).toBe(false);
  expect(limits.openLive(slotOf(limits, "203.0.113.8"))).toBe(true);
  limits.closeLive(slot);
  expect(limits.openLive(slot)).toBe(true);
});
