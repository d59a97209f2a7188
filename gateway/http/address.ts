import ipaddr from "ipaddr.js";

/** Whether this is the machine itself. */
export function isLoopback(host: string): boolean {
  return host.startsWith("127.") || host === "::1" || host === "localhost";
}

/**
 * What counts as one address: an IPv4 address, also where it comes by NAT64; an IPv6 network of 64 bits, the
 * least that a household or a phone is given.
 */
export function networkOf(address: string): string {
  if (!address.includes(":") || !ipaddr.IPv6.isValid(address)) return address;
  const parsed = ipaddr.IPv6.parse(address);
  if (parsed.range() === "rfc6052") return parsed.toByteArray().slice(-4).join(".");
  return parsed.parts.slice(0, 4).join(":");
}

/** The IPv6 /48 that an address is in, as much as one customer may be given (RFC 6177); null of IPv4, mapped or not. */
export function siteOf(address: string): string | null {
  const network = networkOf(address);
  return network.includes(":") ? network.slice(0, network.lastIndexOf(":")) : null;
}
