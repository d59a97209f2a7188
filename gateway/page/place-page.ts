/** The page of one ticket for browsers without JavaScript: made for each request, asked anew by a button. */
import { countedIn, fill, textIn } from "#languages";
import type { StatusDocument } from "../visitor-documents.ts";
import { isOrderShown } from "./client/gate.ts";
import { peopleAhead, placeAtJoin } from "./client/place.ts";
import { type Formats, formatsFor, viewOf } from "./client/view.ts";
import { escapeHtml } from "./document.ts";
import { messageSection } from "./notice-page.ts";
import { nameOf, type PageLanguage } from "./page-language.ts";
import { keptFor } from "./wait-text.ts";
import { OPEN_GATE, type PageRoom, safeSection, waitingData } from "./waiting-page.ts";

/**
 * How a ticket stands. `none`: the browser brought no good one. `called`: may come to the gate. `early`: may stand at it,
 * but it has not got to this number yet. `gate`: stands at it, and is let in by number. `returned`: stands behind those,
 * as an admission was not collected. `open`: everybody may come in.
 */
export type Standing =
  | "none"
  | "waiting"
  | "called"
  | "early"
  | "gate"
  | "returned"
  | "open"
  | "closed"
  | "missed"
  | "used"
  | "left"
  | "reset";

/** What the page of one ticket shows. */
export type PlaceView = {
  readonly standing: Standing;
  /** The ticket's number; 0 where there is none. */
  readonly number: number;
  /** The line as last heard; null before the first news. */
  readonly status: StatusDocument | null;
  /** The line cannot be reached: the numbers are the last known. */
  readonly stale: boolean;
  /** How many stand before this visitor at the gate. */
  readonly ahead: number;
  /** How long a call stays good, as the operator has set it. */
  readonly claimWindowSeconds: number;
  /** Until when this call stays good, epoch ms; null where that is not known. */
  readonly callEndsAtMs: number | null;
  /** Whether the visitor may ask for more time. */
  readonly canExtend: boolean;
  /** Whether the visitor has been given more time before. */
  readonly wasExtended: boolean;
  /** Where the visitor wants to go. */
  readonly to: string;
  /** A fresh idempotency key for the form that takes a place. */
  readonly key: string;
  readonly nowMs: number;
};

/** A server does not know where its reader is; every time on the page says whose it is. */
function danishFormats(language: PageLanguage): Formats {
  const formats = formatsFor(language.locale, language.pages.wait.clock, "Europe/Copenhagen");
  const named = (time: string) => fill(language.pages.plain.danishTime, { time });
  return {
    ...formats,
    clock: (atMs) => named(formats.clock(atMs)),
    opening(atMs, nowMs) {
      const { text, today } = formats.opening(atMs, nowMs);
      return { text: named(text), today };
    },
  };
}

const HOLDS_PLACE: ReadonlySet<Standing> = new Set([
  "waiting",
  "called",
  "early",
  "gate",
  "returned",
  "open",
  "closed",
]);

/** Where a paused line is worth a word beside the rest. */
const PAUSED: ReadonlySet<Standing> = new Set(["called", "early", "gate", "returned"]);

/** The address of the page of the visitor's ticket. */
export function placeHref(roomId: string, to: string): string {
  return `/_sluse/rooms/${roomId}/wait?to=${encodeURIComponent(to)}`;
}

/** Whether the visitor comes in now, or in a moment. */
function isTurn({ standing, ahead, status }: PlaceView): boolean {
  return standing === "called" || (standing === "gate" && !isOrderShown(ahead, status));
}

/** What is written on the page: plain text. */
type Words = {
  readonly title: string;
  readonly heading: string;
  readonly lead: string | null;
  readonly line?: { readonly ahead: string | null; readonly wait: string | null };
};

export function placeTitle(room: PageRoom, language: PageLanguage, place: PlaceView): string {
  return `${wordsOf(room, language, place).title} - ${nameOf(room, language)}`;
}

/** The main part. Whatever is put in is escaped; nothing here needs script, and nothing happens unasked. */
export function placeMain(room: PageRoom, language: PageLanguage, place: PlaceView): string {
  const { heading, lead, line } = wordsOf(room, language, place);
  const message = place.status?.message && textIn(place.status.message, language.order);
  const parts = [
    isTurn(place) ? OPEN_GATE : "",
    `<h1>${escapeHtml(heading)}</h1>`,
    lead === null ? "" : `<p class="lead">${escapeHtml(lead)}</p>`,
    place.stale ? `<p class="note warn">${language.pages.plain.stale}</p>` : "",
    PAUSED.has(place.standing) && place.status?.mode === "hold"
      ? `<p class="note">${language.pages.waiting.hold}</p>`
      : "",
    line === undefined ? "" : figures(line, language),
    message?.text ? messageSection(message, language) : "",
    `<div class="choices">\n${actions(room, language, place)}\n</div>`,
    facts(language, place),
  ];
  const card = `<div class="card">\n${parts.filter((part) => part !== "").join("\n")}\n</div>`;
  return HOLDS_PLACE.has(place.standing) ? `${card}\n${afterword(room, language, place)}` : card;
}

function wordsOf(room: PageRoom, language: PageLanguage, place: PlaceView): Words {
  const { waiting, plain } = language.pages;
  const name = nameOf(room, language);
  const called = { title: waiting.titleCalled, heading: waiting.headingCalled };
  switch (place.standing) {
    case "none":
      return titled(plain.headingNone, plain.leadNone);
    case "waiting":
      return lineWords(room, language, place);
    case "called":
      return { ...called, lead: `${fill(plain.leadCalled, { name })} ${callEnd(language, place)}` };
    case "early":
      return { title: waiting.titleFirst, heading: fill(waiting.heading, { name }), lead: plain.leadEarly };
    case "gate":
      return isTurn(place)
        ? { ...called, lead: plain.leadGate }
        : gateWords(room, language, place, plain.leadGate);
    case "returned":
      return gateWords(room, language, place, `${waiting.noticeReturned} ${plain.leadGate}`);
    case "open":
      return { ...called, lead: plain.leadOpen };
    case "closed":
      return {
        title: waiting.titleClosed,
        heading: fill(waiting.headingClosed, { name }),
        lead: plain.leadClosed,
      };
    case "missed":
      return titled(waiting.headingMissed, waiting.leadMissed);
    case "used":
      return titled(waiting.headingUsed, waiting.leadUsed);
    case "left":
      return titled(waiting.headingLeft, waiting.leadLeft);
    case "reset":
      return titled(plain.headingReset, plain.leadReset);
  }
}

function titled(heading: string, lead: string): Words {
  return { title: heading, heading, lead };
}

const UNTROUBLED = {
  phase: "waiting",
  gate: null,
  trouble: false,
  stale: false,
  offline: false,
  callEndsAtMs: null,
  extensionsLeft: null,
  newPlaceBecause: null,
} as const;

/** The same words as with JavaScript, and the place as an ordinal besides. */
function lineWords(room: PageRoom, language: PageLanguage, { number, status, nowMs }: PlaceView): Words {
  const data = waitingData(room, language);
  const formats = danishFormats(language);
  const place = status && placeAtJoin(number, status, null);
  const view = viewOf({ ...UNTROUBLED, place, status }, data, formats, nowMs);
  if (place === null) return { title: view.heading, heading: view.heading, lead: null };
  const ordinal = fill(language.pages.plain.place, { n: formats.number(peopleAhead(place) + 1) });
  return {
    title: fill(language.pages.waiting.titleAhead, { n: view.ahead ?? "" }),
    heading: view.heading,
    lead: view.lead === null ? ordinal : `${ordinal} ${view.lead}`,
    line: view,
  };
}

/** The order at the gate. */
function gateWords(room: PageRoom, language: PageLanguage, { ahead }: PlaceView, lead: string): Words {
  const { waiting } = language.pages;
  const n = danishFormats(language).number(ahead);
  const title = ahead === 0 ? waiting.titleNext : fill(waiting.titleAhead, { n });
  return {
    title,
    heading: fill(waiting.heading, { name: nameOf(room, language) }),
    lead,
    line: { ahead: n, wait: null },
  };
}

/** In a window shorter than this, more time is seen only where its end is told to the second. */
const SHORT_WINDOW_SECONDS = 120;

function callEnd(
  language: PageLanguage,
  { callEndsAtMs, wasExtended, claimWindowSeconds, nowMs }: PlaceView,
): string {
  const { plain, waiting, wait } = language.pages;
  if (callEndsAtMs === null)
    return fill(plain.calledKept, { time: keptFor(claimWindowSeconds, wait, countedIn(language.locale)) });
  const formats = danishFormats(language);
  const isShort = claimWindowSeconds < SHORT_WINDOW_SECONDS;
  const time = isShort ? formats.clock(callEndsAtMs) : formats.opening(callEndsAtMs, nowMs).text;
  return fill(wasExtended ? waiting.extended : plain.calledUntil, { time });
}

function figures(line: NonNullable<Words["line"]>, language: PageLanguage): string {
  return `<div class="figures">
<p class="count"><span class="label">${language.pages.waiting.aheadLabel}</span> <strong>${line.ahead}</strong></p>
${line.wait === null ? "" : `<p class="wait">${line.wait}</p>\n`}</div>`;
}

function actions(room: PageRoom, language: PageLanguage, place: PlaceView): string {
  const { waiting, plain } = language.pages;
  const to = hidden("to", place.to);
  const api = `/_sluse/rooms/${room.id}`;
  switch (place.standing) {
    case "waiting":
    case "closed":
      return `<form action="${api}/wait">${to}<button>${plain.check}</button></form>`;
    case "called":
    case "early":
    case "gate":
    case "returned":
    case "open": {
      const goIn = `<form method="post" action="${api}/claim">${to}<button>${waiting.goIn}</button></form>`;
      const more = `<form method="post" action="${api}/extend">${to}<button class="quiet">${waiting.moreTime}</button></form>`;
      return place.canExtend ? `${goIn}\n${more}` : goIn;
    }
    default: {
      const label = place.standing === "none" ? waiting.noScriptJoin : waiting.takeNewPlace;
      return `<form method="post" action="${api}/join">${to}${hidden("key", place.key)}<button>${label}</button></form>`;
    }
  }
}

function hidden(name: string, value: string): string {
  return `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`;
}

function facts(language: PageLanguage, place: PlaceView): string {
  const { plain, waiting } = language.pages;
  const texts: string[] = [];
  if (place.canExtend) texts.push(plain.moreTimeText);
  if (place.standing === "waiting") texts.push(plain.checkText);
  if (place.standing === "waiting" && place.status !== null) {
    texts.push(fill(waiting.updated, { time: danishFormats(language).clock(place.status.updatedAt) }));
  }
  return texts.map((text) => `<p class="facts">${text}</p>`).join("\n");
}

/** For those who have a place: that it is safe, how long a turn is kept, and how to give the place up. */
function afterword(
  room: PageRoom,
  language: PageLanguage,
  { standing, claimWindowSeconds, to }: PlaceView,
): string {
  const { waiting, plain, wait } = language.pages;
  const kept = fill(plain.kept, { time: keptFor(claimWindowSeconds, wait, countedIn(language.locale)) });
  const safe = safeSection(
    waiting.safeHeading,
    `<p class="muted">${plain.safe}</p>\n<p class="muted">${kept}</p>`,
  );
  // A turn that has come is safe only until it runs out.
  return `${standing === "waiting" || standing === "closed" ? `${safe}\n` : ""}<details>
<summary>${waiting.leave}</summary>
<p class="muted">${waiting.leaveText}</p>
<form method="post" action="/_sluse/rooms/${room.id}/leave">${hidden("to", to)}<button class="quiet">${waiting.leaveYes}</button></form>
</details>`;
}
