import { afterAll, beforeAll, describe } from "vitest";
import { configure, type Deployed, deploy, QUIET } from "./deployment.ts";
import { type GatedPlace, outerOf } from "./ways-round.ts";
import { type DoorUnderTest, tokensRound, waysIn, waysRound } from "./ways-round-suite.ts";

/** Two gated places: one with an open room beside it, one in the midst of an open room. */
const BESIDE = placeOf("beside", "/open");
const WITHIN = placeOf("within", "");

function placeOf(room: string, open: string): GatedPlace {
  return {
    host: `${room}.example`,
    path: "/gated",
    ungated: "/gated/free/",
    readable: "/gated/read",
    open,
    passCookie: `sluse_pass_${room}`,
  };
}

function gated({ host, path, ungated, readable }: GatedPlace) {
  const rules = [{ path: `${ungated}*` }, { method: "GET", path: readable }];
  return { ...QUIET, match: { host, path }, ungated: rules };
}

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

let at: Deployed;

beforeAll(async () => {
  at = await deploy({
    beside: gated(BESIDE),
    within: gated(WITHIN),
    open: { ...QUIET, mode: "open", match: { host: BESIDE.host, path: "/open" } },
    around: { ...QUIET, mode: "open", match: { host: WITHIN.host, path: "/" } },
    // Whoever is taken for a visitor of another host is let in here.
    elsewhere: { ...QUIET, mode: "open", match: { host: "*", path: "/gated" } },
  });
});

afterAll(() => at?.close());

/** Lets two visitors in, ends the session of one, and holds the room. */
async function doorTo(room: string, place: GatedPlace): Promise<DoorUnderTest> {
  const [stays, goes] = [at.visitor(room), at.visitor(room)];
  await stays.join();
  await goes.join();
  const endedPass = goes.cookies.get(place.passCookie) ?? "";
  await goes.fetch(`${place.path}/bye?command=end-session`, { headers: { host: place.host } });
  await configure(at, room, { mode: "hold" });
  return {
    url: at.gateway.url,
    place,
    pass: stays.cookies.get(place.passCookie) ?? "",
    ticket: stays.cookies.get(`sluse_ticket_${room}`) ?? "",
    endedPass,
    folder: at.gateway.folder,
    reached: () => at.service.seen.filter(({ url }) => url !== outerOf(place)).length,
  };
}

// PROTOCOL: Paths are matched after normalisation (case, percent-encoding, dot segments,
// PROTOCOL: doubled slashes, path parameters, trailing dot of the host)
// PROTOCOL: A token that is not canonical base64url is refused
describe("a room beside an open one", () => {
  let door: DoorUnderTest;
  beforeAll(async () => {
    door = await doorTo("beside", BESIDE);
  });
  waysRound(() => door);
  waysIn(() => door, AMBIGUOUS);
  tokensRound(() => door);
});

describe("a room in the midst of an open one", () => {
  let door: DoorUnderTest;
  beforeAll(async () => {
    door = await doorTo("within", WITHIN);
  });
  waysRound(() => door);
});
