interface Cookie {
  value: string;
  path: string;
}

/** What one visitor's browser keeps of one host's cookies: name, value, path, and that some are taken back. */
export class CookieJar {
  readonly #cookies = new Map<string, Cookie>();

  /** Takes the `Set-Cookie` lines of a reply. Those that are already over are dropped. */
  store(lines: readonly string[], nowMs: number): void {
    for (const line of lines) {
      const [pair = "", ...attributes] = line.split(";");
      const at = pair.indexOf("=");
      if (at <= 0) continue;
      const name = pair.slice(0, at).trim();
      const cookie: Cookie = { value: pair.slice(at + 1).trim(), path: "/" };
      let isOver = false;
      for (const attribute of attributes) {
        const [key = "", value = ""] = attribute.trim().split("=", 2);
        if (/^path$/i.test(key)) cookie.path = value || "/";
        if (/^max-age$/i.test(key)) isOver = Number(value) <= 0;
        if (/^expires$/i.test(key)) isOver ||= Date.parse(value) <= nowMs;
      }
      if (isOver || cookie.value === "") this.#cookies.delete(name);
      else this.#cookies.set(name, cookie);
    }
  }

  has(name: string): boolean {
    return this.#cookies.has(name);
  }

  value(name: string): string | undefined {
    return this.#cookies.get(name)?.value;
  }

  /** The `Cookie` header for a path, empty when nothing belongs there. */
  header(path: string): string {
    const sent: string[] = [];
    for (const [name, cookie] of this.#cookies) {
      if (isUnder(path, cookie.path)) sent.push(`${name}=${cookie.value}`);
    }
    return sent.join("; ");
  }
}

function isUnder(path: string, cookiePath: string): boolean {
  const plain = path.split("?")[0] ?? path;
  if (cookiePath === "/" || plain === cookiePath) return true;
  return plain.startsWith(cookiePath.endsWith("/") ? cookiePath : `${cookiePath}/`);
}
