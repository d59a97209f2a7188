/**
 * The main journey as autocannon drives it: on each connection one visitor after the other comes, joins, polls,
 * claims, sees three pages and logs out.
 *
 *   tsx loadtests/autocannon/journey.ts --gateway http://127.0.0.1:8080 --room tax --connections 50 --seconds 20
 */
import { parseArgs } from "node:util";
import autocannon, { type JourneyRequest } from "autocannon";
import { ArgumentError, loopback } from "../crowd/arguments.ts";
import { ConnectionVisitor, noCounts } from "./visitor.ts";

function readArguments() {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: { gateway: text, room: text, connections: text, seconds: text, rate: text },
  });
  const room = values.room ?? "tax";
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(room)) throw new ArgumentError("--room", room, "a room's id");
  return {
    gateway: loopback("--gateway", values.gateway ?? "http://127.0.0.1:8080") ?? "",
    room,
    connections: whole("--connections", values.connections ?? "50", 1_000),
    seconds: whole("--seconds", values.seconds ?? "20", 300),
    /** Requests a second on each connection. */
    rate: whole("--rate", values.rate ?? "5", 1_000),
  };
}

function whole(name: string, given: string, most: number): number {
  const value = Number(given);
  if (/^\d+$/.test(given) && value >= 1 && value <= most) return value;
  throw new ArgumentError(name, given, `a whole number from 1 to ${most}`);
}

async function main(): Promise<number> {
  const { gateway, room, connections, seconds, rate } = readArguments();
  const counts = noCounts();
  const running = autocannon({
    url: gateway,
    connections,
    duration: seconds,
    connectionRate: rate,
    timeout: 10,
    requests: [{ method: "GET", path: `/${room}` }],
    setupClient(client) {
      const visitor = new ConnectionVisitor(gateway, room, counts);
      const request: JourneyRequest = {
        setupRequest: (defaults) => ({ ...defaults, ...visitor.next() }),
        onResponse: (status, body, _context, headers) => visitor.replied(status, body, headers),
      };
      client.setRequests([request]);
    },
  });
  process.once("SIGINT", () => running.stop());
  const result = await running;
  console.log(autocannon.printResult(result));
  console.log(counts);
  const isGood = result.errors === 0 && Object.keys(counts.unexpected).length === 0 && counts.admitted > 0;
  return isGood ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  const isOurs =
    error instanceof ArgumentError || (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS");
  if (!isOurs) throw error;
  console.error((error as Error).message);
  process.exitCode = 2;
}
