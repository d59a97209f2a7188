import { expect, test } from "vitest";
import {
  generateKeySet,
  type JsonWebKeySet,
  KeySetError,
  loadKeyRing,
  loadPassVerifier,
  publicJwks,
  rotateKeySet,
} from "./index.ts";

const issuer = "https://queue.example";
const dayMs = 86_400_000;

async function faultOf(action: () => Promise<unknown>): Promise<KeySetError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof KeySetError) return error;
    throw error;
  }
  throw new Error("was accepted");
}

function kinds(set: JsonWebKeySet): string[] {
  return set.keys.map(({ alg, sluse_signs_from }) => `${alg} ${sluse_signs_from}`);
}

test("a new key set has a 256 bit secret and an Ed25519 key, named and dated", async () => {
  const { keys } = await generateKeySet(1234);
  expect(keys).toEqual([
    {
      kty: "oct",
      k: expect.stringMatching(/^[\w-]{43}$/),
      kid: expect.stringMatching(/^[\w-]{16}$/),
      alg: "HS256",
      use: "sig",
      sluse_created: 1234,
      sluse_signs_from: 1234,
    },
    {
      kty: "OKP",
      crv: "Ed25519",
      x: expect.stringMatching(/^[\w-]{43}$/),
      d: expect.stringMatching(/^[\w-]{43}$/),
      kid: expect.stringMatching(/^[\w-]{16}$/),
      alg: "EdDSA",
      use: "sig",
      sluse_created: 1234,
      sluse_signs_from: 1234,
    },
  ]);
  const other = await generateKeySet(1234);
  expect(new Set([...keys, ...other.keys].map(({ kid }) => kid)).size).toBe(4);
});

test("a key set survives its file", async () => {
  const set = await generateKeySet(0);
  const ring = await loadKeyRing(JSON.parse(JSON.stringify(set)), { issuer });
  expect(publicJwks(ring).keys).toHaveLength(1);
});

test("what is published are public Ed25519 keys and nothing else", async () => {
  const set = await rotateKeySet(await generateKeySet(0), dayMs);
  const published = publicJwks(await loadKeyRing(set, { issuer }));
  expect(published.keys).toHaveLength(2);
  for (const key of published.keys) {
    expect(Object.keys(key).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x"]);
  }
  for (const key of set.keys) {
    const secret = key.kty === "oct" ? key.k : key.d;
    expect(JSON.stringify(published)).not.toContain(secret);
  }
});

test("a ring that is logged shows no secret", async () => {
  const set = await generateKeySet(0);
  const ring = await loadKeyRing(set, { issuer });
  const { inspect } = await import("node:util");
  const logged = `${JSON.stringify(ring)} ${inspect(ring, { depth: 9, showHidden: true })}`;
  for (const key of set.keys) expect(logged).not.toContain(key.kty === "oct" ? key.k : key.d);
});

test("rotation publishes first, keeps what still verifies, and drops what lapsed", async () => {
  const first = await generateKeySet(0);
  const second = await rotateKeySet(first, 10 * dayMs, { publishAheadMs: 1000, keepMs: 5 * dayMs });
  expect(second.keys.slice(0, 2)).toEqual(first.keys);
  const signsFrom = 10 * dayMs + 1000;
  expect(kinds(second)).toEqual(["HS256 0", "EdDSA 0", `HS256 ${signsFrom}`, `EdDSA ${signsFrom}`]);

  const early = await rotateKeySet(second, signsFrom + 5 * dayMs - 1, { keepMs: 5 * dayMs });
  expect(early.keys.slice(0, 4)).toEqual(second.keys);
  const late = await rotateKeySet(second, signsFrom + 5 * dayMs, { keepMs: 5 * dayMs });
  expect(late.keys.slice(0, 2)).toEqual(second.keys.slice(2));
  expect(late.keys).toHaveLength(4);
});

test("rotation does not take a new pass key for the successor of a ticket key", async () => {
  const [ticketKey, passKey] = (await generateKeySet(0)).keys;
  const [, newPassKey] = (await generateKeySet(dayMs)).keys;
  const given = { keys: [ticketKey, passKey, newPassKey] };
  const rotated = await rotateKeySet(given, 3 * dayMs, { keepMs: dayMs });
  expect(rotated.keys.slice(0, -2)).toEqual([ticketKey, newPassKey]);
});

const faults: [string, string, string, (set: ReturnType<typeof editable>) => unknown][] = [
  ["no set", "bad-key-set", "keys", () => null],
  ["a list", "bad-key-set", "keys", ({ ticket, pass }) => [ticket, pass]],
  ["another member beside keys", "bad-key-set", "keys", ({ keys }) => ({ keys, active: 1 })],
  ["too many keys", "bad-key-set", "keys", ({ ticket }) => ({ keys: Array(33).fill(ticket) })],
  ["no keys", "missing-key", "keys", () => ({ keys: [] })],
  ["no ticket key", "missing-key", "keys", ({ pass }) => ({ keys: [pass] })],
  ["no pass key", "missing-key", "keys", ({ ticket }) => ({ keys: [ticket] })],
  ["no key but a text", "bad-key", "keys[0]", ({ pass }) => ({ keys: ["secret", pass] })],
  ["one name twice", "duplicate-kid", "keys[1].kid", (set) => set.with("pass", { kid: set.ticket.kid })],
  ["no name", "bad-key", "keys[0].kid", (set) => set.with("ticket", { kid: undefined })],
  ["a long name", "bad-key", "keys[0].kid", (set) => set.with("ticket", { kid: "k".repeat(65) })],
  ["a key for encryption", "bad-key", "keys[1].use", (set) => set.with("pass", { use: "enc" })],
  ["an RSA key", "bad-key", "keys[1].kty", (set) => set.with("pass", { kty: "RSA" })],
  ["another hash", "bad-key", "keys[0].alg", (set) => set.with("ticket", { alg: "HS512" })],
  ["another curve", "bad-key", "keys[1].crv", (set) => set.with("pass", { crv: "X25519" })],
  ["another signature", "bad-key", "keys[1].alg", (set) => set.with("pass", { alg: "ES256" })],
  ["a short secret", "bad-key", "keys[0].k", (set) => set.with("ticket", { k: "A".repeat(42) })],
  ["a padded secret", "bad-key", "keys[0].k", (set) => set.with("ticket", { k: `${set.ticket.k}=` })],
  ["no private half", "bad-key", "keys[1].d", (set) => set.with("pass", { d: undefined })],
  ["a public half that is no text", "bad-key", "keys[1].x", (set) => set.with("pass", { x: 7 })],
  ["another key's public half", "bad-key", "keys[1].x", (set) => set.with("pass", { x: set.otherX })],
  [
    "a date that is no time",
    "bad-key",
    "keys[0].sluse_created",
    (set) => set.with("ticket", { sluse_created: "now" }),
  ],
  [
    "a start that is no time",
    "bad-key",
    "keys[1].sluse_signs_from",
    (set) => set.with("pass", { sluse_signs_from: -1 }),
  ],
  ["a misspelt member", "bad-key", "keys[0]", (set) => set.with("ticket", { sluse_sign_from: 1 })],
];

function editable(set: JsonWebKeySet, other: JsonWebKeySet) {
  const [ticket, pass] = set.keys;
  const otherX = other.keys.find((key) => key.kty === "OKP")?.x;
  if (ticket?.kty !== "oct" || pass?.kty !== "OKP") throw new Error("unexpected order of keys");
  const edit = (kind: "ticket" | "pass", change: object) => ({
    keys: kind === "ticket" ? [{ ...ticket, ...change }, pass] : [ticket, { ...pass, ...change }],
  });
  return { keys: set.keys, ticket, pass, otherX, with: edit };
}

test.each(faults)("%s is refused: %s at %s, and nothing secret is told", async (_, code, member, edit) => {
  const set = editable(await generateKeySet(0), await generateKeySet(0));
  const fault = await faultOf(() => loadKeyRing(edit(set), { issuer }));
  expect({ code: fault.code, member: fault.member }).toEqual({ code, member });
  expect(fault.message.startsWith(`${member}: `)).toBe(true);
  for (const secret of [set.ticket.k, set.pass.d]) expect(fault.message).not.toContain(secret);
});

test.each([
  "",
  "queue.example",
  "ftp://queue.example",
  "https://",
  `https://${"a".repeat(300)}`,
  "https://a b",
])("%j is no issuer", async (wrong) => {
  const set = await generateKeySet(0);
  const fault = await faultOf(() => loadKeyRing(set, { issuer: wrong }));
  expect(fault.code).toBe("bad-issuer");
  const ring = await loadKeyRing(set, { issuer });
  expect((await faultOf(() => loadPassVerifier(publicJwks(ring), { issuer: wrong }))).code).toBe(
    "bad-issuer",
  );
});

test("a pass verifier passes over foreign kinds of keys, and names the member of its own that is wrong", async () => {
  const { keys } = publicJwks(await loadKeyRing(await generateKeySet(0), { issuer }));
  const rsa = { kty: "RSA", kid: "r", alg: "RS256", n: "AQAB", e: "AQAB" };
  const verifier = await loadPassVerifier({ keys: [rsa, ...keys], more: 1 }, { issuer });
  expect([...verifier.passKeys.keys()]).toEqual(keys.map(({ kid }) => kid));

  const broken = { ...keys[0], x: "short" };
  const fault = await faultOf(() => loadPassVerifier({ keys: [rsa, broken] }, { issuer }));
  expect({ code: fault.code, member: fault.member }).toEqual({ code: "bad-key", member: "keys[1].x" });
  expect((await faultOf(() => loadPassVerifier({ keys: [rsa] }, { issuer }))).code).toBe("missing-key");
  expect((await faultOf(() => loadPassVerifier("keys", { issuer }))).code).toBe("bad-key-set");
});
