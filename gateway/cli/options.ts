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

/** What `set` is asked to change. */
export interface AskedChange {
  readonly change: Change;
  /** The language in which nothing was said of the message, so that it stays as it is; null: none such. */
  readonly untold: Language | null;
}

type Message = NonNullable<Change["message"]>;
type Language = keyof Message;

/** Which option sets a field of the API. */
const OPTIONS: Readonly<Record<string, string>> = {
  mode: "--mode",
  outflowPerMinute: "--outflow",
  capacity: "--capacity",
  sessionSeconds: "--session",
  sessionGraceSeconds: "--session-grace",
  claimWindowSeconds: "--claim-window",
  opensAt: "--opens-at",
  "message.da": "--message-da",
  "message.en": "--message-en",
  reason: "--reason",
};

/** Options that say that there is none. */
const TAKEN_AWAY = ["--no-opens-at", "--no-message"];
const OPENINGS = "a time such as 2027-03-15T19:00:00+01:00, or --no-opens-at for none";

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
    .option("--message-da <text>", "shown on every waiting page that is read in Danish")
    .option("--message-en <text>", "likewise in English; what is not given stays as it is")
    .option("--no-message", "takes the message away, in both languages");
}

/** Reads the options of `set` by the schema that the API checks them by. Throws `CommandFault` naming each mistake. */
export function readChangeOptions(options: SetOptions): AskedChange {
  const untold = untoldOf(options);
  const given = givenOf(options);
  const parsed = changeSchema.safeParse(given);
  if (!parsed.success) {
    const lines = badFieldsOf(parsed.error, changeSchema, given).map(
      ({ field, given: value, allowed }) =>
        `${OPTIONS[field] ?? field}: ${value}; allowed: ${field === "opensAt" ? OPENINGS : allowed}`,
    );
    throw wrongUsage(...lines);
  }
  if (Object.keys(parsed.data).some((field) => field !== "reason")) return { change: parsed.data, untold };
  const settings = Object.values(OPTIONS).filter((option) => option !== OPTIONS.reason);
  throw wrongUsage(`nothing to change; allowed: at least one of ${[...settings, ...TAKEN_AWAY].join(", ")}`);
}

/** Gives the message its other language as the room has it. Without a word in either there is no message. */
export function withOtherLanguage({ change, untold }: AskedChange, now: Message | null): Change {
  const { message } = change;
  if (!message) return change;
  const whole = untold === null ? message : { ...message, [untold]: now?.[untold] ?? "" };
  return { ...change, message: whole.da === "" && whole.en === "" ? null : whole };
}

/** What is to be known of a message that is silent in one language; null: nothing. */
export function silenceOf({ message }: Change): string | null {
  if (!message || (message.da.trim() === "") === (message.en.trim() === "")) return null;
  const [silent, heard] = message.da.trim() === "" ? ["Danish", "English"] : ["English", "Danish"];
  return (
    `the ${silent} message is empty: whoever reads the page in ${silent} sees no message, ` +
    `not the ${heard} one either`
  );
}

function untoldOf({ messageDa, messageEn }: SetOptions): Language | null {
  if ((messageDa === undefined) === (messageEn === undefined)) return null;
  return messageDa === undefined ? "da" : "en";
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
  return { da: da ?? "", en: en ?? "" };
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
