import { connect, type Socket } from "node:net";

/** Where a server listens. */
export type RedisSocket = { readonly path: string } | { readonly host: string; readonly port: number };

/**
 * One inline command on a connection of its own, for tests and the bench; the reply as it came, with its frame.
 * A `CLIENT KILL` may end it without one.
 */
export function askRedis(where: RedisSocket, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = "";
    const socket: Socket = connect(where, () => socket.write(`${command}\r\nQUIT\r\n`));
    socket.on("data", (chunk) => {
      received += String(chunk);
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(received));
  });
}
