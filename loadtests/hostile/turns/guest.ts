import { Agent } from "undici";
import { CookieJar } from "../../crowd/cookies.ts";

/** Addresses for measurements (RFC 2544) are nobody's; an IPv6 network for documentation (RFC 3849) is neither. */
const FIRST_OCTETS = "198.18";
const connections = new Agent({ connections: 1_000, pipelining: 1 });
const NAVIGATION = { accept: "text/html", "sec-fetch-mode": "navigate" };

/** The `i`-th address of those that attackers and visitors come from: forwarded, so that every limit holds for them. */
export function address(i: number): string {
  return `${FIRST_OCTETS}.${(i >> 8) & 0xff}.${i & 0xff}`;
}

/** An address in the `i`-th /64 of one IPv6 /48. */
export function siteAddress(i: number): string {
  return `2001:db8:7:${(i & 0xffff).toString(16)}::1`;
}

export interface Reply {
  readonly status: number;
  readonly text: string;
}

interface Asking {
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Somebody who comes through the trusted proxy from an address of their own, with the cookies of a browser. */
export class Guest {
  readonly #url: string;
  readonly #room: string;
  readonly #address: string;
  readonly #cookies = new CookieJar();

  constructor(url: string, room: string, from: string) {
    this.#url = url;
    this.#room = room;
    this.#address = from;
  }

  get isIn(): boolean {
    return this.#cookies.has(`sluse_pass_${this.#room}`);
  }

  get ticket(): string | undefined {
    return this.#cookies.value(`sluse_ticket_${this.#room}`);
  }

  set ticket(ticket: string) {
    this.#cookies.store([`sluse_ticket_${this.#room}=${ticket}`], Date.now());
  }

  /** The `Cookie` header that goes to the room's pages. */
  get cookies(): string {
    return this.#cookies.header(`/${this.#room}`);
  }

  /** The room's page, as a browser goes there. */
  goIn(asking: Asking = {}): Promise<Reply> {
    return this.ask(`/${this.#room}`, { ...asking, headers: { ...NAVIGATION, ...asking.headers } });
  }

  join(headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    return this.#post("join", headers);
  }

  claim(): Promise<Reply> {
    return this.#post("claim", {});
  }

  leave(): Promise<Reply> {
    return this.#post("leave", {});
  }

  async ask(path: string, { method = "GET", headers = {}, body = "" }: Asking = {}): Promise<Reply> {
    const cookie = this.#cookies.header(path);
    const answer = await connections.request({
      origin: this.#url,
      path,
      method,
      headers: {
        "x-forwarded-for": this.#address,
        ...(cookie === "" ? {} : { cookie }),
        ...headers,
      },
      ...(body === "" ? {} : { body }),
    });
    this.#cookies.store([answer.headers["set-cookie"] ?? []].flat(), Date.now());
    return { status: answer.statusCode, text: await answer.body.text() };
  }

  #post(what: string, headers: Readonly<Record<string, string>>): Promise<Reply> {
    return this.ask(`/_sluse/rooms/${this.#room}/${what}`, { method: "POST", headers });
  }
}

/** Waits until it holds; false where it does not within this time. */
export async function comesTrue(check: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + withinMs;
  while (!(await check())) {
    if (performance.now() > deadlineMs) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return true;
}

const LOOK_MS = 50;
