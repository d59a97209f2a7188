import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeEach, expect, test, vi } from "vitest";
import { type PassCheck, signPass, VerifiedPasses } from "./index.ts";
import { newDeployment, nowMs, pass } from "./tokens-fixture.ts";

const { ring } = await newDeployment();
const check: PassCheck = { room: "tax", nowMs, graceSeconds: 1800 };
const token = await signPass(ring, pass, nowMs);
let passes: VerifiedPasses;

beforeEach(() => {
  passes = new VerifiedPasses(ring);
});

test("a token is not known until it was verified, and known after", async () => {
  expect(passes.get(token, check)).toBeUndefined();
  expect(await passes.verify(token, check)).toEqual({ ok: true, pass, state: "live" });
  expect(passes.get(token, check)).toEqual({ ok: true, pass, state: "live" });
});

test("a bad token is never remembered", async () => {
  const [head, claims, signature = ""] = token.split(".");
  const bad = `${head}.${claims}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
  expect(await passes.verify(bad, check)).toEqual({ ok: false, reason: "bad-signature" });
  expect(passes.get(bad, check)).toBeUndefined();
  expect(passes.size).toBe(0);
});

test("room, time and revocation are judged at each look", async () => {
  await passes.verify(token, check);
  const look = (change: Partial<PassCheck>) => passes.get(token, { ...check, ...change });
  expect(look({ room: "vaccine" })).toEqual({ ok: false, reason: "wrong-audience" });
  expect(look({ passesNotBeforeMs: nowMs + 1 })).toEqual({ ok: false, reason: "revoked" });
  expect(look({ nowMs: pass.expiresAtMs })).toEqual({ ok: true, pass, state: "grace" });
  expect(look({})).toEqual({ ok: true, pass, state: "live" });
});

test("a pass is forgotten once its end and its grace are over", async () => {
  await passes.verify(token, check);
  const later = { ...check, nowMs: pass.expiresAtMs + 1_800_000 };
  expect(passes.get(token, later)).toEqual({ ok: false, reason: "expired" });
  expect(passes.size).toBe(0);
  expect(await passes.verify(token, later)).toEqual({ ok: false, reason: "expired" });
  expect(passes.size).toBe(0);
});

test("it holds no more than its bound, and the oldest goes first", async () => {
  const small = new VerifiedPasses(ring, { maxEntries: 3 });
  const tokens = await Promise.all(
    [1, 2, 3, 4, 5].map((second) =>
      signPass(ring, { ...pass, expiresAtMs: pass.expiresAtMs + second * 1000 }, nowMs),
    ),
  );
  for (const each of tokens) expect((await small.verify(each, check)).ok).toBe(true);
  expect(small.size).toBe(3);
  expect(tokens.map((each) => small.get(each, check) !== undefined)).toEqual([
    false,
    false,
    true,
    true,
    true,
  ]);
});

test.each([0, -1, 1.5, Number.NaN])("a bound of %d is a mistake", (maxEntries) => {
  expect(() => new VerifiedPasses(ring, { maxEntries })).toThrow("maxEntries");
});

test("requests that come together check one signature, and each gets its own verdict", async () => {
  const verify = vi.spyOn(crypto.subtle, "verify");
  try {
    const [here, elsewhere] = await Promise.all([
      passes.verify(token, check),
      passes.verify(token, { ...check, room: "vaccine" }),
      passes.verify(token, check),
    ]);
    expect(here).toEqual({ ok: true, pass, state: "live" });
    expect(elsewhere).toEqual({ ok: false, reason: "wrong-audience" });
    passes.get(token, check);
    expect(verify).toHaveBeenCalledTimes(1);
  } finally {
    verify.mockRestore();
  }
});

// Runs in a process of its own: collecting on demand is a flag that must be set when a process starts.
const memoryProbe = `
  import { generateKeySet, loadKeyRing, signPass, VerifiedPasses } from "./index.ts";
  const ring = await loadKeyRing(await generateKeySet(0), { issuer: "https://queue.example" });
  const passes = new VerifiedPasses(ring);
  gc();
  const before = process.memoryUsage().heapUsed;
  for (let second = 1; second <= 300; second += 1) {
    const pass = { room: "tax", jti: "A".repeat(22), issuedAtMs: 0, expiresAtMs: second * 1000 };
    const token = await signPass(ring, pass, 0);
    // Cutting copies nothing where the whole is one flat string, which a buffer makes.
    const cookies = Buffer.from("c".repeat(65_536) + "=" + token).toString("latin1");
    await passes.verify(cookies.slice(65_537), { room: "tax", nowMs: 0 });
  }
  gc();
  const grownBytes = process.memoryUsage().heapUsed - before;
  console.log(JSON.stringify({ remembered: passes.size, grownBytes }));
`;

test("a token cut out of a large header does not keep the header in memory", async () => {
  const flags = ["--expose-gc", "--import", "tsx", "--input-type=module", "--eval", memoryProbe];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: import.meta.dirname });
  const { remembered, grownBytes } = JSON.parse(stdout);
  expect(remembered).toBe(300);
  // With their headers they would be 20 MB.
  expect(grownBytes).toBeLessThan(5_000_000);
});
