import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { normaliseHost } from "#core";
import { headerOf, plainAddress, type Request } from "./request.ts";

/** Which proxies are believed, and of which hosts; prepared by {@link compileTrustedProxies}. */
export interface TrustedProxies {
  readonly networks: readonly [ipaddr.IPv4 | ipaddr.IPv6, number][];
  /** What visitors may call this deployment, as `normaliseHost` has it. */
  readonly hosts: ReadonlySet<string>;
}

/** Who asked, as far as it can be trusted. */
export interface Client {
  /** {@link UNKNOWN_ADDRESS} where a trusted proxy says of nobody whose it is. */
  readonly address: string;
  readonly proto: "http" | "https";
  /** The host that the visitor asked for, port included. */
  readonly host: string;
  /** Whether the connection comes from a trusted proxy, so that its `X-Forwarded-*` go on to the service. */
  readonly viaTrustedProxy: boolean;
}

/** All visitors of whom no address is known are one, never this machine or the proxy: those may be free of limits. */
const UNKNOWN_ADDRESS = "unknown";

/** RFC 7239, 6: IPv6 in brackets or IPv4, with or without a port, which may be hidden behind a name. */
const NODE = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+))(?::[\w.-]+)?$/i;
const QUOTED = /^"(.*)"$/;
const HOST = /^[a-z0-9._:[\]-]+$/i;

/**
 * Prepares networks such as `10.0.0.0/8` or `::1/128`; a lone address is a network of one. Throws on anything else.
 * `hosts` are those that `X-Forwarded-Host` is believed to name, with or without a port.
 */
export function compileTrustedProxies(
  networks: readonly string[],
  hosts: readonly string[] = [],
): TrustedProxies {
  return { networks: networks.map(parseNetwork), hosts: new Set(hosts.map(normaliseHost)) };
}

function parseNetwork(network: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  try {
    return ipaddr.parseCIDR(network.includes("/") ? network : wholeAddress(network));
  } catch {
    throw new Error(`"${network}" is not a network such as 10.0.0.0/8 or an address`);
  }
}

/**
 * The visitor's address, protocol and host. `X-Forwarded-For`, `-Proto` and `-Host` count only where the
 * connection comes from a trusted proxy; `X-Forwarded-For` is then walked from its right end over trusted
 * addresses to the first that is not. A proxy may hand on an `X-Forwarded-Host` that its visitor made up: only a
 * known host counts. `publicProto` is the protocol of `SLUSE_PUBLIC_URL`, used where no trusted proxy says otherwise.
 */
export function clientOf(request: Request, trusted: TrustedProxies, publicProto: "http" | "https"): Client {
  if (trusted.networks.length === 0 || !isTrusted(request.peer.address, trusted)) {
    return { address: request.peer.address, proto: publicProto, host: request.host, viaTrustedProxy: false };
  }
  const proto = lastEntry(request, "x-forwarded-proto")?.toLowerCase();
  const host = lastEntry(request, "x-forwarded-host");
  return {
    address: clientAddress(request, trusted),
    proto: proto === "http" || proto === "https" ? proto : publicProto,
    host: host !== undefined && isKnownHost(host, trusted) ? host : request.host,
    viaTrustedProxy: true,
  };
}

function clientAddress(request: Request, trusted: TrustedProxies): string {
  let nearest = request.peer.address;
  for (const hop of listOf(request, "x-forwarded-for").reverse()) {
    nearest = addressIn(hop);
    if (!isTrusted(nearest, trusted)) return nearest;
  }
  return nearest;
}

/** The address of an entry, without port, brackets and quotes. */
function addressIn(entry: string): string {
  if (isIP(entry) !== 0) return plainAddress(entry);
  const node = QUOTED.exec(entry)?.[1] ?? entry;
  const [, bracketed, plain] = NODE.exec(node) ?? [];
  const address = bracketed ?? plain ?? node;
  return isIP(address) === 0 ? UNKNOWN_ADDRESS : plainAddress(address);
}

function isKnownHost(host: string, { hosts }: TrustedProxies): boolean {
  return HOST.test(host) && hosts.has(normaliseHost(host));
}

/** Entries of all headers of this name; a proxy may add a header of its own instead of appending. */
function listOf(request: Request, lowerCaseName: string): string[] {
  const values = request.headers.filter(([name]) => name === lowerCaseName).map(([, value]) => value);
  return values
    .join(",")
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** What the nearest proxy said: entries further left may be a visitor's own. */
function lastEntry(request: Request, lowerCaseName: string): string | undefined {
  return headerOf(request, lowerCaseName) === undefined ? undefined : listOf(request, lowerCaseName).at(-1);
}

function isTrusted(address: string, { networks }: TrustedProxies): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.process(address);
  return networks.some(
    ([network, prefixBits]) => parsed.kind() === network.kind() && parsed.match(network, prefixBits),
  );
}

function wholeAddress(address: string): string {
  return `${address}/${ipaddr.parse(address).kind() === "ipv4" ? 32 : 128}`;
}
