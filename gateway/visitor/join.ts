import type { JoinEntry, JoinOutcome } from "#core";
import { type Credentials, credentialsOf } from "#core/door";
import type { Ticket } from "#core/tokens";
import type { Door } from "../deployment.ts";
import type { Header } from "../http/request.ts";
import { headerOf } from "../http/request.ts";
import { sendError } from "../problems.ts";
import { waitSeconds } from "../room/status.ts";
import type { JoinDocument } from "../visitor-documents.ts";
import { LONGEST_WAIT_SECONDS } from "./address-limits.ts";
import { ticketOf } from "./credentials.ts";
import {
  freshJti,
  PRIVATE_JSON,
  passFor,
  ticketCookieFor,
  ticketFor,
  withCookies,
  writeTicketFor,
} from "./grants.ts";
import { tillOf, waitForTurn } from "./slow-down.ts";
import { callEndsAtMs, learnFromSeal, type RoomVisit } from "./visit.ts";

export const IDEMPOTENCY_KEY = /^[A-Za-z0-9_-]{22,64}$/;
/** What a page should wait before it tries again while the store is away. */
const RETRY_AFTER: Header = ["retry-after", "2"];
const RETRY_AFTER_MANY: Header = ["retry-after", String(LONGEST_WAIT_SECONDS)];

const NO_STATUS = Buffer.from("null}");

type JoinState = JoinDocument["state"];
/** What stands in some replies alone. */
type Extra = Pick<JoinDocument, "callEndsAt" | "expiresAt" | "ticket" | "pass">;
type Taken = Extract<JoinOutcome, { number: number }>;
type Placed = Extract<JoinOutcome, { state: "placed" }>;

/** What came of asking for a place, for whoever says it: to a program in JSON, to a browser without script by a page. */
export type JoinResult =
  | Taken
  | { readonly state: "closed" }
  | { readonly state: "store-down" }
  | { readonly state: "slow-down" };

/** `POST /_sluse/rooms/{room}/join`: a place in the line, or straight in where the room is quiet. */
export function join(visit: RoomVisit): void {
  const { deployment, request, reply, door } = visit;
  const key = headerOf(request, "idempotency-key");
  if (key !== undefined && !IDEMPOTENCY_KEY.test(key)) {
    sendError(reply, "bad-idempotency-key");
    return;
  }
  learnFromSeal(visit);
  const credentials = credentialsOf(request, door.config.id, deployment.secure);
  takePlace(visit, key, credentials, (result) => {
    if (result.state === "closed") return sendError(reply, "closed", closedExtra(door), [RETRY_AFTER]);
    if (result.state === "store-down") return sendError(reply, "store-down", {}, [RETRY_AFTER]);
    if (result.state === "slow-down") return sendError(reply, "slow-down", {}, [RETRY_AFTER_MANY]);
    if (!reply.open) return;
    if (result.state === "admitted") void sendAdmitted(visit, credentials, result);
    else sendPlaced(visit, credentials, result);
  });
}

/**
 * Takes a place, or the one that the visitor's ticket or key still stands for. A new one costs a credit of the network's;
 * without one the store is asked for what stands already, and whoever has nothing waits in turn.
 */
export function takePlace(
  visit: RoomVisit,
  key: string | undefined,
  credentials: Credentials,
  done: (result: JoinResult) => void,
): void {
  const { deployment, door } = visit;
  const held = ticketOf(deployment, door, credentials);
  if (held === "newer") return done({ state: "store-down" });
  const till = tillOf(visit);
  if (till === null) return askFor("join", visit, key, held, (settled) => done(resultOf(settled)));
  const { limits, at } = till;
  if (limits.take(at)) {
    if (key !== undefined) limits.rememberKey(door.config.id, key);
    return askFor("join", visit, key, held, (settled, isNew) => {
      if (!isNew) limits.giveBack(at);
      done(resultOf(settled));
    });
  }
  const inTurn = () => {
    const waits = waitForTurn(visit, till, () => takePlace(visit, key, credentials, done));
    if (!waits) done({ state: "slow-down" });
  };
  const mayStand = held !== null || (key !== undefined && limits.knowsKey(door.config.id, key));
  if (!mayStand) return inTurn();
  askFor("keep", visit, key, held, (settled) =>
    settled.state === "must-wait" ? inTurn() : done(resultOf(settled)),
  );
}

type Settled = JoinOutcome | { readonly state: "store-down" };

/** `isNew`: a number or a session was given that nobody had before. */
function askFor(
  intent: "join" | "keep",
  { door }: RoomVisit,
  key: string | undefined,
  held: Ticket | null,
  done: (settled: Settled, isNew: boolean) => void,
): void {
  const entry = entryOf(intent, key, held);
  door.room.join(entry, (settled) => {
    if (!settled.ok) return done({ state: "store-down" }, false);
    const { outcome } = settled;
    done(outcome, "jti" in outcome && outcome.jti === entry.jti);
  });
}

/** Who joins is never told to wait for that. */
function resultOf(settled: Settled): JoinResult {
  return settled.state === "must-wait" ? { state: "store-down" } : settled;
}

function entryOf(intent: "join" | "keep", key: string | undefined, held: Ticket | null): JoinEntry {
  const fresh: JoinEntry = { jti: freshJti(), intent };
  if (key === undefined && held === null) return fresh;
  return {
    ...fresh,
    ...(key === undefined ? {} : { idempotencyKey: key }),
    ...(held === null ? {} : { ticket: { jti: held.jti, number: held.number, generation: held.generation } }),
  };
}

export function closedExtra(door: Door): object {
  return { message: door.room.snapshot?.settings.message ?? null };
}

function sendPlaced(visit: RoomVisit, credentials: Credentials, placed: Placed): void {
  const { deployment, reply, door } = visit;
  const { jti, number } = placed;
  const state = number > (door.room.snapshot?.serving ?? 0) ? "waiting" : "called";
  if (credentials.isApp) {
    const ticket = ticketFor(deployment, door, jti, number);
    const json = joinBody(door, state, number, { ...callEnd(visit, placed), ticket });
    return reply.send(200, PRIVATE_JSON, json);
  }
  reply.sendOwn(
    door.ticketReply,
    (memory, start) => writeTicketFor(deployment, door, jti, number, memory, start),
    bodyStart(door, state, number, callEnd(visit, placed)),
    door.status?.lastMember ?? NO_STATUS,
  );
}

/** For who was called before: until when the call stays good. */
function callEnd(visit: RoomVisit, { windowEndsInMs }: Placed): Extra | null {
  return windowEndsInMs === undefined ? null : { callEndsAt: callEndsAtMs(visit, windowEndsInMs) };
}

async function sendAdmitted(
  visit: RoomVisit,
  { isApp }: Credentials,
  outcome: Extract<JoinOutcome, { state: "admitted" }>,
): Promise<void> {
  const { deployment, reply, door } = visit;
  const { jti, number, remainingMs } = outcome;
  const ticket = ticketFor(deployment, door, jti, number);
  const pass = await passFor(deployment, door, jti, remainingMs);
  const tokens = isApp ? { ticket, pass: pass.token } : null;
  reply.send(
    200,
    [
      ["content-type", "application/json"],
      ...withCookies(isApp ? [] : [ticketCookieFor(deployment, door, ticket), pass.cookie]),
    ],
    joinBody(door, "admitted", number, { expiresAt: pass.expiresAtMs, ...tokens }),
  );
}

function joinBody(door: Door, state: JoinState, number: number, extra: Extra | null): string {
  return `${bodyStart(door, state, number, extra)}${door.status?.json ?? "null"}}`;
}

/** All before the status document, which is bytes already. By hand: this is the busiest reply of all. */
function bodyStart(door: Door, state: JoinState, number: number, extra: Extra | null): string {
  const { room, status, config } = door;
  const position = state === "admitted" ? 0 : number - (room.snapshot?.serving ?? 0);
  const wait = state === "waiting" && status !== null ? waitSeconds(status, position) : 0;
  const more = extra === null ? "" : `${JSON.stringify(extra).slice(1, -1)},`;
  return (
    `{"room":"${config.id}","state":"${state}","number":${number},"position":${position},` +
    `"waitSeconds":${wait ?? "null"},${more}"status":`
  );
}
