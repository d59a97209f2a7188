import { LateUpgrade } from "../http/late-upgrade.ts";
import { headerOf } from "../http/request.ts";
import { sendProblem } from "../http/respond.ts";
import { connectWebSocket } from "./connect.ts";
import { Exchange } from "./exchange.ts";
import { Turn } from "./fair-share.ts";
import type { Forward, ProxyRoom } from "./forward.ts";
import { LoopShare } from "./loop-share.ts";
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

/** Some 0.2 ms of work: a turn in which it is all spent is still a short one. */
const MOST_BYTES_PER_TURN = 262_144;

/** One proxy for all rooms: keeps a pool of connections per origin. */
export function createProxy(settings: ProxySettings = {}): OriginProxy {
  const origins = new Map<string, Origin>();
  const relays = new Set<Relay>();
  const underWay = new Set<Exchange>();
  const lateUpgrade = new LateUpgrade();
  const loop = new LoopShare(MOST_BYTES_PER_TURN);
  const checking = setInterval(() => {
    for (const lasting of [...relays, ...underWay]) lasting.check();
  }, settings.checkEveryMs ?? 1_000).unref();
  const nowMs = settings.nowMs ?? (() => performance.now());

  function originOf(room: ProxyRoom): Origin {
    const key = `${room.origin} ${room.originHost ?? ""}`;
    const known = origins.get(key);
    if (known !== undefined) return known;
    const origin = openOrigin(room, settings, loop);
    origins.set(key, origin);
    return origin;
  }

  return {
    forward(exchange) {
      const { reply, request, room } = exchange;
      if (!reply.open) return;
      if (reply.canUpgrade && exchange.oneRequestMs !== undefined) exchange.on.failure("lasting");
      else if (reply.canUpgrade) connectWebSocket(exchange, originOf(room), nowMs, { relays, lateUpgrade });
      else if (headerOf(request, "upgrade") !== undefined) {
        sendProblem(reply, 501, "upgrade-not-supported", "This upgrade is not supported.");
      } else startInTurn(exchange, originOf(room), nowMs, underWay);
    },
    async close() {
      for (const relay of [...relays]) relay.close();
      await Promise.all([...origins.values()].map(({ pool }) => pool.close()));
    },
    async destroy() {
      clearInterval(checking);
      for (const relay of [...relays]) relay.destroy();
      lateUpgrade.close();
      await Promise.all([...origins.values()].map(({ pool }) => pool.destroy()));
    },
  };
}

function startInTurn(forward: Forward, origin: Origin, nowMs: () => number, underWay: Set<Exchange>): void {
  const { reply, oneRequestMs, asker, on } = forward;
  const endsMs = oneRequestMs === undefined ? null : nowMs() + oneRequestMs;
  const turn = new Turn(origin.share, asker, () => {
    if (!reply.open) return turn.over(false);
    const exchange = new Exchange(forward, origin, nowMs, turn, underWay);
    exchange.start(endsMs === null ? undefined : Math.max(0, endsMs - nowMs()));
  });
  const entered = origin.share.enter(turn);
  if (entered === "waits") reply.onAbort(() => origin.share.giveUp(turn));
  else if (entered === "refused") on.failure("too-many-requests");
}
