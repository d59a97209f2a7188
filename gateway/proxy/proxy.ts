import { networkOf } from "../http/address.ts";
import { headerOf } from "../http/request.ts";
import { sendProblem } from "../http/respond.ts";
import { connectWebSocket } from "./connect.ts";
import { Exchange } from "./exchange.ts";
import { Turn } from "./fair-share.ts";
import type { Forward, ProxyRoom } from "./forward.ts";
import { type Origin, openOrigin, type ProxySettings } from "./origin.ts";
import type { Relay } from "./relay.ts";

export interface OriginProxy {
  /**
   * Streams a request to its room's origin and the answer back. Neither body is kept or rewritten. A WebSocket's
   * handshake opens one to the origin; any other upgrade is answered with 501.
   */
  forward(exchange: Forward): void;
  /** Says goodbye on WebSockets, lets running requests finish, then closes every connection. */
  close(): Promise<void>;
  /** Cuts running requests off. */
  destroy(): Promise<void>;
}

/** One proxy for all rooms: keeps a pool of connections per origin. */
export function createProxy(settings: ProxySettings = {}): OriginProxy {
  const origins = new Map<string, Origin>();
  const relays = new Set<Relay>();
  const checking = setInterval(() => {
    for (const relay of [...relays]) relay.check();
  }, settings.checkEveryMs ?? 5_000).unref();
  const nowMs = settings.nowMs ?? (() => performance.now());

  function originOf(room: ProxyRoom): Origin {
    const key = `${room.origin} ${room.originHost ?? ""}`;
    const known = origins.get(key);
    if (known !== undefined) return known;
    const origin = openOrigin(room, settings);
    origins.set(key, origin);
    return origin;
  }

  return {
    forward(exchange) {
      const { reply, request, room } = exchange;
      if (!reply.open) return;
      if (reply.canUpgrade) connectWebSocket(exchange, originOf(room), nowMs, relays);
      else if (headerOf(request, "upgrade") !== undefined) {
        sendProblem(reply, 501, "upgrade-not-supported", "This upgrade is not supported.");
      } else startInTurn(exchange, originOf(room), nowMs);
    },
    async close() {
      for (const relay of [...relays]) relay.close();
      await Promise.all([...origins.values()].map(({ pool }) => pool.close()));
    },
    async destroy() {
      clearInterval(checking);
      for (const relay of [...relays]) relay.destroy();
      await Promise.all([...origins.values()].map(({ pool }) => pool.destroy()));
    },
  };
}

function startInTurn(forward: Forward, origin: Origin, nowMs: () => number): void {
  const { share } = origin;
  const address = networkOf(forward.client.address);
  const start = () => new Exchange(forward, origin, nowMs, new Turn(share, address)).start();
  if (!share.enter(address, start)) forward.reply.onAbort(() => share.giveUp(address, start));
}
