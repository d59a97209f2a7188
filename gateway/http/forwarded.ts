import ipaddr from "ipaddr.js";
import { headerOf, plainAddress, type Request } from "./request.ts";

/** The networks of `SLUSE_TRUSTED_PROXIES`, prepared by {@link compileTrustedProxies}. */
export type TrustedProxies = readonly [ipaddr.IPv4 | ipaddr.IPv6, number][];

/** Who asked, as far as it can be trusted. */
export interface Client {
  readonly address: string;
  readonly proto: "http" | "https";
  /** The host that the visitor asked for, port included. */
  readonly host: string;
  /** Whether the connection comes from a trusted proxy, so that its `X-Forwarded-*` go on to the service. */
  readonly viaTrustedProxy: boolean;
}

/** Prepares networks such as `10.0.0.0/8` or `::1/128`; a lone address is a network of one. Throws on anything else. */
export function compileTrustedProxies(networks: readonly string[]): TrustedProxies {
  return networks.map((network) => {
    try {
      const [address, prefixBits] = ipaddr.parseCIDR(network.includes("/") ? network : wholeAddress(network));
      return [address, prefixBits];
    } catch {
      throw new Error(`"${network}" is not a network such as 10.0.0.0/8 or an address`);
    }
  });
}

/**
 * The visitor's address, protocol and host. `X-Forwarded-For`, `-Proto` and `-Host` count only where the
 * connection comes from a trusted proxy; `X-Forwarded-For` is then walked from its right end over trusted
 * addresses to the first that is not. `publicProto` is the protocol of `SLUSE_PUBLIC_URL`, used where no
 * trusted proxy says otherwise.
 */
export function clientOf(request: Request, trusted: TrustedProxies, publicProto: "http" | "https"): Client {
  if (trusted.length === 0 || !isTrusted(request.peer.address, trusted)) {
    return { address: request.peer.address, proto: publicProto, host: request.host, viaTrustedProxy: false };
  }
  const proto = lastEntry(request, "x-forwarded-proto")?.toLowerCase();
  const host = lastEntry(request, "x-forwarded-host");
  return {
    address: clientAddress(request, trusted),
    proto: proto === "http" || proto === "https" ? proto : publicProto,
    host: host !== undefined && /^[a-z0-9._:[\]-]+$/i.test(host) ? host : request.host,
    viaTrustedProxy: true,
  };
}

function clientAddress(request: Request, trusted: TrustedProxies): string {
  let nearest = request.peer.address;
  for (const hop of listOf(request, "x-forwarded-for").reverse()) {
    const address = plainAddress(hop);
    if (!ipaddr.isValid(address)) return nearest;
    nearest = address;
    if (!isTrusted(address, trusted)) return nearest;
  }
  return nearest;
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

function isTrusted(address: string, trusted: TrustedProxies): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return trusted.some(
    ([network, prefixBits]) => parsed.kind() === network.kind() && parsed.match(network, prefixBits),
  );
}

function wholeAddress(address: string): string {
  return `${address}/${ipaddr.parse(address).kind() === "ipv4" ? 32 : 128}`;
}
