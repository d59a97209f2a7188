import { createHmac } from "node:crypto";
import fc from "fast-check";
import { importJWK, jwtVerify, SignJWT } from "jose";
import { expect, test } from "vitest";
import {
  generateKeySet,
  loadKeyRing,
  newJti,
  rotateKeySet,
  signPass,
  signTicket,
  type Ticket,
  verifyTicket,
} from "./index.ts";
import {
  encode,
  issuer,
  jti,
  lenientSpellings,
  mutate,
  newDeployment,
  nowMs,
  pass,
  secretOf,
  seed,
  signHs256,
  ticket,
  ticketClaims,
  withStrayBit,
} from "./tokens-fixture.ts";

const typ = "sluse-ticket+jwt";
const { ring, ticketJwk, passJwk } = await newDeployment();
const secret = secretOf(ticketJwk);
const { kid } = ticketJwk;
const header = { alg: "HS256", typ, kid };
const token = signTicket(ring, ticket, nowMs);

test("a ticket says what was signed, with its time in whole seconds", () => {
  const odd = { ...ticket, issuedAtMs: nowMs + 999 };
  expect(verifyTicket(ring, "tax", signTicket(ring, odd, nowMs))).toEqual({ ok: true, ticket });
});

test("header and claims are those of the contract", () => {
  const [head = "", claims = ""] = token.split(".").map((part) => Buffer.from(part, "base64url").toString());
  expect(JSON.parse(head)).toEqual(header);
  expect(JSON.parse(claims)).toEqual(ticketClaims);
});

test("jose verifies our tickets", async () => {
  const key = await importJWK({ ...ticketJwk });
  const { payload, protectedHeader } = await jwtVerify(token, key, {
    algorithms: ["HS256"],
    typ,
    issuer,
    audience: "tax",
  });
  expect(protectedHeader).toEqual(header);
  expect(payload).toEqual(ticketClaims);
});

test("we verify jose's tickets, whatever the order of the header's members", async () => {
  const key = await importJWK({ ...ticketJwk });
  for (const head of [header, { typ, kid, alg: "HS256" }]) {
    const theirs = await new SignJWT(ticketClaims).setProtectedHeader(head).sign(key);
    expect(verifyTicket(ring, "tax", theirs)).toEqual({ ok: true, ticket });
  }
});

test("any whole numbers that a double holds exactly come back", () => {
  const count = fc.maxSafeNat();
  const seconds = fc.nat({ max: Math.floor(Number.MAX_SAFE_INTEGER / 1000) });
  const property = fc.property(
    count,
    count,
    count,
    count,
    seconds,
    (number, generation, issued, serving, iat) => {
      const some: Ticket = { ...ticket, number, generation, issued, serving, issuedAtMs: iat * 1000 };
      expect(verifyTicket(ring, "tax", signTicket(ring, some, nowMs))).toEqual({ ok: true, ticket: some });
    },
  );
  fc.assert(property, { seed, numRuns: 1000 });
});

const foreign = await newDeployment();
const attacks: [string, string, string][] = [
  ["nothing", "", "malformed"],
  ["two parts", token.slice(0, token.lastIndexOf(".")), "malformed"],
  ["four parts", `${token}.`, "malformed"],
  ["1,025 characters", "A".repeat(1025), "too-long"],
  ["1,024 characters of nothing", "A".repeat(1024), "malformed"],
  ["a kid of 10 KB", signHs256({ ...header, kid: "k".repeat(10_240) }, ticketClaims, secret), "too-long"],
  [
    "a kid of 65 characters",
    signHs256({ ...header, kid: "k".repeat(65) }, ticketClaims, secret),
    "unknown-key",
  ],
  ["no kid", signHs256({ alg: "HS256", typ }, ticketClaims, secret), "unknown-key"],
  ["alg none", `${encode({ alg: "none", typ, kid })}.${encode(ticketClaims)}.`, "wrong-algorithm"],
  ["alg none under a known header", `${token.slice(0, token.lastIndexOf("."))}.`, "bad-signature"],
  ["alg HS512", signHs256({ ...header, alg: "HS512" }, ticketClaims, secret), "wrong-algorithm"],
  ["alg hs256", signHs256({ ...header, alg: "hs256" }, ticketClaims, secret), "wrong-algorithm"],
  [
    "the pass key's public bytes as secret",
    signHs256({ ...header, kid: passJwk.kid }, ticketClaims, Buffer.from(passJwk.x, "base64url")),
    "unknown-key",
  ],
  [
    "a foreign key under our kid",
    signHs256(header, ticketClaims, secretOf(foreign.ticketJwk)),
    "bad-signature",
  ],
  ["a foreign key under its own kid", signTicket(foreign.ring, ticket, nowMs), "unknown-key"],
  ["half a signature", token.slice(0, -23), "bad-signature"],
  ["no typ", signHs256({ alg: "HS256", kid }, ticketClaims, secret), "wrong-type"],
  ["typ JWT", signHs256({ ...header, typ: "JWT" }, ticketClaims, secret), "wrong-type"],
  ["typ in capitals", signHs256({ ...header, typ: typ.toUpperCase() }, ticketClaims, secret), "wrong-type"],
  ["a pass", await signPass(ring, pass, nowMs), "wrong-type"],
  [
    "a later format",
    signHs256({ ...header, typ: "sluse-ticket-2+jwt" }, ticketClaims, secret),
    "newer-format",
  ],
  [
    "a later format by a foreign key",
    signHs256({ ...header, typ: "sluse-ticket-2+jwt" }, ticketClaims, secretOf(foreign.ticketJwk)),
    "bad-signature",
  ],
  [
    "a format from before",
    signHs256({ ...header, typ: "sluse-ticket-1+jwt" }, ticketClaims, secret),
    "wrong-type",
  ],
  ["a later pass", signHs256({ ...header, typ: "sluse-pass-2+jwt" }, ticketClaims, secret), "wrong-type"],
  [
    "its own jwk",
    signHs256({ ...header, jwk: { kty: "oct", k: ticketJwk.k } }, ticketClaims, secret),
    "malformed",
  ],
  ["a jku", signHs256({ ...header, jku: "https://evil.example" }, ticketClaims, secret), "malformed"],
  ["an x5u", signHs256({ ...header, x5u: "https://evil.example" }, ticketClaims, secret), "malformed"],
  ["a crit", signHs256({ ...header, crit: ["exp"] }, ticketClaims, secret), "malformed"],
  ["b64 false", signHs256({ ...header, b64: false }, ticketClaims, secret), "malformed"],
  [
    "__proto__ in the header",
    signHs256(`{"alg":"HS256","typ":"${typ}","kid":"${kid}","__proto__":{}}`, ticketClaims, secret),
    "malformed",
  ],
  ["a header that is no JSON", signHs256("alg", ticketClaims, secret), "malformed"],
  ["a header that is a list", signHs256(["HS256"], ticketClaims, secret), "malformed"],
  ["a header that is null", signHs256("null", ticketClaims, secret), "malformed"],
  ["claims that are no JSON", signHs256(header, "{", secret), "bad-claims"],
  ["claims that are null", signHs256(header, "null", secret), "bad-claims"],
  ["another issuer", signHs256(header, { ...ticketClaims, iss: `${issuer}/` }, secret), "wrong-issuer"],
  ["another room", signHs256(header, { ...ticketClaims, aud: "vaccine" }, secret), "wrong-audience"],
  ["several rooms", signHs256(header, { ...ticketClaims, aud: ["tax"] }, secret), "bad-claims"],
];

test.each(attacks)("%s is refused", (_, attack, reason) => {
  expect(verifyTicket(ring, "tax", attack)).toEqual({ ok: false, reason });
});

const badClaims: [string, object][] = [
  ["no number", { n: undefined }],
  ["a negative number", { n: -1 }],
  ["half a number", { n: 1.5 }],
  ["a number in quotes", { n: "1" }],
  ["a number too large to be exact", { n: 2 ** 53 }],
  ["a generation that is none", { gen: null }],
  ["a negative generation", { gen: -1 }],
  ["one high-water number", { hw: [1] }],
  ["three high-water numbers", { hw: [1, 2, 3] }],
  ["high-water texts", { hw: ["1", "2"] }],
  ["high-water numbers by name", { hw: { 0: 1, 1: 2, length: 2 } }],
  ["no time", { iat: undefined }],
  ["a time too large to be exact", { iat: Number.MAX_SAFE_INTEGER }],
  ["a short jti", { jti: jti.slice(1) }],
  ["a jti with stray bits", { jti: `${jti.slice(0, -1)}B` }],
  ["a jti of other characters", { jti: "+".repeat(22) }],
  ["no issuer", { iss: undefined }],
];

test.each(badClaims)("%s is refused though well signed", (_, change) => {
  const attack = signHs256(header, { ...ticketClaims, ...change }, secret);
  expect(verifyTicket(ring, "tax", attack)).toEqual({ ok: false, reason: "bad-claims" });
});

test("a claim that only a newer gateway knows does no harm", () => {
  const newer = signHs256(header, { ...ticketClaims, more: 1 }, secret);
  expect(verifyTicket(ring, "tax", newer)).toEqual({ ok: true, ticket });
});

test.each([0, 1, 2] as const)("part %i in another spelling is refused", (part) => {
  for (const attack of lenientSpellings(token, part)) {
    expect(verifyTicket(ring, "tax", attack)).toEqual({ ok: false, reason: "not-canonical" });
  }
});

test("stray bits are refused even where the signature covers them", () => {
  // Spaces behind the JSON change its length until there are bits to spare.
  for (const [head, claims] of [
    ["strayed", "plain"],
    ["plain", "strayed"],
  ] as const) {
    const signed = `${spell(header, head)}.${spell(ticketClaims, claims)}`;
    const attack = `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
    expect(verifyTicket(ring, "tax", attack)).toEqual({ ok: false, reason: "not-canonical" });
  }
  const plain = `${spell(header, "plain")}.${spell(ticketClaims, "plain")}`;
  const control = `${plain}.${createHmac("sha256", secret).update(plain).digest("base64url")}`;
  expect(verifyTicket(ring, "tax", control)).toEqual({ ok: true, ticket });
});

function spell(value: object, spelling: "plain" | "strayed"): string {
  const spaced = ["", " ", "  "].map((space) => encode(JSON.stringify(value) + space));
  const text = spaced.find((each) => each.length % 4 !== 0) ?? "";
  return spelling === "plain" ? text : (withStrayBit(text, 0) ?? "");
}

test("a ticket of another deployment that shares our keys is refused", async () => {
  const set = await generateKeySet(nowMs);
  const here = await loadKeyRing(set, { issuer });
  const there = await loadKeyRing(set, { issuer: "https://other.example" });
  const theirs = signTicket(there, ticket, nowMs);
  expect(verifyTicket(there, "tax", theirs).ok).toBe(true);
  expect(verifyTicket(here, "tax", theirs)).toEqual({ ok: false, reason: "wrong-issuer" });
});

test(`10,000 damaged tickets, none is accepted (SLUSE_SEED=${seed})`, () => {
  const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  let damaged = 0;
  const property = fc.property(share, share, share, (kind, where, what) => {
    const attack = mutate(token, kind, where, what);
    fc.pre(attack !== token);
    damaged += 1;
    expect(verifyTicket(ring, "tax", attack).ok).toBe(false);
  });
  fc.assert(property, { seed, numRuns: 10_000 });
  expect(damaged).toBe(10_000);
});

test("a new key is known before it signs, and old tickets stay good", async () => {
  const before = await generateKeySet(nowMs);
  const after = await rotateKeySet(before, nowMs, { publishAheadMs: 60_000 });
  const behind = await loadKeyRing(before, { issuer });
  const rotated = await loadKeyRing(after, { issuer });

  const early = signTicket(rotated, ticket, nowMs + 59_999);
  expect(verifyTicket(behind, "tax", early)).toEqual({ ok: true, ticket });
  const late = signTicket(rotated, ticket, nowMs + 60_000);
  expect(verifyTicket(rotated, "tax", late)).toEqual({ ok: true, ticket });
  expect(verifyTicket(behind, "tax", late)).toEqual({ ok: false, reason: "unknown-key" });
  expect(verifyTicket(rotated, "tax", signTicket(behind, ticket, nowMs))).toEqual({ ok: true, ticket });
});

test("a key of the future signs all the same where there is no other", async () => {
  const ahead = await loadKeyRing(await generateKeySet(nowMs + 5000), { issuer });
  expect(verifyTicket(ahead, "tax", signTicket(ahead, ticket, nowMs)).ok).toBe(true);
});

test("what no gateway would accept is not signed", () => {
  for (const change of [
    { number: -1 },
    { generation: Number.NaN },
    { issued: 0.5 },
    { jti: "short" },
    { jti: '",n":1,"jti":"AAAAAAAA' },
  ]) {
    expect(() => signTicket(ring, { ...ticket, ...change }, nowMs)).toThrow("whole numbers");
  }
});

test("a jti is 16 bytes in 22 characters, also out of a larger buffer", () => {
  const bytes = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
  expect(newJti(bytes, 8)).toBe(bytes.subarray(8, 24).toString("base64url"));
  expect(newJti(bytes, 16)).toHaveLength(22);
  expect(() => newJti(bytes, 17)).toThrow("16");
});
