import { describe, expect, it } from "vitest";
import { networkOf } from "./address.ts";

describe("what counts as one address", () => {
  it.each([
    ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true],
    ["2001:db8:1:2::1", "2001:db8:1:3::1", false],
    ["203.0.113.7", "203.0.113.8", false],
    ["64:ff9b::cb00:7107", "64:ff9b::cb00:7108", false],
    ["64:ff9b::cb00:7107", "203.0.113.7", true],
    ["no address", "no address", true],
  ])("%s and %s: %s", (one, other, same) => {
    expect(networkOf(one) === networkOf(other)).toBe(same);
  });
});
