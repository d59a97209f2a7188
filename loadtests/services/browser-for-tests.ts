import type { RunningService } from "./site.ts";

/** Where the services of tests run, and for how many. */
export const anyPort = { port: 0, host: "127.0.0.1", carries: 100 };

/** One browser as far as these pages need it: cookies, forms, no redirects followed by itself. */
export class Browser {
  readonly origin: string;
  readonly cookies = new Map<string, string>();
  constructor(service: RunningService) {
    this.origin = `http://${anyPort.host}:${service.port}`;
  }

  async go(path: string, form?: Record<string, string>, headers: Record<string, string> = {}) {
    const response = await fetch(this.origin + path, {
      method: form ? "POST" : "GET",
      ...(form ? { body: new URLSearchParams(form) } : {}),
      redirect: "manual",
      headers: { Cookie: [...this.cookies].map((pair) => pair.join("=")).join("; "), ...headers },
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [name = "", value = ""] = (cookie.split(";")[0] ?? "").split("=");
      this.cookies.set(name, value);
    }
    return {
      status: response.status,
      headers: response.headers,
      to: response.headers.get("Location"),
      text: await response.text(),
    };
  }
}
