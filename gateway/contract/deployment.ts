import { expect } from "vitest";
import { type GatewayProcess, OPERATOR_TOKEN, startGatewayProcess } from "../testing/gateway-process.ts";
import { TestVisitor, until } from "../testing/visitor.ts";
import { startService, type TestService } from "./service.ts";

/** One gateway before one service, for all tests of a file. */
export interface Deployed {
  readonly gateway: GatewayProcess;
  readonly service: TestService;
  visitor(room: string): TestVisitor;
  /** Ends both; the gateway must exit 0, as PROTOCOL.md says it does after SIGTERM. */
  close(): Promise<void>;
}

/** A room's fields of the rooms file besides those that every room here shares. */
export type RoomFields = Readonly<Record<string, unknown>>;

/** Nobody comes in but the first: credit for the next takes a minute to earn. */
export const BUSY = { outflowPerMinute: 1 };
/** The line never forms. */
export const QUIET = { outflowPerMinute: 600_000 };

/** Starts a gateway with a room at `/<id>` for each entry. */
export async function deploy(
  rooms: Readonly<Record<string, RoomFields>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Deployed> {
  const service = await startService();
  const gateway = await startGatewayProcess({
    rooms: Object.entries(rooms).map(([id, fields]) => ({
      id,
      name: { da: `Rum ${id}`, en: `Room ${id}` },
      match: { host: "*", path: `/${id}` },
      origin: service.url,
      ...fields,
    })),
    env,
  });
  return {
    gateway,
    service,
    visitor: (room) => new TestVisitor(gateway.url, room),
    async close() {
      expect(await gateway.stop()).toBe(0);
      await service.close();
    },
  };
}

/** Visitors join one after the other; they hold rising numbers. */
export async function joinInTurn({ visitor }: Deployed, room: string, count: number): Promise<TestVisitor[]> {
  const visitors = Array.from({ length: count }, () => visitor(room));
  for (const each of visitors) await each.join();
  return visitors;
}

/** After this a call that had a claim window of one second is surely missed: every window is given some on top. */
export const SHORT_WINDOW_OVER_MS = 4_500;

/** A line so long that its last visitors have not been called: the gate calls some ten ahead. */
export const LONG_LINE = 15;

/** An operator changes a room's settings; the gateway's own state is the new one when this resolves. */
export async function configure({ gateway }: Deployed, room: string, change: object): Promise<void> {
  await operator(gateway, "PATCH", `/api/rooms/${room}`, change);
}

export async function reset({ gateway }: Deployed, room: string, endSessions = false): Promise<void> {
  await operator(gateway, "POST", `/api/rooms/${room}/reset`, { confirm: room, endSessions });
}

/** A room as an operator sees it, at one moment of the store's clock. */
export interface SeenRoom {
  readonly outflowPerMinute: number;
  readonly serving: number;
  readonly sessions: number;
  readonly state: { readonly admittedTotal: number; readonly updatedAt: number };
}

export async function roomSeen({ gateway }: Deployed, room: string): Promise<SeenRoom> {
  return operator(gateway, "GET", `/api/rooms/${room}`);
}

async function operator(gateway: GatewayProcess, method: string, path: string, body?: object) {
  const reply = await fetch(gateway.operatorUrl + path, {
    method,
    headers: { authorization: `Bearer ${OPERATOR_TOKEN}`, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
  return reply.json();
}

/** Waits until so much time has passed by the room's own clock. */
export async function roomTimePasses({ visitor }: Deployed, room: string, ms: number): Promise<void> {
  const watching = visitor(room);
  const startedAt = (await (await watching.status()).json()).updatedAt;
  await until(
    `${ms} ms in ${room}`,
    async () => (await (await watching.status()).json()).updatedAt >= startedAt + ms,
    ms + 10_000,
  );
}
