/** What hostile clients do with a connection. Each is played on many at once, by `attacker.ts`. */
import type { Socket } from "node:net";

export interface Attack {
  readonly name: string;
  /** What one connection does, in plain words. */
  readonly words: string;
  /** Connections at once, in the long form and in the short one. */
  readonly connections: { readonly full: number; readonly short: number };
  /** The client takes in nothing that it is sent. */
  readonly readsNothing: boolean;
  /** Once, when the connection stands. */
  readonly begin: (socket: Socket) => void;
  /** About each second from then on. */
  readonly goOn: (socket: Socket) => void;
}

/** The paths that the measured gateway serves: a long line, and a service that anybody may enter. */
export const LINE_PATH = "/line";
export const SERVICE_PATH = "/open";
export const LARGE_PATH = `${SERVICE_PATH}/large`;
const STATUS_PATH = "/_sluse/rooms/line/status";
const JOIN_PATH = "/_sluse/rooms/line/join";
const LIVE_PATH = "/_sluse/rooms/line/live?band=near";

export const ATTACKS: readonly Attack[] = [
  {
    name: "slow headers",
    words: "send a request's headers one byte a second, and never end them",
    connections: { full: 5_000, short: 100 },
    readsNothing: false,
    begin: (socket) => socket.write(`GET ${LINE_PATH} HTTP/1.1\r\nHost: tax.example\r\nX-Slow: `),
    goOn: (socket) => socket.write("x"),
  },
  {
    name: "idle sockets",
    words: "connect and say nothing",
    connections: { full: 10_000, short: 200 },
    readsNothing: false,
    begin: () => {},
    goOn: () => {},
  },
  {
    name: "header flood",
    words: "send headers without end",
    connections: { full: 200, short: 20 },
    readsNothing: false,
    begin: (socket) => {
      socket.write(`GET ${LINE_PATH} HTTP/1.1\r\nHost: tax.example\r\n`);
      pour(socket, Buffer.from("X-Flood: 0123456789abcdef\r\n".repeat(600)));
    },
    goOn: () => {},
  },
  {
    name: "full headers",
    words: "send ten requests a second with 14 KB of headers each",
    connections: { full: 50, short: 10 },
    readsNothing: false,
    begin: (socket) => socket.write(fullHeaders(1)),
    goOn: (socket) => socket.write(fullHeaders(10)),
  },
  {
    name: "slow bodies",
    words: "announce a body of a megabyte and send one byte a second",
    connections: { full: 2_000, short: 50 },
    readsNothing: false,
    begin: (socket) =>
      socket.write(`POST ${SERVICE_PATH}/ HTTP/1.1\r\nHost: tax.example\r\nContent-Length: 1000000\r\n\r\n`),
    goOn: (socket) => socket.write("x"),
  },
  {
    name: "slow join bodies",
    words: "join with a body of a megabyte, one byte a second",
    connections: { full: 200, short: 20 },
    readsNothing: false,
    begin: (socket) =>
      socket.write(`POST ${JOIN_PATH} HTTP/1.1\r\nHost: tax.example\r\nContent-Length: 1000000\r\n\r\n`),
    goOn: (socket) => socket.write("x"),
  },
  {
    name: "reads no pages",
    words: "ask for a page each second and read none",
    connections: { full: 500, short: 20 },
    readsNothing: true,
    begin: (socket) => socket.write(pageRequest),
    goOn: (socket) => socket.write(pageRequest),
  },
  {
    name: "reads no replies",
    words: "ask for the status a hundred times a second in one go and read none",
    connections: { full: 20, short: 10 },
    readsNothing: true,
    begin: (socket) => socket.write(statusRequest.repeat(100)),
    goOn: (socket) => socket.write(statusRequest.repeat(100)),
  },
  {
    name: "reads no downloads",
    words: "ask the service for 50 MB and read nothing",
    connections: { full: 1_500, short: 40 },
    readsNothing: true,
    begin: (socket) => socket.write(`GET ${LARGE_PATH} HTTP/1.1\r\nHost: tax.example\r\n\r\n`),
    goOn: () => {},
  },
  {
    name: "flooding WebSocket",
    words: "connect for the news of the line and send messages without end",
    connections: { full: 200, short: 20 },
    readsNothing: false,
    begin: (socket) => {
      socket.write(upgrade());
      pour(socket, Buffer.concat(Array.from({ length: 500 }, () => webSocketFrame(100))));
    },
    goOn: () => {},
  },
  {
    name: "huge WebSocket message",
    words: "connect for the news and announce a message of a terabyte",
    connections: { full: 200, short: 20 },
    readsNothing: false,
    begin: (socket) => {
      socket.write(upgrade());
      socket.write(webSocketHead(2 ** 40));
    },
    goOn: (socket) => socket.write("x".repeat(1_000)),
  },
  {
    name: "silent WebSocket",
    words: "connect for the news, read nothing and answer no ping",
    connections: { full: 2_000, short: 50 },
    readsNothing: true,
    begin: (socket) => socket.write(upgrade()),
    goOn: () => {},
  },
];

const pageRequest = `GET ${LINE_PATH} HTTP/1.1\r\nHost: tax.example\r\nAccept: text/html\r\nSec-Fetch-Mode: navigate\r\n\r\n`;

const statusRequest = `GET ${STATUS_PATH} HTTP/1.1\r\nHost: tax.example\r\n\r\n`;

function fullHeaders(requests: number): string {
  const headers = Array.from({ length: 70 }, (_, i) => `X-Header-${i}: ${"v".repeat(185)}`).join("\r\n");
  return `GET ${STATUS_PATH} HTTP/1.1\r\nHost: tax.example\r\n${headers}\r\n\r\n`.repeat(requests);
}

/** Writes the same again and again, as fast as it is taken. */
function pour(socket: Socket, bytes: Buffer): void {
  const more = () => {
    if (!socket.destroyed) socket.write(bytes, () => setImmediate(more));
  };
  more();
}

function upgrade(): string {
  const lines = [
    "Host: tax.example",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
  ];
  return `GET ${LIVE_PATH} HTTP/1.1\r\n${lines.join("\r\n")}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
}

function webSocketFrame(payloadBytes: number): Buffer {
  return Buffer.concat([webSocketHead(payloadBytes), Buffer.alloc(payloadBytes, "x")]);
}

/** A text frame's head, masked with zeros (RFC 6455, 5.2). */
function webSocketHead(payloadBytes: number): Buffer {
  if (payloadBytes < 126) return Buffer.from([0x81, 0x80 | payloadBytes, 0, 0, 0, 0]);
  const head = Buffer.alloc(14);
  head.set([0x81, 0xff]);
  head.writeBigUInt64BE(BigInt(payloadBytes), 2);
  return head;
}
