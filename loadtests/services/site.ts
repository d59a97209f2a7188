import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { CapacityModel, type CapacitySettings, capacityFor } from "./capacity.ts";
import { html } from "./markup.ts";
import {
  chooseLanguage,
  contentSecurityPolicy,
  isLanguage,
  type Language,
  type Page,
  renderPage,
  type Words,
} from "./page.ts";

/** What a site is asked: one visit is one browser, known by its cookie. */
export interface SiteRequest {
  method: "GET" | "POST";
  /** The path below the mount: `""`, `"/statement"`. */
  path: string;
  query: URLSearchParams;
  form: URLSearchParams;
  visit: string;
  language: Language;
}

/** What it answers: a page, or a path of its own to go to. */
export interface SiteReply {
  status?: number;
  page?: Page;
  goTo?: string;
  /** The visit is over: the waiting room in front may give its place to the next. */
  endSession?: boolean;
}

export interface Site {
  /** The path that the site lives under, the same before and behind the waiting room: `/tax`. */
  mount: string;
  name: Words;
  answer(request: SiteRequest): SiteReply | undefined;
  /** The workers crashed: whatever was only in their memory is gone. */
  forgetVisits(): void;
}

export interface ServiceOptions {
  /** 0 takes any free port. */
  port: number;
  host: string;
  /** People inside at once that the service can carry; 1 or more. */
  carries: number;
  /** Milliseconds of a clock that never goes back. */
  now?: () => number;
  /** Parts of the load model to set otherwise than `capacityFor(carries)`. */
  capacity?: Partial<CapacitySettings>;
}

export interface RunningService {
  port: number;
  close(): Promise<void>;
}

const LANGUAGE_COOKIE = "sluse_lang";
const formLimitBytes = 16_384;

const words = {
  busy: { da: "Tjenesten er overbelastet", en: "The service is overloaded" },
  busyText: {
    da: "Der er flere inde, end tjenesten kan bære. Prøv igen om lidt.",
    en: "More people are inside than the service can carry. Please try again in a moment.",
  },
  down: { da: "Tjenesten er gået ned", en: "The service has crashed" },
  downText: {
    da: "Serverne starter op igen. Det, du var i gang med, er gået tabt.",
    en: "The servers are starting again. What you were doing has been lost.",
  },
  missing: { da: "Siden findes ikke", en: "Page not found" },
  missingText: { da: "Gå tilbage til forsiden.", en: "Go back to the front page." },
};

/** Serves a site over HTTP, at the pace of the load model. Rejects when the port cannot be had. */
export async function startSite(site: Site, options: ServiceOptions): Promise<RunningService> {
  const now = options.now ?? (() => performance.now());
  const model = new CapacityModel({ ...capacityFor(options.carries), ...options.capacity });
  const waiting = new Map<number, (result: "served" | "crashed") => void>();
  let requests = 0;
  let crashesSeen = 0;
  let timer: NodeJS.Timeout | undefined;

  /** Answers what the model has finished, and sets the timer for what it finishes next. */
  function settle(): void {
    clearTimeout(timer);
    const finished = model.settle(now());
    if (model.crashes > crashesSeen) {
      crashesSeen = model.crashes;
      site.forgetVisits();
    }
    for (const { request, result } of finished) {
      waiting.get(request)?.(result);
      waiting.delete(request);
    }
    const next = model.nextEventAtMs();
    if (next !== undefined) timer = setTimeout(settle, Math.max(1, next - now()));
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://service");
    if (url.pathname !== site.mount && !url.pathname.startsWith(`${site.mount}/`)) return notHere(response);
    if (url.pathname === `${site.mount}/health`) return sendHealth(response, model.health(now()));
    const method = request.method === "HEAD" ? "GET" : request.method;
    if (method !== "GET" && method !== "POST") {
      response.writeHead(405, { Allow: "GET, HEAD, POST" }).end();
      return;
    }
    const body = await readForm(request);
    if (body === undefined) {
      response.writeHead(413, { Connection: "close" }).end();
      return;
    }
    const cookies = readCookies(request.headers.cookie);
    const known = cookies.get("visit");
    const visit = known && /^[a-z0-9-]{36}$/.test(known) ? known : randomUUID();
    const asked = url.searchParams.get("lang");
    const asking: SiteRequest = {
      method,
      path: url.pathname.slice(site.mount.length).replace(/\/$/, ""),
      query: url.searchParams,
      form: new URLSearchParams(body),
      visit,
      language: chooseLanguage(asked, chosenBefore(request, cookies), request.headers["accept-language"]),
    };
    const setCookies: string[] = [];
    const attributes = `Path=${site.mount}; HttpOnly; SameSite=Lax`;
    if (visit !== known) setCookies.push(`visit=${visit}; ${attributes}`);
    // One choice for the service and the waiting room in front of it.
    if (isLanguage(asked))
      setCookies.push(`${LANGUAGE_COOKIE}=${asked}; Path=/; SameSite=Lax; Max-Age=31536000`);

    const number = ++requests;
    const outcome = model.enter(number, visit, now());
    if (outcome === "accepted") {
      waiting.set(number, (result) => {
        if (result === "crashed") sendTrouble(response, asking, "down");
        else sendReply(response, asking, site.answer(asking), setCookies);
      });
    } else sendTrouble(response, asking, outcome);
    settle();
  }

  function sendReply(
    response: ServerResponse,
    asking: SiteRequest,
    reply: SiteReply | undefined,
    setCookies: string[],
  ): void {
    if (setCookies.length > 0) response.setHeader("Set-Cookie", setCookies);
    if (reply?.endSession) {
      model.leave(asking.visit);
      response.setHeader("Sluse-Command", "end-session");
    }
    if (reply?.goTo !== undefined) {
      response.writeHead(303, { ...commonHeaders(site), Location: `${site.mount}${reply.goTo}` }).end();
      return;
    }
    const missing = messagePage(words.missing[asking.language], words.missingText[asking.language]);
    sendPage(response, asking, reply?.page ?? missing, reply?.page ? (reply.status ?? 200) : 404);
  }

  function sendTrouble(response: ServerResponse, asking: SiteRequest, why: "busy" | "down"): void {
    const page = messagePage(words[why][asking.language], words[`${why}Text`][asking.language]);
    response.setHeader("Retry-After", why === "busy" ? 3 : 6);
    sendPage(response, asking, page, 503);
  }

  function sendPage(response: ServerResponse, asking: SiteRequest, page: Page, status: number): void {
    response.writeHead(status, {
      ...commonHeaders(site),
      "Content-Type": "text/html; charset=utf-8",
      "Content-Language": asking.language,
      Vary: "Accept-Language, Cookie",
    });
    response.end(renderPage(page, site.name, site.mount, asking.language));
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  // A peak is many connections at once; the model says what is too much, not the socket's backlog.
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port: options.port, host: options.host, backlog: 4_096 }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        clearTimeout(timer);
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function commonHeaders(site: Site): Record<string, string> {
  return {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": contentSecurityPolicy,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    // Lets whoever counts tell the service's own replies from those of what stands in front of it.
    "Demo-Service": site.mount.slice(1),
  };
}

function messagePage(title: string, text: string): Page {
  return { title, content: html`<h1>${title}</h1><p class="lead">${text}</p>` };
}

function notHere(response: ServerResponse): void {
  response.writeHead(404, { "Content-Type": "text/plain; charset=utf-8" }).end("Not found\n");
}

function sendHealth(response: ServerResponse, health: object): void {
  response.writeHead(200, {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "Access-Control-Allow-Origin": "*",
  });
  response.end(JSON.stringify(health));
}

/** The body as text, or undefined when it is longer than a form can be. */
async function readForm(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > formLimitBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Sluse keeps its cookies to itself and says the language in a header; without Sluse in front it is the cookie. */
function chosenBefore(request: IncomingMessage, cookies: ReadonlyMap<string, string>): string | undefined {
  const told = request.headers["sluse-language"];
  return typeof told === "string" ? told : cookies.get(LANGUAGE_COOKIE);
}

function readCookies(header: string | undefined): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const part of (header ?? "").split(";")) {
    const at = part.indexOf("=");
    if (at > 0) cookies.set(part.slice(0, at).trim(), part.slice(at + 1).trim());
  }
  return cookies;
}
