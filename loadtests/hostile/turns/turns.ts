/** Runs the attacks on the line itself: who wants more turns than others, or a way past the line. */
import { WebSocketServer } from "ws";
import { type GatewayServer, type Server, startGateway, startOrigin } from "../../servers.ts";
import { Guest } from "./guest.ts";

/** What somebody tries to gain. Each is played against a gateway of its own. */
export interface TurnAttack {
  readonly name: string;
  /** What the attackers do, in plain words. */
  readonly words: string;
  /** Fields of the rooms file, by room; each room is at `/<room>`. */
  readonly rooms: Readonly<Record<string, object>>;
  readonly settings?: Readonly<Record<string, string>>;
  /** Takes minutes, whatever is done: not in the short form. */
  readonly onlyInFull?: boolean;
  readonly play: (ground: Ground, form: Form) => Promise<readonly Figure[]>;
}

export type Form = "full" | "short";

/** What was seen, and within which bounds it had to stay. */
export interface Figure {
  readonly what: string;
  readonly got: number;
  readonly least?: number;
  readonly most?: number;
}

/** What an attack is played on. */
export interface Ground {
  readonly gateway: GatewayServer;
  readonly service: CountingService;
  /** Somebody new, from this address. */
  guest(room: string, from: string): Guest;
}

export interface TurnRound {
  readonly attack: string;
  readonly figures: readonly Figure[];
}

/** What of a figure does not hold, in plain words; null where it holds. */
export function faultOf({ what, got, least = -Infinity, most = Infinity }: Figure): string | null {
  if (Number.isFinite(got) && got >= least && got <= most) return null;
  return `${what}: ${got}, allowed ${got < least ? `${least} or more` : `${most} or less`}`;
}

export async function runTurnAttack(attack: TurnAttack, form: Form): Promise<TurnRound> {
  const service = await startCountingService();
  let gateway: GatewayServer | undefined;
  try {
    gateway = await startGateway(roomsOf(attack, service.url), {
      SLUSE_TRUSTED_PROXIES: "127.0.0.0/8",
      ...attack.settings,
    });
    const { url } = gateway;
    const ground = { gateway, service, guest: (room: string, from: string) => new Guest(url, room, from) };
    return { attack: attack.name, figures: await attack.play(ground, form) };
  } finally {
    await gateway?.stop();
    await service.stop();
  }
}

function roomsOf({ rooms }: TurnAttack, origin: string): object[] {
  return Object.entries(rooms).map(([id, fields]) => ({
    id,
    name: { da: "Måling", en: "Measurement" },
    match: { host: "*", path: `/${id}` },
    origin,
    ...fields,
  }));
}

/** The service behind: answers at once, but holds what asks it to, and counts. */
interface CountingService extends Server {
  /** Requests that it answered or holds. */
  readonly requests: number;
  /** Requests that it holds now: those of a path that ends in `/held`. */
  readonly held: number;
  /** Answers all that it holds, and holds no more. */
  release(): void;
}

async function startCountingService(): Promise<CountingService> {
  const waiting = new Set<() => void>();
  const sockets = new WebSocketServer({ noServer: true });
  let requests = 0;
  let isHolding = true;
  const origin = await startOrigin(
    (request, response) => {
      requests += 1;
      request.resume();
      const isHeld = isHolding && request.url?.split("?")[0]?.endsWith("/held");
      if (!isHeld) return void response.end("ok");
      const answer = () => void response.end("ok");
      waiting.add(answer);
      response.once("close", () => waiting.delete(answer));
    },
    (request, socket, head) => sockets.handleUpgrade(request, socket, head, () => {}),
  );
  const release = () => {
    isHolding = false;
    for (const answer of waiting) answer();
  };
  return {
    url: origin.url,
    get requests() {
      return requests;
    },
    get held() {
      return waiting.size;
    },
    release,
    async stop() {
      release();
      for (const socket of sockets.clients) socket.terminate();
      await origin.stop();
    },
  };
}
