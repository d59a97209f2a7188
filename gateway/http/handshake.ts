import type { HttpRequest } from "./uws.ts";

/**
 * Whether a request asks for a WebSocket (RFC 6455, 4.2.1). uWebSockets.js itself looks at `Sec-WebSocket-Key`
 * alone before it hands a request over for its upgrade.
 */
export function isWebSocketHandshake(req: HttpRequest): boolean {
  return (
    req.getMethod() === "get" &&
    req.getHeader("upgrade").toLowerCase() === "websocket" &&
    req.getHeader("sec-websocket-version") === "13" &&
    ["", "0"].includes(req.getHeader("content-length")) &&
    req.getHeader("transfer-encoding") === "" &&
    /(?:^|,)\s*upgrade\s*(?:,|$)/i.test(req.getHeader("connection"))
  );
}
