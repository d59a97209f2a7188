/** Nothing was wrong with the command, but it could not be done, or was refused. */
const EXIT_REFUSED = 1;
/** The command itself, or what it was told by the environment, is wrong; nothing was asked of anybody. */
export const EXIT_WRONG_USAGE = 2;

/** Why a command was not done. `code` is the API's own where it refused. */
export class CommandFault extends Error {
  readonly code: string;
  /** The problem document, where there is one. */
  readonly problem: object | null;

  constructor(code: string, message: string, problem: object | null = null) {
    super(message);
    this.name = "CommandFault";
    this.code = code;
    this.problem = problem;
  }

  get exitCode(): number {
    return this.code === "wrong-usage" ? EXIT_WRONG_USAGE : EXIT_REFUSED;
  }
}

/** One line of what is wrong, what was given, and what is allowed. */
export function wrongUsage(...lines: readonly string[]): CommandFault {
  return new CommandFault("wrong-usage", lines.join("\n"));
}
