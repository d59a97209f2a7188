import { parseArgs } from "node:util";

/** What a crowd is told. Times are in seconds where the name says so. */
export interface CrowdOptions {
  room: string;
  visitors: number;
  /** The path that visitors ask for; it must lie in the room. */
  path: string;
  /** Where the gateway answers, or undefined to go straight to the service. */
  gateway: string | undefined;
  /** The operators' listener, whose `/metrics` is shown beside what the crowd sees; undefined: not asked. */
  operator: string | undefined;
  /** The service's own address, for its health and for going straight to it; undefined where none is known. */
  service: string | undefined;
  seed: number;
  /** Visitors arrive evenly at random over this time. */
  arriveSeconds: number;
  /** Of 100 visitors who wait, this many do not come when they are called. */
  noShowPercent: number;
  /** The crowd goes home after this time, done or not. */
  forSeconds: number;
  /** What a visitor takes to read a page, on average. */
  thinkSeconds: number;
  /** Sockets at most. */
  connections: number;
}

/** One wrong argument: its name, what was given, what is allowed. */
export class ArgumentError extends Error {
  override readonly name = "ArgumentError";
  constructor(argument: string, given: string, allowed: string) {
    super(`${argument}: ${given} was given; allowed is ${allowed}`);
  }
}

/** Where nobody answers: `named` is the option that would name another, whether or not it was given. */
export class NobodyAnswers extends Error {
  override readonly name = "NobodyAnswers";
  constructor(named: string, origin: string, why: string) {
    super(`${origin} does not answer (${why}); npm start starts all, and ${named} names another`);
  }
}

export const usage = `Usage: npm run crowd -- ROOM VISITORS [options]
  ROOM                   a room of the gateway: tax, vaccine
  VISITORS               1 to 100000
  --no-gate              go straight to the service
  --gateway URL          http://127.0.0.1:8080
  --operator URL         show the operators' metrics too (SLUSE_METRICS_TOKEN where they need a token)
  --service URL          the service itself: tax http://127.0.0.1:8091, vaccine http://127.0.0.1:8092
  --path PATH            what visitors ask for: /ROOM
  --seed N               replay who comes when, who stays away, what each chooses
  --arrive-seconds S     0 to 3600: 10
  --no-show-percent P    0 to 100: 0
  --for-seconds S        1 to 3600: 600
  --think-seconds S      0 to 60: 1
  --connections N        1 to 10000: 1000
Loopback addresses only. Exit code 0: everybody who came when called got in and was served, and nobody was overtaken;
1: not so; 2: wrong arguments.`;

const knownServices: Record<string, string> = {
  tax: "http://127.0.0.1:8091",
  vaccine: "http://127.0.0.1:8092",
};

/** Reads a command line; throws `ArgumentError`. `anySeed` is used where no seed is given. */
export function readArguments(words: readonly string[], anySeed: number): CrowdOptions {
  const { values, positionals } = parse(words);
  const [room, visitors, ...more] = positionals;
  if (room === undefined) throw new ArgumentError("ROOM", "nothing", "a room's id, such as tax");
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(room)) {
    throw new ArgumentError("ROOM", room, "a to z, 0 to 9 and -, 32 characters at most");
  }
  if (more[0] !== undefined) throw new ArgumentError("argument", more[0], "ROOM VISITORS and options only");

  const path = values.path ?? `/${room}`;
  if (!/^\/[\x21-\x7e]*$/.test(path) || path.startsWith("//")) {
    throw new ArgumentError("--path", path, "a path that begins with one /");
  }
  const straight = values["no-gate"] ?? false;
  const service = loopback("--service", values.service ?? knownServices[room]);
  if (straight && service === undefined) {
    throw new ArgumentError(
      "--service",
      "nothing",
      `an address: with --no-gate, only of tax and vaccine is it known where the service of ${room} is`,
    );
  }
  return {
    room,
    visitors: number("VISITORS", visitors, 1, 100_000, true),
    path,
    gateway: straight ? undefined : loopback("--gateway", values.gateway ?? "http://127.0.0.1:8080"),
    operator: loopback("--operator", values.operator),
    service,
    seed: number("--seed", values.seed ?? String(anySeed), 0, 4_294_967_295, true),
    arriveSeconds: number("--arrive-seconds", values["arrive-seconds"] ?? "10", 0, 3_600),
    noShowPercent: number("--no-show-percent", values["no-show-percent"] ?? "0", 0, 100),
    forSeconds: number("--for-seconds", values["for-seconds"] ?? "600", 1, 3_600),
    thinkSeconds: number("--think-seconds", values["think-seconds"] ?? "1", 0, 60),
    connections: number("--connections", values.connections ?? "1000", 1, 10_000, true),
  };
}

const text = { type: "string" } as const;
const OPTIONS = {
  "no-gate": { type: "boolean" },
  gateway: text,
  operator: text,
  service: text,
  path: text,
  seed: text,
  "arrive-seconds": text,
  "no-show-percent": text,
  "for-seconds": text,
  "think-seconds": text,
  connections: text,
} as const;

function parse(words: readonly string[]) {
  checkOptions(words);
  return parseArgs({ args: [...words], allowPositionals: true, options: OPTIONS });
}

/** Throws `ArgumentError` for an option that there is not, one without its value, and a value where none belongs. */
function checkOptions(words: readonly string[]): void {
  const { tokens } = parseArgs({
    args: [...words],
    allowPositionals: true,
    strict: false,
    tokens: true,
    options: OPTIONS,
  });
  const types: Readonly<Record<string, { type: string } | undefined>> = OPTIONS;
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const { rawName, value } = token;
    const type = types[token.name]?.type;
    if (type === undefined) {
      if (/^-\d/.test(rawName))
        throw new ArgumentError("VISITORS", rawName, "a whole number from 1 to 100000");
      const allowed = Object.keys(OPTIONS).map((name) => `--${name}`);
      throw new ArgumentError("option", rawName, `one of ${allowed.join(", ")}`);
    }
    if (type === "boolean" && value !== undefined) throw new ArgumentError(rawName, value, "no value");
    // As Node has it, a word that begins with - is the next option, unless it is put as --name=-1.
    if (type === "string" && (value === undefined || (!token.inlineValue && value.startsWith("-")))) {
      throw new ArgumentError(rawName, value ?? "nothing", "a value that does not begin with -");
    }
  }
}

function number(name: string, given: string | undefined, least: number, most: number, whole = false): number {
  const kind = whole ? "a whole number" : "a number";
  const allowed = `${kind} from ${least} to ${most}`;
  if (given === undefined) throw new ArgumentError(name, "nothing", allowed);
  const form = whole ? /^\d+$/ : /^\d+(\.\d+)?$/;
  const value = Number(given);
  if (!form.test(given) || value < least || value > most) throw new ArgumentError(name, given, allowed);
  return value;
}

/** An `http://` origin on this machine. A crowd sent anywhere else would be an attack. */
export function loopback(name: string, given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const allowed = "http:// and a loopback address (127.0.0.1, [::1], localhost) with its port, no path";
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const isHere = url !== undefined && /^(127(\.\d{1,3}){3}|\[::1\]|localhost)$/.test(url.hostname);
  if (!isHere || url.protocol !== "http:" || url.pathname !== "/" || url.search || url.username) {
    throw new ArgumentError(name, given, allowed);
  }
  return url.origin;
}
