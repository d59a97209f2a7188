import { z } from "zod";
import { REPLIES } from "#operator-api/schemas";
import { CommandFault, wrongUsage } from "./fault.ts";

/** A gateway's operators' listener, and the token to show there. */
export interface Server {
  /** Ends in a slash. */
  readonly url: URL;
  /** What named it: the option or the variable. */
  readonly namedBy: string;
  readonly token: string;
}

export interface Asked {
  readonly method?: "GET" | "PATCH" | "POST";
  /** From the API's top, such as `rooms/tax`. */
  readonly path: string;
  readonly body?: object;
  /** The version that the settings must still have. */
  readonly ifVersion?: number | undefined;
}

const USUAL_URL = "http://127.0.0.1:8081";
/** A gateway answers within 5 s, store or no store. */
const PATIENCE_MS = 10_000;
/** A newer gateway may have codes of its own. */
const PROBLEM = REPLIES.Problem.extend({ code: z.string() });
type Problem = z.infer<typeof PROBLEM>;

type Environment = Readonly<Record<string, string | undefined>>;

/** Which server is meant: `--url`, else `SLUSE_OPERATOR_URL`, else one on this machine. Throws `CommandFault`. */
export function findServer(option: string | undefined, env: Environment): Server {
  const name = option === undefined ? "SLUSE_OPERATOR_URL" : "--url";
  const given = option ?? (env.SLUSE_OPERATOR_URL || USUAL_URL);
  const url = URL.canParse(given) ? new URL(given) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.search || url.hash) {
    throw wrongUsage(
      `${name}: ${JSON.stringify(given)}; allowed: an http or https address, such as ${USUAL_URL}`,
    );
  }
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return { url, namedBy: name, token: readToken(env.SLUSE_OPERATOR_TOKEN ?? "") };
}

/** The token is never shown. It may be given as it stands in a header. */
function readToken(text: string): string {
  const token = text.trim().replace(/^Bearer +/i, "");
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  const given = token === "" ? "not set" : "not a token";
  throw wrongUsage(
    `SLUSE_OPERATOR_TOKEN: ${given}; allowed: the operator's token, in the environment and never on the command line`,
  );
}

/** Asks one thing. Throws `CommandFault` saying why it was refused, or why there was no answer. */
export async function ask<Schema extends z.ZodType>(
  server: Server,
  schema: Schema,
  asked: Asked,
): Promise<{ readonly said: unknown; readonly read: z.infer<Schema> }> {
  const response = await send(server, asked);
  const said = jsonOf(await response.text().catch(() => ""));
  if (response.ok) {
    const parsed = schema.safeParse(said);
    if (parsed.success) return { said, read: parsed.data };
  }
  const problem = PROBLEM.safeParse(said);
  // What is asked for here every operators' listener has.
  if (!problem.success || response.status === 404) throw notSluse(server, response);
  throw new CommandFault(problem.data.code, explained(problem.data, asked, response), problem.data);
}

async function send({ url, namedBy, token }: Server, { method = "GET", path, body, ifVersion }: Asked) {
  try {
    return await fetch(new URL(`api/${path}`, url), {
      method,
      // The token is for this server alone.
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE_MS),
      headers: {
        authorization: `Bearer ${token}`,
        ...(body && { "content-type": "application/json" }),
        ...(ifVersion !== undefined && { "if-match": `"${ifVersion}"` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  } catch (error) {
    // Some ports are other protocols' alone, and Node asks none of them.
    if (reasonOf(error) === "bad port") {
      const example = `such as that of ${USUAL_URL}; port ${url.port} is none`;
      throw wrongUsage(`${namedBy}: "${url.origin}"; allowed: a port that HTTP clients ask, ${example}`);
    }
    const unknown = method === "GET" ? "" : ` ${NOT_KNOWN}`;
    throw new CommandFault(
      "unreachable",
      `${url.origin} does not answer: ${reasonOf(error)}. Is the gateway running, and is this its operators' ` +
        `listener? --url or SLUSE_OPERATOR_URL names another.${unknown}`,
    );
  }
}

const NOT_KNOWN = "Whether the change was made is not known: see `sluse audit` before repeating it.";

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `nothing came within ${PATIENCE_MS / 1_000} s`;
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  const { code } = cause as NodeJS.ErrnoException;
  return [code, cause.message].find((text) => text) ?? error.message;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function notSluse({ url }: Server, { status, headers }: Response): CommandFault {
  const type = headers.get("content-type") ?? "no content type";
  return new CommandFault(
    "not-sluse",
    `${url.origin} answers ${status} with ${type}, not as an operators' listener of this version does. Is it the ` +
      "visitors' listener? --url or SLUSE_OPERATOR_URL names another.",
  );
}

/** What an operator should know, or do next. */
function explained(problem: Problem, { path }: Asked, { headers }: Response): string {
  const { code, detail, errors = [], role, least } = problem;
  switch (code) {
    case "unauthorized":
      return "The token in SLUSE_OPERATOR_TOKEN is nobody's there. Is it this gateway's?";
    case "forbidden":
      return `The token in SLUSE_OPERATOR_TOKEN has the role ${role}; this takes ${least}. Nothing was changed.`;
    case "locked-out":
      return `Too many wrong tokens came from this address; try again in ${headers.get("retry-after")} s.`;
    case "bad-fields":
      return errors.map(({ field, given, allowed }) => `${field}: ${given}; allowed: ${allowed}`).join("\n");
    case "store-down":
      return `The store does not answer. ${path.startsWith("audit") ? "Try again in some seconds." : NOT_KNOWN}`;
    default:
      return detail;
  }
}
