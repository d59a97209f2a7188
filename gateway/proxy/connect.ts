import type { IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import type { LateUpgrade } from "../http/late-upgrade.ts";
import type { Header } from "../http/request.ts";
import { cookiesFor, type Forward, hostSentOn, type ProxyFailure } from "./forward.ts";
import { asBytes, type ResponseHead, requestHeaders, responseHead, withCookies } from "./headers.ts";
import type { Origin } from "./origin.ts";
import { MOST_MESSAGE_BYTES, Relay, type RelayData } from "./relay.ts";

/** Of a refusal's body nobody is shown anything; a longer one is left out. */
const MOST_REFUSAL_BYTES = 65_536;
/** Belong to one connection's handshake, and are made anew for the other's. */
const HANDSHAKE_HEADERS: ReadonlySet<string> = new Set([
  "sec-websocket-accept",
  "sec-websocket-extensions",
  "sec-websocket-key",
  "sec-websocket-version",
]);
const SUBPROTOCOL = "sec-websocket-protocol";

/** What all WebSockets of a proxy have in common. */
export interface WebSockets {
  readonly relays: Set<Relay>;
  readonly lateUpgrade: LateUpgrade;
}

/**
 * Opens the visitor's WebSocket to the origin, and then theirs: until the origin has agreed, its refusal or its
 * absence can still be said with a status. No extension is agreed on with either side.
 */
export function connectWebSocket(
  forward: Forward,
  origin: Origin,
  nowMs: () => number,
  { relays, lateUpgrade }: WebSockets,
): void {
  const { reply, on, asker } = forward;
  if (!origin.share.takeSocket(asker)) return on.failure("too-many-sockets");
  const startedMs = nowMs();
  let head: ResponseHead | null = null;
  let socket: WebSocket;
  try {
    socket = openSocket(forward, origin);
  } catch {
    origin.share.leaveSocket(asker);
    return on.failure("malformed");
  }
  reply.onAbort(() => socket.terminate());
  // A handshake that is refused is not closed by this client.
  let isCounted = true;
  const leave = () => {
    if (isCounted) origin.share.leaveSocket(asker);
    isCounted = false;
  };
  socket.on("close", leave);

  function answered(response: IncomingMessage): ResponseHead {
    on.response(response.statusCode ?? 0, (nowMs() - startedMs) / 1000);
    const received = headOf(response, forward, origin);
    if (received.command !== undefined) on.command?.(received.command);
    return { ...received, headers: withCookies(received.headers, cookiesFor(forward)) };
  }

  socket.on("upgrade", (response) => {
    head = answered(response);
    // Which subprotocol will do is for the visitor's own client to say.
    delete response.headers[SUBPROTOCOL];
  });
  socket.on("open", () => {
    if (!reply.open || head === null) return socket.terminate();
    const relay = new Relay(socket, forward.mayStay ?? (() => true), () => relays.delete(relay));
    relays.add(relay);
    const protocol = head.headers.find(([name]) => name === SUBPROTOCOL)?.[1] ?? "";
    const headers = head.headers.filter(([name]) => name !== SUBPROTOCOL);
    reply.upgrade<RelayData>(lateUpgrade, { relay }, protocol, headers);
  });
  socket.on("unexpected-response", (_request, response) => {
    leave();
    const { headers } = answered(response);
    refuse(forward, response, headers);
  });
  socket.on("error", (error) => {
    if (reply.open) on.failure(failureOf(error));
  });
}

function openSocket(forward: Forward, origin: Origin): WebSocket {
  const { request, room, client, pass } = forward;
  const address = new URL(origin.url);
  address.protocol = origin.url.protocol === "https:" ? "wss:" : "ws:";
  const additions = { hostHeader: hostSentOn(forward), roomId: room.id, pass, client };
  const target = request.query === null ? request.path : `${request.path}?${request.query}`;
  return new WebSocket(address, {
    headers: byName(requestHeaders(request, additions)),
    perMessageDeflate: false,
    maxPayload: MOST_MESSAGE_BYTES,
    handshakeTimeout: origin.headersTimeoutMs,
    // Given as a URL, it would be resolved and encoded anew.
    finishRequest: (outgoing) => {
      outgoing.path = asBytes(target);
      outgoing.end();
    },
    ...(origin.servername === undefined ? {} : { servername: origin.servername }),
  });
}

/** From names and values in turn to one entry a name, as Node's client wants them. */
function byName(headers: readonly string[]): Record<string, string | string[]> {
  const named: Record<string, string | string[]> = {};
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const [name = "", value = ""] = headers.slice(index, index + 2);
    if (HANDSHAKE_HEADERS.has(name)) continue;
    const before = named[name];
    named[name] = before === undefined ? value : [before, value].flat();
  }
  return named;
}

function headOf(response: IncomingMessage, forward: Forward, { names }: Origin): ResponseHead {
  const raw = response.rawHeaders.map((text) => Buffer.from(text, "latin1"));
  const head = responseHead(raw, { names, sentHost: hostSentOn(forward), publicUrl: forward.publicUrl });
  return { ...head, headers: head.headers.filter(([name]) => !HANDSHAKE_HEADERS.has(name)) };
}

/** Passes on what the origin says instead of opening a WebSocket. */
function refuse({ reply, on }: Forward, response: IncomingMessage, headers: readonly Header[]): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const send = (body: Buffer | string) => reply.send(response.statusCode ?? 502, headers, body);
  response.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MOST_REFUSAL_BYTES) chunks.push(chunk);
    else {
      send("");
      response.destroy();
    }
  });
  response.on("end", () => send(Buffer.concat(chunks)));
  response.on("error", () => {
    if (reply.open) on.failure("away");
  });
}

function failureOf(error: Error): ProxyFailure {
  return error.message === "Opening handshake has timed out" ? "slow" : "away";
}
