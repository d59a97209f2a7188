/**
 * The waiting page: joins, shows the place, claims when called, goes on. What to show follows from `PageState` by pure
 * functions (`view.ts`); this file holds the state and does what the contract says, in the order a visitor meets it.
 */

import { type Announced, announcement, isOutdated } from "./announce.ts";
import { type HeardJoin, type HeardStatus, isStatus, type WaitingData } from "./contract.ts";
import { askAgainMs, gateOrder, isOrderShown, LET_IN } from "./gate.ts";
import { liveNews } from "./live.ts";
import {
  askedAt,
  choose,
  isChosen,
  memoryOf,
  rememberAsked,
  rememberEntry,
  returnedTooSoon,
} from "./memory.ts";
import { type Band, bandFor, retryDelayMs, silenceMs, spreadMs } from "./pace.ts";
import {
  highestNews,
  isCalled,
  isReached,
  type Place,
  peopleAhead,
  placeAfter,
  placeAtJoin,
} from "./place.ts";
import { element, render, setText } from "./render.ts";
import { post, type Reply, refusalOf } from "./requests.ts";
import { chime, readySound } from "./sound.ts";
import { endsSoon, formatsFor, type PageState, viewOf, waitOf } from "./view.ts";

const page = JSON.parse(element("page-data").textContent ?? "") as WaitingData;
const base = `/_sluse/rooms/${page.room}/`;
const target = addressAskedFor();
const memory = memoryOf(page.room);
const formats = formatsFor(page.locale, page.texts.wait.clock);

/** How long "it is your turn" stands before the page goes on, so that it can be read and heard. */
const TURN_SHOWN_MS = 1_000;
const CLAIM_AGAIN_MS = 3_000;
/** A visitor who is asked has all of the time; after this much more the gateway says what became of the turn. */
const CALL_ENDED_MS = 2_000;
/** How many may stand before a closed room without a place: nobody counts them. */
const NEWCOMERS = 5_000;

let state: PageState = {
  phase: "joining",
  place: null,
  status: null,
  gate: null,
  trouble: false,
  stale: false,
  offline: !navigator.onLine,
  callEndsAtMs: null,
  extensionsLeft: null,
  newPlaceBecause: null,
};
let band: Band = "far";
let announced: Announced | null = null;
/** The last that was said assertively of this turn. */
let urgentSpoken = "";
/** The visitor has been warned that this call ends. */
let warned = false;
/** A request is under way; the next waits for its reply. */
let asking = false;
let timer = 0;
let attempt = 0;
/** Rejoined because the ticket was not accepted: a second time means that cookies are not kept. */
let rejoined = false;
let checkedGeneration = 0;
let claimNotBeforeMs = 0;
let newsAdvancedAtMs = Date.now();
/** When the page last heard that its turn had not come: a call is not older. */
let notCalledAtMs = Date.now();
/** The news whose seal is given back. */
let highest: HeardStatus | null = null;
let leaving = false;

const live = liveNews(base, () => highest?.seal, heard);

function addressAskedFor(): string {
  const isOurs = location.pathname.startsWith("/_sluse/");
  const asked = isOurs
    ? new URLSearchParams(location.search).get("to")
    : askedAt(location.pathname + location.search);
  return pathOr(asked, page.path);
}

/** A path of this host with one slash in front, as the gateway wants it: it takes doubled slashes for one, too. */
function pathOr(wanted: unknown, otherwise: string): string {
  return typeof wanted === "string" && wanted.startsWith("/") ? wanted.replace(/^[/\\]+/, "/") : otherwise;
}

function change(part: Partial<PageState>): void {
  state = { ...state, ...part };
  show();
}

function show(): void {
  const nowMs = Date.now();
  const view = viewOf(state, page, formats, nowMs);
  render(view, state.phase);
  if (document.hidden) return;
  const next = announcement(announced, view.spoken, nowMs);
  if (next) setText("spoken", next.text);
  else if (isOutdated(announced, view.spoken, nowMs)) setText("spoken", "");
  announced = next ?? announced;
  speakUrgently(view.urgent);
}

function speakUrgently(text: string): void {
  // Whoever pressed the button knows that it is their turn.
  const known = state.phase === "called" && urgentSpoken !== "";
  if (text === "" || text === urgentSpoken || known) return;
  setText("turn", text);
  urgentSpoken = text;
}

function soon(what: () => void, delayMs: number): void {
  clearTimeout(timer);
  timer = window.setTimeout(what, delayMs);
}

async function send(what: string, headers: Record<string, string> = {}): Promise<Reply> {
  asking = true;
  const seal: Record<string, string> = highest ? { "Sluse-Seal": highest.seal } : {};
  const reply = await post(base + what, { ...seal, ...headers });
  asking = false;
  return reply;
}

async function join(): Promise<void> {
  if (asking) return;
  if (!navigator.cookieEnabled) return change({ phase: "blocked" });
  const reply = await send("join", { "Idempotency-Key": memory.joinKey() });
  if (reply.status !== 200 || !isStatus(reply.body.status)) return refused(reply, join);
  memory.joinAnswered();
  joined(reply.body as HeardJoin);
}

/** Everybody who came while the room was closed is told at once that it opened. */
function joinSoon(): void {
  change({ phase: "joining" });
  soon(() => void join(), spreadMs(NEWCOMERS, Math.random()));
}

function joined(reply: HeardJoin): void {
  attempt = 0;
  if (reply.state === "admitted") {
    goOn(target, 0);
    return;
  }
  const place = placeAtJoin(reply.number, reply.status, memory.place());
  band = "far";
  urgentSpoken = "";
  warned = false;
  notCalledAtMs = Date.now();
  const callEndsAtMs = isReached(place, reply.status) ? (reply.callEndsAt ?? null) : null;
  change({ phase: "waiting", place, gate: null, trouble: false, callEndsAtMs, extensionsLeft: null });
  heard(reply.status);
  // A ticket that was not accepted before is tried at once, not after an hour's wait.
  if (rejoined) void claim("check");
}

/** News of the line, from a join, the socket or a poll. */
function heard(status: HeardStatus): void {
  if (leaving) return;
  if (status.updatedAt > (state.status?.updatedAt ?? 0)) newsAdvancedAtMs = Date.now();
  highest = highestNews(highest, status);
  const place = state.place && placeAfter(state.place, status);
  if (place) memory.keepPlace(place);
  if (place && !(isCalled(place) && isReached(place, status))) notCalledAtMs = Date.now();
  change({ status, place, stale: false });
  if (status.mode === "closed") closed();
  else if (state.phase === "closed" && place) reopened();
  else if (state.phase === "closed") joinSoon();
  else if (place && ["waiting", "gate", "called", "invited"].includes(state.phase)) follow(place, status);
}

function follow(place: Place, status: HeardStatus): void {
  band = bandFor(peopleAhead(place), waitOf(state), band);
  live.watch(band);
  if (status.generation > place.generation && status.generation !== checkedGeneration) {
    // The line may have been reset: the claim says so. Everybody is told at once, so not all ask at once.
    checkedGeneration = status.generation;
    soon(() => void claim("check"), spreadMs(status.waiting, Math.random()));
  } else if (state.phase === "gate") {
    atGate(place, status);
  } else if (state.phase === "waiting" && Date.now() >= claimNotBeforeMs) {
    if (isCalled(place)) isReached(place, status) ? turnCame(status) : toGate(status);
    else if (status.mode === "open") enter(spreadMs(status.waiting, Math.random()));
  }
}

/** Called before the gate has got to this number: it stands there in its order, unless its visitor wants to be asked. */
function toGate({ serving, reached = serving }: HeardStatus): void {
  change({ phase: "gate", gate: null, callEndsAtMs: null });
  // Many are called at once: not all ask at once.
  if (!isChosen("ask-first")) soon(() => void claim("enter"), spreadMs(serving - reached, Math.random()));
}

/** News for somebody whose order is shown. While the page asks the gate itself, that knows more. */
function atGate(place: Place, status: HeardStatus): void {
  if (status.mode === "open") enter(spreadMs(status.waiting, Math.random()));
  else if (isReached(place, status) && (state.gate === null || (state.gate.early && document.hidden)))
    turnCame(status);
}

/** Called: on to the gate, or only when the visitor says so. */
function turnCame(status: HeardStatus): void {
  if (isChosen("sound")) chime();
  const { claimWindowSeconds } = status;
  const seen = claimWindowSeconds === undefined ? null : notCalledAtMs + claimWindowSeconds * 1_000;
  // At the gate a call is kept until its visitor is let in.
  const callEndsAtMs = state.gate ? null : (state.callEndsAtMs ?? seen);
  change({ callEndsAtMs });
  if (isChosen("ask-first") && callEndsAtMs !== null && status.mode === "queue") change({ phase: "invited" });
  else enter(0);
}

/** Asks for the whole claim window anew. */
async function extend(): Promise<void> {
  if (asking) return;
  const reply = await send("extend");
  const { callEndsAt, extensionsLeft } = reply.body;
  if (reply.status === 200 && typeof callEndsAt === "number") {
    warned = false;
    attempt = 0;
    change({ callEndsAtMs: callEndsAt, extensionsLeft: Number(extensionsLeft), trouble: false });
  } else if (reply.code === "no-extensions-left") change({ extensionsLeft: 0 });
  else if (reply.status === 200) void claim("enter");
  else answered(reply, extend);
}

function enter(delayMs: number): void {
  change({ phase: "called" });
  soon(() => void claim("enter"), delayMs);
}

/** Asks to come in. A hidden page does not enter: its visitor is away, and the visit would run out unseen. */
async function claim(why: "enter" | "check"): Promise<void> {
  if (asking || (why === "enter" && document.hidden)) return;
  const reply = await send(`claim?to=${encodeURIComponent(target)}`);
  if (reply.status === 200) return goOn(pathOr(reply.body.to, target), TURN_SHOWN_MS);
  if (reply.status === 202) return registered(reply.body);
  answered(reply, () => claim(why));
}

/** What the gateway says of the ticket where it does not let it in. */
function answered(reply: Reply, again: () => unknown): void {
  if (reply.status === 409) return notYet();
  if (reply.status === 410) return over(reply.code);
  if (reply.status === 401) return ticketRefused(reply.code);
  refused(reply, again);
}

/** At the gate: ask again when told to. */
function registered(told: Reply["body"]): void {
  accepted();
  const gate = gateOrder(told, state.gate, state.place, state.status);
  const inOrder = isOrderShown(gate.ahead, state.status);
  if (!inOrder) turnFromGate();
  // At the gate a call is kept until its visitor is let in.
  change({ phase: inOrder ? "gate" : "called", gate, trouble: false, callEndsAtMs: null });
  soon(() => void claim("enter"), askAgainMs(told));
}

/** Whoever saw their order hears that it is their turn now. */
function turnFromGate(): void {
  if (state.phase === "gate" && isChosen("sound")) chime();
}

/** The gate knows of less than the page was told, for a moment. */
function notYet(): void {
  accepted();
  change({ phase: "waiting", gate: null, trouble: false, callEndsAtMs: null });
  const delayMs = CLAIM_AGAIN_MS * (1 + Math.random());
  claimNotBeforeMs = Date.now() + delayMs;
  soon(followAgain, delayMs);
}

function followAgain(): void {
  if (state.place && state.status) follow(state.place, state.status);
}

/** The ticket was read and found good, so this browser keeps cookies. */
function accepted(): void {
  attempt = 0;
  rejoined = false;
}

function over(code: string | undefined): void {
  memory.forget();
  if (code === "reset") rejoin("reset");
  else stopAt(code === "used" || code === "left" ? code : "missed");
}

function ticketRefused(code: string | undefined): void {
  memory.forget();
  if (rejoined) {
    stopAt(code === "no-ticket" ? "blocked" : "failed");
    return;
  }
  rejoined = true;
  rejoin("lost");
}

function rejoin(newPlaceBecause: "reset" | "lost"): void {
  change({ place: null, gate: null, phase: "joining", newPlaceBecause, trouble: false });
  void join();
}

function refused(reply: Reply, again: () => unknown): void {
  const refusal = refusalOf(reply);
  if (refusal === "never") {
    stopAt("failed");
  } else if (refusal === "closed") {
    // The status tells when it opens; until then nothing is asked.
    closed();
    live.watch(band);
  } else {
    change({ trouble: true });
    soon(again, retryDelayMs(attempt, Math.random(), reply.retryAfterMs));
    attempt += 1;
  }
}

function closed(): void {
  clearTimeout(timer);
  change({ phase: "closed", trouble: false });
}

function reopened(): void {
  change({ phase: "waiting" });
  followAgain();
}

function stopAt(phase: "missed" | "used" | "left" | "blocked" | "failed"): void {
  clearTimeout(timer);
  live.stop();
  change({ phase, place: null, status: null, gate: null, trouble: false, newPlaceBecause: null });
}

function goOn(to: string, afterMs: number): void {
  if (returnedTooSoon(page.room, Date.now())) {
    stopAt("blocked");
    return;
  }
  leaving = true;
  live.stop();
  turnFromGate();
  change({ phase: "called", gate: state.gate ?? LET_IN, trouble: false });
  memory.forget();
  soon(() => {
    rememberEntry(page.room, Date.now());
    // With a fragment the same address would only scroll; a fragment is never sent, so it is put back here.
    if (location.hash && to === location.pathname + location.search) location.reload();
    // Behind our origin nothing that begins with a slash names another host, however a browser reads it.
    else location.replace(location.origin + to + location.hash);
  }, afterMs);
}

/** The one button: what it says follows from the phase. */
function act(): void {
  if (state.phase === "invited") {
    void claim("enter");
  } else if (state.phase === "blocked" || state.phase === "failed") {
    location.reload();
  } else {
    change({ phase: "joining" });
    void join();
  }
}

async function leave(): Promise<void> {
  clearTimeout(timer);
  const reply = await send("leave");
  // 401: there was no place to give up.
  if (reply.status !== 204 && reply.status !== 401) return refused(reply, leave);
  memory.forget();
  stopAt("left");
}

/** The page is seen again, or the network is back. */
function wake(): void {
  if (document.hidden || leaving) return;
  show();
  live.refresh();
  if (state.phase === "joining") void join();
  else if (state.phase === "called" || mayAsk()) void claim("enter");
}

/** Whether a page whose order is shown asks the gate by itself. */
function mayAsk(): boolean {
  return state.phase === "gate" && (state.gate !== null || !isChosen("ask-first"));
}

function tick(): void {
  const stale = state.status !== null && Date.now() - newsAdvancedAtMs > silenceMs(live.everyMs());
  change({ stale, offline: !navigator.onLine });
  const isAway = state.phase === "called" && document.hidden;
  if (state.callEndsAtMs === null || !(state.phase === "invited" || isAway)) return;
  if (!warned && endsSoon(state, Date.now())) {
    warned = true;
    if (isChosen("sound")) chime();
  }
  if (!isAway && Date.now() > state.callEndsAtMs + CALL_ENDED_MS) void claim("check");
}

/** A box that keeps a choice of the visitor. */
function choiceBox(name: string, onChosen: () => void): void {
  const box = element(name) as HTMLInputElement;
  box.checked = isChosen(name);
  box.addEventListener("change", () => {
    choose(name, box.checked);
    if (box.checked) onChosen();
  });
}

function start(): void {
  element("app").hidden = false;
  for (const link of document.querySelectorAll<HTMLAnchorElement>(".languages a")) {
    const address = new URL(location.href);
    address.searchParams.set("lang", link.lang);
    link.href = address.href;
    link.addEventListener("click", () => rememberAsked(address.pathname + address.search, target));
  }

  const dialog = element("leave-dialog") as HTMLDialogElement;
  element("leave").addEventListener("click", () => dialog.showModal());
  dialog.addEventListener("close", () => dialog.returnValue === "leave" && void leave());
  element("action").addEventListener("click", act);
  element("more").addEventListener("click", () => void extend());
  choiceBox("sound", chime);
  choiceBox("ask-first", () => {});
  // Browsers let a page sound only after its visitor has done something on it.
  if (isChosen("sound")) document.addEventListener("click", readySound, { once: true });

  document.addEventListener("visibilitychange", wake);
  window.addEventListener("online", wake);
  window.addEventListener("offline", tick);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && leaving) location.reload();
    else if (event.persisted) wake();
  });
  window.setInterval(tick, 1_000);
  show();
  void join();
}

start();
