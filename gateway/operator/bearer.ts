import { createHash, timingSafeEqual } from "node:crypto";
import { headerOf, type Request } from "../http/request.ts";

/** Tells whether a request carries this token. The time it takes says nothing about how much of a guess is right. */
export function bearerCheck(token: string): (request: Request) => boolean {
  const expected = digest(token);
  return (request) => {
    const given = /^Bearer +(\S+)$/i.exec(headerOf(request, "authorization") ?? "")?.[1];
    return given !== undefined && timingSafeEqual(digest(given), expected);
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
