import ipaddr from "ipaddr.js";
import type { Header, PlainRequest } from "#core/door";
import type { HttpRequest, HttpResponse } from "./uws.ts";

export { type Header, headerOf } from "#core/door";

/** A visitor's request, copied out of uWebSockets.js so that it can be kept past the handler. */
export interface Request extends PlainRequest {
  /** As sent, port included. */
  readonly host: string;
  readonly peer: Peer;
  /** The body's announced length; 0 for none. */
  readonly bodyBytes: number | "chunked";
}

/** The connection's other end. */
export interface Peer {
  /**
   * IPv4, or IPv6 in its short form; never what a header or PROXY preamble says. Empty where it is first asked for
   * after the visitor went or was answered.
   */
  readonly address: string;
}

/** A request that is not to be trusted with a connection: answer with {@link refuse}, which closes it. */
export interface Refusal {
  readonly refuse: "bad-request" | "method-not-allowed";
  readonly status: 400 | 405;
  readonly detail: string;
  readonly close: true;
}

const METHOD = /^[A-Z][A-Z-]{0,31}$/;
/** Names, IPv4, and IPv6 in brackets, with or without a port. */
const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;
const CONTENT_LENGTH = /^\d{1,15}$/;
/** Control characters, spaces, fragments, and what was no UTF-8 and so could not go on as it came. */
const UNSAFE_IN_TARGET = /[\p{Cc} #\ufffd]/u;
/** Nearly every target: told apart quickly, so that the slower expression above rarely runs. */
const PLAIN_TARGET = /^[!"$-~]*$/;

/**
 * Reads a request in one walk over its headers, or refuses it. Refused is whatever another HTTP
 * implementation in front or behind may frame differently (request smuggling), and targets and hosts that
 * cannot be passed on as they came. To be called before the handler returns or first awaits.
 */
export function readRequest(req: HttpRequest, res: HttpResponse): Request | Refusal {
  const headers: Header[] = [];
  const start = walkHeaders(req, headers);
  if ("refuse" in start) return start;

  const method = methodOf(req.getCaseSensitiveMethod());
  if (method === null) return badRequest("The method is malformed.");
  if (method === "CONNECT" || method === "TRACE") {
    return { refuse: "method-not-allowed", status: 405, detail: `${method} is not allowed.`, close: true };
  }
  const path = req.getUrl();
  const query = req.getQuery() ?? null;
  if (!path.startsWith("/")) return badRequest("The request target must be a path.");
  if (!isSafeTarget(path) || (query !== null && !isSafeTarget(query))) {
    return badRequest("The request target holds characters that do not belong there.");
  }
  return {
    method,
    path,
    query,
    host: start.host,
    headers,
    peer: new ConnectedPeer(res),
    bodyBytes: start.bodyBytes,
  };
}

/**
 * Whether a route that answers everyone the same from memory may answer this: the header checks of
 * {@link readRequest}, without its copies, find nothing to refuse, and the header `telling` (lower case) says nothing.
 */
export function isPlain(req: HttpRequest, telling: string): boolean {
  const start = walkHeaders(req, null, telling);
  return !("refuse" in start) && !start.told;
}

function walkHeaders(
  req: HttpRequest,
  copy: Header[] | null,
  telling: string | null = null,
): Refusal | { host: string; bodyBytes: number | "chunked"; told: boolean } {
  let hosts = 0;
  let host = "";
  let contentLength: string | undefined;
  let transferEncoding: string | undefined;
  let framings = 0;
  let announcesTrailers = false;
  let told = false;
  req.forEach((name, value) => {
    copy?.push([name, value]);
    if (name === "host") {
      hosts += 1;
      host = value;
    } else if (name === "content-length") {
      framings += 1;
      contentLength = value;
    } else if (name === "transfer-encoding") {
      framings += 1;
      transferEncoding = value;
    } else if (name === "trailer") {
      announcesTrailers = true;
    } else if (name === telling && value !== "") {
      told = true;
    }
  });
  if (hosts !== 1 || !isHost(host)) return badRequest("Exactly one valid Host header is required.");
  if (framings > 1) return badRequest("More than one header says how long the body is.");
  if (contentLength !== undefined && !CONTENT_LENGTH.test(contentLength)) {
    return badRequest("Content-Length is not a number of bytes.");
  }
  if (transferEncoding !== undefined && transferEncoding !== "chunked") {
    return badRequest("The only Transfer-Encoding supported is chunked.");
  }
  // uWebSockets.js takes them for the next request, once the body has gone on to the service.
  if (announcesTrailers) return badRequest("Headers behind the body (trailers) are not supported.");
  return { host, bodyBytes: transferEncoding === undefined ? Number(contentLength ?? 0) : "chunked", told };
}

/** Tells a refusal from a request. */
export function isRefusal(read: Request | Refusal): read is Refusal {
  return "refuse" in read;
}

/** An address as text in its short form, an IPv4 address mapped into IPv6 as IPv4; unchanged where it is none. */
export function plainAddress(address: string): string {
  if (!address.includes(":")) return address;
  try {
    return ipaddr.process(address).toString();
  } catch {
    return address;
  }
}

/** Asks the kernel when the address is first needed: most joins do without, and it costs a tenth of one. */
class ConnectedPeer implements Peer {
  readonly #res: HttpResponse;
  #address: string | null = null;

  constructor(res: HttpResponse) {
    this.#res = res;
  }

  get address(): string {
    this.#address ??= remoteAddress(this.#res);
    return this.#address;
  }
}

function remoteAddress(res: HttpResponse): string {
  try {
    return readAddress(res);
  } catch {
    // uWebSockets.js throws on a reply that is over.
    return "";
  }
}

function readAddress(res: HttpResponse): string {
  // As bytes in half the time; IPv6 needs its short form.
  const bytes = new Uint8Array(res.getRemoteAddress());
  if (bytes.length === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`;
  return plainAddress(Buffer.from(res.getRemoteAddressAsText()).toString("latin1"));
}

/** In upper case; null where it is none. */
function methodOf(sent: string): string | null {
  if (sent === "GET" || sent === "POST" || METHOD.test(sent)) return sent;
  const method = sent.toUpperCase();
  return METHOD.test(method) ? method : null;
}

let lastHost = "";

/** Nearly every request names the host of the one before. */
function isHost(text: string): boolean {
  if (text === lastHost && text !== "") return true;
  if (!HOST.test(text)) return false;
  lastHost = text;
  return true;
}

/** Whether a path or query holds nothing that other readers may end it at, drop or replace. */
export function isSafeTarget(text: string): boolean {
  return PLAIN_TARGET.test(text) || !UNSAFE_IN_TARGET.test(text);
}

function badRequest(detail: string): Refusal {
  return { refuse: "bad-request", status: 400, detail, close: true };
}
