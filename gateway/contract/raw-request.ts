import { connect } from "node:net";

/** What came back on a connection before the gateway closed it, or before it fell silent. */
export interface RawReply {
  readonly text: string;
  /** Status codes of the replies on it, in order. */
  readonly statuses: readonly number[];
  /** The gateway ended the connection. */
  readonly closed: boolean;
}

const SILENCE_MS = 1_500;

/** Sends these bytes as they are, and listens until the gateway closes the connection or says nothing more. */
export function sendRaw(url: string, bytes: string | Buffer): Promise<RawReply> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(bytes));
    const done = (closed: boolean) => {
      clearTimeout(silence);
      socket.destroy();
      const text = Buffer.concat(chunks).toString("latin1");
      const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
      resolve({ text, statuses, closed });
    };
    let silence = setTimeout(() => done(false), SILENCE_MS);
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      clearTimeout(silence);
      silence = setTimeout(() => done(false), SILENCE_MS);
    });
    socket.once("error", () => done(true));
    socket.once("close", () => done(true));
  });
}

/** A request's head with a Host of its own; a header may be repeated, or take several lines. */
export function head(method: string, target: string, ...headers: string[]): string {
  return [`${method} ${target} HTTP/1.1`, "Host: tax.example", ...headers, "", ""].join("\r\n");
}
