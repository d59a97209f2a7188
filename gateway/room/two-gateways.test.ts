/** Two gateways on one Redis: what one of them saw must hold at the other. */
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type PrivateRedis, startTestRedis } from "#core/private-redis";
import { generateKeySet } from "#core/tokens";
import { startService, type TestService } from "../contract/service.ts";
import { writeKeySet } from "../keys.ts";
import {
  freePort,
  type GatewayProcess,
  OPERATOR_TOKEN,
  startGatewayProcess,
  testFolder,
} from "../testing/gateway-process.ts";
import { TestVisitor, until } from "../testing/visitor.ts";

/** A pass lives for minutes: it is refused because a gateway was told, not because it lapsed. */
const AT_ONCE_MS = 5_000;

let redis: PrivateRedis;
let service: TestService;
let here: GatewayProcess;
let there: GatewayProcess;

beforeAll(async () => {
  const port = await freePort();
  redis = await startTestRedis({ port: String(port) });
  service = await startService();
  const keysFile = join(testFolder(), "keys.json");
  writeKeySet(keysFile, await generateKeySet(Date.now()));
  const start = () =>
    startGatewayProcess({
      rooms: [
        {
          id: "tax",
          name: { da: "Skat", en: "Tax" },
          match: { host: "*", path: "/tax" },
          origin: service.url,
          outflowPerMinute: 600_000,
        },
      ],
      env: {
        REDIS_URL: `redis://127.0.0.1:${port}`,
        SLUSE_KEYS: keysFile,
        SLUSE_NEW_LINE: "yes",
        SLUSE_PUBLIC_URL: "http://sluse.test",
      },
    });
  [here, there] = await Promise.all([start(), start()]);
}, 60_000);

afterAll(async () => {
  expect(await Promise.all([here.stop(), there.stop()])).toEqual([0, 0]);
  await service.close();
  await redis.stop();
});

/** The same visitor, whose next request comes to the other gateway. */
function at(gateway: GatewayProcess, visitor: TestVisitor): TestVisitor {
  const same = new TestVisitor(gateway.url, visitor.room);
  for (const [name, value] of visitor.cookies) same.setCookie(name, value);
  return same;
}

/** Asks with the pass alone: whoever is refused would otherwise come in anew, since the room is quiet. */
async function isLetThrough(gateway: GatewayProcess, visitor: TestVisitor): Promise<boolean> {
  const seen = service.seen.length;
  const reply = await at(gateway, visitor).fetch("/tax/form");
  const heard = service.seen[seen];
  return reply.ok && heard?.headers["sluse-pass"] !== undefined;
}

let inside: TestVisitor;

beforeEach(async () => {
  inside = new TestVisitor(here.url, "tax");
  await inside.navigate("/tax");
  expect(await isLetThrough(here, inside)).toBe(true);
  await until("the pass to be good at the other gateway", () => isLetThrough(there, inside));
});

describe("two gateways on one store", () => {
  // PROTOCOL: , and holds at every door within 60 s
  it("`end-session` seen by one is refused by both", async () => {
    const leaving = at(here, inside);
    await leaving.fetch("/tax/bye?command=end-session");
    expect(await isLetThrough(here, inside)).toBe(false);
    await until("the other to refuse it", async () => !(await isLetThrough(there, inside)), AT_ONCE_MS);
  });

  it("leaving at one gives the session back at both", async () => {
    expect((await at(here, inside).leave()).status).toBe(204);
    await until("the other to refuse it", async () => !(await isLetThrough(there, inside)), AT_ONCE_MS);
  });

  it("a reset that ends the sessions ends them at both", async () => {
    // A pass keeps whole seconds: only one issued in an earlier second than the reset is surely older.
    const startedAt = Date.now();
    await until("the next second", () => Math.floor(Date.now() / 1000) > Math.floor(startedAt / 1000));
    const reply = await fetch(`${here.operatorUrl}/api/rooms/tax/reset`, {
      method: "POST",
      headers: { authorization: `Bearer ${OPERATOR_TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify({ confirm: "tax", endSessions: true, reason: "a test" }),
    });
    expect(reply.status).toBe(200);
    expect(await isLetThrough(here, inside)).toBe(false);
    await until("the other to refuse it", async () => !(await isLetThrough(there, inside)), AT_ONCE_MS);
  });
});
