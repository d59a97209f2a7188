/*
 * What Sluse uses of uWebSockets.js, in its own words: the platform packages on npm ship no types, and
 * upstream's package cannot be installed from npm.
 */

/** Text goes out as UTF-8, bytes as they are. */
export type Sendable = string | ArrayBuffer | Uint8Array;

/** Lives on the stack: usable only until the handler returns or first awaits. */
export interface HttpRequest {
  /** Names come in lower case, values trimmed; repeated headers come repeatedly. */
  forEach(visit: (name: string, value: string) => void): void;
  /** The first header of this (lower-case) name, or the empty string. */
  getHeader(lowerCaseName: string): string;
  getMethod(): string;
  getCaseSensitiveMethod(): string;
  getParameter(index: number | string): string | undefined;
  /** The raw path, without the query. */
  getUrl(): string;
  /** The raw query; undefined where there is no question mark. */
  getQuery(): string | undefined;
  setYield(passOn: boolean): HttpRequest;
}

/** Throws when touched after an abort or after the last byte was handed over. */
export interface HttpResponse {
  /** A code and its words, such as "200 OK"; must come first. */
  writeStatus(status: Sendable): HttpResponse;
  writeHeader(name: Sendable, value: Sendable): HttpResponse;
  /** Sends a chunk of a body of unknown length; false: it is buffered until `onWritable`. */
  write(chunk: Sendable): boolean;
  /** Sends the body with its length, or the last chunk after `write`. A body goes out on HEAD too. */
  end(body?: Sendable, closeConnection?: boolean): HttpResponse;
  /** Needs an abort handler first, or the process ends. Takes a length too, but then never completes: see `endWithLength`. */
  endWithoutBody(): HttpResponse;
  /** Sends what the socket takes now of a body of known length, and keeps nothing: [all was taken, the body is complete]. */
  tryEnd(chunk: Sendable, totalBytes: number): [taken: boolean, complete: boolean];
  /** Drops the connection; abort handlers run. */
  close(): HttpResponse;
  /** Body bytes sent by `tryEnd`. */
  getWriteOffset(): number;
  onWritable(handler: (writeOffset: number) => boolean): HttpResponse;
  onAborted(handler: () => void): HttpResponse;
  /** The chunk is emptied when the handler returns: copy it. Attaching also answers `Expect: 100-continue`. */
  onData(handler: (chunk: ArrayBuffer, isLast: boolean) => void): HttpResponse;
  /** Stops all events of the socket: data, but also `onWritable` and aborts. Reads on while reads fill its buffer. */
  pause(): HttpResponse;
  /** Waits for data alone: after a write that was not taken whole, `onWritable` will not run. */
  resume(): HttpResponse;
  cork(write: () => void): HttpResponse;
  getRemoteAddress(): ArrayBuffer;
  getRemoteAddressAsText(): ArrayBuffer;
  upgrade<Data>(
    data: Data,
    secWebSocketKey: string,
    secWebSocketProtocol: string,
    secWebSocketExtensions: string,
    context: SocketContext,
  ): void;
}

/** An open WebSocket, with the data that its upgrade gave it. */
export interface WebSocket<Data> {
  getUserData(): Data;
  /** 1: sent; 0: sent, and more waits in the buffer; 2: dropped, the buffer is full. */
  send(message: Sendable, isBinary?: boolean, compress?: boolean): number;
  getBufferedAmount(): number;
  end(code?: number, reason?: Sendable): void;
  close(): void;
  ping(message?: Sendable): number;
  subscribe(topic: string): boolean;
  unsubscribe(topic: string): boolean;
  isSubscribed(topic: string): boolean;
  publish(topic: string, message: Sendable, isBinary?: boolean, compress?: boolean): boolean;
  cork(write: () => void): WebSocket<Data>;
  getRemoteAddressAsText(): ArrayBuffer;
}

export interface WebSocketBehavior<Data> {
  maxPayloadLength?: number;
  idleTimeout?: number;
  maxLifetime?: number;
  maxBackpressure?: number;
  closeOnBackpressureLimit?: boolean;
  sendPingsAutomatically?: boolean;
  compression?: number;
  upgrade?: (res: HttpResponse, req: HttpRequest, context: SocketContext) => void;
  open?: (ws: WebSocket<Data>) => void;
  message?: (ws: WebSocket<Data>, message: ArrayBuffer, isBinary: boolean) => void;
  drain?: (ws: WebSocket<Data>) => void;
  close?: (ws: WebSocket<Data>, code: number, reason: ArrayBuffer) => void;
  ping?: (ws: WebSocket<Data>, message: ArrayBuffer) => void;
  pong?: (ws: WebSocket<Data>, message: ArrayBuffer) => void;
}

/** Native handles, to be passed back only. */
export interface ListenSocket {
  readonly listenSocket?: never;
}
export interface SocketContext {
  readonly socketContext?: never;
}

export type Handler = (res: HttpResponse, req: HttpRequest) => void;

export interface App {
  get(pattern: string, handler: Handler): App;
  post(pattern: string, handler: Handler): App;
  patch(pattern: string, handler: Handler): App;
  any(pattern: string, handler: Handler): App;
  ws<Data>(pattern: string, behavior: WebSocketBehavior<Data>): App;
  publish(topic: string, message: Sendable, isBinary?: boolean, compress?: boolean): boolean;
  numSubscribers(topic: string): number;
  listen(host: string, port: number, done: (socket: ListenSocket | false) => void): App;
  listen(host: string, port: number, options: number, done: (socket: ListenSocket | false) => void): App;
  /** Stops listening and drops every connection. */
  close(): App;
}

/** The module as loaded. */
export interface Uws {
  App(): App;
  us_listen_socket_close(socket: ListenSocket): void;
  us_socket_local_port(socket: ListenSocket): number;
  readonly DISABLED: number;
  readonly SHARED_COMPRESSOR: number;
  readonly LIBUS_LISTEN_EXCLUSIVE_PORT: number;
}
