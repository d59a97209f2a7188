import { Command, CommanderError } from "commander";
import { AUDIT_ENTRIES, MOST_VERSION_DIGITS, type RoomDocument } from "#operator-api";
import { REPLIES } from "#operator-api/schemas";
import packageJson from "../../package.json" with { type: "json" };
import { nearestName } from "../nearest.ts";
import { CommandFault, EXIT_WRONG_USAGE, wrongUsage } from "./fault.ts";
import { createFormat, type Format, printable } from "./format.ts";
import {
  addSettings,
  readChangeOptions,
  readWhole,
  type SetOptions,
  silencesOf,
  untoldIn,
  withOtherLanguages,
} from "./options.ts";
import { ask, findServer, type Server } from "./server.ts";
import { auditView, changeView, passedOpening, resetView, roomsView, roomView } from "./views.ts";

/** Where a command runs. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  err(text: string): void;
}

interface GlobalOptions {
  readonly url?: string;
  readonly json?: true;
}

interface ResetOptions {
  readonly confirm: string;
  readonly reason: string;
  readonly endSessions: boolean;
  readonly ifVersion?: string;
}

interface AuditOptions {
  readonly limit: string;
  readonly actor?: string;
  readonly before?: string;
}

/** What a command gives: the API's own document, and how it is shown to people. */
interface Result {
  readonly said: unknown;
  readonly shown: string;
  /** What somebody should know beside it, people and scripts alike. */
  readonly warnings?: readonly (string | null)[];
}

type Work = (server: Server, format: Format) => Promise<Result>;

/** Of as many digits as the API takes. */
const MOST_VERSION = 10 ** MOST_VERSION_DIGITS - 1;
const VERSIONS = { least: 0, most: MOST_VERSION };
/** Of the audit trail, by their sequence. */
const ENTRIES = { least: 1, most: MOST_VERSION };

const NOTES = `
The token is read from SLUSE_OPERATOR_TOKEN, never from the command line, where others on the machine could see it.
Exit code 0: done; 1: refused, or no answer; 2: the command is wrong, and nothing was asked.`;

const EXAMPLES = `
Examples:
  sluse rooms
  sluse set tax --outflow 900 --reason "the service keeps up"
  sluse set tax --message-da "Vi er straks tilbage." --message-en "We are back shortly."
  sluse reset tax --confirm tax --reason "the rehearsal is over"
  sluse audit tax --limit 5 --json`;

/** Runs one command and gives its exit code. Whatever there is to say has then been said. */
export async function runCommand(words: readonly string[], terminal: Terminal): Promise<number> {
  // A command that cannot be read wants its fault as JSON too.
  const asJson = words.includes("--json");
  const wrong: string[] = [];
  const program = commandLine(terminal, (text) => wrong.push(text));
  try {
    await program.parseAsync(words, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      const text = wrong.join("");
      terminal.err(asJson ? faultJson(wrongUsage(text.trim().replace(/^error: /, ""))) : text);
      return EXIT_WRONG_USAGE;
    }
    if (!(error instanceof CommandFault)) throw error;
    const lines = error.message.replaceAll(/^.*$/gm, (line) => `sluse: ${printable(line)}`);
    terminal.err(asJson ? faultJson(error) : `${lines}\n`);
    return error.exitCode;
  }
}

function faultJson({ code, message, problem }: CommandFault): string {
  return `${JSON.stringify(problem ?? { code, detail: message })}\n`;
}

/** Runs this process's command. */
export async function runInTerminal(): Promise<void> {
  // Whoever reads no further, as `head` does, wants no more.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
  process.exitCode = await runCommand(process.argv.slice(2), {
    env: process.env,
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  });
}

/** `sayWrong` is told, in pieces, why a command cannot be read. */
function commandLine(terminal: Terminal, sayWrong: (text: string) => void): Command {
  const program = new Command("sluse")
    .description("See the lines of a running Sluse, and steer them.")
    .option("--url <url>", "the operators' listener; SLUSE_OPERATOR_URL, else http://127.0.0.1:8081")
    .option("--json", "print the API's own JSON, for scripts")
    .version(packageJson.version, "--version", "print the version of this command line")
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: terminal.out, writeErr: sayWrong })
    .addHelpText("after", EXAMPLES)
    .addHelpText("afterAll", NOTES);

  async function run(work: Work): Promise<void> {
    const { url, json } = program.opts<GlobalOptions>();
    const {
      said,
      shown,
      warnings = [],
    } = await work(findServer(url, terminal.env), createFormat(terminal.env));
    terminal.out(json ? `${JSON.stringify(said, null, 2)}\n` : shown);
    for (const warning of warnings) if (warning !== null) terminal.err(`sluse: ${warning}\n`);
  }

  program
    .command("rooms")
    .description("all rooms at a glance, those in trouble first")
    .action(() => run(rooms));
  program
    .command("show")
    .description("one room: its settings and its line")
    .argument("<room>", "the room's id")
    .action((room: string) => run(show(room)));
  addSettings(
    program
      .command("set")
      .description("change settings of a room; in force at every gateway within a second")
      .argument("<room>", "the room's id"),
  )
    .option("--end-sessions", "with --mode closed: put those inside out too")
    .option("--reason <text>", "for the audit trail")
    .option("--if-version <version>", "only if the room still has this version")
    .action((room: string, options: SetOptions) => run(set(room, options)));
  program
    .command("reset")
    .description("start the line anew: every place is void; those inside stay")
    .argument("<room>", "the room's id")
    .requiredOption("--confirm <room>", "the room's id again")
    .option("--end-sessions", "put those inside out too", false)
    .option("--reason <text>", "for the audit trail", "")
    .option("--if-version <version>", "only if the room still has this version")
    .action((room: string, options: ResetOptions) => run(reset(room, options)));
  program
    .command("audit")
    .description("who changed what, from what to what, when and why; newest first")
    .argument("[room]", "the id of one room; all of them")
    .option("--limit <number>", "at most so many entries", "20")
    .option("--actor <name>", "of one operator alone")
    .option("--before <entry>", "of a room, only entries older than this one")
    .action((room: string | undefined, options: AuditOptions) => run(audit(room, options)));
  for (const command of [program, ...program.commands]) refuseContradictions(command);
  return program;
}

/** Of an option that is given twice commander takes the last, which may not be the one that was meant. */
function refuseContradictions(command: Command): void {
  for (const option of command.options) {
    const name = option.attributeName();
    // Without a value: an option that takes none.
    option.argParser((value: string | undefined, before: unknown) => {
      const now = value ?? !option.negate;
      if (command.getOptionValueSource(name) !== "cli" || before === now) return now;
      const isOpposite = typeof before !== typeof now;
      const said = isOpposite ? "given with its opposite" : "given twice, with different values";
      throw wrongUsage(`${option.long}: ${said}; allowed: ${isOpposite ? "the one or the other" : "once"}`);
    });
  }
}

async function rooms(server: Server, format: Format): Promise<Result> {
  const { said, read } = await ask(server, REPLIES.Overview, { path: "overview" });
  return { said, shown: roomsView(read, format) };
}

function show(room: string): Work {
  return async (server, format) => {
    const { said } = await roomOf(server, room);
    const { read } = await ask(server, REPLIES.Overview, { path: "overview" });
    const seen = read.rooms.find(({ id }) => id === room);
    if (seen === undefined) throw new Error(`the overview lacks the room ${room}`);
    return { said, shown: roomView(seen, read, format) };
  };
}

function set(room: string, options: SetOptions): Work {
  const wanted = readChangeOptions(options);
  const givenVersion = readWhole("--if-version", options.ifVersion, VERSIONS);
  return async (server, format) => {
    const before = await roomOf(server, room);
    const change = withOtherLanguages(wanted, before.read);
    // What was read to stay as it is must still be so.
    const ifVersion =
      givenVersion ??
      (untoldIn(wanted, before.read).length === 0 ? undefined : (before.read.version ?? undefined));
    const asked = { method: "PATCH", path: `rooms/${room}`, body: change, ifVersion } as const;
    const { said, read } = await ask(server, REPLIES.Room, asked).catch(staleness(server, room));
    const warnings = [...silencesOf(change, read), passedOpening(change, read, format)];
    return { said, shown: changeView(before.read, read, change, format), warnings };
  };
}

function reset(room: string, { confirm, ...options }: ResetOptions): Work {
  if (confirm !== room) {
    throw wrongUsage(`--confirm: ${JSON.stringify(confirm)}; allowed: the room's id again, ${room}`);
  }
  const ifVersion = readWhole("--if-version", options.ifVersion, VERSIONS);
  const { endSessions, reason } = options;
  return async (server, format) => {
    const before = await roomOf(server, room);
    const body = { confirm, endSessions, reason };
    const asked = { method: "POST", path: `rooms/${room}/reset`, body, ifVersion } as const;
    const { said, read } = await ask(server, REPLIES.Room, asked).catch(staleness(server, room));
    return { said, shown: resetView(before.read, read, body, format) };
  };
}

function audit(room: string | undefined, options: AuditOptions): Work {
  const limit = readWhole("--limit", options.limit, AUDIT_ENTRIES);
  const before = readWhole("--before", options.before, ENTRIES);
  if (before !== undefined && room === undefined) {
    throw wrongUsage("--before: given without a room; allowed: with the room whose entry it is");
  }
  return async (server, format) => {
    if (room !== undefined) await roomOf(server, room);
    const query = new URLSearchParams({
      limit: String(limit),
      ...(room !== undefined && { room }),
      ...(options.actor !== undefined && { actor: options.actor }),
      ...(before !== undefined && { before: String(before) }),
    });
    const { said, read } = await ask(server, REPLIES.Audit, { path: `audit?${query}` });
    const { limit: _, ...filters } = Object.fromEntries(query);
    const named = Object.entries(filters).map(([name, value]) => `${name} ${value}`);
    return { said, shown: auditView(read, named, format) };
  };
}

/** Reads a room. Where there is none of that name the fault names those that there are. */
async function roomOf(server: Server, room: string): Promise<{ said: unknown; read: RoomDocument }> {
  const { said, read } = await ask(server, REPLIES.Rooms, { path: "rooms" });
  const at = read.rooms.findIndex(({ id }) => id === room);
  const found = read.rooms[at];
  if (found !== undefined) return { said: (said as { rooms: unknown[] }).rooms[at], read: found };
  const ids = read.rooms.map(({ id }) => id);
  const nearest = nearestName(room, ids);
  const hint = nearest === null ? "" : ` Did you mean ${nearest}?`;
  throw new CommandFault(
    "no-room",
    `There is no room ${JSON.stringify(room)}.${hint} The rooms are ${ids.join(", ")}.`,
  );
}

/** Adds to the fault of a stale version which one the room has now, and who gave it that. */
function staleness(server: Server, room: string): (fault: unknown) => Promise<never> {
  return async (fault) => {
    if (!(fault instanceof CommandFault) || fault.code !== "stale-version") throw fault;
    const path = `audit?${new URLSearchParams({ room, limit: "1" })}`;
    const { read } = await ask(server, REPLIES.Audit, { path });
    const last = read.entries[0];
    const by = last === undefined ? "" : ` It has version ${last.version} now, by ${last.actor}.`;
    throw new CommandFault(
      fault.code,
      `Somebody has changed ${room} since that version; nothing was changed.${by} See: sluse show ${room}`,
      fault.problem,
    );
  };
}
