import type { Deployment, Door } from "../deployment.ts";
import { sendPrepared } from "../http/reply.ts";
import { isRefusal, readRequest } from "../http/request.ts";
import { refuse } from "../http/respond.ts";
import type { WebSocketBehavior } from "../http/uws.ts";
import { preparedError } from "../problems.ts";
import { readBand } from "../room/live-feed.ts";
import type { Counted } from "./address-limits.ts";
import { liveSlotOf } from "./slow-down.ts";
import { isForeignOrigin, queryParameter } from "./visit.ts";

interface Page {
  /** Where its address is counted. */
  readonly slot: Counted | null;
  readonly door: Door;
  readonly topic: string;
}

/** A page has nothing to say on this connection; it is closed when it says more than a ping would. */
const MOST_MESSAGE_BYTES = 128;
const IDLE_SECONDS = 60;
/** Some frames' worth: a page that reads none of them is dropped, and comes back when it reads again. */
const MOST_BACKPRESSURE_BYTES = 65_536;
const NO_ROOM = preparedError("no-room");
const SLOW_DOWN = preparedError("slow-down");
const FOREIGN_ORIGIN = preparedError("foreign-origin");

/** `GET /_sluse/rooms/{room}/live?band=`: the status document at once, then as the band's rhythm has it. */
export function liveBehavior(deployment: Deployment): WebSocketBehavior<Page> {
  return {
    maxPayloadLength: MOST_MESSAGE_BYTES,
    idleTimeout: IDLE_SECONDS,
    sendPingsAutomatically: true,
    maxBackpressure: MOST_BACKPRESSURE_BYTES,
    closeOnBackpressureLimit: true,
    upgrade: (res, req, context) => {
      const id = req.getParameter(0) ?? "";
      const request = readRequest(req, res);
      if (isRefusal(request)) return refuse(res, request);
      const door = deployment.doors.get(id);
      if (door === undefined) return sendPrepared(res, NO_ROOM, false);
      if (isForeignOrigin({ deployment, request })) return sendPrepared(res, FOREIGN_ORIGIN, false);
      const slot = liveSlotOf({ deployment, request });
      if (slot === "full") return sendPrepared(res, SLOW_DOWN, false);
      const page = { slot, door, topic: door.live.topicFor(readBand(queryParameter(request, "band"))) };
      res.upgrade(
        page,
        req.getHeader("sec-websocket-key"),
        req.getHeader("sec-websocket-protocol"),
        req.getHeader("sec-websocket-extensions"),
        context,
      );
    },
    open: (ws) => {
      const { door, topic } = ws.getUserData();
      deployment.metrics.liveConnections(door.config.id, 1);
      if (door.status !== null) ws.send(door.status.json);
      ws.subscribe(topic);
      door.live.opened(ws);
    },
    message: (ws) => ws.end(1008, "this connection is for listening"),
    close: (ws) => {
      const { door, slot } = ws.getUserData();
      if (slot !== null) deployment.limits?.closeLive(slot);
      door.live.closed(ws);
      deployment.metrics.liveConnections(door.config.id, -1);
    },
  };
}
