import { type Ask, Client } from "../crowd/client.ts";
import type { Storm } from "./scenarios.ts";

/** What the storm's requests came to. */
export interface StormCount {
  answered: number;
  /** Answered by the service, as an admitted visitor's are. */
  letIn: number;
}

const CONNECTIONS = 100;
const TICK_MS = 20;

/** Requests by nobody's visitors for as long as `storm` says; what full connections cannot take is not sent. */
export async function runStorm(origin: string, room: string, storm: Storm): Promise<StormCount> {
  const client = new Client(origin, CONNECTIONS, 10_000);
  const count: StormCount = { answered: 0, letIn: 0 };
  const kinds: readonly Ask[] = [
    { method: "GET", path: `/${room}`, headers: { Accept: "text/html", "Sec-Fetch-Mode": "navigate" } },
    { method: "GET", path: `/_sluse/rooms/${room}/status`, headers: {} },
    { method: "POST", path: `/_sluse/rooms/${room}/claim?to=/${room}`, headers: { Origin: origin } },
  ];
  const startedMs = performance.now();
  let sent = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsedSeconds = (performance.now() - startedMs) / 1_000;
      if (elapsedSeconds >= storm.forSeconds) {
        clearInterval(timer);
        return resolve();
      }
      for (; sent < elapsedSeconds * storm.requestsPerSecond && !client.isFull; sent += 1) {
        const ask = kinds[sent % kinds.length];
        if (ask === undefined) return;
        client.send(ask, ({ status, headers }) => {
          if (status > 0) count.answered += 1;
          if (headers["demo-service"] !== undefined) count.letIn += 1;
        });
      }
    }, TICK_MS);
  });
  await client.close();
  return count;
}
