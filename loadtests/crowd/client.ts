import { type Dispatcher, Pool } from "undici";

export interface Ask {
  method: "GET" | "POST";
  path: string;
  headers: Record<string, string>;
  body?: string;
}

export interface Reply {
  /** 0 when there was no reply; `error` says why. */
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** JSON replies only; pages are read and dropped. */
  json?: Record<string, unknown>;
  error?: string;
}

const longestJsonBytes = 262_144;

/** Bounded connections to one origin. A reply is one callback: thousands of visitors, no promise each. */
export class Client {
  readonly origin: string;
  readonly #pool: Pool;
  readonly #connections: number;
  #inFlight = 0;

  constructor(origin: string, connections: number, patienceMs: number) {
    this.origin = origin;
    this.#connections = connections;
    this.#pool = new Pool(origin, {
      connections,
      pipelining: 1,
      connect: { timeout: patienceMs },
      headersTimeout: patienceMs,
      bodyTimeout: patienceMs,
    });
  }

  /** Every connection is at work: another request would only wait inside this process. */
  get isFull(): boolean {
    return this.#inFlight >= this.#connections;
  }

  send(ask: Ask, onReply: (reply: Reply) => void): void {
    this.#inFlight += 1;
    let isOver = false;
    const finish = (reply: Reply) => {
      if (isOver) return;
      isOver = true;
      this.#inFlight -= 1;
      onReply(reply);
    };
    let status = 0;
    let headers: Reply["headers"] = {};
    let chunks: Buffer[] | undefined;
    let bytes = 0;
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart() {},
      onResponseStart(_controller, statusCode, received) {
        if (statusCode < 200) return;
        status = statusCode;
        headers = received;
        chunks = /\bjson\b/.test(String(received["content-type"] ?? "")) ? [] : undefined;
      },
      onResponseData(_controller, chunk) {
        bytes += chunk.length;
        if (bytes <= longestJsonBytes) chunks?.push(chunk);
      },
      onResponseEnd() {
        const json = chunks && readJson(Buffer.concat(chunks).toString("utf8"));
        finish({ status, headers, ...(json ? { json } : {}) });
      },
      onResponseError(_controller, error) {
        finish({ status: 0, headers: {}, error: nameOf(error) });
      },
    };
    const { method, path, headers: sent, body } = ask;
    try {
      this.#pool.dispatch({ method, path, headers: sent, ...(body === undefined ? {} : { body }) }, handler);
    } catch (error) {
      finish({ status: 0, headers: {}, error: nameOf(error) });
    }
  }

  ask(ask: Ask): Promise<Reply> {
    return new Promise((resolve) => this.send(ask, resolve));
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

function readJson(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function nameOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code ?? message ?? String(error);
}
