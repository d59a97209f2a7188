import { normaliseHost } from "#core";
import {
  cookiesOf,
  isSluseCookie,
  LANGUAGE_COOKIE,
  METHOD_OVERRIDES,
  readCookie,
  readName,
  withoutSluseCookies,
} from "#core/door";
import { isLanguageTag } from "#languages";
import type { Client } from "../http/forwarded.ts";
import type { Header, Request } from "../http/request.ts";

/** The names that an origin may give itself in `Location` and in a cookie's `Domain`. */
export interface OriginNames {
  /** Hosts in lower case, with the port unless it is the protocol's own. */
  readonly hosts: ReadonlySet<string>;
  /** Hosts in lower case, without port. */
  readonly hostNames: ReadonlySet<string>;
  /** The origin's own, empty where it is the protocol's. */
  readonly port: string;
}

/** What an origin may call itself in a reply, and what visitors call it. */
export interface Addresses {
  readonly names: OriginNames;
  /** The Host that the request was sent with. */
  readonly sentHost: string;
  readonly publicUrl: string;
}

/** What goes on to the origin besides the visitor's own headers. */
export interface RequestAdditions {
  readonly hostHeader: string;
  readonly roomId: string;
  readonly pass: string | undefined;
  readonly client: Client;
}

/** An origin's headers as they go to the visitor. */
export interface ResponseHead {
  readonly headers: readonly Header[];
  /** Null: the body's length is not known. */
  readonly contentLength: number | null;
  /** Events that come for as long as the visitor stays: a body without an end. */
  readonly isEventStream: boolean;
  /** The value of `Sluse-Command`. */
  readonly command: string | undefined;
}

/** Meant for the next hop alone (RFC 9110, 7.6.1), and `Expect`, which the server has answered already. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "expect",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const EVENT_STREAM = /^text\/event-stream\s*(;|$)/i;
/** Never sent on to the service as they came. */
const NOT_SENT_ON: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  // Set anew on each request.
  "host",
  "content-length",
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-forwarded-host",
  // Some services serve the page that these name. It was decided about the one that was asked for.
  "x-host",
  "x-http-host-override",
  "x-http-path-override",
  "x-original-host",
  "x-original-path",
  "x-original-uri",
  "x-original-url",
  "x-override-url",
  "x-rewrite-uri",
  "x-rewrite-url",
]);
/** Sent on for trusted proxies alone, as `X-Forwarded-*` and `X-Original-*` are. */
const FROM_TRUSTED_PROXIES: ReadonlySet<string> = new Set([
  ...METHOD_OVERRIDES,
  "forwarded",
  "x-forwarded",
  // The visitor's address, as proxies and content delivery networks say it.
  "cf-connecting-ip",
  "cf-connecting-ipv6",
  "cf-pseudo-ipv4",
  "client-ip",
  "cloudfront-viewer-address",
  "do-connecting-ip",
  "fastly-client-ip",
  "fly-client-ip",
  "forwarded-for",
  "forwarded-for-ip",
  "proxy-client-ip",
  "remote-addr",
  "true-client-ip",
  "wl-proxy-client-ip",
  "x-appengine-user-ip",
  "x-azure-clientip",
  "x-azure-socketip",
  "x-client-ip",
  "x-cluster-client-ip",
  "x-envoy-external-address",
  "x-nf-client-connection-ip",
  "x-originating-ip",
  "x-real-ip",
  "x-remote-addr",
  "x-remote-ip",
  "x-vercel-forwarded-for",
]);
/** `host=` of `Forwarded` (RFC 7239, 4). */
const FORWARDED_HOST = /host\s*=\s*("[^"]*"|[^;,\s]*)/gi;
const NOT_ASCII = /[\u0080-\uffff]/;

/** The request's headers for the origin: names and values in turn. */
export function requestHeaders(request: Request, additions: RequestAdditions): string[] {
  const { client, pass } = additions;
  const connection = connectionNames(request.headers);
  const forwardedFor: string[] = [];
  const headers = ["host", asBytes(additions.hostHeader)];
  for (const [name, value] of request.headers) {
    if (name === "x-forwarded-for") forwardedFor.push(value);
    if (connection?.has(name) || !isSentOn(name, client.viaTrustedProxy)) continue;
    if (name === "forwarded" && namesAnotherHost(value, client.host)) continue;
    const kept = name === "cookie" ? withoutSluseCookies(value) : value;
    if (name !== "cookie" || kept !== "") headers.push(name, asBytes(kept));
  }
  const chain = client.viaTrustedProxy ? [...forwardedFor, request.peer.address] : [client.address];
  headers.push("x-forwarded-for", asBytes(chain.join(", ")));
  headers.push("x-forwarded-proto", client.proto);
  headers.push("x-forwarded-host", asBytes(client.host));
  headers.push("sluse-room", additions.roomId);
  if (pass !== undefined) headers.push("sluse-pass", pass);
  const language = readCookie(cookiesOf(request), LANGUAGE_COOKIE);
  // Chosen on Sluse's pages. Sluse's cookies stay here, but the service may go on in that language.
  if (isLanguageTag(language)) headers.push("sluse-language", language);
  if (typeof request.bodyBytes === "number" && request.bodyBytes > 0) {
    headers.push("content-length", String(request.bodyBytes));
  }
  return headers;
}

/**
 * The origin's headers for the visitor. `raw` holds names and values in turn, as bytes; they come back as
 * Latin-1, one character a byte.
 */
export function responseHead(raw: readonly Uint8Array[], addresses: Addresses): ResponseHead {
  const received: Header[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    received.push([latin1(raw[index]).toLowerCase(), latin1(raw[index + 1])]);
  }
  const connection = connectionNames(received);
  const headers: Header[] = [];
  let contentLength: number | null = null;
  let command: string | undefined;
  let isEventStream = false;
  for (const [name, value] of received) {
    if (name === "content-length") contentLength = Number(value);
    else if (name === "sluse-command") command = value;
    else if (name === "date" || HOP_BY_HOP.has(name) || connection?.has(name) || name.startsWith("sluse-"))
      continue;
    else if (name === "location") headers.push([name, publicLocation(value, addresses)]);
    else if (name === "set-cookie") {
      if (!isSluseCookie(value)) headers.push([name, hostOnlyCookie(value, addresses.names)]);
    } else {
      if (name === "content-type") isEventStream = EVENT_STREAM.test(value);
      headers.push([name, value]);
    }
  }
  return { headers, contentLength, isEventStream, command };
}

/** Our cookies join the origin's; a reply that sets one must not be kept by any cache. */
export function withCookies(headers: readonly Header[], setCookies: readonly string[]): readonly Header[] {
  if (setCookies.length === 0) return headers;
  return [
    ...headers.filter(([name]) => name !== "cache-control" && name !== "expires"),
    ["cache-control", "private, no-store"],
    ...setCookies.map((cookie): Header => ["set-cookie", cookie]),
  ];
}

/** Text in UTF-8 as a string with one character a byte, which is how undici writes it. */
export function asBytes(text: string): string {
  return NOT_ASCII.test(text) ? Buffer.from(text, "utf8").toString("latin1") : text;
}

/** Whether a header goes on to the service as it came, its value aside. */
function isSentOn(name: string, fromTrustedProxy: boolean): boolean {
  const read = readName(name);
  if (NOT_SENT_ON.has(read) || read.startsWith("sluse-")) return false;
  if (fromTrustedProxy) return true;
  const isForwarders = read.startsWith("x-forwarded-") || read.startsWith("x-original-");
  return !isForwarders && !FROM_TRUSTED_PROXIES.has(read);
}

/** A proxy that does not set `Forwarded` itself hands on what its visitor made up. */
function namesAnotherHost(forwarded: string, host: string): boolean {
  const own = normaliseHost(host);
  return [...forwarded.matchAll(FORWARDED_HOST)].some(
    ([, named = ""]) => normaliseHost(named.replaceAll('"', "")) !== own,
  );
}

function connectionNames(headers: readonly Header[]): ReadonlySet<string> | null {
  let names: Set<string> | null = null;
  for (const [name, value] of headers) {
    if (name !== "connection" || value === "keep-alive" || value === "close") continue;
    names ??= new Set();
    for (const token of value.split(",")) names.add(token.trim().toLowerCase());
  }
  return names;
}

function publicLocation(location: string, addresses: Addresses): string {
  const absolute = /^(https?:)?\/\/[^/?#\\]*(.*)$/i.exec(location);
  if (absolute === null) return location;
  const url = URL.canParse(location, "http://x") ? new URL(location, "http://x") : null;
  if (url === null || !namesOrigin(url, addresses)) return location;
  const rest = absolute[2] ?? "";
  return `${new URL(addresses.publicUrl).origin}${rest.startsWith("/") ? "" : "/"}${rest}`;
}

/** Servers build an address of their own from the Host they were sent, often with the port they listen on. */
function namesOrigin(url: URL, { names, sentHost }: Addresses): boolean {
  if (names.hosts.has(url.host)) return true;
  if (!URL.canParse(`http://${sentHost}`)) return false;
  const sent = new URL(`http://${sentHost}`);
  return url.host === sent.host || (url.hostname === sent.hostname && url.port === names.port);
}

function hostOnlyCookie(cookie: string, names: OriginNames): string {
  return cookie.replace(/;\s*domain\s*=\s*([^;]*)/gi, (attribute, domain: string) => {
    const hostName = domain.trim().replace(/^\./, "").toLowerCase();
    return names.hostNames.has(hostName) ? "" : attribute;
  });
}

function latin1(bytes: Uint8Array | undefined): string {
  return bytes === undefined
    ? ""
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
