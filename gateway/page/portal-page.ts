import type { PortalData } from "./client/contract.ts";
import { escapeHtml } from "./document.ts";
import { type Lang, TEXTS, type Texts } from "./texts.ts";
import type { PageRoom } from "./waiting-page.ts";

export function portalData(lang: Lang): PortalData {
  const { wait, portal } = TEXTS[lang];
  return { lang, texts: { wait, portal } };
}

/**
 * The main part of the portal: links that work without script, and room for the waits that the script adds. What only
 * holds with the script is hidden until it runs (`data-scripted`); a `noscript` says what holds without.
 */
export function portalMain(rooms: readonly PageRoom[], lang: Lang): string {
  const texts = TEXTS[lang].portal;
  const list = rooms.map((room) => serviceItem(room, lang)).join("\n");
  return `<div class="greeting">
<h1>${texts.title}</h1>
<p class="lead">${texts.lead} <span data-scripted hidden>${texts.leadWait}</span><noscript>${texts.plain.leadWait}</noscript></p>
</div>
<h2 class="spoken">${texts.services}</h2>
${rooms.length > 0 ? `<ul class="services">\n${list}\n</ul>` : `<p class="card">${texts.none}</p>`}
<p id="updated" class="facts" hidden></p>
${howItWorks(texts)}`;
}

function howItWorks(texts: Texts["portal"]): string {
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

function serviceItem(room: PageRoom, lang: Lang): string {
  return `<li><a href="${escapeHtml(room.path)}">${escapeHtml(room.name[lang])}</a><p id="room-${room.id}" class="state" hidden><span id="wait-${room.id}"></span> <span id="waiting-${room.id}"></span></p>${ARROW}</li>`;
}

const ARROW = `<svg class="arrow" viewBox="0 0 24 24" aria-hidden="true"><path d="M5 12h14M13 6l6 6-6 6"/></svg>`;
