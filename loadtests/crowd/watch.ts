import type { Client, Reply } from "./client.ts";

/** What the crowd reads of the status document that every waiting page shares. */
export interface Line {
  mode: string;
  generation: number;
  serving: number;
  issued: number;
  waiting: number;
  outflowPerMinute: number;
  seal: string | undefined;
}

/** What the service says of itself. */
export interface ServiceHealth {
  inside: number;
  capacity: number;
  queued: number;
  p95Ms: number;
  /** Since it was started. */
  crashes: number;
  state: string;
}

/** What the gateway's own metrics say of the room. */
export interface GateMetrics {
  activeSessions: number;
  admissionsTotal: number;
}

/** The status document, or undefined when this is none. */
export function readLine(document: unknown): Line | undefined {
  if (typeof document !== "object" || document === null) return undefined;
  const status = document as Record<string, unknown>;
  if (typeof status.serving !== "number" || typeof status.issued !== "number") return undefined;
  return {
    mode: String(status.mode),
    generation: numberOr(status.generation, 0),
    serving: status.serving,
    issued: status.issued,
    waiting: numberOr(status.waiting, status.issued - status.serving),
    outflowPerMinute: numberOr(status.outflowPerMinute, 0),
    seal: typeof status.seal === "string" ? status.seal : undefined,
  };
}

function readHealth(reply: Reply): ServiceHealth | undefined {
  const { json } = reply;
  if (reply.status !== 200 || !json || typeof json.state !== "string") return undefined;
  return {
    inside: numberOr(json.inside, 0),
    capacity: numberOr(json.capacity, 0),
    queued: numberOr(json.queued, 0),
    p95Ms: numberOr(json.p95Ms, 0),
    crashes: numberOr(json.crashes, 0),
    state: json.state,
  };
}

/** Reads the room's numbers out of a Prometheus text; undefined where they are missing. */
export function readMetrics(text: string, room: string): GateMetrics | undefined {
  const sumOf = (name: string): number | undefined => {
    const lines = text.split("\n").filter((line) => {
      return line.startsWith(`${name}{`) && line.includes(`room="${room}"`);
    });
    if (lines.length === 0) return undefined;
    return lines.reduce(
      (sum, line) =>
        sum +
        Number(
          line
            .slice(line.lastIndexOf("}") + 1)
            .trim()
            .split(" ")[0],
        ),
      0,
    );
  };
  const activeSessions = sumOf("sluse_active_sessions");
  const admissionsTotal = sumOf("sluse_admissions_total");
  if (activeSessions === undefined || admissionsTotal === undefined) return undefined;
  return { activeSessions, admissionsTotal };
}

export async function askHealth(client: Client, room: string): Promise<ServiceHealth | undefined> {
  return readHealth(await client.ask({ method: "GET", path: `/${room}/health`, headers: {} }));
}

/** Rejects when the operators' listener cannot be reached. */
export async function askMetrics(
  operator: string,
  room: string,
  token: string | undefined,
): Promise<GateMetrics | undefined> {
  const response = await fetch(`${operator}/metrics`, {
    headers: token ? { Authorization: `Bearer ${token}` } : {},
    signal: AbortSignal.timeout(2_000),
    redirect: "error",
  });
  return response.ok ? readMetrics(await response.text(), room) : undefined;
}

export function numberOr(value: unknown, otherwise: number): number {
  return typeof value === "number" && Number.isFinite(value) ? value : otherwise;
}
