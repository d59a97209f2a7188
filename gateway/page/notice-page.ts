import { escapeHtml } from "./document.ts";
import { fill, type Lang, TEXTS } from "./texts.ts";

/** Why a visitor sees neither the service nor the waiting page. The status that goes with each is in `NOTICE_STATUS`. */
export type NoticeKind = "closed" | "bad-request" | "not-found" | "bad-gateway" | "unavailable" | "timeout";

export const NOTICE_STATUS: Readonly<Record<NoticeKind, number>> = {
  closed: 503,
  "bad-request": 400,
  "not-found": 404,
  "bad-gateway": 502,
  unavailable: 503,
  timeout: 504,
};

export type NoticeOptions = {
  /** The room's name, in the page's language. */
  readonly name?: string;
  /** The operator's message, in the page's language. */
  readonly message?: string;
};

export function noticeTitle(kind: NoticeKind, lang: Lang, options: NoticeOptions): string {
  const texts = TEXTS[lang].notice[kind];
  return options.name ? fill(texts.named, { name: options.name }) : texts.heading;
}

/** The main part of a notice. Nothing here needs script: trying again is a link to the same address. */
export function noticeMain(kind: NoticeKind, lang: Lang, options: NoticeOptions): string {
  const texts = TEXTS[lang].notice;
  const message = options.message
    ? `<section class="note message"><h2>${texts.messageLabel}</h2>\n<p class="words">${escapeHtml(options.message)}</p></section>\n`
    : "";
  const wrongAddress = kind === "not-found" || kind === "bad-request";
  const again = `<a class="button" href="">${texts.tryAgain}</a>`;
  const home = `<a class="button" href="/">${texts.home}</a>`;
  return `<div class="card">
<h1>${escapeHtml(noticeTitle(kind, lang, options))}</h1>
<p class="lead">${texts[kind].text}</p>
${message}<p>${wrongAddress ? home : again}</p>
</div>`;
}
