import { isIP } from "node:net";
import { buildConnector, errors, Pool } from "undici";
import { readBeforeWriteFails } from "./early-answer.ts";
import { FairShare, type ShareBounds, spacedOut } from "./fair-share.ts";
import type { ProxyRoom } from "./forward.ts";
import type { OriginNames } from "./headers.ts";
import type { LoopShare } from "./loop-share.ts";

export interface ProxySettings {
  /** How long an origin may take for its headers once it has the whole request. 60,000. */
  headersTimeoutMs?: number;
  /** How long an origin may be silent within a body. 300,000. */
  bodyTimeoutMs?: number;
  /** 5,000. */
  connectTimeoutMs?: number;
  /** Requests at once to one origin; further ones wait for their turn. 1,024. */
  connectionsPerOrigin?: number;
  /** What one pass and one network may take of an origin, where not as in {@link SHARE}. */
  share?: Partial<ShareBounds>;
  /** How often each open WebSocket, and each answer under way, is asked whether it may stay. 1,000. */
  checkEveryMs?: number;
  /** A clock that only goes forward. */
  nowMs?: () => number;
}

/** Six tabs of a browser, each with its six connections, wait for nothing; an HTTP/2 page of a hundred parts hardly does. */
const SHARE: ShareBounds = {
  requestsOfPass: 64,
  waitingOfPass: 192,
  socketsOfPass: 32,
  requestsOfNetwork: 256,
  streamsOfNetwork: 256,
};

/** A download fills buffers of some megabytes at its start, which takes the gateway 3 ms and the service as much. */
const BETWEEN_STARTS_MS = 10;

/** The server behind a room, and how it is reached. */
export interface Origin {
  readonly url: URL;
  readonly pool: Pool;
  readonly share: FairShare;
  /** Of all origins together. */
  readonly loop: LoopShare;
  readonly names: OriginNames;
  /** The name that an https origin's certificate must have. */
  readonly servername: string | undefined;
  readonly headersTimeoutMs: number;
  /** Whether the error ended a connection that had carried an answer before. */
  endedReused(error: Error): boolean;
}

/** Connections are made when there is something to send. */
export function openOrigin(room: ProxyRoom, settings: ProxySettings, loop: LoopShare): Origin {
  const url = new URL(room.origin);
  const sentHost = room.originHost === undefined ? url : new URL(`${url.protocol}//${room.originHost}`);
  const headersTimeoutMs = settings.headersTimeoutMs ?? 60_000;
  const resets = new WeakSet<Error>();
  const connect = buildConnector({ timeout: settings.connectTimeoutMs ?? 5_000 });
  const pool = new Pool(url.origin, {
    connections: settings.connectionsPerOrigin ?? 1024,
    headersTimeout: headersTimeoutMs,
    bodyTimeout: settings.bodyTimeoutMs ?? 300_000,
    connect: (options, done) =>
      connect(options, (...[error, socket]) => {
        if (error !== null) return done(error, null);
        readBeforeWriteFails(socket);
        // A reset comes as the bare system error, which does not say of which connection it is.
        socket.on("error", (reset: Error) => {
          if (socket.bytesRead > 0) resets.add(reset);
        });
        done(null, socket);
      }),
    pipelining: 1,
  });
  return {
    url,
    pool,
    share: new FairShare({ ...SHARE, ...settings.share }, spacedOut(BETWEEN_STARTS_MS, setTimeout)),
    loop,
    names: {
      hosts: new Set([url.host, sentHost.host]),
      hostNames: new Set([url.hostname, sentHost.hostname]),
      port: url.port,
    },
    servername: url.protocol === "https:" && isIP(sentHost.hostname) === 0 ? sentHost.hostname : undefined,
    headersTimeoutMs,
    endedReused: (error) =>
      resets.has(error) || (error instanceof errors.SocketError && (error.socket?.bytesRead ?? 0) > 0),
  };
}
