import { isRoomTarget, onThisHost } from "#core";
import { openSeal } from "#core/tokens";
import type { Deployment, Door } from "../deployment.ts";
import { type Client, clientOf } from "../http/forwarded.ts";
import type { Reply } from "../http/reply.ts";
import { headerOf, type Request } from "../http/request.ts";

/** One request of a visitor, with what its route works with. */
export interface Visit {
  readonly deployment: Deployment;
  readonly request: Request;
  readonly reply: Reply;
}

/** A visit to a room that exists. */
export interface RoomVisit extends Visit {
  readonly door: Door;
  /** The visitor's session is over, a form went through after it, and the time for that is over too. */
  readonly isAfterForm?: boolean;
}

export function clientOfVisit({ deployment, request }: Visit): Client {
  const proto = deployment.secure ? "https" : "http";
  return clientOf(request, deployment.trustedProxies, proto);
}

/**
 * Whether a request under `/_sluse/` comes from one of our own pages, or from no page at all: a browser says
 * `Origin` on every unsafe request and WebSocket.
 */
export function isForeignOrigin({ deployment, request }: Omit<Visit, "reply">): boolean {
  const origin = headerOf(request, "origin");
  if (origin === undefined || origin === deployment.settings.publicUrl.origin) return false;
  const { host, proto } = clientOf(request, deployment.trustedProxies, deployment.secure ? "https" : "http");
  return origin.toLowerCase() !== `${proto}://${host}`.toLowerCase();
}

/** Where the visitor wants to go: a path of this room on this host; its front where none is named; null for any other. */
export function targetOf(visit: RoomVisit, to: string | null): string | null {
  const { config } = visit.door;
  if (to === null) return config.match.path;
  return isRoomTarget(to, config, clientOfVisit(visit).host, visit.deployment.roomTable) ? to : null;
}

/**
 * The address of this room that a request was sent from; null where it was sent from elsewhere. A page of our own stands
 * for where it leads.
 */
export function sentFrom(visit: RoomVisit): string | null {
  const referer = headerOf(visit.request, "referer");
  if (referer === undefined || !URL.canParse(referer)) return null;
  const { host, pathname, search, searchParams } = new URL(referer);
  if (host !== clientOfVisit(visit).host.toLowerCase()) return null;
  // The switch of language makes an address of its own.
  const isSwitched = visit.deployment.settings.languages.some((tag) => search === `?lang=${tag}`);
  const plain = onThisHost(isSwitched ? pathname : pathname + search);
  const from = pathname.startsWith("/_sluse/") ? searchParams.get("to") : plain;
  return from !== null && targetOf(visit, from) !== null ? from : null;
}

/** When a call ends, epoch ms. While the gate does not admit it is put off: it ends then or later. */
export function callEndsAtMs({ door }: Pick<RoomVisit, "door">, windowEndsInMs: number): number {
  return Math.round(door.room.now() + windowEndsInMs);
}

/** Takes what the page gives back of the line. A seal that is not ours says nothing. */
export function learnFromSeal({ deployment, request, door }: Omit<RoomVisit, "reply">): void {
  const text = headerOf(request, "sluse-seal");
  if (text === undefined || text === "") return;
  const line = openSeal(deployment.ring, door.config.id, text);
  if (line === null) deployment.metrics.tokenRejected(door.config.id, "bad-seal");
  else door.room.learn(line.generation, line.issued, line.serving);
}

/** A query's parameter, decoded; null where it is not there. Throws on nothing. */
export function queryParameter(request: Request, name: string): string | null {
  return request.query === null ? null : new URLSearchParams(request.query).get(name);
}
