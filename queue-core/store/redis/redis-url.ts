/** Where one server of a Sentinel or Cluster listens. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

interface Credentials {
  readonly username?: string;
  readonly password?: string;
}

/** What a `REDIS_URL` names. */
export type RedisTarget =
  | { readonly kind: "single"; readonly url: string }
  | ({
      readonly kind: "sentinel";
      readonly sentinels: readonly RedisAddress[];
      readonly masterName: string;
    } & Credentials)
  | ({ readonly kind: "cluster"; readonly nodes: readonly RedisAddress[] } & Credentials);

const FORMS =
  "redis://host:port, rediss://host:port, redis+sentinel://host:port,host:port/master-name " +
  "or redis+cluster://host:port,host:port";
const SENTINEL_PORT = 26_379;
const REDIS_PORT = 6_379;

/**
 * Reads a `REDIS_URL`. Credentials may stand before the hosts (`user:password@`, percent-encoded); with
 * Sentinel they are the primary's. The password is never in the error's message.
 * @throws RangeError
 */
export function parseRedisUrl(url: string): RedisTarget {
  if (/^rediss?:\/\//.test(url)) {
    if (!URL.canParse(url) || new URL(url).hostname === "") throw unusable();
    return { kind: "single", url };
  }
  const parts = /^redis\+(sentinel|cluster):\/\/(?:([^@/]*)@)?([^@/]+)(?:\/(.*))?$/.exec(url);
  if (!parts) throw unusable();
  const [, kind, credentials = "", hosts = "", path = ""] = parts;
  if (kind === "cluster") {
    if (path !== "") throw unusable();
    return { kind, nodes: addresses(hosts, REDIS_PORT), ...credentialsOf(credentials) };
  }
  if (path === "" || path.includes("/")) throw unusable();
  return {
    kind: "sentinel",
    sentinels: addresses(hosts, SENTINEL_PORT),
    masterName: decoded(path),
    ...credentialsOf(credentials),
  };
}

function addresses(hosts: string, defaultPort: number): RedisAddress[] {
  return hosts.split(",").map((text) => {
    const url = `redis://${text}`;
    if (text === "" || !URL.canParse(url)) throw unusable();
    const { hostname, port } = new URL(url);
    if (hostname === "") throw unusable();
    return { host: hostname.replace(/^\[|\]$/g, ""), port: port === "" ? defaultPort : Number(port) };
  });
}

function credentialsOf(text: string): Credentials {
  if (text === "") return {};
  const colon = text.indexOf(":");
  if (colon < 0) throw unusable();
  const username = decoded(text.slice(0, colon));
  const password = decoded(text.slice(colon + 1));
  return username === "" ? { password } : { username, password };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unusable();
  }
}

function unusable(): RangeError {
  return new RangeError(`not the URL of a Redis: allowed are ${FORMS}`);
}
