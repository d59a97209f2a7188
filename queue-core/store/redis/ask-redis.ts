import { connect, type Socket } from "node:net";

/** Where a server listens. */
export type RedisSocket = { readonly path: string } | { readonly host: string; readonly port: number };

/**
 * One command on a connection of its own, for tests and the bench: as one would type it, or as words of any bytes.
 * The reply as it came, with its frame. A `CLIENT KILL` may end it without one.
 */
export function askRedis(
  where: RedisSocket,
  command: string | readonly (string | Uint8Array)[],
): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = "";
    const socket: Socket = connect(where, () => {
      socket.write(typeof command === "string" ? `${command}\r\n` : framed(command));
      socket.write("QUIT\r\n");
    });
    socket.on("data", (chunk) => {
      received += String(chunk);
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(received));
  });
}

function framed(words: readonly (string | Uint8Array)[]): Buffer {
  const bulks = words.map((word) => {
    const bytes = Buffer.from(word);
    return Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from("\r\n")]);
  });
  return Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...bulks]);
}
