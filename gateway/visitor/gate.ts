import { type ClaimOutcome, decide, matchRoom, matchUngated, type RequestFacts } from "#core";
import type { PassVerdict, Ticket } from "#core/tokens";
import type { Header } from "../http/request.ts";
import { sendError } from "../problems.ts";
import { passVerdict, serviceCredentialsOf, ticketOf } from "./credentials.ts";
import { type Admission, forwardVisit } from "./forward.ts";
import { freshJti, passFor, type SignedPass, ticketCookieFor, ticketFor } from "./grants.ts";
import { isNavigation } from "./navigation.ts";
import { sendNotice, sendWaitingPage } from "./pages.ts";
import { sendSiteFile } from "./site-files.ts";
import { clientOfVisit, type RoomVisit, type Visit } from "./visit.ts";

/** A pass past this share of its life is renewed by its next use. */
const STALE_AT = 0.5;
const UNSAFE_METHODS: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH", "DELETE"]);
const RETRY_AFTER: Header = ["retry-after", "5"];

/** Any request that is not under `/_sluse/`: finds its room and does what `decide` says. */
export function gate(visit: Visit): void {
  const { deployment, request, reply } = visit;
  const match = matchRoom(deployment.roomTable, clientOfVisit(visit).host, request.path);
  if (match.kind === "ambiguous") return sendError(reply, "ambiguous-path");
  const door = match.kind === "room" ? deployment.doors.get(match.room.id) : undefined;
  if (door === undefined) return sendNoRoom(visit);
  const roomVisit = { ...visit, door };
  const credentials = serviceCredentialsOf(request, door.config.id, deployment.secure);
  const verdict = credentials.pass === undefined ? null : passVerdict(deployment, door, credentials.pass);
  const ticket = ticketOf(deployment, door, credentials.ticket);
  // A remembered pass is judged here and now: admitted traffic waits for nothing.
  if (!(verdict instanceof Promise)) return act(roomVisit, verdict, ticket, credentials.pass);
  void verdict.then((checked) => {
    if (!checked.ok) deployment.metrics.tokenRejected(door.config.id, checked.reason);
    if (reply.open) act(roomVisit, checked, ticket, credentials.pass);
  });
}

function sendNoRoom(visit: Visit): void {
  if (sendSiteFile(visit)) return;
  if (!isNavigation(visit.request)) return sendError(visit.reply, "no-room");
  sendNotice(visit, "not-found", null);
}

function act(
  visit: RoomVisit,
  checked: PassVerdict | null,
  ticket: Ticket | null,
  passToken: string | undefined,
): void {
  const verdict = checked?.ok && visit.door.room.hasEnded(checked.pass.jti) ? null : checked;
  const facts = factsOf(visit, verdict, ticket);
  const pass = verdict?.ok ? { ...verdict.pass, token: passToken ?? "" } : null;
  switch (decide(facts)) {
    case "forward":
      return forwardVisit(visit, pass, []);
    case "renew":
      return pass === null ? wait(visit, facts.navigation) : renew(visit, pass);
    case "claim":
      return ticket === null ? wait(visit, facts.navigation) : claimAndEnter(visit, ticket);
    case "enter":
      return enter(visit);
    case "pass-through":
      return passThrough(visit);
    case "closed":
      return sendClosed(visit, facts.navigation);
    default:
      return wait(visit, facts.navigation);
  }
}

function wait(visit: RoomVisit, navigation: boolean): void {
  if (navigation) sendWaitingPage(visit);
  else sendMustWait(visit);
}

function sendClosed(visit: RoomVisit, navigation: boolean): void {
  if (navigation) sendNotice(visit, "closed", visit.door);
  else sendError(visit.reply, "closed", {}, [RETRY_AFTER]);
}

function factsOf(
  { door, request }: RoomVisit,
  verdict: PassVerdict | null,
  ticket: Ticket | null,
): RequestFacts {
  const { room, config } = door;
  const line = room.snapshot;
  return {
    mode: line?.mode ?? "hold",
    quiet: line?.quiet ?? false,
    storeDown: room.state !== "up",
    whenStoreDown: config.whenStoreDown,
    pass: passState(verdict, room.now()),
    ungated: matchUngated(config.ungated, request.method, request.path),
    navigation: isNavigation(request),
    unsafeMethod: UNSAFE_METHODS.has(request.method),
    called:
      ticket !== null &&
      line !== null &&
      ticket.generation === line.generation &&
      ticket.number <= line.serving,
  };
}

function passState(verdict: PassVerdict | null, nowMs: number): RequestFacts["pass"] {
  if (!verdict?.ok) return "none";
  if (verdict.state === "grace") return "grace";
  const { issuedAtMs, expiresAtMs } = verdict.pass;
  return nowMs - issuedAtMs > (expiresAtMs - issuedAtMs) * STALE_AT ? "stale" : "live";
}

/** Keeps the session open, then lets the request through; without the store it goes through as it is. */
function renew(visit: RoomVisit, pass: Admission): void {
  visit.door.room.renew(pass.jti, (settled) => {
    if (!visit.reply.open) return;
    if (!settled.ok) return forwardVisit(visit, pass, []);
    if (settled.outcome.state === "ended") return wait(visit, isNavigation(visit.request));
    void passFor(visit.deployment, visit.door, pass.jti, settled.outcome.remainingMs).then((signed) =>
      forwardAdmitted(visit, pass.jti, signed, []),
    );
  });
}

function claimAndEnter(visit: RoomVisit, ticket: Ticket): void {
  const { deployment, door } = visit;
  door.room.claim(ticket, (settled) => {
    if (!visit.reply.open) return;
    const outcome = settled.ok ? settled.outcome : null;
    deployment.metrics.claimed(door.config.id, outcome?.state ?? "store-down");
    if (outcome?.state !== "admitted") return isSpent(outcome) ? enterAnew(visit) : sendWaitingPage(visit);
    deployment.metrics.admitted(door.config.id, (door.room.now() - ticket.issuedAtMs) / 1000);
    void passFor(deployment, door, ticket.jti, outcome.remainingMs).then((signed) =>
      forwardAdmitted(visit, ticket.jti, signed, []),
    );
  });
}

function isSpent(outcome: ClaimOutcome | null): boolean {
  return outcome !== null && ["missed", "used", "left"].includes(outcome.state);
}

/** Whoever holds a void ticket is a newcomer. */
function enterAnew(visit: RoomVisit): void {
  if (visit.door.room.snapshot?.quiet) enter(visit);
  else sendWaitingPage(visit);
}

/** A newcomer in a quiet room: in at once, with ticket and pass on the service's own reply. */
function enter(visit: RoomVisit): void {
  const { deployment, door } = visit;
  door.room.join({ jti: freshJti(), intent: "enter" }, (settled) => {
    if (!visit.reply.open) return;
    const outcome = settled.ok ? settled.outcome : null;
    if (outcome?.state !== "admitted") return sendWaitingPage(visit);
    deployment.metrics.admitted(door.config.id, 0);
    const ticket = ticketFor(deployment, door, outcome.jti, outcome.number);
    void passFor(deployment, door, outcome.jti, outcome.remainingMs).then((signed) =>
      forwardAdmitted(visit, outcome.jti, signed, [ticketCookieFor(deployment, door, ticket)]),
    );
  });
}

function passThrough(visit: RoomVisit): void {
  visit.door.room.join({ jti: freshJti(), intent: "pass-through" }, (settled) => {
    if (!visit.reply.open) return;
    if (settled.ok && settled.outcome.state === "admitted") forwardVisit(visit, null, []);
    else sendMustWait(visit);
  });
}

function forwardAdmitted(
  visit: RoomVisit,
  jti: string,
  { token, expiresAtMs, cookie }: SignedPass,
  cookies: readonly string[],
): void {
  forwardVisit(visit, { jti, token, expiresAtMs }, [...cookies, cookie]);
}

function sendMustWait({ reply, door }: RoomVisit): void {
  const status = door.status === null ? null : JSON.parse(door.status.json);
  sendError(reply, "must-wait", { status }, [RETRY_AFTER]);
}
