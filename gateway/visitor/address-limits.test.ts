import { describe, expect, it } from "vitest";
import {
  AddressLimits,
  type Counted,
  MOST_LIVE_CONNECTIONS,
  NETWORKS_OF_A_SITE,
  type WaitingJoin,
} from "./address-limits.ts";

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

function counted(limits: AddressLimits, address: string): Counted {
  const at = limits.countedAt(address);
  if (at === null) throw new Error(`${address} is not counted`);
  return at;
}

function takeAll(limits: AddressLimits, slot: Counted): number {
  let taken = 0;
  while (taken < 1_000_000 && limits.take(slot)) taken += 1;
  return taken;
}

describe("an address has ten seconds' joins at once, and then its rate", () => {
  it("so 500 at once and 50 a second", () => {
    const at = limitsAt(50);
    const slot = counted(at.limits, "203.0.113.7");
    expect(takeAll(at.limits, slot)).toBe(500);
    at.pass(1_000);
    expect(takeAll(at.limits, slot)).toBe(50);
    at.pass(3_600_000);
    expect(takeAll(at.limits, slot)).toBe(500);
  });

  it("and takes nothing from another", () => {
    const { limits } = limitsAt(1);
    takeAll(limits, counted(limits, "203.0.113.7"));
    expect(limits.take(counted(limits, "203.0.113.8"))).toBe(true);
  });
});

describe("where addresses are counted", () => {
  it.each(["127.0.0.1", "127.8.9.1", "::1"])("%s is this machine, and is not counted", (address) => {
    expect(limitsAt(1).limits.countedAt(address)).toBeNull();
  });

  it("addresses spread over the slots, differently under another key", () => {
    const slotsUnder = (hashKey: Uint8Array) => {
      const limits = new AddressLimits({ joinsPerSecond: 1, now: () => 0, setTimer: () => {}, hashKey });
      return Array.from({ length: 10_000 }, (_, i) => counted(limits, `10.0.${i >> 8}.${i & 255}`).network);
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
  function joiner(at: ReturnType<typeof limitsAt>, slot: Counted) {
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
    const slot = counted(at.limits, "203.0.113.7");
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
    const slot = counted(at.limits, "203.0.113.7");
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
    const slot = counted(at.limits, "203.0.113.7");
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
    const slot = counted(at.limits, "203.0.113.7");
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
      const slot = counted(at.limits, `203.0.113.${address}`);
      takeAll(at.limits, slot);
      while (at.limits.wait(slot, { isGone: () => true, go: () => {} })) waiting += 1;
    }
    expect(waiting).toBe(5_000);
    at.pass(1_000);
    expect(at.limits.wait(counted(at.limits, "203.0.113.1"), { isGone: () => true, go: () => {} })).toBe(
      true,
    );
  });
});

// PROTOCOL: IPv6 counts by /64, and all of a /48 together as much as eight of them
describe("an IPv6 site of 65,536 networks", () => {
  const from = (limits: AddressLimits, network: number) =>
    counted(limits, `2001:db8:7:${network.toString(16)}::1`);

  it("has what a few networks have, at once and from then on, whichever it asks from", () => {
    const at = limitsAt(1);
    const takeFromEach = () => {
      let taken = 0;
      for (let network = 0; network < 1_500; network++)
        if (at.limits.take(from(at.limits, network))) taken += 1;
      return taken;
    };
    expect(takeFromEach()).toBe(10 * NETWORKS_OF_A_SITE);
    at.pass(1_000);
    expect(takeFromEach()).toBe(NETWORKS_OF_A_SITE);
    expect(at.limits.take(counted(at.limits, "2001:db8:8::1"))).toBe(true);
  });

  it("gives back to both what brought nothing new", () => {
    const at = limitsAt(1);
    for (let i = 0; i < 1_000; i++) {
      expect(at.limits.take(from(at.limits, 1))).toBe(true);
      at.limits.giveBack(from(at.limits, 1));
    }
    expect(takeAll(at.limits, from(at.limits, 1))).toBe(10);
  });

  it("has as many who wait as a few networks, so that others can, and again when these are through", () => {
    const at = limitsAt(10);
    const waitFromEach = () => {
      let waiting = 0;
      for (let network = 0; network < 1_000; network++) {
        for (let i = 0; i < 3; i++) {
          if (at.limits.wait(from(at.limits, network), { isGone: () => true, go: () => {} })) waiting += 1;
        }
      }
      return waiting;
    };
    expect(waitFromEach()).toBe(50 * NETWORKS_OF_A_SITE);
    at.pass(100);
    expect(waitFromEach()).toBe(50 * NETWORKS_OF_A_SITE);
  });

  it("has as many live connections as a few networks", () => {
    const { limits } = limitsAt(1);
    let open = 0;
    for (let i = 0; i < 100_000; i++) if (limits.openLive(from(limits, i % 60_000))) open += 1;
    expect(open).toBe(NETWORKS_OF_A_SITE * MOST_LIVE_CONNECTIONS);
  });
});

describe("keys", () => {
  const KEY = "Kq3vZ0b1c2d3e4f5g6h7i8";

  it("are known for a minute, in their own room", () => {
    const at = limitsAt(1);
    expect(at.limits.knowsKey("tax", KEY)).toBe(false);
    at.limits.rememberKey("tax", KEY);
    at.pass(59_000);
    expect(at.limits.knowsKey("tax", KEY)).toBe(true);
    expect(at.limits.knowsKey("vaccine", KEY)).toBe(false);
    at.pass(1_000);
    expect(at.limits.knowsKey("tax", KEY)).toBe(false);
  });

  it("that never came are hardly ever taken for known", () => {
    const { limits } = limitsAt(1);
    for (let i = 0; i < 100_000; i++) limits.rememberKey("tax", `came-${i}`);
    const mistaken = Array.from({ length: 10_000 }, (_, i) => limits.knowsKey("tax", `never-${i}`));
    expect(mistaken.filter(Boolean).length).toBeLessThan(10);
    expect(limits.knowsKey("tax", "came-99999")).toBe(true);
  });
});

it("an address has so many live connections and no more, until one closes", () => {
  const { limits } = limitsAt(1);
  const slot = counted(limits, "203.0.113.7");
  for (let i = 0; i < MOST_LIVE_CONNECTIONS; i++) expect(limits.openLive(slot)).toBe(true);
  expect(limits.openLive(slot)).toBe(false);
  expect(limits.openLive(counted(limits, "203.0.113.8"))).toBe(true);
  limits.closeLive(slot);
  expect(limits.openLive(slot)).toBe(true);
});
