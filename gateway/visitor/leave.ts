import { credentialsOf, passCookie, ticketCookie } from "#core/door";
import { sendError } from "../problems.ts";
import { passOf, ticketOf } from "./credentials.ts";
import { withCookies } from "./grants.ts";
import type { RoomVisit } from "./visit.ts";

/** `POST /_sluse/rooms/{room}/leave`: gives the place, and any session, back. Leaving twice is leaving once. */
export async function leave(visit: RoomVisit): Promise<void> {
  const cookies = await leaveTheLine(visit);
  if (cookies === null) sendError(visit.reply, "store-down", {}, [["retry-after", "2"]]);
  else visit.reply.send(204, withCookies(cookies));
}

/** Gives everything back. Resolves with the cookies that then are void, or null where the store cannot be asked. */
export async function leaveTheLine({ deployment, request, door }: RoomVisit): Promise<string[] | null> {
  const { id } = door.config;
  const credentials = credentialsOf(request, id, deployment.secure);
  const held = ticketOf(deployment, door, credentials);
  if (held === "newer") return null;
  const verdict = (await passOf(deployment, door, credentials))?.verdict ?? null;
  const jti = held?.jti ?? (verdict?.ok ? verdict.pass.jti : null);
  const { secure } = deployment;
  const gone = credentials.isApp ? [] : [ticketCookie(id, secure, "", 0), passCookie(id, secure, "", 0)];
  if (jti === null) return gone;
  const expiresAtMs = verdict?.ok && verdict.pass.jti === jti ? verdict.pass.expiresAtMs : null;
  return new Promise((resolve) =>
    door.room.end({ jti, number: held?.number ?? 0, kind: "left" }, expiresAtMs, (settled) =>
      resolve(settled.ok ? gone : null),
    ),
  );
}
