import { retryAfterMs } from "./pace.ts";

/** A reply, or that there was none: `status` is 0 then. `body` is what the JSON said, unchecked. */
export type Reply = {
  readonly status: number;
  readonly code: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
  readonly retryAfterMs: number;
};

const TIMEOUT_MS = 20_000;

/** Posts and never throws: a lost connection is a reply with status 0, a body that is no JSON is empty. */
export async function post(path: string, headers: Readonly<Record<string, string>>): Promise<Reply> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { Accept: "application/json", ...headers },
      signal: abort.signal,
    });
    const body = await readObject(response);
    const code = typeof body.code === "string" ? body.code : undefined;
    return {
      status: response.status,
      code,
      body,
      retryAfterMs: retryAfterMs(response.headers.get("Retry-After")),
    };
  } catch {
    return { status: 0, code: undefined, body: {}, retryAfterMs: 0 };
  } finally {
    clearTimeout(timer);
  }
}

async function readObject(response: Response): Promise<Record<string, unknown>> {
  const value: unknown = await response.json().catch(() => null);
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** What a refusal means for the page. */
export type Refusal = "closed" | "again" | "never";

/** Lost connections, too many requests and faults of the server pass; other refusals do not. */
export function refusalOf(reply: Pick<Reply, "status" | "code">): Refusal {
  if (reply.status === 503 && reply.code === "closed") return "closed";
  return reply.status === 0 || reply.status === 408 || reply.status === 429 || reply.status >= 500
    ? "again"
    : "never";
}
