import type { PageTexts } from "#languages";
import type { PortalData } from "./client/contract.ts";
import { escapeHtml } from "./document.ts";
import { nameOf, type PageLanguage } from "./page-language.ts";
import type { PageRoom } from "./waiting-page.ts";

export function portalData({ locale, pages }: PageLanguage): PortalData {
  const { wait, portal } = pages;
  return { locale, texts: { wait, portal } };
}

/**
 * The main part of the portal: links that work without script, and room for the waits that the script adds. What only
 * holds with the script is hidden until it runs (`data-scripted`); a `noscript` says what holds without.
 */
export function portalMain(rooms: readonly PageRoom[], language: PageLanguage): string {
  const texts = language.pages.portal;
  const list = rooms.map((room) => serviceItem(room, language)).join("\n");
  return `<div class="greeting">
<h1>${texts.title}</h1>
<p class="lead">${texts.lead} <span data-scripted hidden>${texts.leadWait}</span><noscript>${texts.plain.leadWait}</noscript></p>
</div>
<h2 class="spoken">${texts.services}</h2>
${rooms.length > 0 ? `<ul class="services">\n${list}\n</ul>` : `<p class="card">${texts.none}</p>`}
<p id="updated" class="facts" hidden></p>
${howItWorks(texts)}`;
}

function howItWorks(texts: PageTexts["portal"]): string {
  const steps = [
    [texts.howPlaceHeading, texts.howPlace, texts.plain.howPlace],
    [texts.howWaitHeading, texts.howWait, texts.plain.howWait],
    [texts.howEnterHeading, texts.howEnter, texts.plain.howEnter],
  ];
  const list = steps.map(
    ([heading, text, plain]) => `<li><h3>${heading}</h3>
<p class="muted" data-scripted hidden>${text}</p><noscript><p class="muted">${plain}</p></noscript></li>`,
  );
  return `<section class="how">
<h2>${texts.howHeading}</h2>
<ol>
${list.join("\n")}
</ol>
</section>`;
}

function serviceItem(room: PageRoom, language: PageLanguage): string {
  return `<li><a href="${escapeHtml(room.path)}">${escapeHtml(nameOf(room, language))}</a><p id="room-${room.id}" class="state" hidden><span id="wait-${room.id}"></span> <span id="waiting-${room.id}"></span></p>${ARROW}</li>`;
}

const ARROW = `<svg class="arrow" viewBox="0 0 24 24" aria-hidden="true"><path d="M5 12h14M13 6l6 6-6 6"/></svg>`;
