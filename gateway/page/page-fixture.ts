/**
 * Serves the built pages with scripted replies: for pictures, and for tests of the pages in a browser. It knows the
 * contract's shapes but no line: what a gateway really does is tested with a gateway.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { isLanguageTag } from "#languages";
import type { StatusDocument } from "../visitor-documents.ts";
import type { Page, Pages } from "./build.ts";
import type { HeardRoom } from "./client/contract.ts";
import type { PlaceView } from "./place-page.ts";
import type { PageRoom } from "./waiting-page.ts";

export const FIXTURE_ROOMS: readonly PageRoom[] = [
  {
    id: "tax",
    name: { da: "Årsopgørelsen", en: "Annual tax statement", de: "Jahressteuerbescheid" },
    path: "/tax/",
  },
  { id: "vaccine", name: { da: "Vaccination", en: "Vaccination", de: "Impftermine" }, path: "/vaccine/" },
  {
    id: "passport",
    name: { da: "Pas og kørekort", en: "Passports and licences", de: "Reisepässe und Führerscheine" },
    path: "/passport/",
  },
  {
    id: "daycare",
    name: { da: "Plads i daginstitution", en: "Day care places", de: "Kinderbetreuungsplätze" },
    path: "/daycare/",
  },
];

/** The browser that every test and picture uses. */
export const CHROMIUM = {
  executablePath: "/usr/bin/chromium",
  // There is no graphics card; a process of its own that draws in software costs a fifth more processor time.
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--in-process-gpu"],
};

/** What an operator says in pictures. */
export const MESSAGE = {
  da: "Der er mange, der vil se deres årsopgørelse i aften. Den er klar til dig hele ugen, og fristen er først den 1. maj.",
  en: "Many people want to see their annual statement tonight. It is ready for you all week, and the deadline is 1 May.",
  de: "Viele Menschen möchten heute Abend ihren Bescheid sehen. Er ist die ganze Woche verfügbar, und die Frist endet erst am 1. Mai.",
};

/** A moment in March, evening in Denmark, so that pictures do not change from run to run. */
export const FIXTURE_NOW_MS = Date.UTC(2026, 2, 9, 18, 4, 12);

export function statusDocument(part: Partial<StatusDocument> = {}): StatusDocument {
  return {
    room: "tax",
    mode: "queue",
    admitting: true,
    generation: 1,
    issued: 180_000,
    serving: 50_000,
    reached: part.serving ?? 50_000,
    waiting: 130_000,
    outflowPerMinute: 1_200,
    admittedPerMinute: 1_188,
    showRate: 0.93,
    waits: [
      [100, 3, 6],
      [1_000, 30, 50],
      [10_000, 300, 480],
      [60_000, 2_400, 3_000],
      [200_000, 8_400, 10_200],
    ],
    message: null,
    messageRevision: 0,
    opensAt: null,
    passesNotBefore: 0,
    pollSeconds: 5,
    claimWindowSeconds: 600,
    seal: "seal-1",
    updatedAt: Date.now(),
    ...part,
  };
}

/** The page of one ticket in each standing, as the server might make it. */
export const FIXTURE_PLACES: Readonly<Record<string, PlaceView>> = {
  none: placeView("none"),
  waiting: placeView("waiting", { status: statusDocument({ updatedAt: FIXTURE_NOW_MS, message: MESSAGE }) }),
  next: placeView("waiting", { number: 50_001 }),
  paused: placeView("waiting", {
    status: statusDocument({ updatedAt: FIXTURE_NOW_MS, mode: "hold", waits: [] }),
  }),
  "before-opening": placeView("waiting", {
    status: statusDocument({
      updatedAt: FIXTURE_NOW_MS,
      mode: "hold",
      waits: [],
      opensAt: Date.UTC(2029, 2, 1, 6, 0),
    }),
  }),
  unreachable: placeView("waiting", { stale: true }),
  called: placeView("called", { number: 50_000, callEndsAtMs: FIXTURE_NOW_MS + 480_000, canExtend: true }),
  early: placeView("early", { number: 50_000 }),
  gate: placeView("gate", { number: 50_000 }),
  "gate-order": placeView("gate", { number: 50_000, ahead: 1_940 }),
  returned: placeView("returned", { number: 50_000, ahead: 312 }),
  open: placeView("open"),
  closed: placeView("closed"),
  missed: placeView("missed"),
  used: placeView("used"),
  left: placeView("left"),
  reset: placeView("reset"),
};

function placeView(standing: PlaceView["standing"], part: Partial<PlaceView> = {}): PlaceView {
  return {
    standing,
    number: 53_871,
    status: statusDocument({ updatedAt: FIXTURE_NOW_MS }),
    stale: false,
    ahead: 0,
    claimWindowSeconds: 600,
    callEndsAtMs: null,
    canExtend: false,
    wasExtended: false,
    to: "/tax/annual?year=2025",
    key: "AAAAAAAAAAAAAAAAAAAAAA",
    nowMs: FIXTURE_NOW_MS,
    ...part,
  };
}

/** A scripted reply; `never` leaves the request without one, `cut` drops the connection. */
export type Scripted = { status: number; body?: unknown; headers?: Record<string, string> } | "never" | "cut";

export type Scenario = {
  join: (count: number) => Scripted;
  claim: (count: number, to: string) => Scripted;
  leave?: () => Scripted;
  extend?: (count: number) => Scripted;
  status: () => Scripted;
  /** Whether WebSockets are accepted. */
  live: boolean;
  /** Whether the browser keeps the pass: once admitted, the address leads to the service. */
  keepsPass?: boolean;
  rooms?: readonly HeardRoom[];
  /** The time of the room list; now, unless it says otherwise. */
  listedAtMs?: number;
};

export type SeenRequest = { method: string; url: string; headers: IncomingMessage["headers"] };

export type PageFixture = {
  readonly address: string;
  readonly seen: SeenRequest[];
  /** Replies from now on. */
  play(scenario: Scenario): void;
  /** Sends a frame to every page that listens. */
  push(status: StatusDocument): void;
  /** Drops every WebSocket. */
  cutLive(): void;
  close(): Promise<void>;
};

export function joined(number: number, status: StatusDocument, state = "waiting"): Scripted {
  const position = number - status.serving;
  return { status: 200, body: { room: "tax", state, number, position, waitSeconds: null, status } };
}

export function problem(status: number, code: string, headers: Record<string, string> = {}): Scripted {
  return { status, body: { code }, headers: { "Content-Type": "application/problem+json", ...headers } };
}

/** Starts the fixture on a free port of loopback. */
export async function startPageFixture(pages: Pages): Promise<PageFixture> {
  let scenario: Scenario = { join: () => "never", claim: () => "never", status: () => "never", live: false };
  let joins = 0;
  let claims = 0;
  let extensions = 0;
  let inside = false;
  const seen: SeenRequest[] = [];
  const sockets = new WebSocketServer({ noServer: true });

  const server = createServer((request, response) => {
    const { method = "GET", url = "/", headers } = request;
    seen.push({ method, url, headers });
    const path = url.split("?")[0] ?? "";
    if (path.endsWith("/join")) return answerGate(response, scenario.join(joins++));
    if (path.endsWith("/claim")) {
      const to = new URL(url, "http://fixture").searchParams.get("to") ?? "";
      return answerGate(response, scenario.claim(claims++, to));
    }
    if (path.endsWith("/extend")) return answer(response, scenario.extend?.(extensions++) ?? "never");
    if (path.endsWith("/leave")) return answer(response, scenario.leave?.() ?? { status: 204 });
    if (path.endsWith("/status")) return answer(response, scenario.status());
    if (path === "/_sluse/rooms")
      return answer(response, {
        status: 200,
        body: { rooms: scenario.rooms ?? [], updatedAt: scenario.listedAtMs ?? Date.now() },
        headers: { "Cache-Control": "public, max-age=600" },
      });
    sendPage(response, inside ? SERVICE : pageAt(pages, url));
  });

  function answerGate(response: ServerResponse, reply: Scripted): void {
    const body = typeof reply === "object" ? (reply.body as { state?: string } | undefined) : undefined;
    inside ||= body?.state === "admitted" && scenario.keepsPass !== false;
    answer(response, reply);
  }

  server.on("upgrade", (request, socket, head) => {
    seen.push({ method: "UPGRADE", url: request.url ?? "", headers: request.headers });
    if (!scenario.live) return socket.destroy();
    sockets.handleUpgrade(request, socket, head, (opened: WebSocket) => {
      const reply = scenario.status();
      if (typeof reply === "object") opened.send(JSON.stringify(reply.body));
    });
  });

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    play(next) {
      scenario = next;
      joins = 0;
      claims = 0;
      extensions = 0;
      inside = false;
      seen.length = 0;
    },
    push(status) {
      for (const socket of sockets.clients) socket.send(JSON.stringify(status));
    },
    cutLive() {
      for (const socket of sockets.clients) socket.terminate();
    },
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(response: ServerResponse, reply: Scripted): void {
  if (reply === "never") return;
  if (reply === "cut") {
    response.destroy();
    return;
  }
  response.writeHead(reply.status, { "Content-Type": "application/json", ...reply.headers });
  response.end(reply.body === undefined ? undefined : JSON.stringify(reply.body));
}

const SERVICE =
  '<!doctype html><title>The service</title><link rel="icon" href="data:,"><h1>The service</h1>';

/** The portal at `/`, notices at `/notice/KIND`, places at `/place/NAME`, else the waiting page. */
function pageAt(pages: Pages, url: string): Page | string {
  const { pathname, searchParams } = new URL(url, "http://fixture");
  const asked = searchParams.get("lang") ?? undefined;
  const lang = isLanguageTag(asked) ? asked : "da";
  if (pathname === "/") return pages.portal(lang);
  const notice = /^\/notice\/([a-z-]+)$/.exec(pathname)?.[1];
  if (notice) return pages.notice(notice as Parameters<Pages["notice"]>[0], lang);
  const place = FIXTURE_PLACES[/^\/place\/([a-z-]+)$/.exec(pathname)?.[1] ?? ""];
  if (place) return pages.place("tax", lang, place);
  return pages.waiting(pathname.split("/")[1] ?? "", lang);
}

function sendPage(response: ServerResponse, page: Page | string): void {
  const headers = { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" };
  if (typeof page === "string") {
    response.writeHead(200, headers).end(page);
    return;
  }
  response.writeHead(200, {
    ...headers,
    "Content-Encoding": "br",
    "Content-Security-Policy": page.contentSecurityPolicy,
    "Referrer-Policy": "same-origin",
  });
  response.end(page.brotli);
}
