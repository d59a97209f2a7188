import { estimateWait, type WaitRange } from "#core/waits";
import { type Counted, countedIn, fill, type Told, textIn } from "#languages";
import { keptFor, waitSentence } from "../wait-text.ts";
import type { Spoken } from "./announce.ts";
import type { HeardStatus, WaitingData } from "./contract.ts";
import type { GateOrder } from "./gate.ts";
import { type Place, peopleAhead, progressSinceJoin } from "./place.ts";

/**
 * `gate`: called, but others go in before. `called`: on the way in by itself. `invited`: called, and waits for its
 * visitor, who wants to be asked.
 */
export type Phase =
  | "joining"
  | "waiting"
  | "gate"
  | "called"
  | "invited"
  | "missed"
  | "used"
  | "left"
  | "closed"
  | "blocked"
  | "failed";

/** Everything that the page shows follows from this. */
export type PageState = {
  readonly phase: Phase;
  readonly place: Place | null;
  readonly status: HeardStatus | null;
  /** Null where the visitor does not stand at the gate. */
  readonly gate: GateOrder | null;
  /** The last request failed in a way that passes: it is being tried again. */
  readonly trouble: boolean;
  /** No news of the line for three intervals. */
  readonly stale: boolean;
  /** The browser says that it has no network. */
  readonly offline: boolean;
  /** Until when the call stays good, epoch ms; null where there is none or it has no end. */
  readonly callEndsAtMs: number | null;
  /** How often the visitor may still ask for more time; null before they asked. */
  readonly extensionsLeft: number | null;
  /** Why the visitor has another place than before. */
  readonly newPlaceBecause: "reset" | "lost" | null;
};

/** What to put on the page; null hides that part. */
export type View = {
  readonly title: string;
  readonly heading: string;
  readonly lead: string | null;
  readonly ahead: string | null;
  readonly aheadSentence: string | null;
  readonly wait: string | null;
  readonly progress: number | null;
  readonly updated: string | null;
  /** How long a turn is kept. */
  readonly kept: string | null;
  readonly trouble: string | null;
  readonly notice: string | null;
  readonly message: Told | null;
  readonly safe: boolean;
  readonly canLeave: boolean;
  /** The label of the one button, if there is something to do. */
  readonly action: string | null;
  readonly canExtend: boolean;
  /** What must be heard at once, and once: the call, and that it ends soon. */
  readonly urgent: string;
  readonly spoken: Spoken;
};

/** Numbers and times as the reader writes them. */
export type Formats = {
  number(value: number): string;
  readonly counted: Counted;
  clock(atMs: number): string;
  /** Hour and minute; with the date where that is not today, and the year where it is not this one. */
  opening(atMs: number, nowMs: number): { text: string; today: boolean };
};

/** `said` is how the language says a time of day. `timeZone` is the reader's own unless a test names one. */
export function formatsFor(locale: string, said: string, timeZone?: string): Formats {
  const numbers = new Intl.NumberFormat(locale);
  const time = { hour: "2-digit", minute: "2-digit", timeZone } as const;
  const clock = new Intl.DateTimeFormat(locale, { ...time, second: "2-digit" });
  const minute = new Intl.DateTimeFormat(locale, time);
  const day = { day: "numeric", month: "long", timeZone } as const;
  const date = new Intl.DateTimeFormat(locale, { ...day, year: "numeric" });
  const year = new Intl.DateTimeFormat(locale, { year: "numeric", timeZone });
  const dated = new Intl.DateTimeFormat(locale, { ...time, ...day });
  const datedInFull = new Intl.DateTimeFormat(locale, { ...time, ...day, year: "numeric" });
  return {
    number: (value) => numbers.format(value),
    counted: countedIn(locale),
    clock: (atMs) => fill(said, { time: clock.format(atMs) }),
    opening(atMs, nowMs) {
      const today = date.format(atMs) === date.format(nowMs);
      const later = year.format(atMs) === year.format(nowMs) ? dated : datedInFull;
      return { text: fill(said, { time: (today ? minute : later).format(atMs) }), today };
    },
  };
}

/** State to view. Pure: the time is an argument, the formats come from outside. */
export function viewOf(state: PageState, page: WaitingData, formats: Formats, nowMs: number): View {
  const inOrder = state.phase === "waiting" || state.phase === "gate";
  const line = inOrder && state.place ? lineOf(state, state.place, page, formats, nowMs) : {};
  const aside = asideOf(state, page, formats);
  const shown = { ...HIDDEN, ...aside, ...wordsOf(state, page, formats, nowMs), ...line };
  return { ...shown, title: `${shown.title} - ${page.name}`, spoken: spokenOf(state, shown) };
}

/** The wait of the page's own place; null where it is not known. */
export function waitOf(state: PageState): WaitRange | null {
  // What was true some while ago is no promise now.
  if (state.stale) return null;
  if (state.phase === "gate") return gateWaitOf(state);
  return state.place && state.status ? estimateWait(state.status.waits, peopleAhead(state.place)) : null;
}

/** No gate lets more in than its outflow. */
function gateWaitOf({ gate, status }: PageState): WaitRange | null {
  if (!gate || gate.waitSeconds === null || !status) return null;
  const leastSeconds = (gate.ahead * 60) / status.outflowPerMinute;
  return { lowSeconds: Math.min(leastSeconds, gate.waitSeconds), highSeconds: gate.waitSeconds };
}

/** How many go in before this visitor: at the gate those who stand there; before, at most those it has not got to. */
function aheadOf({ phase, gate, status }: PageState, place: Place): number {
  if (phase !== "gate") return peopleAhead(place);
  return gate?.ahead ?? peopleAhead({ ...place, serving: status?.reached ?? place.serving });
}

type Shown = Omit<View, "spoken">;

const HIDDEN = {
  lead: null,
  ahead: null,
  aheadSentence: null,
  wait: null,
  progress: null,
  updated: null,
  kept: null,
  safe: false,
  canLeave: false,
  action: null,
  canExtend: false,
  urgent: "",
};

/** So long before its end a call is warned of. */
const WARNED_MS = 120_000;

/** Whether the call ends so soon that its visitor must be told; of a short window, in its last third. */
export function endsSoon({ callEndsAtMs, status }: PageState, nowMs: number): boolean {
  const windowMs = (status?.claimWindowSeconds ?? 600) * 1_000;
  return callEndsAtMs !== null && callEndsAtMs - nowMs <= Math.min(WARNED_MS, windowMs / 3);
}

function invitedWords(state: PageState, page: WaitingData, formats: Formats, nowMs: number) {
  const texts = page.texts.waiting;
  const ending = endsSoon(state, nowMs);
  const values = { name: page.name, time: formats.opening(state.callEndsAtMs ?? nowMs, nowMs).text };
  const canExtend = state.extensionsLeft !== 0;
  const warning = fill(canExtend ? texts.ending : texts.endingSoon, values);
  const lead = fill(state.extensionsLeft === null ? texts.leadInvited : texts.extended, values);
  const called = state.extensionsLeft === null ? fill(texts.spokenInvited, values) : lead;
  return {
    title: ending ? texts.titleEnding : texts.titleCalled,
    heading: texts.headingCalled,
    lead: ending ? null : lead,
    action: texts.goIn,
    canExtend,
    canLeave: true,
    urgent: ending ? warning : called,
    ...(ending && !state.trouble ? { trouble: warning } : {}),
  };
}

function wordsOf(
  state: PageState,
  page: WaitingData,
  formats: Formats,
  nowMs: number,
): Pick<Shown, "title" | "heading"> & Partial<Shown> {
  const texts = page.texts.waiting;
  const name = page.name;
  switch (state.phase) {
    case "joining":
      return {
        title: texts.titleJoining,
        heading: texts.headingJoining,
        lead: state.trouble ? null : texts.leadJoining,
      };
    case "waiting":
    case "gate":
      return { title: texts.titleNext, heading: fill(texts.heading, { name }) };
    case "called":
      return {
        title: endsSoon(state, nowMs) ? texts.titleEnding : texts.titleCalled,
        heading: texts.headingCalled,
        lead: fill(texts.leadCalled, { name }),
        // The gate may still say that others go in before.
        urgent: state.gate ? fill(texts.spokenCalled, { name }) : "",
      };
    case "invited":
      return invitedWords(state, page, formats, nowMs);
    case "closed":
      return {
        title: texts.titleClosed,
        heading: fill(texts.headingClosed, { name }),
        lead: state.place ? texts.leadClosedPlace : texts.leadClosed,
        canLeave: state.place !== null,
      };
    case "missed":
      return ended(texts.headingMissed, texts.leadMissed, texts.takeNewPlace);
    case "used":
      return ended(texts.headingUsed, texts.leadUsed, texts.takeNewPlace);
    case "left":
      return ended(texts.headingLeft, texts.leadLeft, texts.takeNewPlace);
    case "blocked":
      return ended(texts.headingBlocked, texts.leadBlocked, texts.tryAgain);
    case "failed":
      return ended(texts.headingFailed, texts.leadFailed, texts.tryAgain);
  }
}

function ended(heading: string, lead: string, action: string) {
  return { title: heading, heading, lead, action };
}

function lineOf(
  state: PageState,
  place: Place,
  page: WaitingData,
  formats: Formats,
  nowMs: number,
): Partial<Shown> {
  const texts = page.texts.waiting;
  const ahead = aheadOf(state, place);
  const n = formats.number(ahead);
  const order = state.phase === "gate" ? texts.leadGate : null;
  return {
    title: ahead === 0 ? texts.titleNext : fill(texts.titleAhead, { n }),
    lead: pauseOf(state, page, formats, nowMs) ?? (ahead === 0 ? texts.aheadNone : order),
    ahead: n,
    aheadSentence: ahead === 0 ? texts.aheadNone : formats.counted(texts.ahead, ahead),
    wait: waitSentence(waitOf(state), page.texts.wait, formats.counted),
    progress: progressSinceJoin(place, ahead),
    // At the gate a turn is not kept: whoever is away when it comes goes behind the others there.
    kept: state.gate ? null : keptText(state, page, formats),
    updated: state.status && fill(texts.updated, { time: formats.clock(state.status.updatedAt) }),
    safe: true,
    canLeave: true,
  };
}

function keptText({ status }: PageState, { texts }: WaitingData, { counted }: Formats): string | null {
  const seconds = status?.claimWindowSeconds;
  if (seconds === undefined) return null;
  return fill(texts.waiting.kept, { time: keptFor(seconds, texts.wait, counted) });
}

/** Why nobody is let in, if so. */
function pauseOf(state: PageState, page: WaitingData, formats: Formats, nowMs: number): string | null {
  const texts = page.texts.waiting;
  const opensAt = state.status?.opensAt ?? null;
  if (opensAt !== null && opensAt > nowMs) {
    const opening = formats.opening(opensAt, nowMs);
    const text = opening.today ? texts.opensToday : texts.opensLater;
    return fill(text, { name: page.name, time: opening.text });
  }
  if (state.status?.mode === "hold") return texts.hold;
  return state.status?.mode === "queue" && state.status.admitting === false ? texts.notAdmitting : null;
}

/** What stands beside the line: the operator's message, why the place is new, what is being tried again. */
function asideOf(state: PageState, page: WaitingData, formats: Formats) {
  const texts = page.texts.waiting;
  const because = { reset: texts.noticeReset, lost: texts.noticeLost };
  const inLine = ["waiting", "gate", "called", "invited"].includes(state.phase);
  const returned = state.gate?.returned ? texts.noticeReturned : null;
  return {
    trouble: troubleOf(state, page, formats),
    notice: inLine ? (returned ?? (state.newPlaceBecause && because[state.newPlaceBecause])) : null,
    message: messageOf(state, page),
  };
}

/** An empty text is silence in this language; one that is not given is looked for in the others. */
function messageOf({ status }: PageState, { order }: WaitingData): Told | null {
  const told = status?.message ? textIn(status.message, order) : null;
  return told?.text ? told : null;
}

function troubleOf(state: PageState, page: WaitingData, formats: Formats): string | null {
  const texts = page.texts.waiting;
  if (state.offline && state.place) return texts.offline;
  if (state.trouble) return state.place ? texts.troublePlace : texts.troubleNoPlace;
  if (!state.stale || !["waiting", "gate"].includes(state.phase) || !state.status) return null;
  return fill(texts.stale, { time: formats.clock(state.status.updatedAt) });
}

/** What is seen, as whole sentences. The call itself is spoken elsewhere: once, assertively. */
function spokenOf(state: PageState, shown: Shown): Spoken {
  const called = state.phase === "called" || state.phase === "invited";
  const heading = called ? null : asSentence(shown.heading);
  const lead = called ? null : shown.lead;
  const trouble = shown.trouble === shown.urgent ? null : shown.trouble;
  const numbers = [shown.aheadSentence, shown.wait, lead, trouble];
  return {
    full: spoken([heading, shown.notice, ...numbers, shown.message?.text ?? null]),
    brief: spoken(numbers),
    event: `${state.phase} ${state.newPlaceBecause} ${state.gate?.returned} ${state.status?.messageRevision}`,
    band: `${state.trouble || state.stale || state.offline} ${state.status?.mode} ${state.status?.admitting} ${waitBand(waitOf(state))}`,
  };
}

function spoken(sentences: readonly (string | null)[]): string {
  return [...new Set(sentences)].filter((sentence) => sentence !== null).join(" ");
}

function asSentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

const BAND_EDGES_MINUTES = [1, 5, 10, 20, 30, 60, 120];

function waitBand(wait: WaitRange | null): number {
  return wait === null ? -1 : BAND_EDGES_MINUTES.filter((edge) => wait.highSeconds >= edge * 60).length;
}
