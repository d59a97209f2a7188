import { configure, type Deployed, deploy, QUIET } from "./deployment.ts";
import { type GatedPlace, outerOf } from "./ways-round.ts";
import type { DoorUnderTest } from "./ways-round-suite.ts";

/** Two gated places: one with an open room beside it, one in the midst of an open room. */
export const BESIDE = placeOf("beside", "/open");
export const WITHIN = placeOf("within", "");

function placeOf(room: string, open: string): GatedPlace {
  return {
    room,
    host: `${room}.example`,
    path: "/gated",
    ungated: "/gated/free/",
    readable: "/gated/read",
    open,
    passCookie: `sluse_pass_${room}`,
  };
}

/** A gateway with both places before one service. */
export function deployGatedPlaces(env: Readonly<Record<string, string>> = {}): Promise<Deployed> {
  const rooms = {
    beside: gated(BESIDE),
    within: gated(WITHIN),
    open: { ...QUIET, mode: "open", match: { host: BESIDE.host, path: "/open" } },
    around: { ...QUIET, mode: "open", match: { host: WITHIN.host, path: "/" } },
    // Whoever is taken for a visitor of another host is let in here.
    elsewhere: { ...QUIET, mode: "open", match: { host: "*", path: "/gated" } },
  };
  return deploy(rooms, env);
}

function gated({ host, path, ungated, readable }: GatedPlace) {
  const rules = [{ path: `${ungated}*` }, { method: "GET", path: readable }];
  return { ...QUIET, match: { host, path }, ungated: rules };
}

/** Lets two visitors in, ends the session of one, and holds the room. `url` is the door's, the gateway's or another. */
export async function doorTo(at: Deployed, place: GatedPlace, url = at.gateway.url): Promise<DoorUnderTest> {
  const { room, passCookie } = place;
  const [stays, goes] = [at.visitor(room), at.visitor(room)];
  await stays.join();
  await goes.join();
  const endedPass = goes.cookies.get(passCookie) ?? "";
  await goes.fetch(`${place.path}/bye?command=end-session`, { headers: { host: place.host } });
  await configure(at, room, { mode: "hold" });
  return {
    url,
    place,
    pass: stays.cookies.get(passCookie) ?? "",
    ticket: stays.cookies.get(`sluse_ticket_${room}`) ?? "",
    endedPass,
    folder: at.gateway.folder,
    reached: () => at.service.seen.filter(({ url }) => url !== outerOf(place)).length,
  };
}
