import { expect, it } from "vitest";
import { FairShare, type ShareBounds, spacedOut, Turn } from "./fair-share.ts";

const PLENTY: ShareBounds = {
  requestsOfPass: 1_000,
  waitingOfPass: 1_000,
  socketsOfPass: 1_000,
  requestsOfNetwork: 1_000,
  streamsOfNetwork: 1_000,
};
/** Without a pass, at two addresses. */
const ONE = { pass: null, network: "203.0.113.7" };
const OTHER = { pass: null, network: "203.0.113.8" };
/** Two passes at one address. */
const ANNA = { pass: "anna", network: ONE.network };
const BENT = { pass: "bent", network: ONE.network };

function sharing(bounds: Partial<ShareBounds>, later = (start: () => void) => start()) {
  const share = new FairShare({ ...PLENTY, ...bounds }, later);
  const started: string[] = [];
  const ask = (asker: typeof ONE | typeof ANNA, name: string) => {
    const turn = new Turn(share, asker, () => void started.push(name));
    return { turn, entered: share.enter(turn) };
  };
  /** What became of requests with these names, each a letter. */
  const askAll = (asker: typeof ONE | typeof ANNA, names: string) =>
    [...names].map((name) => ask(asker, name));
  return { share, started, ask, askAll };
}

const entered = (asked: readonly { readonly entered: string }[]) => asked.map((one) => one.entered);
const over = (asked: { readonly turn: Turn } | undefined, wasCutOff = false) => asked?.turn.over(wasCutOff);

it("runs so many of an address at once, and the others in order as these end", () => {
  const { started, ask, askAll } = sharing({ requestsOfNetwork: 2 });
  const asked = askAll(ONE, "abcd");
  expect(entered(asked)).toEqual(["begun", "begun", "waits", "waits"]);
  expect(started.join("")).toBe("ab");
  over(asked[0]);
  expect(started.join("")).toBe("abc");
  for (const one of asked.slice(1)) over(one);
  expect(entered(askAll(ONE, "efg"))).toEqual(["begun", "begun", "waits"]);
  expect(ask(OTHER, "h").entered).toBe("begun");
});

it("keeps nobody of another address waiting", () => {
  const { started, ask } = sharing({ requestsOfNetwork: 1 });
  for (const name of ["a", "b"]) ask(ONE, name);
  ask(OTHER, "c");
  expect(started).toEqual(["a", "c"]);
});

it("runs so many of a pass at once, from whatever addresses, keeps so many in turn, and refuses more", () => {
  const { started, ask, askAll } = sharing({ requestsOfPass: 2, waitingOfPass: 2 });
  const from = (network: string) => ({ pass: "anna", network });
  const asked = ["1", "2", "3", "4", "5"].map((name) => ask(from(`203.0.113.${name}`), name));
  expect(entered(asked)).toEqual(["begun", "begun", "waits", "waits", "refused"]);
  expect(entered(askAll(BENT, "b"))).toEqual(["begun"]);
  over(asked[1]);
  over(asked[0]);
  expect(started.join("")).toBe("12b34");
  // What was refused takes no place.
  over(asked[2]);
  over(asked[3]);
  expect(entered(askAll(ANNA, "678"))).toEqual(["begun", "begun", "waits"]);
});

// PROTOCOL: A process counts what it proxies itself: of several gateways or workers, each allows as much
it("knows nothing of what a pass takes elsewhere", () => {
  const shares = [sharing({ requestsOfPass: 1 }), sharing({ requestsOfPass: 1 })];
  expect(shares.map(({ askAll }) => entered(askAll(ANNA, "ab")))).toEqual([
    ["begun", "waits"],
    ["begun", "waits"],
  ]);
});

it("lets passes of one address take turns there, whoever asked for more first", () => {
  const { started, ask, askAll } = sharing({ requestsOfNetwork: 1, requestsOfPass: 3 });
  let running = ask(ONE, "0");
  const asked = [...askAll(ANNA, "abcde"), ...askAll(BENT, "xy"), ...askAll(ONE, "12")];
  const byName = new Map(["a", "b", "c", "d", "e", "x", "y", "1", "2"].map((name, i) => [name, asked[i]]));
  for (let i = 0; i < 9; i++) {
    over(running);
    running = byName.get(started.at(-1) ?? "") as typeof running;
  }
  expect(started.join("")).toBe("0ax1by2cde");
});

it("forgets those who went away while they waited, for their pass or for their address", () => {
  const { share, started, ask, askAll } = sharing({ requestsOfNetwork: 1 });
  const [first, gone] = askAll(ONE, "axb");
  share.giveUp(gone?.turn as Turn);
  over(first);
  expect(started.join("")).toBe("ab");

  const two = sharing({ requestsOfPass: 2, requestsOfNetwork: 1 });
  const asked = two.askAll(ANNA, "abcd");
  expect(two.started.join("")).toBe("a");
  // One waits for its address and one for its pass: the last takes the place of the first of them.
  two.share.giveUp(asked[2]?.turn as Turn);
  two.share.giveUp(asked[1]?.turn as Turn);
  over(asked[0]);
  expect(two.started.join("")).toBe("ad");
  over(asked[3]);
  expect(entered(two.askAll(ANNA, "e"))).toEqual(["begun"]);
  expect(ask(ONE, "c").entered).toBe("waits");
});

it("gives a stream's share to whoever waits, up to so many streams, and takes none back when they end", () => {
  const { started, ask } = sharing({ requestsOfNetwork: 2, streamsOfNetwork: 1 });
  const asked = ["stream", "stream too", "page", "page too"].map((name) => ask(ONE, name));
  expect(asked.slice(0, 2).map(({ turn }) => turn.becomesStream())).toEqual([true, true]);
  expect(started).toEqual(["stream", "stream too", "page"]);
  // The first was a stream and counts no more; the second stayed a request.
  over(asked[0]);
  expect(started).toHaveLength(3);
  over(asked[1]);
  expect(started).toEqual(["stream", "stream too", "page", "page too"]);
  // Both pages run: the share is full again, and the place of the stream that ended is free.
  expect(ask(ONE, "late").entered).toBe("waits");
  asked[2]?.turn.becomesStream();
  expect(started.at(-1)).toBe("late");
});

it("counts a pass's streams and sockets together, apart from its requests, and refuses more", () => {
  const { share, ask, askAll } = sharing({ requestsOfPass: 2, socketsOfPass: 2 });
  const asked = askAll(ANNA, "abcd");
  expect(asked[0]?.turn.becomesStream()).toBe(true);
  expect(share.takeSocket(ANNA)).toBe(true);
  expect([asked[1]?.turn.becomesStream(), share.takeSocket(ANNA)]).toEqual([false, false]);
  expect([share.takeSocket(BENT), share.takeSocket(ONE)]).toEqual([true, true]);
  // Of the two that run one is still a request.
  expect(ask(ANNA, "e").entered).toBe("waits");
  share.leaveSocket(ANNA);
  expect(asked[1]?.turn.becomesStream()).toBe(true);
  for (const one of asked) over(one);
  expect([share.takeSocket(ANNA), share.takeSocket(ANNA), share.takeSocket(ANNA)]).toEqual([
    true,
    true,
    false,
  ]);
});

it.each([ONE, ANNA])(
  "lets the one after a request that was cut off begin later, in a place of its own",
  (asker) => {
    const due: (() => void)[] = [];
    const { started, ask, askAll } = sharing({ requestsOfNetwork: 1, requestsOfPass: 1 }, (start) =>
      due.push(start),
    );
    const [a, b] = askAll(asker, "abc");
    over(a, true);
    expect(started).toEqual(["a"]);
    expect(ask(asker, "d").entered).toBe("waits");
    due.shift()?.();
    expect(started).toEqual(["a", "b"]);
    over(b);
    expect(started).toEqual(["a", "b", "c"]);
    expect(due).toEqual([]);
  },
);

it("begins one after another with time between, though beginning one puts off another", () => {
  const timers: { call: () => void; ms: number }[] = [];
  const later = spacedOut(10, (call, ms) => timers.push({ call, ms }));
  const started: string[] = [];
  later(() => {
    started.push("a");
    later(() => void started.push("c"));
  });
  later(() => void started.push("b"));
  const seen: string[] = [];
  for (let timer = timers.shift(); timer !== undefined; timer = timers.shift()) {
    expect([timer.ms, timers.length]).toEqual([10, 0]);
    timer.call();
    seen.push(started.join(""));
  }
  expect(seen).toEqual(["a", "ab", "abc"]);
  later(() => void started.push("d"));
  timers.shift()?.call();
  expect(started.at(-1)).toBe("d");
});
