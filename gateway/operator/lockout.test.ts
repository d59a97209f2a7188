import { beforeEach, expect, it } from "vitest";
import { Lockout } from "./lockout.ts";

const HERE = "192.0.2.1";
const ELSEWHERE = "192.0.2.2";
const MINUTE_MS = 60_000;
let nowMs: number;
let lockout: Lockout;

beforeEach(() => {
  nowMs = 5_000_000;
  lockout = new Lockout(() => nowMs);
});

function guess(address: string, count: number, start = 0): void {
  for (let i = start; i < start + count; i++) lockout.wrong(address, `guess-${address}-${i}`);
}

it("lets an address try twenty tokens, then makes it wait twice as long each time", () => {
  guess(HERE, 20);
  expect(lockout.waitSeconds(HERE)).toBe(0);
  const waits: number[] = [];
  for (let i = 20; i < 32; i++) {
    guess(HERE, 1, i);
    waits.push(lockout.waitSeconds(HERE));
    nowMs += lockout.waitSeconds(HERE) * 1_000;
    expect(lockout.waitSeconds(HERE)).toBe(0);
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
});

it("makes nobody else wait for one address's guesses", () => {
  guess(HERE, 30);
  expect(lockout.waitSeconds(HERE)).toBeGreaterThan(500);
  expect(lockout.waitSeconds(ELSEWHERE)).toBe(0);
});

it("takes a program that repeats one wrong token for no guesser", () => {
  for (let i = 0; i < 1_000; i++) lockout.wrong(HERE, "the old token");
  guess(HERE, 19);
  expect(lockout.waitSeconds(HERE)).toBe(0);
  guess(HERE, 1, 19);
  expect(lockout.waitSeconds(HERE)).toBe(1);
});

it("slows guessing from many addresses, but never keeps the operator on duty out for long", () => {
  for (let i = 0; i < 200; i++) guess(`198.51.100.${i}`, 1);
  expect(lockout.waitSeconds(ELSEWHERE)).toBe(0);
  for (let i = 200; i < 250; i++) guess(`198.51.100.${i}`, 1);
  expect(lockout.waitSeconds(ELSEWHERE)).toBe(30);
  nowMs += 30_000;
  expect(lockout.waitSeconds(ELSEWHERE)).toBe(0);
});

it("forgets guesses a quarter of an hour after the last one, not before", () => {
  guess(HERE, 20);
  nowMs += 15 * MINUTE_MS - 1;
  guess(HERE, 1, 20);
  expect(lockout.waitSeconds(HERE)).toBe(1);
  nowMs += 15 * MINUTE_MS + 1_000;
  guess(HERE, 20, 21);
  expect(lockout.waitSeconds(HERE)).toBe(0);
});
