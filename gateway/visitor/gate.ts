import {
  type ClaimOutcome,
  decide,
  type JoinOutcome,
  lapsedUseOf,
  matchRoom,
  type RequestFacts,
} from "#core";
import { factsOf, isNavigation, serviceCredentialsOf } from "#core/door";
import type { Pass, Ticket } from "#core/tokens";
import type { Door } from "../deployment.ts";
import type { Header } from "../http/request.ts";
import { sendError } from "../problems.ts";
import { type JudgedPass, passOf, ticketOf } from "./credentials.ts";
import { forwardVisit, sendMustWait } from "./forward.ts";
import { freshJti, passFor, type SignedPass, ticketCookieFor, ticketFor } from "./grants.ts";
import { sendNotice, sendWaitingPage } from "./pages.ts";
import { sendSiteFile } from "./site-files.ts";
import { tillOf } from "./slow-down.ts";
import type { Admission, Grounds } from "./stay.ts";
import { clientOfVisit, type RoomVisit, type Visit } from "./visit.ts";

const RETRY_AFTER: Header = ["retry-after", "5"];

/** How what was decided is said: to the visitor, or to a proxy that asks about one. */
export interface Answers {
  /** `pass`: of whom; null where there is no session. `cookies` are to be set. */
  readonly forward: (
    visit: RoomVisit,
    pass: Admission | null,
    cookies: readonly string[],
    grounds: Grounds,
  ) => void;
  readonly wait: (visit: RoomVisit, navigation: boolean) => void;
  readonly closed: (visit: RoomVisit, navigation: boolean) => void;
}

export const TO_VISITOR: Answers = { forward: forwardVisit, wait, closed: sendClosed };

/** Any request that is not under `/_sluse/`: finds its room and does what `decide` says. */
export function gate(visit: Visit): void {
  const found = doorOf(visit);
  if (found === "ambiguous") return sendError(visit.reply, "ambiguous-path");
  if (found === "none") return sendNoRoom(visit);
  const { deployment, request, reply } = visit;
  decideIn({ deployment, request, reply, door: found }, TO_VISITOR);
}

/** The room that a request belongs to, by its host and path. */
export function doorOf(visit: Visit): Door | "none" | "ambiguous" {
  const { deployment, request } = visit;
  const match = matchRoom(deployment.roomTable, clientOfVisit(visit).host, request.path);
  if (match.kind !== "room") return match.kind;
  return deployment.doors.get(match.room.id) ?? "none";
}

/** Verifies what a request carries, and does in its room what `decide` says. */
export function decideIn(visit: RoomVisit, answers: Answers): void {
  const { deployment, request, reply, door } = visit;
  const credentials = serviceCredentialsOf(request, door.config.id, deployment.secure);
  const pass = passOf(deployment, door, credentials);
  const ticket = ticketOf(deployment, door, credentials);
  // A remembered pass is judged here and now: admitted traffic waits for nothing.
  if (!(pass instanceof Promise)) return act(visit, answers, pass, ticket);
  void pass.then((judged) => {
    if (!judged.verdict.ok) deployment.metrics.tokenRejected(door.config.id, judged.verdict.reason);
    if (reply.open) act(visit, answers, judged, ticket);
  });
}

function sendNoRoom(visit: Visit): void {
  if (sendSiteFile(visit)) return;
  if (!isNavigation(visit.request)) return sendError(visit.reply, "no-room");
  sendNotice(visit, "not-found", null);
}

function act(
  visit: RoomVisit,
  answers: Answers,
  judged: JudgedPass | null,
  held: Ticket | "newer" | null,
): void {
  const { request, door } = visit;
  const { room, config } = door;
  const ticket = held === "newer" ? null : held;
  const checked = judged?.verdict ?? null;
  const verdict = checked?.ok && room.hasEnded(checked.pass.jti) ? null : checked;
  const facts = factsOf({
    request,
    room: config,
    line: room.snapshot,
    storeDown: room.state !== "up",
    pass: verdict,
    ticket,
    nowMs: room.now(),
  });
  carryOut(visit, answers, facts, verdict?.ok ? admissionBy(verdict.pass, judged?.token) : null, held);
}

function carryOut(
  visit: RoomVisit,
  answers: Answers,
  facts: RequestFacts,
  pass: Admission | null,
  held: Ticket | "newer" | null,
): void {
  const ticket = held === "newer" ? null : held;
  const decision = decide(facts);
  switch (decision) {
    case "forward":
      return answers.forward(visit, pass, [], groundsOf(facts));
    case "renew":
      return pass === null ? answers.wait(visit, facts.navigation) : renew(visit, answers, pass);
    case "resume":
      return pass === null
        ? answers.wait(visit, facts.navigation)
        : resume(visit, answers, pass, facts, (isAfterForm) =>
            carryOut({ ...visit, isAfterForm }, answers, { ...facts, pass: "none" }, null, held),
          );
    case "claim":
      return ticket === null ? answers.wait(visit, facts.navigation) : claimAndEnter(visit, answers, ticket);
    case "enter":
    case "pass-through":
      // Whoever holds a place that cannot be read here is no newcomer, and must not be given another.
      if (held === "newer") return answers.wait(visit, facts.navigation);
      return decision === "enter" ? enter(visit, answers) : passThrough(visit, answers);
    case "closed":
      return answers.closed(visit, facts.navigation);
    default:
      return answers.wait(visit, facts.navigation);
  }
}

/** By what right a request goes on that was decided to be forwarded as it is. */
function groundsOf({ ungated, pass, mode }: RequestFacts): Grounds {
  if (ungated) return "ungated";
  const isOfSession = pass === "live" || pass === "stale" || (pass === "grace" && mode !== "open");
  return isOfSession ? "session" : "open";
}

function admissionBy({ jti, expiresAtMs }: Pass, token = ""): Admission {
  return { jti, token, expiresAtMs };
}

function wait(visit: RoomVisit, navigation: boolean): void {
  if (navigation) sendWaitingPage(visit);
  else sendMustWait(visit);
}

function sendClosed(visit: RoomVisit, navigation: boolean): void {
  if (navigation) sendNotice(visit, "closed", visit.door);
  else sendError(visit.reply, "closed", {}, [RETRY_AFTER]);
}

/** Keeps the session open, then lets the request through; without the store it goes through as it is. */
function renew(visit: RoomVisit, answers: Answers, pass: Admission): void {
  visit.door.room.renew(pass.jti, (settled) => {
    if (!visit.reply.open) return;
    if (!settled.ok) return answers.forward(visit, pass, [], "session");
    if (settled.outcome.state !== "live") return answers.wait(visit, isNavigation(visit.request));
    admit(visit, answers, pass.jti, settled.outcome.remainingMs);
  });
}

/** A lapsed pass: for what lasts its session must live; the rest may be let through without one. */
function resume(
  visit: RoomVisit,
  answers: Answers,
  pass: Admission,
  facts: RequestFacts,
  otherwise: (isAfterForm: boolean) => void,
): void {
  const { room } = visit.door;
  const as = lapsedUseOf(facts);
  if (as === "look") {
    return room.lookAtSession(pass.jti, (settled) => {
      if (!visit.reply.open) return;
      if (settled.ok && settled.outcome.state === "live") renew(visit, answers, pass);
      else otherwise(false);
    });
  }
  room.useLapsed(pass.jti, as, (settled) => {
    if (!visit.reply.open) return;
    // The store went away meanwhile: a form is not lost by that.
    if (!settled.ok) return facts.unsafeMethod ? answers.forward(visit, pass, [], "grace") : otherwise(false);
    const { outcome } = settled;
    if (outcome.state === "through") return answers.forward(visit, pass, [], "grace");
    if (outcome.state !== "live") return otherwise(outcome.state === "spent");
    admit(visit, answers, pass.jti, outcome.remainingMs);
  });
}

function admit(visit: RoomVisit, answers: Answers, jti: string, remainingMs: number): void {
  void passFor(visit.deployment, visit.door, jti, remainingMs).then((signed) =>
    forwardAdmitted(visit, answers, jti, signed, []),
  );
}

function claimAndEnter(visit: RoomVisit, answers: Answers, ticket: Ticket): void {
  const { deployment, door } = visit;
  door.room.claim(ticket, (settled) => {
    if (!visit.reply.open) return;
    const outcome = settled.ok ? settled.outcome : null;
    deployment.metrics.claimed(door.config.id, outcome?.state ?? "store-down");
    if (outcome?.state !== "admitted") {
      // Whoever holds a void ticket is a newcomer.
      return isSpent(outcome) && door.room.snapshot?.quiet
        ? enter(visit, answers)
        : answers.wait(visit, true);
    }
    deployment.metrics.admitted(door.config.id, ticket.jti, (door.room.now() - ticket.issuedAtMs) / 1000);
    admit(visit, answers, ticket.jti, outcome.remainingMs);
  });
}

function isSpent(outcome: ClaimOutcome | null): boolean {
  return outcome !== null && ["missed", "used", "left"].includes(outcome.state);
}

/** A newcomer in a quiet room, for a page or for what lasts: in at once, with ticket and pass on the service's own reply. */
function enter(visit: RoomVisit, answers: Answers): void {
  const { deployment, door } = visit;
  comeIn(visit, answers, "enter", ({ jti, number, remainingMs }) => {
    deployment.metrics.admitted(door.config.id, jti, 0);
    const ticket = ticketFor(deployment, door, jti, number);
    void passFor(deployment, door, jti, remainingMs).then((signed) =>
      forwardAdmitted(visit, answers, jti, signed, [ticketCookieFor(deployment, door, ticket)]),
    );
  });
}

function passThrough(visit: RoomVisit, answers: Answers): void {
  comeIn(visit, answers, "pass-through", () => answers.forward(visit, null, [], "one-request"));
}

/** Past the line, for a credit of the network's: who has none, or meets a room that is quiet no more, waits as others do. */
function comeIn(
  visit: RoomVisit,
  answers: Answers,
  intent: "enter" | "pass-through",
  admitted: (outcome: Extract<JoinOutcome, { state: "admitted" }>) => void,
): void {
  const { deployment, door, reply, request } = visit;
  const wait = () => answers.wait(visit, intent === "enter" && isNavigation(request));
  const till = tillOf(visit);
  if (till !== null && !till.limits.take(till.at)) {
    deployment.metrics.joinSlowed(door.config.id, "delayed");
    return wait();
  }
  door.room.join({ jti: freshJti(), intent }, (settled) => {
    const isIn = settled.ok && settled.outcome.state === "admitted";
    if (!isIn) till?.limits.giveBack(till.at);
    if (!reply.open) return;
    if (settled.ok && settled.outcome.state === "admitted") admitted(settled.outcome);
    else wait();
  });
}

/** The pass's cookie comes first: some proxies hand on no more than one. */
function forwardAdmitted(
  visit: RoomVisit,
  answers: Answers,
  jti: string,
  { token, expiresAtMs, cookie }: SignedPass,
  cookies: readonly string[],
): void {
  answers.forward(visit, { jti, token, expiresAtMs }, [cookie, ...cookies], "session");
}
