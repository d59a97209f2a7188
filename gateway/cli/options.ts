import type { Command } from "commander";
import type { z } from "zod";
import { badFieldsOf } from "../fields.ts";
import { changeSchema } from "../operator/asked.ts";
import { wrongUsage } from "./fault.ts";

/** What commander makes of the options of `set`. */
export interface SetOptions {
  readonly mode?: string;
  readonly outflow?: string;
  readonly capacity?: string;
  readonly session?: string;
  readonly sessionGrace?: string;
  readonly claimWindow?: string;
  /** False: `--no-opens-at`. */
  readonly opensAt?: string | false;
  readonly messageDa?: string;
  readonly messageEn?: string;
  /** False: `--no-message`. */
  readonly message: boolean;
  readonly reason?: string;
  readonly ifVersion?: string;
}

/** The body of a PATCH. */
export type Change = z.output<typeof changeSchema>;

/** Which option sets a field of the API. */
const OPTIONS: Readonly<Record<string, string>> = {
  mode: "--mode",
  outflowPerMinute: "--outflow",
  capacity: "--capacity",
  sessionSeconds: "--session",
  sessionGraceSeconds: "--session-grace",
  claimWindowSeconds: "--claim-window",
  opensAt: "--opens-at",
  message: "--message-da and --message-en",
  "message.da": "--message-da",
  "message.en": "--message-en",
  reason: "--reason",
};

/** Every setting that can be changed, as an option. */
export function addSettings(command: Command): Command {
  return command
    .option("--outflow <number>", "admissions a minute")
    .option("--mode <mode>", "queue, hold (nobody new), open (everybody) or closed")
    .option("--capacity <number>", "most sessions at once; 0: no bound")
    .option("--session <seconds>", "length of a session")
    .option("--session-grace <seconds>", "how long a form still goes through after it")
    .option("--claim-window <seconds>", "how long a call stays good")
    .option("--opens-at <time>", "nobody is let in before, such as 2027-03-01T08:00:00+01:00")
    .option("--no-opens-at", "it is open already")
    .option("--message-da <text>", "shown on every waiting page; in both languages")
    .option("--message-en <text>", "likewise, in English")
    .option("--no-message", "takes the message away");
}

/** Reads the options of `set` by the schema that the API checks them by. Throws `CommandFault` naming each mistake. */
export function readChangeOptions(options: SetOptions): Change {
  const given = givenOf(options);
  const parsed = changeSchema.safeParse(given);
  if (!parsed.success) {
    const lines = badFieldsOf(parsed.error, changeSchema, given).map(
      ({ field, given: value, allowed }) => `${OPTIONS[field] ?? field}: ${value}; allowed: ${allowed}`,
    );
    throw wrongUsage(...lines);
  }
  if (Object.keys(parsed.data).some((field) => field !== "reason")) return parsed.data;
  const settings = Object.values(OPTIONS).filter((option) => option !== "--reason" && !option.includes(" "));
  throw wrongUsage(`nothing to change; allowed: at least one of ${settings.join(", ")}`);
}

function givenOf(options: SetOptions): object {
  const { opensAt } = options;
  const given = {
    mode: options.mode,
    outflowPerMinute: wholeOf(options.outflow),
    capacity: wholeOf(options.capacity),
    sessionSeconds: wholeOf(options.session),
    sessionGraceSeconds: wholeOf(options.sessionGrace),
    claimWindowSeconds: wholeOf(options.claimWindow),
    opensAt: opensAt === false ? null : opensAt,
    message: messageOf(options),
    reason: options.reason,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** What is no number stays as it was given, so that it is shown so. */
function wholeOf(text: string | undefined): number | string | undefined {
  return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}

function messageOf({ messageDa: da, messageEn: en, message }: SetOptions): object | null | undefined {
  if (da === undefined && en === undefined) return message ? undefined : null;
  if (!message) throw wrongUsage("--no-message: given with a message; allowed: the one or the other");
  return Object.fromEntries(Object.entries({ da, en }).filter(([, text]) => text !== undefined));
}

/** A whole number within bounds; undefined where the option was not given. Throws `CommandFault`. */
export function readWhole(
  option: string,
  text: string | undefined,
  least: number,
  most: number,
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw wrongUsage(`${option}: ${JSON.stringify(text)}; allowed: a whole number from ${least} to ${most}`);
}
