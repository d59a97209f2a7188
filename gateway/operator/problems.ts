import type { ProblemCode } from "#operator-api";
import type { BadField } from "../fields.ts";
import type { Header } from "../http/request.ts";

/** Why a request was refused; `extra` are further members of the problem document. */
export interface Problem {
  readonly problem: ProblemCode;
  /** A sentence for people that says more than that of `PROBLEMS`. */
  readonly detail?: string;
  readonly extra?: object;
  readonly headers?: readonly Header[];
}

export function badFields(errors: readonly BadField[]): Problem {
  return { problem: "bad-fields", extra: { errors } };
}

/** The same of a query, which changes nothing in any case. */
export function badQuery(errors: readonly BadField[]): Problem {
  return { ...badFields(errors), detail: "Some parameters of the query are not as they must be." };
}

/** `ids` are those of the rooms that there are. */
export function noRoom(ids: Iterable<string>): Problem {
  return {
    problem: "no-room",
    detail: `There is no room of this id; the rooms are ${[...ids].join(", ")}.`,
  };
}

/** `version` is the one that the room has now; undefined: not known. */
export function staleVersion(version: number | undefined): Problem {
  if (version === undefined) return { problem: "stale-version" };
  const detail = `Somebody has changed the room since: it has version ${version} now. Read it again.`;
  return { problem: "stale-version", detail };
}

export function isProblem(value: object): value is Problem {
  return "problem" in value;
}
