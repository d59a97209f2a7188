import type { Texts } from "#languages";
import { MARKUP_TEXTS, type WaitingData } from "./client/contract.ts";
import { escapeHtml } from "./document.ts";
import { nameOf, type PageLanguage } from "./page-language.ts";

/** What the page needs to know of a room. */
export type PageRoom = {
  readonly id: string;
  readonly name: Texts;
  /** Where the room begins: a path of this host, or a whole address for a room on another one. */
  readonly path: string;
};

export function waitingData(room: PageRoom, language: PageLanguage): WaitingData {
  const { locale, order } = language;
  const { wait, waiting: all } = language.pages;
  const inMarkup: ReadonlySet<string> = new Set(MARKUP_TEXTS);
  const own = Object.entries(all).filter(([name]) => !inMarkup.has(name));
  const waiting = Object.fromEntries(own) as WaitingData["texts"]["waiting"];
  const name = nameOf(room, language);
  return { room: room.id, path: room.path, name, locale, order, texts: { wait, waiting } };
}

/**
 * The main part of the waiting page. It is empty of numbers: the script fills it. Without script a form takes a place
 * and leads to the page that the server renders; a link leads whoever has a place already to that page. Neither can say
 * where its visitor wants to go, since the page is the same for everybody: that is the address it was sent from.
 * Above all stands, where it is so, that a session is over and what was sent after it went through.
 */
export function waitingMain(room: PageRoom, language: PageLanguage, isAfterForm = false): string {
  const texts = language.pages.waiting;
  const name = escapeHtml(nameOf(room, language));
  const afterForm = isAfterForm ? `<p class="note">${language.pages.common.afterForm}</p>\n` : "";
  return `${afterForm}<noscript>
<div class="card">
<h1>${name}</h1>
<p class="lead">${texts.noScript}</p>
<form method="post" action="/_sluse/rooms/${room.id}/join"><input type="hidden" name="to" value=""><button>${texts.noScriptJoin}</button></form>
<p>${texts.noScriptHeld} <a href="/_sluse/rooms/${room.id}/wait">${texts.noScriptSee}</a></p>
</div>
</noscript>
<div id="app" hidden>
<div class="card">
${OPEN_GATE}
<h1 id="heading"></h1>
<p id="lead" class="lead" hidden></p>
<p id="notice" class="note" hidden></p>
<p id="trouble" class="note warn" hidden></p>
<div id="line-box" hidden>
<div class="figures">
<p class="count"><span class="label">${texts.aheadLabel}</span> <strong id="ahead"></strong></p>
<p id="wait" class="wait"></p>
</div>
<div class="channel">
<progress id="progress" max="1" value="0" aria-label="${texts.progressLabel}"></progress>
<span class="gate-end"></span>
</div>
<p id="updated" class="facts"></p>
</div>
<div class="pulse" aria-hidden="true"></div>
<section id="message-box" class="note message" aria-labelledby="message-label" hidden>
<h2 id="message-label">${texts.messageLabel}</h2>
<p id="message" class="words"></p>
</section>
<p id="action-box" class="choices" hidden><button id="action" type="button" hidden></button> <button id="more" class="quiet" type="button" hidden>${texts.moreTime}</button></p>
</div>
<div id="safe-box" hidden>
${safeSection(texts.safeHeading, `<p class="muted">${texts.safe}</p>`)}
<fieldset class="options">
<legend>${texts.optionsHeading}</legend>
<p id="kept" class="muted" hidden></p>
<label><input id="sound" type="checkbox"> ${texts.sound}</label>
<label><input id="ask-first" type="checkbox" aria-describedby="ask-first-note"> ${texts.askFirst}</label>
<p id="ask-first-note" class="muted">${texts.askFirstNote}</p>
</fieldset>
<details>
<summary>${texts.whyHeading}</summary>
<p class="muted">${texts.why}</p>
</details>
</div>
<button id="leave" class="quiet" type="button" hidden>${texts.leave}</button>
<p id="spoken" class="spoken" role="status"></p>
<p id="turn" class="spoken" role="alert"></p>
<dialog id="leave-dialog" aria-labelledby="leave-heading">
<form method="dialog">
<h2 id="leave-heading">${texts.leaveHeading}</h2>
<p>${texts.leaveText}</p>
<p class="choices"><button value="stay">${texts.leaveNo}</button> <button class="quiet" value="leave">${texts.leaveYes}</button></p>
</form>
</dialog>
</div>`;
}

/** Why nobody needs to fear for their place; `html` is what stands below the heading. */
export function safeSection(heading: string, html: string): string {
  return `<section class="safe">
${SHIELD}
<div><h2>${heading}</h2>
${html}</div>
</section>`;
}

/** The same lock with its gates folded back and the way through: shown when it is the visitor's turn. */
export const OPEN_GATE = `<svg class="open-gate" viewBox="0 0 64 64" aria-hidden="true"><rect class="ground" width="64" height="64" rx="14"/><path class="gate" d="M25 9v13M25 42v13"/><path class="way" d="M12 32h39M40 21l11 11-11 11"/></svg>`;

const SHIELD = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 2.5 20 5.5v6c0 5-3 8-8 10-5-2-8-5-8-10v-6z"/><path d="m8.5 12 2.5 2.5 4.5-5"/></svg>`;
