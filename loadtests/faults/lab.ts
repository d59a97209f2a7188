import { randomBytes } from "node:crypto";
import { Agent, request } from "undici";
import { type GatewayServer, type Server, startGateway, startOrigin } from "../servers.ts";

const ROOM = "tax";
const PATH = "/tax";

/** A visitor who holds a ticket, as an app would. */
export interface Holder {
  readonly number: number;
  readonly ticket: string;
}

export interface Answer {
  /** 0 where no reply came at all. */
  readonly status: number;
  readonly code: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A gateway with a line in front of a service, and the requests that a measurement makes of them. */
export interface Lab extends LabOptions {
  readonly gateway: GatewayServer;
  join(held?: Holder): Promise<Answer & { holder: Holder | null }>;
  claim(holder: Holder): Promise<Answer>;
  status(): Promise<Answer>;
  /** The waiting page, as a browser asks for it. */
  page(): Promise<Answer>;
  /** The service itself, with the pass of a visitor who was let in at the start. */
  service(): Promise<Answer>;
  close(): Promise<void>;
}

export interface LabOptions {
  readonly outflowPerMinute: number;
  readonly claimWindowSeconds: number;
  /** Most sessions at once; 0 is no bound. */
  readonly capacity: number;
  readonly sessionSeconds: number;
}

/** Starts the lab: one visitor is let in and keeps a pass, then others may come. */
export async function openLab(options: LabOptions): Promise<Lab> {
  const origin: Server = await startOrigin();
  const gateway = await startGateway([
    {
      id: ROOM,
      name: { da: "Skat", en: "Tax" },
      match: { host: "*", path: PATH },
      origin: origin.url,
      ...options,
    },
  ]);
  const agent = new Agent({ connections: 32, pipelining: 1 });
  const ask = (method: "GET" | "POST", path: string, headers: Record<string, string>) =>
    answerOf(agent, gateway.url + path, method, headers);
  const app = (ticket?: string): Record<string, string> => ({
    "sluse-client": "app",
    ...(ticket === undefined ? {} : { authorization: `Bearer ${ticket}` }),
  });
  const join = async (held?: Holder) => {
    const key = randomBytes(18).toString("base64url");
    const answer = await ask("POST", `/_sluse/rooms/${ROOM}/join`, {
      ...app(held?.ticket),
      "idempotency-key": key,
    });
    const { number, ticket } = answer.body;
    const placed = answer.status === 200 && typeof number === "number" && typeof ticket === "string";
    return { ...answer, holder: placed ? { number, ticket } : null };
  };
  const first = await join();
  const pass = String(first.body.pass ?? "");
  if (pass === "") throw new Error(`the first visitor was not let in: ${JSON.stringify(first)}`);
  return {
    ...options,
    gateway,
    join,
    claim: ({ ticket }) => ask("POST", `/_sluse/rooms/${ROOM}/claim?to=${PATH}`, app(ticket)),
    status: () => ask("GET", `/_sluse/rooms/${ROOM}/status`, {}),
    page: () => ask("GET", PATH, { accept: "text/html", "sec-fetch-mode": "navigate" }),
    service: () => ask("GET", PATH, { "sluse-pass": pass }),
    async close() {
      await agent.destroy();
      await gateway.stop();
      await origin.stop();
    },
  };
}

async function answerOf(
  dispatcher: Agent,
  url: string,
  method: "GET" | "POST",
  headers: Record<string, string>,
): Promise<Answer> {
  try {
    const reply = await request(url, {
      dispatcher,
      method,
      headers,
      headersTimeout: 10_000,
      bodyTimeout: 10_000,
    });
    const text = await reply.body.text();
    const body = parse(text);
    return { status: reply.statusCode, code: String(body.code ?? ""), body };
  } catch (error) {
    return { status: 0, code: (error as Error).message, body: {} };
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
