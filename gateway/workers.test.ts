import { afterAll, describe, expect, it } from "vitest";
import { freePort, type GatewayProcess, startGatewayProcess } from "./testing/gateway-process.ts";
import { TestVisitor, until } from "./testing/visitor.ts";

const rooms = [
  {
    id: "tax",
    name: { da: "Skat", en: "Tax" },
    match: { host: "*", path: "/tax" },
    origin: "http://127.0.0.1:9",
    outflowPerMinute: 60,
  },
];
let gateway: GatewayProcess | null = null;

afterAll(async () => {
  await gateway?.stop();
});

/** The values of these series on the operators' listener. */
async function shown({ operatorUrl }: GatewayProcess, series: readonly string[]): Promise<(number | null)[]> {
  const reply = await fetch(`${operatorUrl}/metrics`);
  const lines = (await reply.text()).split("\n");
  return series.map((name) => {
    const found = lines.find((line) => line.startsWith(`${name} `));
    return found === undefined ? null : Number(found.slice(name.length + 1));
  });
}

const SHOWN = [
  'sluse_http_request_duration_seconds_count{route="join"}',
  'sluse_tickets_issued_total{room="tax"}',
  "sluse_workers",
  "sluse_store_up",
];

async function numbersOf(url: string, count: number): Promise<number[]> {
  const answers = await Promise.all(
    Array.from({ length: count }, () =>
      // A connection of its own, so that the kernel spreads the visitors.
      new TestVisitor(url, "tax").join({ connection: "close" }),
    ),
  );
  return Promise.all(answers.map(async (answer) => ((await answer.json()) as { number: number }).number));
}

describe("SLUSE_WORKERS", () => {
  it("shares one port and one line; a worker that ends is started again; SIGTERM ends all", async () => {
    const env = { SLUSE_WORKERS: "2", SLUSE_OPERATOR_LISTEN: `127.0.0.1:${await freePort()}` };
    gateway = await startGatewayProcess({ rooms, port: await freePort(), env });
    const workers = gateway.log.filter(({ event }) => event === "worker-listening");
    expect(workers).toHaveLength(2);
    const numbers = await numbersOf(gateway.url, 100);
    expect(new Set(numbers)).toEqual(new Set(Array.from({ length: 100 }, (_, i) => i + 1)));
    // What each has seen is added up; what both read from the store is told once.
    expect(await shown(gateway, SHOWN)).toEqual([100, 100, 2, 1]);
    const pids = gateway.log.flatMap(({ event, pid }) => (event === "worker-started" ? [Number(pid)] : []));
    const second = pids[1] ?? 0;
    // One that does not answer now is counted as it last was.
    process.kill(second, "SIGSTOP");
    expect(await shown(gateway, SHOWN)).toEqual([100, 100, 2, 1]);
    process.kill(second, "SIGKILL");
    const { log, url } = gateway;
    await until(
      "the worker's successor",
      () => log.filter(({ event }) => event === "worker-listening").length === 3,
    );
    expect(Math.min(...(await numbersOf(url, 20)))).toBeGreaterThan(100);
    // What the worker that is gone had counted is not lost: a fall would look like a start from 0.
    expect(await shown(gateway, SHOWN)).toEqual([120, 120, 2, 1]);
    expect(await gateway.stop()).toBe(0);
    gateway = null;
  });

  it("is refused where the store is one process's own", async () => {
    const started = startGatewayProcess({
      rooms,
      port: await freePort(),
      env: { SLUSE_WORKERS: "2", REDIS_URL: "memory:" },
    });
    await expect(started).rejects.toThrow(/ended with 2.*SLUSE_WORKERS: 2; allowed: 1 with the memory store/);
  });
});
