/** Honest visitors, who each come by a connection of their own, and how long they are kept waiting for replies. */
import { Client } from "undici";
import { LINE_PATH, SERVICE_PATH } from "./attacks.ts";

/** What a visitor asks for, in this order. */
export const ASKED = ["page", "join", "status", "service"] as const;
export type Asked = (typeof ASKED)[number];

/** How long each reply took, ms, with its connection where it needed a new one. A failure took as long as it was waited for. */
export interface Experience {
  readonly ms: Record<Asked, number[]>;
  failures: number;
}

/** A reply that takes longer is a failure. */
const MOST_MS = 10_000;

interface Asking {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Record<string, string>;
}

export const REQUESTS: Record<Asked, Asking> = {
  page: { method: "GET", path: LINE_PATH, headers: { accept: "text/html", "sec-fetch-mode": "navigate" } },
  join: { method: "POST", path: "/_sluse/rooms/line/join", headers: {} },
  status: { method: "GET", path: "/_sluse/rooms/line/status", headers: {} },
  service: { method: "GET", path: `${SERVICE_PATH}/`, headers: {} },
};

/** Sends visitors at this pace for this time, whether or not those before have been served. */
export async function visit(url: string, visitorsPerSecond: number, seconds: number): Promise<Experience> {
  const experience: Experience = { ms: { page: [], join: [], status: [], service: [] }, failures: 0 };
  const visits: Promise<void>[] = [];
  const startedMs = performance.now();
  for (let i = 0; i < visitorsPerSecond * seconds; i++) {
    const dueMs = startedMs + (i * 1_000) / visitorsPerSecond;
    const restMs = dueMs - performance.now();
    if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
    visits.push(visitOnce(url, experience));
  }
  await Promise.all(visits);
  return experience;
}

async function visitOnce(url: string, experience: Experience): Promise<void> {
  const client = new Client(url, { headersTimeout: MOST_MS, bodyTimeout: MOST_MS, connectTimeout: MOST_MS });
  for (const asked of ASKED) {
    const startedMs = performance.now();
    try {
      const reply = await client.request(REQUESTS[asked]);
      await reply.body.arrayBuffer();
      if (reply.statusCode !== 200) experience.failures += 1;
    } catch {
      experience.failures += 1;
    }
    experience.ms[asked].push(performance.now() - startedMs);
  }
  await client.destroy();
}

/** The value that this share of the others does not exceed; `share` in (0, 1]. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
