import { expect, test } from "vitest";
import { refusalOf } from "./requests.ts";

test.each([
  [0, undefined, "again"],
  [408, undefined, "again"],
  [429, undefined, "again"],
  [500, undefined, "again"],
  [502, undefined, "again"],
  [503, "store-down", "again"],
  [503, "closed", "closed"],
  [400, "bad-target", "never"],
  [403, "foreign-origin", "never"],
  [404, "no-room", "never"],
] as const)("%i %s means %s", (status, code, refusal) => {
  expect(refusalOf({ status, code })).toBe(refusal);
});
