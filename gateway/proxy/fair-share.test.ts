import { expect, it } from "vitest";
import { FairShare, spacedOut, Turn } from "./fair-share.ts";

const ONE = "203.0.113.7";
const OTHER = "203.0.113.8";

function sharing(most: number, mostStreams = 0) {
  const share = new FairShare(most, mostStreams, (start) => start());
  const started: string[] = [];
  const starts = new Map<string, () => void>();
  const ask = (address: string, name: string) => {
    const start = () => void started.push(name);
    starts.set(name, start);
    return share.enter(address, start);
  };
  const giveUp = (address: string, name: string) => share.giveUp(address, starts.get(name) ?? (() => {}));
  return { share, started, ask, giveUp };
}

it("runs so many of an address at once, and the others in order as these end", () => {
  const { share, started, ask } = sharing(2);
  expect(["a", "b", "c", "d"].map((name) => ask(ONE, name))).toEqual([true, true, false, false]);
  expect(started).toEqual(["a", "b"]);
  share.leave(ONE);
  expect(started).toEqual(["a", "b", "c"]);
  for (let i = 0; i < 3; i++) share.leave(ONE);
  expect(["e", "f", "g"].map((name) => ask(ONE, name))).toEqual([true, true, false]);
});

it("keeps nobody of another address waiting", () => {
  const { started, ask } = sharing(1);
  ask(ONE, "a");
  ask(ONE, "b");
  ask(OTHER, "c");
  expect(started).toEqual(["a", "c"]);
});

it("forgets those who went away while they waited", () => {
  const { share, started, ask, giveUp } = sharing(1);
  for (const name of ["a", "gone", "b"]) ask(ONE, name);
  giveUp(ONE, "gone");
  share.leave(ONE);
  expect(started).toEqual(["a", "b"]);
  ask(ONE, "gone too");
  giveUp(ONE, "gone too");
  share.leave(ONE);
  expect(ask(ONE, "c")).toBe(true);
});

it("gives a stream's share to whoever waits, up to so many streams, and takes none back when they end", () => {
  const { share, started, ask } = sharing(2, 1);
  const turns = [new Turn(share, ONE), new Turn(share, ONE)];
  for (const name of ["stream", "stream too", "page", "page too"]) ask(ONE, name);
  for (const turn of turns) turn.becomesStream();
  expect(started).toEqual(["stream", "stream too", "page"]);
  // The first was a stream and counts no more; the second stayed a request.
  turns[0]?.over(false);
  expect(started).toHaveLength(3);
  turns[1]?.over(false);
  expect(started).toEqual(["stream", "stream too", "page", "page too"]);
  // Both pages run: the share is full again, and the place of the stream that ended is free.
  expect(ask(ONE, "late")).toBe(false);
  new Turn(share, ONE).becomesStream();
  expect(started.at(-1)).toBe("late");
});

it("lets the one after a request that was cut off begin later, in a place of its own", () => {
  const due: (() => void)[] = [];
  const share = new FairShare(1, 0, (start) => due.push(start));
  const started: string[] = [];
  for (const name of ["a", "b", "c"]) share.enter(ONE, () => void started.push(name));
  new Turn(share, ONE).over(true);
  expect(started).toEqual(["a"]);
  expect(share.enter(ONE, () => void started.push("d"))).toBe(false);
  due.shift()?.();
  expect(started).toEqual(["a", "b"]);
  new Turn(share, ONE).over(false);
  expect(started).toEqual(["a", "b", "c"]);
  expect(due).toEqual([]);
});

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
