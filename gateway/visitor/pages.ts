import { isBrowserNavigation } from "#core/door";
import { fallbackOrder, textIn } from "#languages";
import type { Header } from "../http/request.ts";
import { headerOf } from "../http/request.ts";
import { chooseCoding } from "../http/static-page.ts";
import type { Page } from "../page/build.ts";
import { NOTICE_STATUS, type NoticeKind } from "../page/notice-page.ts";
import type { PlaceView } from "../page/place-page.ts";
import { languageChoice, languageOf } from "./language.ts";
import type { RoomVisit, Visit } from "./visit.ts";

const RETRY_SECONDS = "30";

/** The waiting page, at the very address that the visitor asked for. */
export function sendWaitingPage(visit: RoomVisit): void {
  const { request, deployment, door } = visit;
  const page = deployment.pages.waiting(door.config.id, languageOf(visit), visit.isAfterForm);
  // Crawlers must not take the page for the service's own: only a browser's navigation gets a success.
  const status = isBrowserNavigation(request) ? door.config.waitingStatus : 503;
  sendPage(visit, status, page, [["retry-after", RETRY_SECONDS]]);
}

export function sendPortal(visit: Visit): void {
  sendPage(visit, 200, visit.deployment.pages.portal(languageOf(visit)), []);
}

/** A small page instead of the service: closed, not found, away, slow. */
export function sendNotice(
  visit: Visit,
  kind: NoticeKind,
  door: RoomVisit["door"] | null,
  again?: string,
  cookies: readonly string[] = [],
): void {
  const lang = languageOf(visit);
  const order = fallbackOrder(lang, visit.deployment.settings.languages);
  const texts = door?.room.snapshot?.settings.message;
  const message = texts ? textIn(texts, order) : null;
  const name = door && textIn(door.config.name, order);
  const options = {
    ...(name === null ? {} : { name: name.text }),
    ...(message?.text ? { message } : {}),
    ...(again === undefined ? {} : { again }),
  };
  const page = visit.deployment.pages.notice(kind, lang, options);
  const retry: Header[] = NOTICE_STATUS[kind] >= 500 ? [["retry-after", RETRY_SECONDS]] : [];
  const set = cookies.map((cookie): Header => ["set-cookie", cookie]);
  sendPage(
    visit,
    NOTICE_STATUS[kind],
    page,
    [...retry, ...set],
    set.length > 0 ? "private, no-store" : "no-store",
  );
}

/** The page of the visitor's own ticket, without JavaScript. */
export function sendPlacePage(visit: RoomVisit, status: number, place: PlaceView): void {
  const page = visit.deployment.pages.place(visit.door.config.id, languageOf(visit), place);
  sendPage(visit, status, page, [], "private, no-store");
}

function sendPage(
  visit: Visit,
  status: number,
  page: Page,
  extra: readonly Header[],
  cacheControl = "no-store",
): void {
  const coding = chooseCoding(headerOf(visit.request, "accept-encoding"));
  const body = coding === "br" ? page.brotli : coding === "gzip" ? page.gzip : page.html;
  const headers: Header[] = [
    ["content-type", "text/html; charset=utf-8"],
    ["cache-control", cacheControl],
    ["content-security-policy", page.contentSecurityPolicy],
    ["referrer-policy", "same-origin"],
    ["x-content-type-options", "nosniff"],
    ["vary", "accept-encoding, accept-language, cookie"],
  ];
  if (coding !== "identity") headers.push(["content-encoding", coding]);
  const all = [...headers, ...extra, ...languageChoice(visit)];
  // Not at once: uWebSockets.js then drops a connection that asks for many pages in one go, and reads none.
  setImmediate(() => visit.reply.send(status, all, body));
}
