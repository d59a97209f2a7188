import { type Server, startBareServer, startGateway, startOrigin } from "../servers.ts";
import { type Load, type Measured, runWrk, type Target } from "./wrk.ts";

export interface BenchRow {
  readonly name: string;
  readonly requestsPerSecond: number;
  /** Beside the bare reply measured just before it; the median of all rounds. */
  readonly ratio: number;
  /** What the project holds itself to; null where it has promised nothing. */
  readonly target: number | null;
  readonly failures: number;
}

export interface BenchOptions extends Load {
  readonly rounds: number;
  readonly onRound?: (name: string, measured: Measured) => void;
}

interface Case {
  readonly name: string;
  readonly target: number | null;
  readonly ask: Target;
}

/**
 * Measures the gateway's main requests beside a bare uWebSockets.js reply, turn by turn in the same run, so
 * that a busy machine slows both.
 */
export async function runBench(options: BenchOptions): Promise<BenchRow[]> {
  const started: Server[] = [];
  const keep = (server: Server) => {
    started.push(server);
    return server;
  };
  try {
    const origin = keep(await startOrigin());
    const bare = keep(await startBareServer());
    const gateway = keep(await startGateway(benchRooms(origin.url)));
    const ratios = new Map<string, number[]>();
    const rates = new Map<string, number[]>();
    const failures = new Map<string, number>();
    const cases = casesFor(gateway.url);
    for (let round = 0; round < options.rounds; round++) {
      for (const { name, ask } of cases) {
        const raw = await measure("bare reply", { url: `${bare.url}/` }, options);
        const found = await measure(name, ask, options);
        ratios.set(name, [...(ratios.get(name) ?? []), found.requestsPerSecond / raw.requestsPerSecond]);
        rates.set(name, [...(rates.get(name) ?? []), found.requestsPerSecond]);
        rates.set("bare reply", [...(rates.get("bare reply") ?? []), raw.requestsPerSecond]);
        failures.set(name, (failures.get(name) ?? 0) + found.failures);
      }
    }
    const bareRow = { name: "bare reply", target: null };
    return [bareRow, ...cases].map(({ name, target }) => ({
      name,
      target,
      requestsPerSecond: median(rates.get(name) ?? []),
      ratio: name === "bare reply" ? 1 : median(ratios.get(name) ?? []),
      failures: failures.get(name) ?? 0,
    }));
  } finally {
    for (const server of started.reverse()) await server.stop();
  }
}

/** A room with a long line, and one that lets everybody through. */
function benchRooms(origin: string): object[] {
  const room = { name: { da: "Måling", en: "Bench" }, origin, outflowPerMinute: 600 };
  return [
    { ...room, id: "line", match: { host: "*", path: "/line" } },
    { ...room, id: "open", match: { host: "*", path: "/open" }, mode: "open" },
  ];
}

function casesFor(gateway: string): Case[] {
  return [
    { name: "status", target: 0.8, ask: { url: `${gateway}/_sluse/rooms/line/status` } },
    { name: "join", target: 0.4, ask: { url: `${gateway}/_sluse/rooms/line/join`, method: "POST" } },
    {
      name: "waiting page",
      target: null,
      ask: {
        url: `${gateway}/line/statement`,
        headers: { Accept: "text/html", "Sec-Fetch-Mode": "navigate", "Accept-Encoding": "br" },
      },
    },
    { name: "proxied request", target: null, ask: { url: `${gateway}/open/` } },
  ];
}

async function measure(name: string, target: Target, options: BenchOptions): Promise<Measured> {
  const measured = await runWrk(target, options);
  options.onRound?.(name, measured);
  return measured;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}
