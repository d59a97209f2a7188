import { expect, test } from "vitest";
import { startsOf, writeAscii } from "./bytes.ts";

test("ASCII is written where it is told", () => {
  const memory = Buffer.alloc(5, "!");
  expect(writeAscii("abc", memory, 1)).toBe(4);
  expect(memory.toString()).toBe("!abc!");
});

test("the start of a memory shows what is written there later, by the same view", () => {
  const memory = Buffer.alloc(4, "!");
  const startOf = startsOf(memory);
  const two = startOf(2);
  memory.write("abcd");
  expect(two.toString()).toBe("ab");
  expect(startOf(2)).toBe(two);
  expect(startOf(3).toString()).toBe("abc");
});
