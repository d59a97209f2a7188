/**
 * A door as a worker at the edge would be: Fetch's `Headers`, the rooms file, the public keys, and what the status
 * document tells of the line; no ticket can be verified, and whether a room is quiet only a gateway knows.
 */
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { type Decision, decide } from "../domain/decide.ts";
import { compileRooms, matchRoom } from "../domain/room-match.ts";
import { loadPassVerifier, publicJwks, signPass, VerifiedPasses } from "../tokens/index.ts";
import { issuer, newDeployment, nowMs, pass } from "../tokens/tokens-fixture.ts";
import {
  factsOf,
  type GatedRoom,
  type LineView,
  type PlainRequest,
  passCheckOf,
  serviceCredentialsOf,
  splitTarget,
} from "./index.ts";

const tax: GatedRoom = {
  id: "tax",
  match: { host: "*", path: "/tax" },
  mode: "queue",
  opensAt: null,
  sessionGraceSeconds: 1_800,
  whenStoreDown: "hold",
  ungated: [{ path: "/tax/help" }],
};
const vaccine: GatedRoom = {
  ...tax,
  id: "vaccine",
  match: { host: "*", path: "/vaccine" },
  whenStoreDown: "open",
};
const table = compileRooms([tax, vaccine]);
const line: LineView = {
  mode: "queue",
  quiet: false,
  generation: 1,
  serving: 100,
  settings: { sessionGraceSeconds: 1_800, passesNotBeforeMs: 0 },
};

const { ring } = await newDeployment();
const passes = new VerifiedPasses(await loadPassVerifier(publicJwks(ring), { issuer }));
const signed = (ageMs: number, room = "tax") =>
  signPass(
    ring,
    { ...pass, room, issuedAtMs: nowMs - ageMs, expiresAtMs: nowMs - ageMs + 600_000 },
    nowMs - ageMs,
  );
const fresh = await signed(0);
const older = await signed(301_000);
const forged = fresh.replace(/\.(.)(?=[^.]*$)/, (_, first) => (first === "A" ? ".B" : ".A"));
const lapsed = await signed(601_000);
const elsewhere = await signed(0, "vaccine");

interface Heard {
  readonly line: LineView | null;
  readonly gatewayAway: boolean;
}

const HEARD: Heard = { line, gatewayAway: false };
const AWAY: Heard = { line, gatewayAway: true };

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

/** The whole of it: what an edge worker does before it answers. */
async function decideAtEdge(
  target: string,
  { method = "GET", headers = {} }: Asked,
  heard: Heard,
): Promise<Decision | "no-room" | "ambiguous-path"> {
  const request: PlainRequest = { method, ...splitTarget(target), headers: [...new Headers(headers)] };
  const match = matchRoom(table, "tax.example", request.path);
  if (match.kind !== "room") return match.kind === "none" ? "no-room" : "ambiguous-path";
  const { room } = match;
  const credentials = serviceCredentialsOf(request, room.id, true);
  const check = passCheckOf(room, heard.line, nowMs);
  const verdict =
    credentials.pass === undefined
      ? null
      : (passes.get(credentials.pass, check) ?? (await passes.verify(credentials.pass, check)));
  const { line, gatewayAway: storeDown } = heard;
  return decide(factsOf({ request, room, line, storeDown, pass: verdict, ticket: null, nowMs }));
}

const NAVIGATION = { "sec-fetch-mode": "navigate" };
const withPass = (token: string, more: object = {}) => ({
  cookie: `__Host-sluse_pass_tax=${token}`,
  ...more,
});

const journeys: [string, string, Asked, Heard, Awaited<ReturnType<typeof decideAtEdge>>][] = [
  ["a stranger", "/tax", { headers: NAVIGATION }, HEARD, "page"],
  ["a program", "/tax/data?x=1", {}, HEARD, "must-wait"],
  [
    "a stranger, before anything was heard",
    "/tax",
    { headers: NAVIGATION },
    { ...HEARD, line: null },
    "page",
  ],
  ["another address", "/about", {}, HEARD, "no-room"],
  ["an address of two readings", "/tax/%2e%2e/vaccine", {}, HEARD, "ambiguous-path"],
  ["an ungated one", "/tax/help?q", {}, AWAY, "forward"],
  ["a pass", "/tax/data", { headers: withPass(fresh) }, HEARD, "forward"],
  ["a pass, once more", "/tax/data", { headers: withPass(fresh) }, HEARD, "forward"],
  ["a pass while the gateway is away", "/tax", { headers: withPass(older, NAVIGATION) }, AWAY, "forward"],
  ["a pass past half its life", "/tax", { headers: withPass(older, NAVIGATION) }, HEARD, "renew"],
  ["the same on an image", "/tax/a.png", { headers: withPass(older) }, HEARD, "forward"],
  ["a lapsed pass", "/tax", { headers: withPass(lapsed, NAVIGATION) }, HEARD, "resume"],
  [
    "a lapsed pass while the gateway is away",
    "/tax",
    { headers: withPass(lapsed, NAVIGATION) },
    AWAY,
    "page",
  ],
  ["a form with it", "/tax", { method: "POST", headers: withPass(lapsed, NAVIGATION) }, HEARD, "resume"],
  [
    "a form with it while the gateway is away",
    "/tax",
    { method: "POST", headers: withPass(lapsed, NAVIGATION) },
    AWAY,
    "forward",
  ],
  ["another room's pass", "/tax", { headers: withPass(elsewhere, NAVIGATION) }, HEARD, "page"],
  ["a forged one", "/tax", { headers: withPass(forged, NAVIGATION) }, HEARD, "page"],
  [
    "a pass from before `passesNotBefore`",
    "/tax",
    { headers: withPass(fresh, NAVIGATION) },
    { ...HEARD, line: { ...line, settings: { ...line.settings, passesNotBeforeMs: nowMs + 1 } } },
    "page",
  ],
  ["an app's pass", "/tax", { headers: { "sluse-client": "app", "sluse-pass": fresh } }, HEARD, "forward"],
  ["closed", "/tax", { headers: NAVIGATION }, { ...HEARD, line: { ...line, mode: "closed" } }, "closed"],
  ["the gateway away, hold", "/tax", { headers: NAVIGATION }, AWAY, "page"],
  ["the gateway away, open", "/vaccine", { headers: NAVIGATION }, AWAY, "forward"],
  [
    "the gateway away, open, but an operator holds",
    "/vaccine",
    {},
    { ...AWAY, line: { ...line, mode: "hold" } },
    "must-wait",
  ],
];

describe("a door at the edge", () => {
  for (const [name, path, asked, heard, expected] of journeys) {
    it(`${name}: ${expected}`, async () => expect(await decideAtEdge(path, asked, heard)).toBe(expected));
  }
});

it("needs nothing of Node's own", async () => {
  const built = await build({
    stdin: {
      contents: 'export * from "./index.ts"; export { decide } from "../domain/decide.ts";',
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
