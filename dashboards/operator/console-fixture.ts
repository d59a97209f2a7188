/**
 * Serves the built console with scripted replies: for pictures, and for what axe finds in each view. It knows the
 * API's shapes but no line: what a change really does is tested with a gateway (gateway/browser).
 */

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import {
  type AuditDocument,
  type AuditEntryDocument,
  type AuditHead,
  type HistoryDocument,
  isKnown,
  type KnownRoom,
  type OverviewDocument,
  type OverviewRoom,
  type Role,
  SERIES,
  type SeriesName,
  type SessionDocument,
  type Settings,
} from "#operator-api";
import { FIXTURE_NOW_MS, fixtureRoom } from "#operator-api/room-fixture";

export { FIXTURE_NOW_MS, fixtureRoom };

const DIST = join(import.meta.dirname, "../../dist/console");
const MINUTE_MS = 60_000;
const STEP_SECONDS = 5;

/** What the scripted gateway answers. */
export interface Scene {
  /** Null: nobody has logged in. */
  readonly role: Role | null;
  readonly rooms: readonly OverviewRoom[];
  /** Epoch ms; long ago unless told. */
  readonly startedAtMs?: number;
  /** The last point of every chart; the present unless told. */
  readonly historyEndsMs?: number;
  /** Newest first; those of the evening unless told. */
  readonly trail?: readonly AuditEntryDocument[];
  /** Nothing is answered any more, as when the cable is out. */
  readonly away?: boolean;
}

export interface ConsoleFixture {
  readonly address: string;
  play(scene: Scene): void;
  close(): Promise<void>;
}

/** Starts the fixture on a free port of loopback. */
export async function startConsoleFixture(): Promise<ConsoleFixture> {
  if (!existsSync(join(DIST, "index.html"))) throw new Error("the console is not built: npm run build");
  let scene: Scene = EVENING;
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://fixture");
    if (!pathname.startsWith("/api/")) return sendFile(response, pathname);
    if (scene.away) return request.socket.destroy();
    if (pathname !== "/api/session" && scene.role === null)
      return send(response, 401, { code: "unauthorized" });
    const answer = { "/api/session": sessionOf, "/api/overview": overviewOf, "/api/audit": auditOf }[
      pathname
    ];
    if (answer) return send(response, scene.role === null ? 401 : 200, answer(scene));
    if (request.method === "PATCH") {
      const changed = changedRoom(scene, pathname, JSON.parse(await text(request)));
      scene = { ...scene, rooms: scene.rooms.map((room) => (room.id === changed.id ? changed : room)) };
      return send(response, 200, changed);
    }
    if (pathname === "/api/history") return send(response, 200, historyOf(scene, searchParams));
    send(response, 404, { code: "not-found" });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    play(next) {
      scene = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}

function sendFile(response: ServerResponse, pathname: string): void {
  const name = pathname === "/" ? "index.html" : pathname.slice(1);
  const type = { html: "text/html", js: "text/javascript", css: "text/css", svg: "image/svg+xml" }[
    name.split(".").at(-1) ?? ""
  ];
  if (!type || name.includes("..") || !existsSync(join(DIST, name))) return send(response, 404, {});
  response.writeHead(200, { "content-type": type });
  response.end(readFileSync(join(DIST, name)));
}

function sessionOf({ role }: Scene): SessionDocument | object {
  if (role === null) return { code: "unauthorized" };
  return { name: "Anna Holm", role, endsAt: FIXTURE_NOW_MS + 15 * MINUTE_MS };
}

function overviewOf({ rooms, startedAtMs = FIXTURE_NOW_MS - 9_420_000 }: Scene): OverviewDocument {
  return { at: FIXTURE_NOW_MS, startedAt: startedAtMs, failing: [], rooms };
}

function changedRoom({ rooms }: Scene, pathname: string, { reason: _, ...change }: Patch): KnownRoom {
  const room = rooms.find(({ id }) => pathname === `/api/rooms/${id}`);
  if (!room || !isKnown(room)) throw new Error(`no such room: ${pathname}`);
  return { ...room, version: room.version + 1, settings: { ...room.settings, ...change } };
}

function auditOf({ trail = AUDIT }: Scene): AuditDocument {
  return { entries: trail };
}

type Patch = Partial<Settings> & { readonly reason: string };

const MESSAGE = {
  da: "Der er mange, der vil se deres årsopgørelse i aften. Den er klar til dig hele ugen.",
  en: "Many people want to see their annual statement tonight. It is ready for you all week.",
};

const ROOMS: readonly KnownRoom[] = [
  fixtureRoom("tax", "Årsopgørelsen", "Annual statement", {
    wait: { lowSeconds: 2_010, highSeconds: 2_640 },
    settings: { message: MESSAGE },
    state: { waiting: 47_030, sessions: 8_212, admittedPerMinute: 1_188, registered: 61 },
    figures: {
      joinsPerMinute: 1_736,
      admittedPerMinute: 1_191,
      originP95Seconds: 0.412,
      originErrorShare: 0.0021,
    },
  }),
  fixtureRoom("vaccine", "Vaccination", "Vaccination", {
    wait: { lowSeconds: 190, highSeconds: 320 },
    settings: { outflowPerMinute: 240, capacity: 1_500 },
    state: { waiting: 1_204, sessions: 611, admittedPerMinute: 236, registered: 12 },
    figures: { joinsPerMinute: 268, originP95Seconds: 2.9, originErrorShare: 0.084 },
  }),
  fixtureRoom("passport", "Pas og kørekort", "Passports and licences", {
    settings: { outflowPerMinute: 300, capacity: 0 },
  }),
  fixtureRoom("daycare", "Plads i daginstitution", "Day care places", {
    settings: {
      mode: "hold",
      outflowPerMinute: 400,
      opensAt: new Date(FIXTURE_NOW_MS + 56 * MINUTE_MS).toISOString(),
    },
    state: { waiting: 3_871, sessions: 0, admittedPerMinute: 0 },
    figures: { joinsPerMinute: 402, originP95Seconds: null, originErrorShare: null },
  }),
];

/** The evening that the pictures are of: one long line, one service in trouble, one room before it opens. */
export const EVENING: Scene = { role: "admin", rooms: ROOMS };

export const AUDIT: readonly AuditEntryDocument[] = chained([
  {
    at: FIXTURE_NOW_MS - 3 * MINUTE_MS,
    room: "tax",
    actor: "Anna Holm",
    action: "change",
    reason: "Latency is back to normal; the service keeps up.",
    changes: [{ field: "outflowPerMinute", from: 800, to: 1_200 }],
    version: 5,
  },
  {
    at: FIXTURE_NOW_MS - 8 * MINUTE_MS,
    room: "tax",
    actor: "Anna Holm",
    action: "change",
    reason: "Tell people that they need not come tonight.",
    changes: [{ field: "message", from: null, to: MESSAGE }],
    version: 4,
  },
  {
    at: FIXTURE_NOW_MS - 10 * MINUTE_MS,
    room: "tax",
    actor: "Jens Bo Lund",
    action: "change",
    reason: "The service is slow: p95 over 2 s.",
    changes: [
      { field: "outflowPerMinute", from: 1_500, to: 800 },
      { field: "claimWindowSeconds", from: 300, to: 600 },
    ],
    version: 3,
  },
  {
    at: FIXTURE_NOW_MS - 190 * MINUTE_MS,
    room: "daycare",
    actor: "Jens Bo Lund",
    action: "reset",
    endSessions: true,
    reason: "Rehearsal is over.",
    changes: [{ field: "passesNotBefore", from: 0, to: FIXTURE_NOW_MS - 190 * MINUTE_MS }],
    version: 2,
  },
  {
    at: FIXTURE_NOW_MS - 200 * MINUTE_MS,
    room: "tax",
    actor: "sluse",
    action: "lost",
    reason: "the store had lost entries of this trail: a gateway remembered entry 4",
    changes: [],
    version: 2,
  },
  {
    at: FIXTURE_NOW_MS - 260 * MINUTE_MS,
    room: "daycare",
    actor: "Jens Bo Lund",
    action: "change",
    reason: "",
    changes: [{ field: "mode", from: "queue", to: "hold" }],
    version: 1,
  },
]);

type Facts = Omit<AuditEntryDocument, "sequence" | "hash" | "previousHash" | "recorded">;

/** As a store chains them, each room's by itself; given and returned newest first. A lost one tells of four. */
export function chained(facts: readonly Facts[]): readonly AuditEntryDocument[] {
  const heads = new Map<string, AuditHead>();
  return facts
    .toReversed()
    .map((entry) => {
      const before = heads.get(entry.room) ?? { sequence: 0, hash: "0".repeat(64) };
      const sequence = before.sequence + (entry.action === "lost" ? 5 : 1);
      const { room, actor, reason, at: atMs } = entry;
      const previousHash = before.hash;
      const recorded = JSON.stringify({ sequence, previousHash, room, actor, reason, atMs });
      const hash = createHash("sha256").update(recorded).digest("hex");
      heads.set(room, { sequence, hash });
      return { ...entry, sequence, hash, previousHash, recorded };
    })
    .toReversed();
}

/** A line that builds up, a service that slows, an outflow that is lowered and raised again. */
function historyOf(
  { rooms, historyEndsMs = FIXTURE_NOW_MS }: Scene,
  asked: URLSearchParams,
): HistoryDocument {
  const id = asked.get("room") ?? "";
  const room = rooms.find((one) => one.id === id);
  const scale = (room && "waiting" in room.state ? room.state.waiting : 0) / 47_030;
  const at: number[] = [];
  const series = Object.fromEntries(SERIES.map((name) => [name, []])) as unknown as Record<
    SeriesName,
    (number | null)[]
  >;
  for (let secondsAgo = 900; secondsAgo > 0; secondsAgo -= STEP_SECONDS) {
    at.push(Math.floor(historyEndsMs / 5_000) * 5_000 - secondsAgo * 1_000);
    const figures = momentOf(secondsAgo, scale);
    for (const name of SERIES) series[name].push(figures[name]);
  }
  return { source: "gateway", stepSeconds: STEP_SECONDS, at, series };
}

function momentOf(secondsAgo: number, scale: number): Record<SeriesName, number | null> {
  const minutesAgo = secondsAgo / 60;
  const wave = Math.sin(secondsAgo / 37) * 0.03 + Math.sin(secondsAgo / 11) * 0.02;
  const outflow = minutesAgo > 10 ? 1_500 : minutesAgo > 3 ? 800 : 1_200;
  const slow = Math.exp(-(((minutesAgo - 10.5) / 1.8) ** 2));
  const waiting = 47_030 - minutesAgo * 620 - minutesAgo ** 2 * 22;
  return {
    joinsPerMinute: (1_736 + 500 * Math.sin(minutesAgo / 4)) * (1 + wave) * scale,
    admittedPerMinute: outflow * (0.985 + wave / 2 - slow * 0.12) * scale,
    outflowPerMinute: outflow * scale,
    waiting: waiting * scale,
    sessions: 8_212 * scale,
    promisedSeconds: 2_240 + (15 - minutesAgo) * 26 + wave * 300,
    waitedSeconds: 1_900 + (15 - minutesAgo) * 22 + wave * 900,
    noShowShare: 0.07 + wave / 4,
    originP95Seconds: 0.38 * (1 + wave) + slow * 2.1,
    originErrorShare: Math.max(0, slow * 0.06 + wave / 60),
    sharedPasses: 0,
  };
}
