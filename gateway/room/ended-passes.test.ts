import { expect, it } from "vitest";
import { EndedPasses } from "./ended-passes.ts";

const T0 = 1_800_000_000_000;

it("remembers a session that ended until its pass fails by itself", () => {
  const ended = new EndedPasses();
  ended.add("first", T0 + 600_000, T0);
  ended.add("second", T0 + 1_200_000, T0 + 599_999);
  expect([ended.has("first"), ended.has("second"), ended.has("third")]).toEqual([true, true, false]);
  ended.add("third", T0 + 1_200_000, T0 + 600_000);
  expect([ended.has("first"), ended.has("second"), ended.has("third")]).toEqual([false, true, true]);
});

it("holds at most 200,000; the oldest goes first", () => {
  const ended = new EndedPasses();
  for (let i = 0; i <= 200_000; i++) ended.add(`jti-${i}`, T0 + 600_000, T0);
  expect([ended.has("jti-0"), ended.has("jti-1"), ended.has("jti-200000")]).toEqual([false, true, true]);
});
