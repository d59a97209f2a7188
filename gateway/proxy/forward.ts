import type { Client } from "../http/forwarded.ts";
import type { Reply } from "../http/reply.ts";
import type { Request } from "../http/request.ts";
import type { Asker } from "./fair-share.ts";

/** Where a room's requests go. */
export interface ProxyRoom {
  id: string;
  /** An http(s) URL; only its scheme, host and port count. */
  origin: string;
  /** The Host sent on, and the name its certificate must have; the visitor's Host where undefined. */
  originHost?: string | undefined;
}

/**
 * Why the origin's answer did not come. `away` (502), `slow` (504), `malformed` (400: the request cannot be
 * written down for the origin): nothing was sent yet, the reply is the caller's to give. `cut`: the answer had
 * begun; the visitor's connection was closed. `lasting`: an event stream or a WebSocket, where one request was let
 * through and no more. `too-many-requests`, `too-many-sockets`: the pass has as many as wait in turn, or stay open.
 */
export type ProxyFailure =
  | "away"
  | "slow"
  | "malformed"
  | "cut"
  | "lasting"
  | "too-many-requests"
  | "too-many-sockets";

export interface ForwardEvents {
  /** The origin's headers came, `seconds` after the request was taken on. */
  response(status: number, seconds: number): void;
  failure(kind: ProxyFailure): void;
  /** The value of the origin's `Sluse-Command`; runs before `setCookies` is asked. */
  command?(value: string): void;
}

export interface Forward {
  reply: Reply;
  request: Request;
  room: ProxyRoom;
  /** `SLUSE_PUBLIC_URL`, or the address at which this visitor sees the room: what a `Location` naming the origin becomes. */
  publicUrl: string;
  client: Client;
  /** Whose share of the service it takes. */
  asker: Asker;
  /** The verified pass, sent on as `Sluse-Pass`. */
  pass?: string | undefined;
  /** `Set-Cookie` values for the reply; a function is asked once the origin's headers are here. */
  setCookies?: readonly string[] | (() => readonly string[]) | undefined;
  /** One request and no more: it may take so many ms in all, and opens neither WebSocket nor event stream. */
  oneRequestMs?: number | undefined;
  /**
   * Asked from time to time of a WebSocket, and of an answer that goes on; false ends it. `used`: since the last time
   * something went over it, to or from the visitor.
   */
  mayStay?: (used: boolean) => boolean;
  on: ForwardEvents;
}

/** The Host that the origin is sent. */
export function hostSentOn({ room, client }: Forward): string {
  return room.originHost ?? client.host;
}

/** Our cookies for the reply, now that the origin's headers are here. */
export function cookiesFor({ setCookies }: Forward): readonly string[] {
  return typeof setCookies === "function" ? setCookies() : (setCookies ?? []);
}
