import { decodeJwt } from "jose";
import { expect } from "vitest";

/** A cookie as a reply set it: `Max-Age` apart, since it depends on the session. */
export interface SetCookie {
  readonly name: string;
  readonly value: string;
  readonly maxAgeSeconds: number;
  /** All attributes but `Max-Age`, in alphabetical order, joined. */
  readonly attributes: string;
}

export function cookiesSet(reply: Response): SetCookie[] {
  return reply.headers.getSetCookie().map((text) => {
    const [pair = "", ...attributes] = text.split(/; */);
    const at = pair.indexOf("=");
    const maxAge = attributes.find((attribute) => /^max-age=/i.test(attribute)) ?? "";
    return {
      name: pair.slice(0, at),
      value: pair.slice(at + 1),
      maxAgeSeconds: Number(maxAge.slice("max-age=".length)),
      attributes: attributes
        .filter((attribute) => attribute !== maxAge)
        .sort()
        .join("; "),
    };
  });
}

export function cookieSet(reply: Response, name: string): SetCookie {
  const found = cookiesSet(reply).find((cookie) => cookie.name === name);
  if (!found) throw new Error(`no cookie ${name} in ${reply.headers.getSetCookie().join(" | ") || "none"}`);
  return found;
}

/**
 * Shows that a reply is this problem (RFC 9457), and gives its document. The member `status` of `must-wait` is
 * the room's status document.
 */
export async function expectProblem(
  reply: Response,
  status: number,
  code: string,
): Promise<Record<string, unknown>> {
  const text = await reply.text();
  expect(`${reply.status} ${text}`).toContain(`${status} {`);
  expect(reply.headers.get("content-type")).toBe("application/problem+json");
  const document = JSON.parse(text);
  expect(document).toMatchObject({
    type: expect.any(String),
    title: expect.any(String),
    status: code === "must-wait" ? expect.objectContaining({ waits: expect.any(Array) }) : status,
    code,
    detail: expect.any(String),
  });
  expect(text).not.toMatch(/\bat .*\.ts:/);
  return document;
}

/** What the session of a pass, or the place of a ticket, is known by. */
export function jtiOf(token: string): string {
  return String(decodeJwt(token).jti);
}
