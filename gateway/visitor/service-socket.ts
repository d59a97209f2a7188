import { isWebSocketHandshake } from "../http/handshake.ts";
import type { HttpRequest, HttpResponse, SocketContext, WebSocketBehavior } from "../http/uws.ts";
import { RELAY_BEHAVIOR, type RelayData } from "../proxy/relay.ts";

/** WebSockets of the service: `go` takes each through the gate as any request. Whatever is none has other routes. */
export function serviceSocketBehavior(
  go: (res: HttpResponse, req: HttpRequest, context: SocketContext) => void,
): WebSocketBehavior<RelayData> {
  return {
    ...RELAY_BEHAVIOR,
    upgrade: (res, req, context) => {
      if (isWebSocketHandshake(req) && !isOurs(req.getUrl())) go(res, req, context);
      else req.setYield(true);
    },
  };
}

/** uWebSockets.js asks handlers of WebSockets before all others, whatever their patterns. */
function isOurs(path: string): boolean {
  return path.startsWith("/_sluse/") || path === "/.well-known/jwks.json";
}
