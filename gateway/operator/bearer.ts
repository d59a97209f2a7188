import { createHash, timingSafeEqual } from "node:crypto";
import { headerOf, type Request } from "../http/request.ts";

/** The bearer token of a request; undefined where it has none. */
export function bearerOf(request: Request): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headerOf(request, "authorization") ?? "")?.[1];
}

/** Tells whether a request carries this token. The time it takes says nothing about how much of a guess is right. */
export function bearerCheck(token: string): (request: Request) => boolean {
  const expected = digest(token);
  return (request) => {
    const given = bearerOf(request);
    return given !== undefined && timingSafeEqual(digest(given), expected);
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
