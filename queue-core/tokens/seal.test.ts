import { createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { generateKeySet, loadKeyRing, openSeal, rotateKeySet, seal } from "./index.ts";
import { importSealKey } from "./seal.ts";
import { issuer, lenientSpellings, newDeployment, nowMs, secretOf, seed } from "./tokens-fixture.ts";

const { ring, ticketJwk } = await newDeployment();
const line = { generation: 1_759_999_999_999, issued: 223_456, serving: 100_000 };
const sealed = seal(ring, { room: "tax", ...line });

test("a seal opens to the line that was sealed, and says it in the clear", () => {
  expect(sealed).toMatch(/^1759999999999\.223456\.100000\.[\w-]{43}$/);
  expect(openSeal(ring, "tax", sealed)).toEqual(line);
});

test("any whole numbers that a double holds exactly come back", () => {
  const count = fc.maxSafeNat();
  const property = fc.property(count, count, count, (generation, issued, serving) => {
    const some = { generation, issued, serving };
    expect(openSeal(ring, "tax", seal(ring, { room: "tax", ...some }))).toEqual(some);
  });
  fc.assert(property, { seed, numRuns: 1000 });
});

test("a seal of another room, another deployment or other keys does not open", async () => {
  const set = await generateKeySet(nowMs);
  const here = await loadKeyRing(set, { issuer });
  const there = await loadKeyRing(set, { issuer: "https://other.example" });
  const theirs = seal(there, { room: "tax", ...line });
  expect(openSeal(there, "tax", theirs)).toEqual(line);
  expect(openSeal(here, "tax", theirs)).toBeNull();
  expect(openSeal(ring, "vaccine", sealed)).toBeNull();
  expect(openSeal(here, "tax", sealed)).toBeNull();
});

test("the ticket key itself makes no seals", () => {
  const text = sealed.slice(0, sealed.lastIndexOf("."));
  const forged = createHmac("sha256", secretOf(ticketJwk)).update(JSON.stringify([issuer, "tax", text]));
  expect(openSeal(ring, "tax", `${text}.${forged.digest("base64url")}`)).toBeNull();
});

const mac = sealed.slice(sealed.lastIndexOf("."));
test.each([
  ["nothing", ""],
  ["no MAC", "1.2.3"],
  ["another number", sealed.replace("223456", "223457")],
  ["a leading zero", `0${sealed}`],
  ["a sign", `+${sealed}`],
  ["an exponent", `1e3.2.3${mac}`],
  ["a number too large to be exact", `9007199254740992.2.3${mac}`],
  ["a number of a million digits", `${"9".repeat(1_000_000)}.2.3${mac}`],
  ["a line feed", `${sealed}\n`],
  ["a shorter MAC", sealed.slice(0, -1)],
])("%s does not open", (_, text) => {
  expect(openSeal(ring, "tax", text)).toBeNull();
});

test("a number too large to be exact does not open, even where the MAC is right", () => {
  const key = importSealKey(ticketJwk);
  const sealText = (text: string) =>
    `${text}.${createHmac("sha256", key)
      .update(JSON.stringify([issuer, "tax", text]))
      .digest("base64url")}`;
  const largest = Number.MAX_SAFE_INTEGER;
  expect(openSeal(ring, "tax", sealText(`${largest}.2.3`))).toEqual({
    generation: largest,
    issued: 2,
    serving: 3,
  });
  expect(openSeal(ring, "tax", sealText("9007199254740992.2.3"))).toBeNull();
});

test("a MAC in another spelling does not open", () => {
  const parts = `x.x.${sealed.slice(sealed.lastIndexOf(".") + 1)}`;
  for (const spelling of lenientSpellings(parts, 2)) {
    const text = sealed.slice(0, sealed.lastIndexOf(".")) + spelling.slice("x.x".length);
    expect(openSeal(ring, "tax", text)).toBeNull();
  }
});

test("while keys are rolled out, gateways with the old and with the new set open each other's seals", async () => {
  const before = await generateKeySet(nowMs);
  const old = await loadKeyRing(before, { issuer });
  const rotated = await loadKeyRing(await rotateKeySet(before, nowMs), { issuer });
  expect(openSeal(rotated, "tax", seal(old, { room: "tax", ...line }))).toEqual(line);
  expect(openSeal(old, "tax", seal(rotated, { room: "tax", ...line }))).toEqual(line);
});

test("a seal by any key of the ring opens", async () => {
  const first = await generateKeySet(nowMs);
  const second = await rotateKeySet(first, nowMs + 1);
  const successor = { keys: second.keys.slice(2) };
  const byNew = seal(await loadKeyRing(successor, { issuer }), { room: "tax", ...line });
  expect(openSeal(await loadKeyRing(second, { issuer }), "tax", byNew)).toEqual(line);
});

test("a line that is none is not sealed", () => {
  expect(() => seal(ring, { room: "tax", ...line, issued: -1 })).toThrow("whole numbers");
});
