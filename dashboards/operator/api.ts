/** The operators' API, asked with the session of this browser. */
import type {
  AuditDocument,
  AuditEntryDocument,
  HistoryDocument,
  OverviewDocument,
  ProblemCode,
  RoomDocument,
  SessionDocument,
  Settings,
} from "#operator-api";

/** A reply is waited for so long; the screen must not pretend to be live any longer. */
const PATIENCE_MS = 3_000;

/** The gateway's own; `unreachable` where nothing was said, `no-problem-document` where something else spoke. */
type ErrorCode = ProblemCode | "unreachable" | "no-problem-document";

/** What the gateway said instead of doing it; `status` 0 where it said nothing. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: ErrorCode;
  /** From Retry-After; null where there is none. */
  readonly retryAfterSeconds: number | null;

  constructor(status: number, code: ErrorCode, detail: string, retryAfterSeconds: number | null = null) {
    super(detail);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export function showSession(): Promise<SessionDocument> {
  return ask("GET", "/api/session");
}

export function logIn(token: string): Promise<SessionDocument> {
  return ask("POST", "/api/session", { token });
}

export function logOut(): Promise<unknown> {
  return ask("DELETE", "/api/session");
}

export function readOverview(): Promise<OverviewDocument> {
  return ask("GET", "/api/overview");
}

export function readHistory(room: string, seconds: number): Promise<HistoryDocument> {
  return ask("GET", `/api/history?${new URLSearchParams({ room, seconds: String(seconds) })}`);
}

/** Newest first; `room` null: of all rooms. */
export async function readAudit(room: string | null, limit: number): Promise<readonly AuditEntryDocument[]> {
  const query = new URLSearchParams({ limit: String(limit), ...(room !== null && { room }) });
  const { entries } = await ask<AuditDocument>("GET", `/api/audit?${query}`);
  return entries;
}

/** `version`: the one that the operator saw; another since then is refused as `stale-version`. */
export function changeRoom(
  room: string,
  version: number,
  change: Partial<Settings>,
  endSessions: boolean,
  reason: string,
): Promise<RoomDocument> {
  const body = { ...change, ...(endSessions && { endSessions }), reason };
  return ask("PATCH", `/api/rooms/${room}`, body, { "if-match": `"${version}"` });
}

export function resetRoom(
  room: string,
  version: number,
  endSessions: boolean,
  reason: string,
): Promise<RoomDocument> {
  const body = { confirm: room, endSessions, reason };
  return ask("POST", `/api/rooms/${room}/reset`, body, { "if-match": `"${version}"` });
}

async function ask<Reply>(
  method: string,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, {
      method,
      headers: { "sluse-console": "1", ...(body && { "content-type": "application/json" }), ...headers },
      body: body ? JSON.stringify(body) : null,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    text = await response.text();
  } catch (error) {
    throw new ApiError(0, "unreachable", String(error));
  }
  if (response.ok) return JSON.parse(text);
  throw refusalOf(response, text);
}

function refusalOf(response: Response, text: string): ApiError {
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  const retryAfterSeconds = Number.isFinite(retryAfter) ? retryAfter : null;
  try {
    const { code, detail, errors } = JSON.parse(text);
    const fields = Array.isArray(errors)
      ? errors.map((one) => `${one.field}: ${one.allowed}`).join("; ")
      : "";
    return new ApiError(response.status, code, fields || detail, retryAfterSeconds);
  } catch {
    return new ApiError(response.status, "no-problem-document", text.slice(0, 200), retryAfterSeconds);
  }
}
