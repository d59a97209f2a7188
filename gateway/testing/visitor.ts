import { Agent } from "undici";

const connections = new Agent();

export interface Sent {
  readonly method?: "GET" | "POST" | "HEAD" | "PUT" | "DELETE" | "OPTIONS" | "PATCH";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** A visitor in a test: keeps cookies as a browser does, and speaks PROTOCOL.md. */
export class TestVisitor {
  readonly #cookies = new Map<string, string>();
  readonly url: string;
  readonly room: string;

  constructor(url: string, room: string) {
    this.url = url;
    this.room = room;
  }

  get cookies(): ReadonlyMap<string, string> {
    return this.#cookies;
  }

  setCookie(name: string, value: string): void {
    this.#cookies.set(name, value);
  }

  /**
   * Sends exactly this path, these headers and the cookies: `fetch` would resolve dots in the path and add a
   * `Sec-Fetch-Mode` of its own.
   */
  async fetch(path: string, { method = "GET", headers = {}, body }: Sent = {}): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await connections.request({
      origin: this.url,
      path,
      method,
      headers: cookie === "" ? headers : { cookie, ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const received = new Headers();
    for (const [name, values] of Object.entries(answer.headers)) {
      for (const value of [values ?? []].flat()) received.append(name, value);
    }
    for (const set of received.getSetCookie()) this.#keep(set);
    const bytes = await answer.body.arrayBuffer();
    const bodiless = [204, 304].includes(answer.statusCode);
    return new Response(bodiless ? null : bytes, { status: answer.statusCode, headers: received });
  }

  /** A browser goes to a page. */
  navigate(path: string, sent: Sent = {}): Promise<Response> {
    const headers = { accept: "text/html", "sec-fetch-mode": "navigate", ...sent.headers };
    return this.fetch(path, { ...sent, headers });
  }

  join(headers: Record<string, string> = {}): Promise<Response> {
    return this.fetch(`/_sluse/rooms/${this.room}/join`, { method: "POST", headers });
  }

  claim(to?: string, headers: Record<string, string> = {}): Promise<Response> {
    const query = to === undefined ? "" : `?to=${encodeURIComponent(to)}`;
    return this.fetch(`/_sluse/rooms/${this.room}/claim${query}`, { method: "POST", headers });
  }

  leave(): Promise<Response> {
    return this.fetch(`/_sluse/rooms/${this.room}/leave`, { method: "POST" });
  }

  status(): Promise<Response> {
    return this.fetch(`/_sluse/rooms/${this.room}/status`);
  }

  #keep(cookie: string): void {
    const [pair = "", ...attributes] = cookie.split(";");
    const at = pair.indexOf("=");
    const name = pair.slice(0, at);
    if (attributes.some((attribute) => attribute.trim().toLowerCase() === "max-age=0"))
      this.#cookies.delete(name);
    else this.#cookies.set(name, pair.slice(at + 1));
  }
}

/** Waits until `condition` gives something truthy; rejects after `withinMs`, naming what it waited for. */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  withinMs = 10_000,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await condition();
    if (found) return found as NonNullable<T>;
    if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
