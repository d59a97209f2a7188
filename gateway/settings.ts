import { availableParallelism } from "node:os";
import ipaddr from "ipaddr.js";
import { isLanguageTag, LANGUAGE_TAGS, type LanguageTag } from "#languages";
import { nearestName } from "./nearest.ts";

/** A listener's address. */
export interface Listen {
  readonly host: string;
  readonly port: number;
}

export type StoreChoice =
  | { readonly kind: "private" }
  /** The private store of the process that started this worker. */
  | { readonly kind: "shared-private"; readonly socketPath: string }
  | { readonly kind: "memory" }
  | { readonly kind: "url"; readonly url: string; readonly mayStartLine: boolean };

export interface Settings {
  readonly roomsFile: string;
  readonly listen: Listen;
  readonly operatorListen: Listen;
  readonly publicUrl: URL;
  readonly store: StoreChoice;
  readonly dataFolder: string;
  /** Path of a JWK Set; null: made in the data folder. */
  readonly keysFile: string | null;
  readonly operatorToken: string;
  readonly metricsToken: string | null;
  /** Path of a file of operators by name; null: only the holder of `operatorToken`. */
  readonly operatorsFile: string | null;
  /** Where the console's history comes from; null: from this gateway's memory. */
  readonly prometheusUrl: URL | null;
  /** What visitors can choose from, the first where they ask for nothing that is there. */
  readonly languages: readonly [LanguageTag, ...LanguageTag[]];
  readonly trustedProxies: readonly string[];
  /** Joins beyond this rate wait; 0: never. */
  readonly joinsPerSecondPerAddress: number;
  readonly workers: number;
  /** Which of several workers this process is, as `workers.ts` told it; null for a process of its own. */
  readonly worker: number | null;
}

/** What a process ends with whose settings are wrong. */
export const EXIT_WRONG_SETTINGS = 2;

/** A wrong setting: one line with its name, what was given, and what is allowed. */
export class SettingsError extends Error {
  readonly code = "wrong-settings";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "SettingsError";
    this.problems = problems;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;
/** Reads one setting; adds a line to `problems` and returns the stand-in where it is wrong. */
type Problems = string[];

const PREFIX = "SLUSE_";
/** Every setting whose name begins so. */
const SETTINGS = [
  "ROOMS",
  "LISTEN",
  "OPERATOR_LISTEN",
  "PUBLIC_URL",
  "LANGUAGES",
  "NEW_LINE",
  "DATA",
  "KEYS",
  "OPERATOR_TOKEN",
  "METRICS_TOKEN",
  "OPERATORS",
  "PROMETHEUS_URL",
  "TRUSTED_PROXIES",
  "JOINS_PER_SECOND_PER_ADDRESS",
  "WORKERS",
];
/** No settings of the gateway: the command line's, what `workers.ts` tells a worker, and what the tests are told. */
const OTHER_NAMES = ["OPERATOR_URL", "WORKER", "WORKER_SOCKET", "FULL", "SEED", "SIMULATION_STEPS"];
/** What Kubernetes and Docker tell every container of a service that is called sluse, or sluse-something. */
const SERVICE_LINK = /_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$|_PORT_\d+_[A-Z]+(_(PROTO|PORT|ADDR))?$/;
const SERVICE_ADDRESS = /^(tcp|udp|sctp):\/\//;

const STORE_URL = /^(redis|rediss|redis\+sentinel|redis\+cluster):\/\/.+/;

/** Reads the gateway's settings from the environment. Throws `SettingsError` naming every mistake. */
export function readSettings(env: Environment): Settings {
  const problems: Problems = unknownNames(env);
  const listen = readListen(env, "SLUSE_LISTEN", "127.0.0.1:8080", problems);
  const settings: Settings = {
    roomsFile: env.SLUSE_ROOMS || "rooms.json",
    listen,
    operatorListen: readListen(env, "SLUSE_OPERATOR_LISTEN", "127.0.0.1:8081", problems),
    publicUrl: readPublicUrl(env.SLUSE_PUBLIC_URL || `http://${addressOf(listen)}`, problems),
    store: readStore(env, readNewLine(env, problems), problems),
    dataFolder: env.SLUSE_DATA || ".sluse",
    keysFile: env.SLUSE_KEYS || null,
    operatorToken: readToken(env, "SLUSE_OPERATOR_TOKEN", problems) ?? "",
    metricsToken: env.SLUSE_METRICS_TOKEN ? readToken(env, "SLUSE_METRICS_TOKEN", problems) : null,
    operatorsFile: env.SLUSE_OPERATORS || null,
    prometheusUrl: readPrometheusUrl(env.SLUSE_PROMETHEUS_URL ?? "", problems),
    languages: readLanguages(env.SLUSE_LANGUAGES || "da,en", problems),
    trustedProxies: readCidrs(env.SLUSE_TRUSTED_PROXIES ?? "", problems),
    joinsPerSecondPerAddress: readJoinRate(env.SLUSE_JOINS_PER_SECOND_PER_ADDRESS || "50", problems),
    workers: readWorkers(env.SLUSE_WORKERS ?? "1", problems),
    worker: env.SLUSE_WORKER ? Number(env.SLUSE_WORKER) : null,
  };
  if (isSamePort(settings.listen, settings.operatorListen)) {
    const other = addressOf({ ...listen, port: listen.port === 65_535 ? 8081 : listen.port + 1 });
    problems.push(
      `SLUSE_OPERATOR_LISTEN: "${addressOf(settings.operatorListen)}", the port of SLUSE_LISTEN ("${addressOf(listen)}") ` +
        `too; allowed: a port of its own, such as SLUSE_OPERATOR_LISTEN=${other}`,
    );
  }
  if (settings.store.kind === "url" && settings.keysFile === null) {
    problems.push(
      wrong("SLUSE_KEYS", "", "a file with the signing keys (npm run keys), required with REDIS_URL"),
    );
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

const ALL_ADDRESSES = ["0.0.0.0", "::"];

/** Whether two listeners would be in each other's way. Port 0 is any free one. */
function isSamePort(one: Listen, other: Listen): boolean {
  const hosts = [one.host, other.host];
  const meet = one.host === other.host || hosts.some((host) => ALL_ADDRESSES.includes(host));
  return one.port !== 0 && one.port === other.port && meet;
}

/** host:port as it stands in a URL. */
export function addressOf({ host, port }: Listen): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** What is said of a listener whose address cannot be had. */
export function takenLine(name: "SLUSE_LISTEN" | "SLUSE_OPERATOR_LISTEN", settings: Settings): string {
  const [whose, listen] =
    name === "SLUSE_LISTEN" ? ["visitors'", settings.listen] : ["operators'", settings.operatorListen];
  const other = addressOf({ ...listen, port: portBeside(listen.port, settings) });
  return (
    `${name}: "${addressOf(listen)}" for the ${whose} listener is taken by another program (perhaps by another ` +
    `Sluse), or is no address of this machine; allowed: a free address, such as ${name}=${other}`
  );
}

/** A port that these settings name nowhere; whether it is free is not known. */
function portBeside(port: number, { listen, operatorListen, publicUrl, prometheusUrl }: Settings): number {
  const urls = [publicUrl, prometheusUrl].map((url) => Number(url?.port));
  const named = [port, listen.port, operatorListen.port, ...urls];
  let other = port;
  while (named.includes(other)) other = other + 100 > 65_535 ? 8_081 : other + 100;
  return other;
}

/** What is said where another gateway has this one's data folder. */
export function sharedFolderLine({ dataFolder, store }: Settings): string {
  const line = store.kind === "private" ? " and its private Redis: the two serve one line" : "";
  return (
    `SLUSE_DATA: ${JSON.stringify(dataFolder)} is in use: another gateway runs with this folder${line}. To have ` +
    "a line of its own give this one another folder; for several processes of one gateway set SLUSE_WORKERS"
  );
}

/** What is said where the store of `REDIS_URL` does not answer at the start. Whatever password it holds is left out. */
export function unreachableLine(url: string, reason: string): string {
  const shown = url.replace(/\/\/.*@/, "//");
  return (
    `REDIS_URL: ${JSON.stringify(shown)} does not answer (${reason}): start that Redis, or name another. Until ` +
    "one answers nobody is given a place or let in by their place; it is tried again all the time"
  );
}

function wrong(name: string, given: string, allowed: string): string {
  return `${name}: ${given === "" ? "not set" : JSON.stringify(given)}; allowed: ${allowed}`;
}

/** Misspelt settings, which would otherwise be as good as not set. Their values are not shown: one may be a token. */
function unknownNames(env: Environment): Problems {
  return Object.entries(env)
    .filter(([name, value]) => name.startsWith(PREFIX) && !isKnown(name, value ?? ""))
    .map(([name]) => {
      const nearest = nearestName(name.slice(PREFIX.length), SETTINGS);
      const hint =
        nearest === null
          ? `allowed: ${SETTINGS.map((known) => PREFIX + known).join(", ")}`
          : `did you mean ${PREFIX}${nearest}?`;
      return `${name}: no such setting; ${hint}`;
    });
}

function isKnown(name: string, value: string): boolean {
  const short = name.slice(PREFIX.length);
  if (SETTINGS.includes(short) || OTHER_NAMES.includes(short) || SERVICE_LINK.test(name)) return true;
  return name.endsWith("_PORT") && SERVICE_ADDRESS.test(value);
}

function readListen(env: Environment, name: string, fallback: string, problems: Problems): Listen {
  const given = env[name] || fallback;
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(given);
  const port = Number(found?.[3]);
  if (!found || port > 65_535) {
    problems.push(wrong(name, given, "host:port with a port from 0 to 65535, such as 127.0.0.1:8080"));
    return { host: "127.0.0.1", port: 0 };
  }
  return { host: found[1] ?? found[2] ?? "", port };
}

function readPublicUrl(given: string, problems: Problems): URL {
  const url = URL.canParse(given) ? new URL(given) : null;
  const good = url && /^https?:$/.test(url.protocol) && url.pathname === "/" && !url.search && !url.username;
  if (good) return url;
  problems.push(
    wrong("SLUSE_PUBLIC_URL", given, "an http or https address without path, such as https://tax.example"),
  );
  return new URL("http://invalid.invalid");
}

function readPrometheusUrl(given: string, problems: Problems): URL | null {
  if (given === "") return null;
  const url = URL.canParse(given) ? new URL(given) : null;
  if (url && /^https?:$/.test(url.protocol) && !url.search && !url.hash && !url.username) return url;
  // It may hold a password, so it is not said again.
  problems.push(
    "SLUSE_PROMETHEUS_URL: not such an address; allowed: an http or https address without user or query, such as http://127.0.0.1:9090",
  );
  return null;
}

function readStore(env: Environment, mayStartLine: boolean, problems: Problems): StoreChoice {
  if (env.SLUSE_WORKER_SOCKET) return { kind: "shared-private", socketPath: env.SLUSE_WORKER_SOCKET };
  const url = env.REDIS_URL ?? "";
  if (url === "") return { kind: "private" };
  if (url === "memory:") return { kind: "memory" };
  if (!STORE_URL.test(url)) {
    // The address may hold a password: only its scheme is said again.
    problems.push(
      wrong(
        "REDIS_URL",
        `${url.split(":", 1)[0]}:...`,
        "redis://, rediss://, redis+sentinel://h:p,h:p/master-name, redis+cluster://h:p,h:p, or memory:",
      ),
    );
  }
  return { kind: "url", url, mayStartLine };
}

function readNewLine(env: Environment, problems: Problems): boolean {
  const given = env.SLUSE_NEW_LINE ?? "";
  if (given !== "" && given !== "yes") problems.push(wrong("SLUSE_NEW_LINE", given, "yes, or not set"));
  return given === "yes";
}

function readToken(env: Environment, name: string, problems: Problems): string | null {
  const given = env[name] ?? "";
  if (/^[\x21-\x7e]{16,512}$/.test(given)) return given;
  const shown = given === "" ? "not set" : `${given.length} characters`;
  problems.push(`${name}: ${shown}; allowed: 16 to 512 visible ASCII characters`);
  return null;
}

function readCidrs(given: string, problems: Problems): string[] {
  const cidrs = given.split(/[\s,]+/).filter((part) => part !== "");
  for (const cidr of cidrs) {
    if (!ipaddr.isValidCIDR(cidr) && !ipaddr.isValid(cidr)) {
      problems.push(
        wrong("SLUSE_TRUSTED_PROXIES", cidr, "addresses or CIDRs, such as 10.0.0.0/8, with commas"),
      );
    }
  }
  return cidrs;
}

function readLanguages(given: string, problems: Problems): Settings["languages"] {
  const [first = "", ...others] = given.split(",").map((tag) => tag.trim());
  const isOnce = new Set([first, ...others]).size === others.length + 1;
  if (isLanguageTag(first) && others.every(isLanguageTag) && isOnce) return [first, ...others];
  problems.push(
    wrong("SLUSE_LANGUAGES", given, `one or more of ${LANGUAGE_TAGS.join(", ")}, each once, with commas`),
  );
  return ["en"];
}

function readWorkers(given: string, problems: Problems): number {
  if (given === "auto") return availableParallelism();
  if (/^\d{1,3}$/.test(given) && Number(given) >= 1 && Number(given) <= 256) return Number(given);
  problems.push(wrong("SLUSE_WORKERS", given, "1 to 256, or auto"));
  return 1;
}

function readJoinRate(given: string, problems: Problems): number {
  if (/^\d{1,7}$/.test(given) && Number(given) <= 1_000_000) return Number(given);
  problems.push(wrong("SLUSE_JOINS_PER_SECOND_PER_ADDRESS", given, "1 to 1000000, or 0 for no limit"));
  return 0;
}
