import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type GatewayProcess, startGatewayProcess } from "../testing/gateway-process.ts";
import { TestVisitor, until } from "../testing/visitor.ts";

const rooms = [
  {
    id: "tax",
    name: { da: "Skat", en: "Tax" },
    match: { host: "*", path: "/tax" },
    origin: "http://127.0.0.1:9",
    mode: "hold",
    outflowPerMinute: 60,
  },
];

let gateway: GatewayProcess | null = null;

afterEach(async () => {
  await gateway?.stop();
});

async function startWith(env: Record<string, string>): Promise<GatewayProcess> {
  gateway = await startGatewayProcess({ rooms, env });
  const joined = await new TestVisitor(gateway.url, "tax").join();
  expect(await joined.json()).toMatchObject({ state: "waiting", number: 1 });
  return gateway;
}

const inMemory = (log: GatewayProcess["log"]) => log.filter(({ event }) => event === "memory-store");

describe("REDIS_URL", () => {
  // PROTOCOL: Unset: a private `redis-server` on a unix socket in `SLUSE_DATA`
  // PROTOCOL: SLUSE_DATA | folder for the private store, keys and remembered floors
  // PROTOCOL: a JWK Set (mode 0600) with HS256 and Ed25519 private keys
  // PROTOCOL: made in `SLUSE_DATA` for the private store,
  it("unset: a private Redis, keys and floors in the data folder", async () => {
    const { folder, log } = await startWith({});
    expect(inMemory(log)).toEqual([]);
    const data = join(folder, "data");
    const files = () => readdirSync(data, { recursive: true }).map(String);
    await until("the floors to be kept", () => files().some((name) => name.includes("floors")));
    expect(files().some((name) => name.endsWith(".sock"))).toBe(true);
    const keysFile = join(data, "keys.json");
    expect(statSync(keysFile).mode & 0o777).toBe(0o600);
    const { keys } = JSON.parse(readFileSync(keysFile, "utf8"));
    const kinds = keys.map(({ alg, crv }: { alg: string; crv?: string }) => crv ?? alg);
    expect(new Set(kinds)).toEqual(new Set(["HS256", "Ed25519"]));
  });

  // PROTOCOL: where none is installed the memory store, with a warning that nothing outlives the process
  it("unset, and no redis-server installed: the line is kept in memory, and that is said", async () => {
    const { log } = await startWith({ PATH: "/nowhere" });
    expect(inMemory(log)).toEqual([
      expect.objectContaining({
        level: "warn",
        message: expect.stringMatching(/lost when this process ends/),
      }),
    ]);
  });

  // PROTOCOL: `memory:` asks for that
  it("`memory:`: the line is kept in memory, and that is said", async () => {
    const { log } = await startWith({ REDIS_URL: "memory:", SLUSE_KEYS: "" });
    expect(inMemory(log)).toEqual([
      expect.objectContaining({
        level: "warn",
        message: expect.stringMatching(/lost when this process ends/),
      }),
    ]);
  });
});
