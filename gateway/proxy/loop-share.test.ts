import { expect, it } from "vitest";
import { LoopShare } from "./loop-share.ts";

function sharing(mostBytes: number) {
  let turns: (() => void)[] = [];
  const done: string[] = [];
  const loop = new LoopShare(mostBytes, (call) => turns.push(call));
  return {
    loop,
    done,
    later: (bytes: number, name: string) => loop.later(bytes, () => void done.push(name)),
    /** One turn of the event loop. */
    turn() {
      const due = turns;
      turns = [];
      for (const call of due) call();
    },
    rests: () => turns.length === 0,
  };
}

it("says when a turn's share is spent, and has a new one in the next turn", () => {
  const { loop, turn } = sharing(100);
  expect([60, 39, 1, 500].map((bytes) => loop.spend(bytes))).toEqual([true, true, false, false]);
  turn();
  expect(loop.spend(99)).toBe(true);
});

it("does what was put off in order, in each turn as much as its share, and rests when all is done", () => {
  const { done, later, turn, rests } = sharing(100);
  for (const name of ["a", "b", "c"]) later(50, name);
  later(1_000, "more than a share");
  later(1, "last");
  const seen = [1, 2, 3, 4].map(() => {
    turn();
    return done.length;
  });
  expect(seen).toEqual([2, 4, 5, 5]);
  expect(done).toEqual(["a", "b", "c", "more than a share", "last"]);
  expect(rests()).toBe(true);
});

it("reckons what is done at once against what was put off", () => {
  const { loop, done, later, turn } = sharing(100);
  later(60, "a");
  later(60, "b");
  later(60, "c");
  turn();
  expect(done).toEqual(["a", "b"]);
  expect(loop.spend(1)).toBe(false);
});
