import { createPrivateKey, type JsonWebKey, sign } from "node:crypto";
import { build } from "esbuild";
import fc from "fast-check";
import { createLocalJWKSet, importJWK, jwtVerify, SignJWT } from "jose";
import { expect, test } from "vitest";
import {
  generateKeySet,
  loadKeyRing,
  loadPassVerifier,
  type PassCheck,
  publicJwks,
  rotateKeySet,
  signPass,
  signTicket,
  verifyPass,
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
  passClaims,
  seed,
  signHs256,
  ticket,
} from "./tokens-fixture.ts";

const typ = "sluse-pass+jwt";
const { ring, passJwk } = await newDeployment();
const { kid } = passJwk;
const header = { alg: "EdDSA", typ, kid };
const token = await signPass(ring, pass, nowMs);
const check: PassCheck = { room: "tax", nowMs };

/** Signs anything at all with a pass key. */
function signEd25519(head: unknown, payload: unknown, jwk: object = passJwk): string {
  const signed = `${encode(head)}.${encode(payload)}`;
  const key = createPrivateKey({ key: jwk as JsonWebKey, format: "jwk" });
  return `${signed}.${sign(null, Buffer.from(signed), key).toString("base64url")}`;
}

test("a pass says what was signed, with its times in whole seconds", async () => {
  const odd = { ...pass, issuedAtMs: nowMs + 999, expiresAtMs: pass.expiresAtMs + 999 };
  const verdict = await verifyPass(ring, check, await signPass(ring, odd, nowMs));
  expect(verdict).toEqual({ ok: true, pass, state: "live" });
});

test("header and claims are those of the contract", () => {
  const [head = "", claims = ""] = token.split(".").map((part) => Buffer.from(part, "base64url").toString());
  expect(JSON.parse(head)).toEqual(header);
  expect(JSON.parse(claims)).toEqual(passClaims);
});

test("jose verifies our passes with the published keys", async () => {
  const { payload, protectedHeader } = await jwtVerify(
    token,
    createLocalJWKSet({ keys: publicJwks(ring).keys.map((key) => ({ ...key })) }),
    { algorithms: ["EdDSA"], typ, issuer, audience: "tax", currentDate: new Date(nowMs) },
  );
  expect(protectedHeader).toEqual(header);
  expect(payload).toEqual(passClaims);
});

test("we verify jose's passes, with a ring and with the published keys alone", async () => {
  const theirs = await new SignJWT(passClaims)
    .setProtectedHeader({ typ, kid, alg: "EdDSA" })
    .sign(await importJWK({ ...passJwk }, "EdDSA"));
  const verifier = await loadPassVerifier(JSON.parse(JSON.stringify(publicJwks(ring))), { issuer });
  for (const keys of [ring, verifier]) {
    expect(await verifyPass(keys, check, theirs)).toEqual({ ok: true, pass, state: "live" });
  }
});

const foreign = await newDeployment();
const attacks: [string, string, string][] = [
  ["nothing", "", "malformed"],
  ["two parts", token.slice(0, token.lastIndexOf(".")), "malformed"],
  ["four parts", `${token}.`, "malformed"],
  ["1,025 characters", "A".repeat(1025), "too-long"],
  ["a kid of 10 KB", signEd25519({ ...header, kid: "k".repeat(10_240) }, passClaims), "too-long"],
  ["a kid of 65 characters", signEd25519({ ...header, kid: "k".repeat(65) }, passClaims), "unknown-key"],
  ["no kid", signEd25519({ alg: "EdDSA", typ }, passClaims), "unknown-key"],
  ["kid __proto__", signEd25519({ ...header, kid: "__proto__" }, passClaims), "unknown-key"],
  ["alg none", `${encode({ alg: "none", typ, kid })}.${encode(passClaims)}.`, "wrong-algorithm"],
  ["alg none under a known header", `${token.slice(0, token.lastIndexOf("."))}.`, "bad-signature"],
  [
    "HS256 with the public key's bytes",
    signHs256({ ...header, alg: "HS256" }, passClaims, Buffer.from(passJwk.x, "base64url")),
    "wrong-algorithm",
  ],
  [
    "HS256 with the public key's text",
    signHs256({ ...header, alg: "HS256" }, passClaims, Buffer.from(passJwk.x)),
    "wrong-algorithm",
  ],
  [
    "HS256 that says EdDSA",
    signHs256(header, passClaims, Buffer.from(passJwk.x, "base64url")),
    "bad-signature",
  ],
  ["a foreign key under our kid", signEd25519(header, passClaims, foreign.passJwk), "bad-signature"],
  ["a foreign key under its own kid", await signPass(foreign.ring, pass, nowMs), "unknown-key"],
  ["no typ", signEd25519({ alg: "EdDSA", kid }, passClaims), "wrong-type"],
  ["typ JWT", signEd25519({ ...header, typ: "JWT" }, passClaims), "wrong-type"],
  ["a later format", signEd25519({ ...header, typ: "sluse-pass-2+jwt" }, passClaims), "newer-format"],
  ["a ticket's typ", signEd25519({ ...header, typ: "sluse-ticket+jwt" }, passClaims), "wrong-type"],
  ["a ticket", signTicket(ring, ticket, nowMs), "wrong-type"],
  [
    "its own jwk",
    signEd25519({ ...header, jwk: { kty: "OKP", crv: "Ed25519", x: passJwk.x } }, passClaims),
    "malformed",
  ],
  ["a jku", signEd25519({ ...header, jku: "https://evil.example" }, passClaims), "malformed"],
  ["an x5u", signEd25519({ ...header, x5u: "https://evil.example" }, passClaims), "malformed"],
  ["an x5c", signEd25519({ ...header, x5c: [] }, passClaims), "malformed"],
  ["a crit", signEd25519({ ...header, crit: ["exp"] }, passClaims), "malformed"],
  ["b64 false", signEd25519({ ...header, b64: false, crit: ["b64"] }, passClaims), "malformed"],
  ["a header that is no JSON", signEd25519("alg", passClaims), "malformed"],
  ["claims that are no JSON", signEd25519(header, "{"), "bad-claims"],
  ["claims of a ticket", signEd25519(header, { iss: issuer, aud: "tax", jti, n: 1, iat: 1 }), "bad-claims"],
  ["no end", signEd25519(header, { ...passClaims, exp: undefined }), "bad-claims"],
  ["an end in quotes", signEd25519(header, { ...passClaims, exp: "9999999999" }), "bad-claims"],
  ["an end without end", signEd25519(header, { ...passClaims, exp: 1e300 }), "bad-claims"],
  [
    "an end too late to be exact in ms",
    signEd25519(header, { ...passClaims, exp: 2 ** 53 - 1 }),
    "bad-claims",
  ],
  ["an end before its start", signEd25519(header, { ...passClaims, exp: passClaims.iat - 1 }), "bad-claims"],
  ["a short jti", signEd25519(header, { ...passClaims, jti: jti.slice(1) }), "bad-claims"],
  ["several rooms", signEd25519(header, { ...passClaims, aud: ["tax", "vaccine"] }), "bad-claims"],
  ["another room", signEd25519(header, { ...passClaims, aud: "vaccine" }), "wrong-audience"],
  ["another issuer", signEd25519(header, { ...passClaims, iss: "https://other.example" }), "wrong-issuer"],
];

test.each(attacks)("%s is refused", async (_, attack, reason) => {
  expect(await verifyPass(ring, check, attack)).toEqual({ ok: false, reason });
});

test("the attacks' own signer is good: without an attack it is let in", async () => {
  expect((await verifyPass(ring, check, signEd25519(header, passClaims))).ok).toBe(true);
});

test.each([0, 1, 2] as const)("part %i in another spelling is refused", async (part) => {
  for (const attack of lenientSpellings(token, part)) {
    expect(await verifyPass(ring, check, attack)).toEqual({ ok: false, reason: "not-canonical" });
  }
});

test("a pass is live until its end, in grace until the grace is over, then expired", async () => {
  const end = pass.expiresAtMs;
  const at = async (time: number, graceSeconds?: number) => {
    const verdict = await verifyPass(ring, { room: "tax", nowMs: time, graceSeconds }, token);
    return verdict.ok ? verdict.state : verdict.reason;
  };
  expect(await at(end - 1)).toBe("live");
  expect(await at(end)).toBe("expired");
  expect(await at(end - 1, 1800)).toBe("live");
  expect(await at(end, 1800)).toBe("grace");
  expect(await at(end + 1_799_999, 1800)).toBe("grace");
  expect(await at(end + 1_800_000, 1800)).toBe("expired");
});

test("a pass issued before passesNotBefore fails, also in its grace; one issued then is good", async () => {
  const verdict = async (passesNotBeforeMs: number, time = nowMs) =>
    verifyPass(ring, { room: "tax", nowMs: time, graceSeconds: 1800, passesNotBeforeMs }, token);
  expect((await verdict(nowMs)).ok).toBe(true);
  expect(await verdict(nowMs + 1)).toEqual({ ok: false, reason: "revoked" });
  expect(await verdict(nowMs + 1, pass.expiresAtMs)).toEqual({ ok: false, reason: "revoked" });
});

test(`10,000 damaged passes, none is accepted (SLUSE_SEED=${seed})`, async () => {
  const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  let damaged = 0;
  const property = fc.asyncProperty(share, share, share, async (kind, where, what) => {
    const attack = mutate(token, kind, where, what);
    fc.pre(attack !== token);
    damaged += 1;
    expect((await verifyPass(ring, check, attack)).ok).toBe(false);
  });
  await fc.assert(property, { seed, numRuns: 10_000 });
  expect(damaged).toBe(10_000);
});

test("a new key is published before it signs, and old passes stay good", async () => {
  const before = await generateKeySet(nowMs);
  const after = await rotateKeySet(before, nowMs, { publishAheadMs: 60_000 });
  const old = await loadKeyRing(before, { issuer });
  const rotated = await loadKeyRing(after, { issuer });
  const published = await loadPassVerifier(publicJwks(rotated), { issuer });

  const early = await signPass(rotated, pass, nowMs + 59_999);
  expect((await verifyPass(old, check, early)).ok).toBe(true);
  const late = await signPass(rotated, pass, nowMs + 60_000);
  expect(await verifyPass(old, check, late)).toEqual({ ok: false, reason: "unknown-key" });
  expect((await verifyPass(published, check, late)).ok).toBe(true);
  expect((await verifyPass(published, check, await signPass(old, pass, nowMs))).ok).toBe(true);
});

test("what nobody would accept is not signed", async () => {
  await expect(signPass(ring, { ...pass, jti: "short" }, nowMs)).rejects.toThrow("jti");
  await expect(signPass(ring, { ...pass, expiresAtMs: nowMs - 1000 }, nowMs)).rejects.toThrow("ends");
});

test("passes need nothing of Node's own, so they can be verified at the edge", async () => {
  const built = await build({
    stdin: {
      contents: 'export * from "./pass.ts"; export * from "./verified-passes.ts";',
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    format: "esm",
    platform: "neutral",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const external = Object.values(built.metafile.inputs).flatMap(({ imports }) =>
    imports.filter((found) => found.external === true),
  );
  expect(external).toEqual([]);
  expect(built.outputFiles[0]?.text).not.toMatch(/\b(?:Buffer|process|require)\b\s*[.(]/);
});
