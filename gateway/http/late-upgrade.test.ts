import { once } from "node:events";
import { afterEach, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { LateUpgrade } from "./late-upgrade.ts";
import { serve, type TestServer } from "./test-server.ts";
import { type HttpResponse, type SocketContext, uws } from "./uws.ts";

interface Waiting {
  readonly res: HttpResponse;
  readonly key: string;
  readonly context: SocketContext;
}

let server: TestServer | null = null;
let late: LateUpgrade | null = null;

afterEach(() => {
  server?.close();
  late?.close();
});

/** A server whose handshakes wait to be upgraded; its WebSockets send back what they get. */
async function serveWaiting() {
  const waiting: Waiting[] = [];
  const opened = await serve(
    (res) => res.end(),
    (app) =>
      app.ws("/*", {
        compression: uws.DISABLED,
        upgrade: (res, req, context) => {
          res.onAborted(() => {});
          waiting.push({ res, key: req.getHeader("sec-websocket-key"), context });
        },
        message: (socket, message) => socket.send(message),
      }),
  );
  server = opened;
  const dial = async () => {
    const client = new WebSocket(`ws://127.0.0.1:${opened.port}/`);
    await vi.waitUntil(() => waiting.length > 0);
    return client;
  };
  const upgrade = (by: LateUpgrade) => {
    const { res, key, context } = waiting.shift() as Waiting;
    by.run(res, () => res.upgrade({}, key, "", "", context));
  };
  return { dial, upgrade };
}

it("opens WebSockets after their handler returned, which stay open", async () => {
  const { dial, upgrade } = await serveWaiting();
  const by = new LateUpgrade();
  late = by;
  await vi.waitUntil(() => by.ready);
  for (let i = 0; i < 20; i++) {
    const client = await dial();
    upgrade(by);
    await once(client, "open");
    client.send(`number ${i}`);
    expect(String((await once(client, "message"))[0])).toBe(`number ${i}`);
    client.close(1000);
    expect((await once(client, "close"))[0]).toBe(1000);
  }
});

it("upgrades before it is ready too", async () => {
  const { dial, upgrade } = await serveWaiting();
  const client = await dial();
  const by = new LateUpgrade();
  late = by;
  expect(by.ready).toBe(false);
  upgrade(by);
  await once(client, "open");
  client.terminate();
});

it("is not ready any more once it is closed", async () => {
  const by = new LateUpgrade();
  await vi.waitUntil(() => by.ready);
  by.close();
  expect(by.ready).toBe(false);
});
