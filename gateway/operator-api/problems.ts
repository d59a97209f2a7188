import { MOST_BODY_BYTES } from "./bounds.ts";

/** Every error of the operator API: its stable code, its status, a sentence for people. */
export const PROBLEMS = {
  unauthorized: [
    401,
    "No token, or none that is known here. Send an operator's as `Authorization: Bearer <token>`.",
  ],
  forbidden: [403, "Your role does not allow this; `least` names the one that does. Nothing was changed."],
  "foreign-origin": [403, "A session is believed only from the console itself. Nothing was changed."],
  "locked-out": [
    429,
    "Too many wrong tokens were tried. No token is looked at for a while; see Retry-After.",
  ],
  "bad-log-in": [400, 'Send {"token": "..."}.'],
  "not-found": [404, "There is no such resource on the operators' listener."],
  "no-room": [404, "There is no room of this id."],
  "method-not-allowed": [405, "This method is not allowed here."],
  "bad-fields": [400, "Some fields are not as they must be; nothing was changed."],
  "bad-json": [400, "The body is not JSON."],
  "no-change": [400, "The body names nothing to change."],
  "bad-if-match": [400, 'If-Match must be one version in quotes, such as "1750000000000", or *.'],
  "stale-version": [412, "Somebody has changed the room since; read it again."],
  "too-large": [413, `The body is longer than ${MOST_BODY_BYTES} bytes.`],
  "internal-error": [500, "The gateway failed at this request; its log says why."],
  "store-down": [503, "The store does not answer. Read the room again before repeating a change."],
} as const satisfies Record<string, readonly [status: number, detail: string]>;

export type ProblemCode = keyof typeof PROBLEMS;
