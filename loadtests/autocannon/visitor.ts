import { randomBytes } from "node:crypto";
import { CookieJar } from "../crowd/cookies.ts";

/** What one connection asks next. */
export interface Asked {
  method: string;
  path: string;
  headers: Record<string, string>;
}

/** Counts of all connections together. */
export interface JourneyCounts {
  visitors: number;
  joined: number;
  statuses: number;
  claims: number;
  admitted: number;
  pages: number;
  unexpected: Record<string, number>;
}

export function noCounts(): JourneyCounts {
  return { visitors: 0, joined: 0, statuses: 0, claims: 0, admitted: 0, pages: 0, unexpected: {} };
}

type Step = "page" | "join" | "status" | "claim" | "service" | "logout";

const pagesInside = 3;
const logOutPaths: Record<string, string> = { tax: "/tax/logout", vaccine: "/vaccine/finish" };

/**
 * The visitors of one connection, one after the other. `next` may be asked any number of times before a reply;
 * only `replied` moves on.
 */
export class ConnectionVisitor {
  readonly #origin: string;
  readonly #room: string;
  readonly #counts: JourneyCounts;
  #step: Step = "page";
  #jar = new CookieJar();
  #key = "";
  #number = 0;
  #pagesSeen = 0;

  constructor(origin: string, room: string, counts: JourneyCounts) {
    this.#origin = origin;
    this.#room = room;
    this.#counts = counts;
    this.#newVisitor();
  }

  next(): Asked {
    const asked = this.#asked();
    const cookie = this.#jar.header(asked.path);
    return cookie ? { ...asked, headers: { ...asked.headers, Cookie: cookie } } : asked;
  }

  replied(status: number, body: string, headers: Record<string, string | string[]>): void {
    for (const [name, value] of Object.entries(headers)) {
      if (name.toLowerCase() === "set-cookie") this.#jar.store([value].flat(), Date.now());
    }
    if (status >= 400 && status !== 409) this.#unexpected(status);
    else this.#move(status, body);
  }

  #asked(): Asked {
    const page = { Accept: "text/html", "Sec-Fetch-Mode": "navigate" };
    const script = { Accept: "application/json", Origin: this.#origin, "Sec-Fetch-Mode": "cors" };
    const rooms = `/_sluse/rooms/${this.#room}`;
    const home = `/${this.#room}`;
    switch (this.#step) {
      case "join":
        return {
          method: "POST",
          path: `${rooms}/join`,
          headers: { ...script, "Idempotency-Key": this.#key },
        };
      case "status":
        return { method: "GET", path: `${rooms}/status`, headers: {} };
      case "claim":
        return { method: "POST", path: `${rooms}/claim?to=${encodeURIComponent(home)}`, headers: script };
      case "logout":
        return {
          method: "POST",
          path: logOutPaths[this.#room] ?? home,
          headers: { ...page, Origin: this.#origin },
        };
      default:
        return { method: "GET", path: home, headers: page };
    }
  }

  #move(status: number, body: string): void {
    switch (this.#step) {
      case "page":
        if (this.#jar.has(`sluse_pass_${this.#room}`)) this.#comeIn();
        else this.#step = "join";
        return;
      case "join": {
        const reply = JSON.parse(body) as { state: string; number: number };
        this.#counts.joined += 1;
        this.#number = reply.number;
        if (reply.state === "admitted") this.#comeIn();
        else this.#step = reply.state === "called" ? "claim" : "status";
        return;
      }
      case "status": {
        const { serving, mode } = JSON.parse(body) as { serving: number; mode: string };
        this.#counts.statuses += 1;
        if (this.#number <= serving || mode === "open") this.#step = "claim";
        return;
      }
      case "claim":
        this.#counts.claims += 1;
        if (status === 200) this.#comeIn();
        else if (status === 409) this.#step = "status";
        return;
      case "service":
        this.#counts.pages += 1;
        this.#pagesSeen += 1;
        if (this.#pagesSeen === pagesInside) this.#step = "logout";
        return;
      case "logout":
        this.#newVisitor();
    }
  }

  #comeIn(): void {
    this.#counts.admitted += 1;
    this.#step = "service";
  }

  /** A turn that was missed or a place that is gone: somebody new comes in on this connection. */
  #unexpected(status: number): void {
    const name = `${this.#step} ${status}`;
    this.#counts.unexpected[name] = (this.#counts.unexpected[name] ?? 0) + 1;
    // 5xx says "try again", and the same request is made again with the same key.
    if (status < 500) this.#newVisitor();
  }

  #newVisitor(): void {
    this.#counts.visitors += 1;
    this.#step = "page";
    this.#jar = new CookieJar();
    this.#key = randomBytes(24).toString("base64url");
    this.#number = 0;
    this.#pagesSeen = 0;
  }
}
