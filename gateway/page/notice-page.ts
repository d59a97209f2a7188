import { fill, type Told } from "#languages";
import { escapeHtml } from "./document.ts";
import type { PageLanguage } from "./page-language.ts";

/** Why a visitor sees neither the service nor the waiting page. The status that goes with each is in `NOTICE_STATUS`. */
export type NoticeKind =
  | "closed"
  | "bad-request"
  | "forbidden"
  | "not-found"
  | "bad-gateway"
  | "unavailable"
  | "timeout";

export const NOTICE_STATUS: Readonly<Record<NoticeKind, number>> = {
  closed: 503,
  "bad-request": 400,
  forbidden: 403,
  "not-found": 404,
  "bad-gateway": 502,
  unavailable: 503,
  timeout: 504,
};

export type NoticeOptions = {
  /** The room's name, in the page's language. */
  readonly name?: string;
  /** The operator's message. */
  readonly message?: Told;
  /** Where trying again leads; the address itself unless this was the answer to a form. */
  readonly again?: string;
};

export function noticeTitle(kind: NoticeKind, language: PageLanguage, options: NoticeOptions): string {
  const texts = language.pages.notice[kind];
  return options.name ? fill(texts.named, { name: options.name }) : texts.heading;
}

/** The main part of a notice. Nothing here needs script: trying again is a link to the same address. */
export function noticeMain(kind: NoticeKind, language: PageLanguage, options: NoticeOptions): string {
  const texts = language.pages.notice;
  const message = options.message ? `${messageSection(options.message, language)}\n` : "";
  const startOver = NOTICE_STATUS[kind] < 500;
  const again = `<a class="button" href="${escapeHtml(options.again ?? "")}">${texts.tryAgain}</a>`;
  const home = `<a class="button" href="/">${texts.home}</a>`;
  return `<div class="card">
<h1>${escapeHtml(noticeTitle(kind, language, options))}</h1>
<p class="lead">${texts[kind].text}</p>
${message}<p>${startOver ? home : again}</p>
</div>`;
}

/** The operator's message. */
export function messageSection(message: Told, language: PageLanguage): string {
  const label = language.pages.notice.messageLabel;
  return `<section class="note message"><h2>${label}</h2>\n<p class="words"${langOf(message, language)}>${escapeHtml(message.text)}</p></section>`;
}

/** Said where a text is not in the page's own language. */
function langOf({ lang }: Told, { tag }: PageLanguage): string {
  return lang === tag ? "" : ` lang="${escapeHtml(lang)}"`;
}
