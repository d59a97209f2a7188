import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as the service behind the gateway saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface TestService {
  readonly url: string;
  /** Every request that came, in order. */
  readonly seen: readonly SeenRequest[];
  close(): Promise<void>;
}

/**
 * The service behind the gateway of a test: answers with what it saw, as JSON. `?command=` in its address is
 * sent back as `Sluse-Command`.
 */
export async function startService(): Promise<TestService> {
  const seen: SeenRequest[] = [];
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of req) chunks.push(chunk);
    } catch {
      // The visitor went away in the middle of the body, and so did the gateway.
      return;
    }
    const { method = "", url = "", headers } = req;
    const request = { method, url, headers, body: Buffer.concat(chunks).toString() };
    seen.push(request);
    const command = new URL(url, "http://service").searchParams.get("command");
    if (command !== null) res.setHeader("sluse-command", command);
    res.setHeader("content-type", "application/json");
    res.end(JSON.stringify(request));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
