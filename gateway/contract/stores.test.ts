import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type GatewayProcess, startGatewayProcess } from "../testing/gateway-process.ts";
import { TestVisitor, until } from "../testing/visitor.ts";
import { passIssuedAgo, readGoodToken } from "./forged-tokens.ts";
import { expectProblem } from "./replies.ts";
import { startService } from "./service.ts";

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

/** Quiet rooms, one of which lets everybody through while nothing is known of the line. */
function roomsBefore(origin: string) {
  const quiet = { ...rooms[0], origin, mode: "queue", outflowPerMinute: 600_000 };
  const through = { id: "through", match: { host: "*", path: "/through" }, whenStoreDown: "open" };
  const held = { ...through, id: "held", match: { host: "*", path: "/held" }, mode: "hold" };
  const later = {
    ...through,
    id: "later",
    match: { host: "*", path: "/later" },
    opensAt: "2999-01-01T00:00:00Z",
  };
  return [quiet, { ...quiet, ...through }, { ...quiet, ...held }, { ...quiet, ...later }];
}

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
  it("unset: a second gateway with the folder says so, serves the same line, and goes on without the first", async () => {
    const first = await startWith({});
    const isSaid = ({ event }: { event?: unknown }) => event === "data-folder-shared";
    expect(first.log.filter(isSaid)).toEqual([]);
    const second = await startGatewayProcess({ rooms, folder: first.folder });
    const [line, ...more] = second.log.filter(isSaid);
    expect(line?.message).toMatch(
      /^SLUSE_DATA: ".+" is in use: .+ one line\. .+ another folder; .+ SLUSE_WORKERS$/,
    );
    expect(more).toEqual([]);
    const join = async () => (await new TestVisitor(second.url, "tax").join()).json();
    expect(await join()).toMatchObject({ state: "waiting", number: 2 });
    expect(await first.stop()).toBe(0);
    await until("the second to have a store of its own", async () => (await join()).number > 2);
    expect(await second.stop()).toBe(0);
  });

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

describe("while the store does not answer", () => {
  // PROTOCOL: whenStoreDown | `hold` `open`
  // PROTOCOL: `store-down` 503 with `Retry-After`
  // PROTOCOL: and while the store is away, all these go through as they are
  it("joins are put off, passes go on, the status stays, and the room does as `whenStoreDown` says", async () => {
    const service = await startService();
    gateway = await startGatewayProcess({ rooms: roomsBefore(service.url) });
    const { url, log } = gateway;
    const inside = new TestVisitor(url, "tax");
    await inside.navigate("/tax");
    const late = new TestVisitor(url, "tax");
    const good = readGoodToken(inside.cookies.get("sluse_pass_tax") ?? "");
    const age = { jti: "A".repeat(22), issuedSecondsAgo: 601, sessionSeconds: 600 };
    late.setCookie("sluse_pass_tax", await passIssuedAgo(good, gateway.folder, age));
    const redisPid = Number(log.find(({ event }) => event === "private-redis")?.pid);
    process.kill(redisPid, "SIGSTOP");
    try {
      const stranger = new TestVisitor(url, "tax");
      const refused = await stranger.join();
      expect(refused.headers.get("retry-after")).toMatch(/^\d+$/);
      await expectProblem(refused, 503, "store-down");
      expect((await stranger.status()).status).toBe(200);
      expect(await (await inside.fetch("/tax/form")).json()).toMatchObject({ url: "/tax/form" });
      await expectProblem(await stranger.fetch("/tax/form"), 503, "must-wait");
      for (const reply of [
        await late.fetch("/tax/form", { method: "PUT" }),
        await late.navigate("/tax/form", { method: "POST" }),
      ]) {
        expect(await reply.json()).toMatchObject({ url: "/tax/form" });
        expect(reply.headers.getSetCookie()).toEqual([]);
      }
      expect((await stranger.navigate("/tax")).headers.get("content-type")).toContain("text/html");
      expect(await (await stranger.navigate("/through/x")).json()).toMatchObject({ url: "/through/x" });
      // An outage undoes no operator, and opens nothing early.
      await expectProblem(await stranger.fetch("/held/x"), 503, "must-wait");
      await expectProblem(await stranger.fetch("/later/x"), 503, "must-wait");
    } finally {
      process.kill(redisPid, "SIGCONT");
    }
    await until(
      "joins to go on",
      async () => (await new TestVisitor(url, "tax").join()).status === 200,
      20_000,
    );
    await service.close();
  });
});
