import { cpuSeconds, type Server, startBareServer, startGateway, startOrigin } from "../servers.ts";
import { type Load, type Measured, runWrk, type Target } from "./wrk.ts";

export interface BenchRow {
  readonly name: string;
  readonly requestsPerSecond: number;
  /** Beside the bare replies measured just before and just after it; the median of all rounds. */
  readonly ratio: number;
  /** What the project holds itself to; null where it has promised nothing. */
  readonly target: number | null;
  readonly failures: number;
  /** Of the server's own process; the store's is not counted. A busy machine hardly moves it. */
  readonly cpuMicroseconds: number;
}

export interface BenchOptions extends Load {
  readonly rounds: number;
  /** Each kind is asked for so long before it is measured: V8 compiles what it has seen run often. */
  readonly warmUpSeconds: number;
  readonly onRound?: (name: string, measured: Measured) => void;
}

interface Case {
  readonly name: string;
  readonly target: number | null;
  readonly ask: Target;
}

/**
 * Measures the gateway's main requests, one kind after the other, each turn by turn with a bare uWebSockets.js reply,
 * so that a busy machine slows both.
 */
export async function runBench(options: BenchOptions): Promise<BenchRow[]> {
  const started: Server[] = [];
  const keep = <S extends Server>(server: S): S => {
    started.push(server);
    return server;
  };
  try {
    const origin = keep(await startOrigin());
    const bare = keep(await startBareServer());
    const gateway = keep(await startGateway(benchRooms(origin.url)));
    const bareCase: Case = { name: "bare reply", target: null, ask: { url: `${bare.url}/` } };
    const raw: Sample[] = [];
    const rows: BenchRow[] = [];
    for (const one of casesFor(gateway.url)) {
      const own: Sample[] = [];
      for (const { ask } of [bareCase, one])
        await runWrk(ask, { ...options, seconds: options.warmUpSeconds });
      let before = await measure(bareCase, bare.pid, options);
      for (let round = 0; round < options.rounds; round++) {
        const measured = await measure(one, gateway.pid, options);
        const after = await measure(bareCase, bare.pid, options);
        const beside = (before.requestsPerSecond + after.requestsPerSecond) / 2;
        own.push({ ...measured, ratio: measured.requestsPerSecond / beside });
        raw.push({ ...after, ratio: 1 });
        before = after;
      }
      rows.push(rowOf(one, own));
    }
    return [rowOf(bareCase, raw), ...rows];
  } finally {
    for (const server of started.reverse()) await server.stop();
  }
}

interface Sample extends Measured {
  readonly ratio: number;
  readonly cpuMicroseconds: number;
}

function rowOf({ name, target }: Case, samples: readonly Sample[]): BenchRow {
  return {
    name,
    target,
    requestsPerSecond: median(samples.map((one) => one.requestsPerSecond)),
    ratio: median(samples.map((one) => one.ratio)),
    cpuMicroseconds: median(samples.map((one) => one.cpuMicroseconds)),
    failures: samples.reduce((sum, one) => sum + one.failures, 0),
  };
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

async function measure(
  { name, ask }: Case,
  pid: number,
  options: BenchOptions,
): Promise<Omit<Sample, "ratio">> {
  const before = cpuSeconds(pid);
  const measured = await runWrk(ask, options);
  const spent = cpuSeconds(pid) - before;
  options.onRound?.(name, measured);
  return { ...measured, cpuMicroseconds: (spent * 1_000_000) / measured.requests };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}
