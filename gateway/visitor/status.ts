import { estimateWait, waitingIn } from "#core";
import { publicJwks } from "#core/tokens";
import type { Door } from "../deployment.ts";
import type { Header } from "../http/request.ts";
import { sendJson } from "../http/respond.ts";
import { sendError } from "../problems.ts";
import { isAdmitting } from "../room/status.ts";
import type { ListedRoom, RoomList } from "../visitor-documents.ts";
import { learnFromSeal, type RoomVisit, type Visit } from "./visit.ts";

const ANY_PAGE: Header = ["access-control-allow-origin", "*"];

/** `GET /_sluse/rooms/{room}/status`: the same bytes for everyone. A page that comes back says what it knows. */
export function status(visit: RoomVisit): void {
  const { reply, door } = visit;
  learnFromSeal(visit);
  if (door.statusReply === null) sendError(reply, "store-down", {}, [["retry-after", "2"], ANY_PAGE]);
  else reply.sendPrepared(door.statusReply);
}

/** `GET /_sluse/rooms`: what a portal shows. */
export function roomList({ deployment, reply }: Visit): void {
  const doors = [...deployment.doors.values()];
  const heardAt = doors.flatMap(({ room }) => room.snapshot?.storeTimeMs ?? []);
  const updatedAt = heardAt.length === 0 ? null : Math.min(...heardAt);
  const list: RoomList = { rooms: doors.map(listed), updatedAt };
  sendJson(reply, 200, list, [["cache-control", "public, max-age=1"], ANY_PAGE]);
}

function listed({ config, room, status }: Door): ListedRoom {
  const line = room.snapshot;
  const waiting = line === null ? null : waitingIn(line);
  const quiet = line !== null && (line.quiet || line.mode === "open");
  const wait = status === null || waiting === null ? null : estimateWait(status.waits, waiting);
  return {
    id: config.id,
    name: config.name,
    host: config.match.host,
    path: config.match.path,
    mode: line?.mode ?? null,
    waiting,
    wait: quiet ? [0, 0] : wait && [Math.floor(wait.lowSeconds), Math.ceil(wait.highSeconds)],
    opensAt: line?.settings.opensAtMs || null,
    admitting: line === null ? null : isAdmitting(line),
  };
}

/** `GET /.well-known/jwks.json`: the public keys of passes. */
export function jwks({ deployment, reply }: Visit): void {
  sendJson(reply, 200, publicJwks(deployment.ring), [["cache-control", "public, max-age=300"], ANY_PAGE]);
}

/** `GET /_sluse/healthz`: this process takes requests. */
export function healthz({ reply }: Visit): void {
  sendJson(reply, 200, { status: "ok" });
}
