import { connect, type Socket } from "node:net";
import { type App, type Handler, uws } from "./uws.ts";

export interface TestServer {
  port: number;
  close(): void;
}

/** For tests: a server on a free port of the loopback that gives every request to `handler`; `add` may add routes. */
export function serve(handler: Handler, add: (app: App) => void = () => {}): Promise<TestServer> {
  return new Promise((resolve, reject) => {
    const app = uws.App().any("/*", handler);
    add(app);
    app.listen("127.0.0.1", 0, (socket) => {
      if (socket === false) reject(new Error("no port to listen on"));
      else resolve({ port: uws.us_socket_local_port(socket), close: () => app.close() });
    });
  });
}

/** For tests: a connection that says exactly these bytes and keeps all that comes back. */
export class RawConnection {
  readonly socket: Socket;
  received = Buffer.alloc(0);
  closed = false;
  #wake: (() => void)[] = [];

  constructor(port: number, bytes: string | Buffer = "") {
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("data", (data) => {
      this.received = Buffer.concat([this.received, data]);
      this.#changed();
    });
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.closed = true;
      this.#changed();
    });
    this.write(bytes);
  }

  get text(): string {
    return this.received.toString("latin1");
  }

  write(bytes: string | Buffer): void {
    if (bytes.length > 0) this.socket.write(bytes, "latin1");
  }

  /** Waits until the text received holds `part`, or the connection is closed. */
  async until(part: string | RegExp): Promise<string> {
    while (!this.closed && this.text.search(part) === -1) await this.#change();
    return this.text;
  }

  async untilClosed(): Promise<string> {
    while (!this.closed) await this.#change();
    return this.text;
  }

  destroy(): void {
    this.socket.destroy();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #changed(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}
