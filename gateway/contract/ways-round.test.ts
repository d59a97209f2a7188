import { afterAll, beforeAll, describe } from "vitest";
import { startReadmeNginx, type TestNginx } from "../testing/readme-nginx.ts";
import type { Deployed } from "./deployment.ts";
import { BESIDE, deployGatedPlaces, doorTo, WITHIN } from "./gated-places.ts";
import { type DoorUnderTest, tokensRound, waysIn, waysRound } from "./ways-round-suite.ts";

/** Their raw path lies in the open room, their normalised path in the gated one: `ambiguous-path`. */
const AMBIGUOUS = [
  "dots into it",
  "encoded dots into it",
  "half encoded dots into it",
  "dots encoded twice into it",
  "dots and an encoded slash into it",
  "dots and a parameter into it",
  "dots and a backslash into it",
];

describe("the gateway", () => {
  let at: Deployed;
  let beside: DoorUnderTest;
  let within: DoorUnderTest;

  beforeAll(async () => {
    at = await deployGatedPlaces();
    beside = await doorTo(at, BESIDE);
    within = await doorTo(at, WITHIN);
  });

  afterAll(() => at?.close());

  // PROTOCOL: Paths are matched after normalisation (case, percent-encoding, dot segments,
  // PROTOCOL: doubled slashes, path parameters, trailing dot of the host)
  // PROTOCOL: A token that is not canonical base64url is refused
  describe("a room beside an open one", () => {
    waysRound(() => beside);
    waysIn(() => beside, { refused: AMBIGUOUS, read: [] });
    tokensRound(() => beside, 10_000);
  });

  describe("a room in the midst of an open one", () => {
    waysRound(() => within);
  });
});

describe("forward-auth, by the README's nginx", () => {
  let at: Deployed;
  let nginx: TestNginx;
  let beside: DoorUnderTest;
  let within: DoorUnderTest;

  beforeAll(async () => {
    at = await deployGatedPlaces({ SLUSE_TRUSTED_PROXIES: "127.0.0.1/32" });
    nginx = await startReadmeNginx(at.gateway.url, at.service.url);
    beside = await doorTo(at, BESIDE, nginx.url);
    within = await doorTo(at, WITHIN, nginx.url);
  });

  afterAll(async () => {
    await nginx?.stop();
    await at?.close();
  });

  describe("a room beside an open one", () => {
    const NOT_FOR_NGINX = ["dots above the top", "dots at the host's end", "the method get"];
    const LOWER_CASE = "the method get beside what needs no pass";
    waysRound(() => beside);
    waysIn(() => beside, {
      refused: [...AMBIGUOUS, ...NOT_FOR_NGINX, LOWER_CASE],
      read: ["the whole address", "a whole address elsewhere"],
    });
    tokensRound(() => beside, 1_000);
  });

  describe("a room in the midst of an open one", () => {
    waysRound(() => within);
  });
});
