import { once } from "node:events";
import { afterAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { type GatewayProcess, OPERATOR_TOKEN, startGatewayProcess } from "../testing/gateway-process.ts";
import { TestVisitor } from "../testing/visitor.ts";
import { startService } from "./service.ts";

const FILE = {
  id: "tax",
  name: { da: "Skat", en: "Tax" },
  match: { host: "*", path: "/tax" },
  mode: "hold",
  outflowPerMinute: 60,
};

let gateway: GatewayProcess | null = null;

afterAll(async () => {
  await gateway?.stop();
});

async function operator(method: string, path: string, body?: object) {
  const reply = await fetch((gateway?.operatorUrl ?? "") + path, {
    method,
    headers: { authorization: `Bearer ${OPERATOR_TOKEN}` },
    ...(body && { body: JSON.stringify(body) }),
  });
  expect(reply.status).toBe(200);
  return reply.json();
}

/** A page that has heard of the line; `closed` is the code with which its connection ends. */
async function livePage(url: string): Promise<{ readonly closed: Promise<number> }> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/_sluse/rooms/tax/live?band=near`);
  const closed = once(socket, "close").then(([code]) => code as number);
  await once(socket, "message");
  return { closed };
}

describe("a restart", () => {
  // PROTOCOL: The file seeds a room once
  // PROTOCOL: After that the store's outflow, capacity, mode, message, windows and `opensAt` win
  // PROTOCOL: (a restart undoes no operator)
  // PROTOCOL: `id`, `match`, `origin`, `name` come from the file
  // PROTOCOL: Differences are logged at start
  // PROTOCOL: A gateway prints a JSON log line with `"event":"listening"` when it takes requests
  // PROTOCOL: it exits 0 after SIGTERM
  it("with another file: the operator's settings stay, names and places change, and the log says what differs", async () => {
    const service = await startService();
    const rooms = [{ ...FILE, origin: "http://127.0.0.1:9" }];
    gateway = await startGatewayProcess({ rooms });
    const { folder } = gateway;
    const seeded = await operator("GET", "/api/rooms/tax");
    expect(seeded).toMatchObject({
      mode: "hold",
      outflowPerMinute: 60,
      capacity: 0,
      claimWindowSeconds: 600,
    });
    const chosen = {
      outflowPerMinute: 90,
      capacity: 50,
      mode: "open",
      message: { da: "Hej", en: "Hello" },
      claimWindowSeconds: 300,
      sessionSeconds: 500,
      sessionGraceSeconds: 400,
      opensAt: null,
    };
    await operator("PATCH", "/api/rooms/tax", { ...chosen, reason: "the evening" });
    const pages = await Promise.all(Array.from({ length: 150 }, () => livePage(gateway?.url ?? "")));
    expect(await gateway.stop()).toBe(0);
    // "Service restart", not a connection that broke: pages come back by themselves.
    expect(new Set(await Promise.all(pages.map(({ closed }) => closed)))).toEqual(new Set([1012]));

    const opensAt = "2099-03-01T07:00:00.000Z";
    const other = { name: { da: "Skatten", en: "Taxes" }, match: { host: "*", path: "/taxes" }, opensAt };
    const file = { ...FILE, ...other, origin: service.url, outflowPerMinute: 10, capacity: 7 };
    gateway = await startGatewayProcess({ rooms: [file], folder });
    const { opensAt: _, ...same } = chosen;
    expect(await operator("GET", "/api/rooms/tax")).toMatchObject({ ...same, ...other, opensAt: null });
    const visitor = new TestVisitor(gateway.url, "tax");
    expect(await (await visitor.fetch("/taxes/form")).json()).toMatchObject({ url: "/taxes/form" });
    const differs = gateway.log.filter((line) => JSON.stringify(line).includes("outflowPerMinute"));
    expect(JSON.stringify(differs)).toMatch(/capacity.*opensAt/);
    await service.close();
  });
});
