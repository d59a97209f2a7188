import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../testing/gateway-process.ts";
import { TestVisitor, until } from "../testing/visitor.ts";
import { configure, type Deployed, deploy, QUIET } from "./deployment.ts";

/** Two gateways on one port: each new connection comes to one of them, as the kernel likes. */
let at: Deployed;

beforeAll(async () => {
  const rooms = { changed: { ...QUIET, mode: "hold" }, inside: QUIET };
  at = await deploy(rooms, {
    SLUSE_WORKERS: "2",
    SLUSE_LISTEN: `127.0.0.1:${await freePort()}`,
    SLUSE_OPERATOR_LISTEN: `127.0.0.1:${await freePort()}`,
  });
});

afterAll(() => at?.close());

/** So many that every gateway is among those who answered. */
const ENOUGH = 24;

/** What each of many connections is told, so that every gateway has a say. */
function fromEveryDoor<T>(ask: (visitor: TestVisitor, headers: Record<string, string>) => Promise<T>) {
  const visitors = Array.from({ length: ENOUGH }, () => new TestVisitor(at.gateway.url, "changed"));
  return Promise.all(visitors.map((visitor) => ask(visitor, { connection: "close" })));
}

describe("several gateways before one line", () => {
  // PROTOCOL: the new state, in force at every gateway within 1 s
  it("all have an operator's change within a second", async () => {
    const outflows = () =>
      fromEveryDoor(async (visitor, headers) => {
        const reply = await visitor.fetch("/_sluse/rooms/changed/status", { headers });
        return (await reply.json()).outflowPerMinute;
      });
    expect(new Set(await outflows())).toEqual(new Set([QUIET.outflowPerMinute]));
    await configure(at, "changed", { outflowPerMinute: 30 });
    await until("every gateway to know", async () => new Set(await outflows()).size === 1, 1_000);
    expect(new Set(await outflows())).toEqual(new Set([30]));
  });

  it("take a pass that any of them gave", async () => {
    const inside = at.visitor("inside");
    await inside.join();
    const pass = inside.cookies.get("sluse_pass_inside") ?? "";
    await configure(at, "inside", { mode: "hold" });
    const cookie = `sluse_pass_inside=${pass}`;
    const replies = await fromEveryDoor((visitor, headers) =>
      visitor.fetch("/inside/x", { headers: { ...headers, cookie } }),
    );
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
  });
});
