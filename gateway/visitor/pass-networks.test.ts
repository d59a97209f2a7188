import { beforeEach, expect, it } from "vitest";
import { PassNetworks } from "./pass-networks.ts";

const MINUTE_MS = 60_000;
const HASH_KEY = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]);

let nowMs: number;
let networks: PassNetworks;

beforeEach(() => {
  nowMs = 0;
  networks = new PassNetworks({ now: () => nowMs, hashKey: HASH_KEY });
});

const address = (n: number) => `203.0.${n >> 8}.${n & 255}`;

/** A pass is used from so many networks, with this time between. */
function roam(pass: string, count: number, betweenMs = 0, room = "tax"): void {
  for (let n = 0; n < count; n++) {
    networks.saw(room, pass, address(n));
    nowMs += betweenMs;
  }
}

it("counts a pass from its eighth network on, once, and by room", () => {
  roam("anna", 7);
  expect(networks.sharedIn("tax")).toBe(0);
  roam("anna", 8);
  expect(networks.sharedIn("tax")).toBe(1);
  roam("anna", 1_000);
  expect(networks.sharedIn("tax")).toBe(1);
  roam("bent", 8);
  roam("cleo", 9, 0, "vaccine");
  expect([networks.sharedIn("tax"), networks.sharedIn("vaccine"), networks.sharedIn("other")]).toEqual([
    2, 1, 0,
  ]);
});

it("does not count who goes to and fro between a few networks, however often", () => {
  for (let i = 0; i < 10_000; i++) networks.saw("tax", "anna", address(i % 7));
  expect(networks.sharedIn("tax")).toBe(0);
});

it("counts networks of any ten minutes, and no more than these", () => {
  roam("slow", 20, 90_000);
  expect(networks.sharedIn("tax")).toBe(0);
  // Seven by the end of one clock's ten minutes, and one more in the next.
  nowMs = 100 * MINUTE_MS - 7_000;
  roam("quick", 8, 1_000);
  expect(networks.sharedIn("tax")).toBe(1);
});

it("shows a pass for as long as it is shared, whenever it is looked at, and soon after no more", () => {
  const lookedAt: number[] = [];
  for (let minute = 0; minute < 35; minute++) {
    roam("anna", 8);
    nowMs += MINUTE_MS;
    lookedAt.push(networks.sharedIn("tax"));
  }
  expect(Math.min(...lookedAt)).toBe(1);
  expect(Math.max(...lookedAt)).toBeLessThanOrEqual(2);
  nowMs += 11 * MINUTE_MS;
  expect(networks.sharedIn("tax")).toBe(0);
});

it("knows a shared pass among more visitors than it remembers", () => {
  for (let n = 0; n < 8; n++) {
    networks.saw("tax", "shared", address(n));
    nowMs += 10_000;
    for (let i = 0; i < 20_000; i++) {
      // Each at home, and half of them by their phone, too.
      networks.saw("tax", `visitor-${n}-${i}`, "198.51.100.1");
      if (i % 2 === 0) networks.saw("tax", `visitor-${n}-${i}`, "198.51.100.2");
    }
    networks.saw("tax", "shared", address(n));
  }
  expect(networks.sharedIn("tax")).toBe(1);
});
