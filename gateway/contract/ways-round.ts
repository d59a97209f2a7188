/**
 * Ways round the gate, as data: every door that Sluse has (the gateway itself, a proxy that asks it, the edge)
 * runs them all by ways-round-suite.ts. None may bring a request for a gated place to its service without a
 * good pass.
 */
import { type Forgeries, forgeriesOf, type GoodToken, signedAnew } from "./forged-tokens.ts";

/** A gated room, and what lies beside it before the same service. */
export interface GatedPlace {
  /** The room's id. */
  readonly room: string;
  /** The room's own host. The same path on any other host is in a room that lets everybody in. */
  readonly host: string;
  /** Where the room begins, such as `/gated`. */
  readonly path: string;
  /** Its rule for requests that need no pass: everything below this path, which ends in a slash. */
  readonly ungated: string;
  /** Needs no pass for a GET, and for nothing else. */
  readonly readable: string;
  /** A path on the same host that lets everybody in. */
  readonly open: string;
  /** The name of the room's pass cookie; its ticket's has `ticket` for `pass`. */
  readonly passCookie: string;
}

/** Sent with each request of a way: the cookie of a good pass where it is to be shown that the way leads in with one. */
export type Sent = readonly string[];

export interface WayRound {
  readonly name: string;
  /** The bytes of a request, and of whatever is smuggled in behind it, as they go over the socket. */
  readonly bytes: (place: GatedPlace, sent: Sent) => string;
  /** Ours does not read such a request, whatever pass comes with it; another door may. */
  readonly malformed?: true;
}

/** The one request of a way that may reach the service: nothing is gated there. */
export const outerOf = ({ open }: GatedPlace) => `${open}/outer`;

function line(method: string, target: string, ...headers: readonly string[]): string {
  return [`${method} ${target} HTTP/1.1`, ...headers, "Connection: close", "", ""].join("\r\n");
}

/** A way that lies in the spelling of its path. */
function path(name: string, target: (place: GatedPlace) => string, malformed?: "malformed"): WayRound {
  return {
    name,
    bytes: (place, sent) => line("GET", target(place), `Host: ${place.host}`, ...sent),
    ...(malformed && { malformed: true }),
  };
}

/** A way that lies in the method. */
function method(name: string, target = ({ path }: GatedPlace) => `${path}/form`, where = ""): WayRound {
  return {
    name: `the method ${name}${where}`,
    bytes: (place, sent) => line(name, target(place), `Host: ${place.host}`, "Content-Length: 0", ...sent),
  };
}

/** A way that lies in headers which some origin, proxy or gate believes. */
function headers(name: string, more: (place: GatedPlace) => readonly string[]): WayRound {
  return {
    name,
    bytes: (place, sent) => line("GET", `${place.path}/form`, `Host: ${place.host}`, ...more(place), ...sent),
  };
}

/** A way that lies in the host. `hosts` are whole header lines. */
function host(
  name: string,
  hosts: (place: GatedPlace) => readonly string[],
  malformed?: "malformed",
): WayRound {
  return {
    name,
    bytes: (place, sent) => line("GET", `${place.path}/form`, ...hosts(place), ...sent),
    ...(malformed && { malformed: true }),
  };
}

/** A request that is let through carries another in what one reader takes for its body. */
function smuggled(name: string, ...framing: readonly string[]): WayRound {
  return {
    name,
    bytes: (place, sent) => {
      const inner = line("GET", `${place.path}/form`, `Host: ${place.host}`, ...sent);
      return `${line("POST", outerOf(place), `Host: ${place.host}`, ...framing, ...sent)}0\r\n\r\n${inner}`;
    },
    malformed: true,
  };
}

const PATHS: readonly WayRound[] = [
  path("the plain path", ({ path }) => `${path}/form`),
  path("the room's own path", ({ path }) => path),
  path("a query", ({ path, ungated }) => `${path}?${ungated}x`),
  path("capital letters", ({ path }) => `${path.toUpperCase()}/form`),
  path("an encoded letter", ({ path }) => `/%${hex(path[1])}${path.slice(2)}/form`),
  path("a letter encoded twice", ({ path }) => `/%25${hex(path[1])}${path.slice(2)}/form`),
  path("an encoded slash behind it", ({ path }) => `${path}%2fform`),
  path("an encoded slash before it", ({ path }) => `/%2f${path.slice(1)}/form`),
  path("a slash encoded twice", ({ path }) => `${path}%252Fform`),
  path("a doubled slash before it", ({ path }) => `/${path}/form`),
  path("a doubled slash behind it", ({ path }) => `${path}//form`),
  path("a dot segment before it", ({ path }) => `/.${path}/form`),
  path("dots inside it", ({ path }) => `${path}/x/../form`),
  path("dots into it", ({ path, open }) => `${open}/..${path}/form`),
  path("encoded dots into it", ({ path, open }) => `${open}/%2e%2e${path}/form`),
  path("half encoded dots into it", ({ path, open }) => `${open}/.%2E${path}/form`),
  path("dots encoded twice into it", ({ path, open }) => `${open}/%252e%252e${path}/form`),
  path("dots and an encoded slash into it", ({ path, open }) => `${open}/..%2f${path.slice(1)}/form`),
  path("dots and a parameter into it", ({ path, open }) => `${open}/..;x${path}/form`),
  path("dots and a backslash into it", ({ path, open }) => `${open}\\..\\${path.slice(1)}\\form`),
  path("dots above the top", ({ path }) => `/../..${path}/form`),
  path("a path parameter", ({ path }) => `${path};x=1/form`),
  path("a path parameter of the front", ({ path }) => `/;x${path}/form`),
  path("a path parameter that is another path", ({ path, ungated }) => `${path}/form;${ungated}x`),
  path("a backslash behind it", ({ path }) => `${path}\\form`),
  path("an encoded backslash behind it", ({ path }) => `${path}%5cform`),
  path("a backslash before it", ({ path }) => `\\${path.slice(1)}/form`, "malformed"),
  path("an encoded NUL", ({ path }) => `${path}%00/form`, "malformed"),
  path("an encoded NUL at the end", ({ path, ungated }) => `${path}/form%00${ungated}`, "malformed"),
  path("a NUL encoded twice", ({ path }) => `${path}%2500/form`, "malformed"),
  path(
    "an encoded tab within its name",
    ({ path }) => `${path.slice(0, 3)}%09${path.slice(3)}/form`,
    "malformed",
  ),
  path("an encoded line break at the end", ({ path }) => `${path}/form%0d%0a`, "malformed"),
  path(
    "dots and an encoded line break into it",
    ({ path, open }) => `${open}/.%0a.${path}/form`,
    "malformed",
  ),
  path("a NUL", ({ path }) => `${path}\0/form`, "malformed"),
  path("a slash of too many bytes", ({ path }) => `/%c0%af${path.slice(1)}/form`, "malformed"),
  path("dots of too many bytes", ({ path, open }) => `${open}/%c0%ae%c0%ae${path}/form`, "malformed"),
  path("a broken encoding", ({ path }) => `${path}/%zz`, "malformed"),
  path("a fragment", ({ path, ungated }) => `${path}/form#${ungated}x`, "malformed"),
  path("a tab", ({ path }) => `${path}/\tform`, "malformed"),
  path("a second target", ({ path, open }) => `${open} ${path}/form`, "malformed"),
  path("the whole address", ({ host, path }) => `http://${host}${path}/form`, "malformed"),
  path("a whole address elsewhere", ({ path }) => `http://elsewhere.example${path}/form`, "malformed"),
  path("the folder of what is ungated", ({ ungated }) => ungated.slice(0, -1)),
  path("a name that begins as what is ungated", ({ ungated }) => `${ungated.slice(0, -1)}r/form`),
  path("dots out of what is ungated", ({ ungated }) => `${ungated}../form`),
  path("encoded dots out of what is ungated", ({ ungated }) => `${ungated}%2e%2e/form`),
  path("an encoded slash out of what is ungated", ({ ungated }) => `${ungated}..%2fform`),
  path("a parameter out of what is ungated", ({ ungated }) => `${ungated}..;/form`),
  path("a backslash out of what is ungated", ({ ungated }) => `${ungated}..\\form`),
  path("deeper, and out of what is ungated", ({ ungated }) => `${ungated}x/../../form`),
  path("out of what is ungated, and in again", ({ ungated }) => `${ungated}../form/..${ungated}x`),
];

const METHODS: readonly WayRound[] = [
  ...["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "PURGE", "get"].map((name) =>
    method(name),
  ),
  method("POST", ({ readable }) => readable, " where only GET needs no pass"),
  method("get", ({ readable }) => `${readable}r`, " beside what needs no pass"),
];

const HOSTS: readonly WayRound[] = [
  host("a dot at the host's end", ({ host }) => [`Host: ${host}.`]),
  host("dots at the host's end", ({ host }) => [`Host: ${host}..`]),
  host("a host in capital letters", ({ host }) => [`Host: ${host.toUpperCase()}`]),
  host("a host with a port", ({ host }) => [`Host: ${host}:443`]),
  host("a second host", ({ host }) => [`Host: ${host}`, "Host: elsewhere.example"], "malformed"),
  host("a second host in front", ({ host }) => ["Host: elsewhere.example", `Host: ${host}`], "malformed"),
  host("the same host twice", ({ host }) => [`Host: ${host}`, `Host: ${host}`], "malformed"),
  host("a list of hosts", ({ host }) => [`Host: elsewhere.example, ${host}`], "malformed"),
  host("a name in front of the host", ({ host }) => [`Host: elsewhere.example@${host}`], "malformed"),
  host("a path behind the host", ({ host }) => [`Host: ${host}/elsewhere`], "malformed"),
  host("no host", () => [], "malformed"),
];

const HEADERS: readonly WayRound[] = [
  headers("a prefetch", () => ["Sec-Purpose: prefetch", "Sec-Fetch-Mode: navigate"]),
  headers("a picture", () => ["Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"]),
  headers("a browser", () => ["Sec-Fetch-Mode: navigate", "Accept: text/html"]),
  headers("a crawler", () => ["User-Agent: Googlebot/2.1", "Accept: text/html"]),
  headers("an app", () => ["Sluse-Client: app", "Authorization: Bearer admitted"]),
  headers("words of Sluse's own", () => ["Sluse-Room: open", "Sluse-Command: open", "Sluse-Seal: 1"]),
  headers("another method on top", () => ["X-HTTP-Method-Override: OPTIONS", "X-Method-Override: OPTIONS"]),
  headers("a place forwarded by nobody", ({ open, ungated }) => [
    `X-Original-URL: ${ungated}x`,
    `X-Rewrite-URL: ${ungated}x`,
    `X-Forwarded-Uri: ${open}`,
    `X-Forwarded-Path: ${open}`,
    `X-Original-URI: ${open}`,
    "X-Forwarded-Prefix: /",
  ]),
  headers("a host forwarded by nobody", () => [
    "X-Forwarded-Host: elsewhere.example",
    "Forwarded: host=elsewhere.example",
    "X-Host: elsewhere.example",
  ]),
  headers("a method forwarded by nobody", () => [
    "X-Forwarded-Method: OPTIONS",
    "X-Original-Method: OPTIONS",
  ]),
  headers("an address that is trusted", () => ["X-Forwarded-For: 127.0.0.1", "X-Real-IP: 127.0.0.1"]),
  headers("headers to be dropped on the way", () => ["Connection: host, sluse-pass, sluse-room"]),
  headers("a range", () => ["Range: bytes=0-9", 'If-Range: "x"']),
  {
    name: "a WebSocket",
    bytes: (place, sent) => {
      const upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
      const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
      const start = [`GET ${place.path}/form HTTP/1.1`, `Host: ${place.host}`];
      return [...start, ...upgrade, key, ...sent, "", ""].join("\r\n");
    },
  },
];

const FRAMINGS: readonly WayRound[] = [
  smuggled("two lengths that differ", "Content-Length: 0", "Content-Length: 5"),
  smuggled("two lengths alike", "Content-Length: 0", "Content-Length: 0"),
  smuggled("a list of lengths", "Content-Length: 0, 5"),
  smuggled("a length and chunks", "Content-Length: 5", "Transfer-Encoding: chunked"),
  smuggled("chunks and a length", "Transfer-Encoding: chunked", "Content-Length: 5"),
  smuggled("an unknown coding", "Transfer-Encoding: xchunked"),
  smuggled("chunks, and not", "Transfer-Encoding: chunked, identity"),
  smuggled("a space before the colon", "Content-Length: 0", "Transfer-Encoding : chunked"),
  smuggled("a space in front of a name", " Transfer-Encoding: chunked"),
  smuggled("a folded line", "Content-Length: 0", "Transfer-Encoding:", "\tchunked"),
  smuggled("a header's name with a space", "Content Length: 5"),
  smuggled("a header without a colon", "Transfer-Encoding chunked"),
];

/** Every way that needs no token. */
export const WAYS_ROUND: readonly WayRound[] = [...PATHS, ...METHODS, ...HOSTS, ...HEADERS, ...FRAMINGS];

/** What a way with a token may be sent with. */
export const TOKEN_METHODS = ["GET", "POST"] as const;

/** One request for the plain path with this token in the pass's cookie. */
export function withPass(place: GatedPlace, method: (typeof TOKEN_METHODS)[number], token: string): string {
  const cookie = `Cookie: ${place.passCookie}=${token}`;
  return line(method, `${place.path}/form`, `Host: ${place.host}`, "Content-Length: 0", cookie);
}

/**
 * Every token that is no pass, or no longer: forged, lapsed, or another kind. `folder` is the gateway's, whose
 * keys sign those that have lapsed; grace must be at most half an hour.
 */
export async function badPasses(
  { pass, ticket }: { readonly pass: GoodToken; readonly ticket: string },
  folder: string,
): Promise<Forgeries> {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const lapsed = { iat: nowSeconds - 3_601, exp: nowSeconds - 1_801 };
  return [
    ...(await forgeriesOf(pass, folder)),
    ["a pass that lapsed beyond its grace", await signedAnew(pass, folder, lapsed)],
    ["a pass that ends before its start", await signedAnew(pass, folder, { exp: 1 })],
    ["a pass without an end", await signedAnew(pass, folder, { exp: undefined })],
    ["the ticket of the very session", ticket],
  ];
}

/** A pass that has lapsed, and whose grace still saves a form: no way in for anything else. */
export function passInGrace(pass: GoodToken, folder: string): Promise<string> {
  const nowSeconds = Math.floor(Date.now() / 1000);
  return signedAnew(pass, folder, { iat: nowSeconds - 1_200, exp: nowSeconds - 600 });
}

function hex(letter = ""): string {
  return letter.charCodeAt(0).toString(16);
}
