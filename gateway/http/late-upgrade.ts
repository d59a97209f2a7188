import { connect, type Socket } from "node:net";
import { type HttpResponse, type ListenSocket, uws } from "./uws.ts";

const HOST = "127.0.0.1";
const REOPEN_MS = 1_000;

/**
 * Makes a WebSocket of a request whose handler has returned. `cork` of the very response that is upgraded may close the
 * new WebSocket at once: it takes a changed address for the sign of an upgrade, and memory that only shrinks stays where
 * it is (uNetworking/uWebSockets#1929, mended after 20.51). Uncorked, each upgrade is complained of on stderr; but that
 * looks only for whether anything is corked. So another response is kept open, over a connection of the process with
 * itself, to be corked instead. 20.69, for Node 22 and 24 on newer systems, needs none of it: this goes with 20.51.
 */
export class LateUpgrade {
  #other: HttpResponse | null = null;
  #closeOther = () => {};
  #closed = false;

  constructor() {
    this.#open();
  }

  /** Whether the other response is there; {@link run} does without it until then. */
  get ready(): boolean {
    return this.#other !== null;
  }

  /** Runs what upgrades `res`. */
  run(res: HttpResponse, upgrade: () => void): void {
    (this.#other ?? res).cork(upgrade);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closeOther();
  }

  /** Takes the first request on a port of the loopback that is closed with it; whoever else came by then is dropped. */
  #open(): void {
    let port: ListenSocket | null = null;
    let client: Socket | null = null;
    const app = uws.App().any("/*", (res) => {
      if (port === null) {
        res.close();
        return;
      }
      uws.us_listen_socket_close(port);
      port = null;
      this.#other = res;
      res.onAborted(() => this.#lost());
    });
    this.#closeOther = () => {
      client?.destroy();
      app.close();
    };
    app.listen(HOST, 0, (socket) => {
      if (socket === false) return this.#lost();
      port = socket;
      client = connect(uws.us_socket_local_port(socket), HOST);
      client.on("error", () => {});
      client.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    });
  }

  #lost(): void {
    this.#other = null;
    if (this.#closed) return;
    setTimeout(() => {
      if (!this.#closed) this.#open();
    }, REOPEN_MS).unref();
  }
}
