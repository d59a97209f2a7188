/** What the console knows: who has logged in, every room as last heard, and when that was. */

import { computed, signal } from "@preact/signals";
import {
  isJustStarted,
  type OverviewDocument,
  type OverviewRoom,
  type RoomDocument,
  type SessionDocument,
} from "#operator-api";
import { ApiError, logIn, logOut, readOverview, showSession } from "./api.ts";

const POLL_MS = 1_000;
/** Nothing heard for longer is a lost connection, whatever became of the requests (a laptop that slept). */
const LOST_AFTER_MS = 4_000;

export type Connection = "connecting" | "live" | "lost";

/** Undefined until it is known whether this browser has a session; null: it has none. */
export const session = signal<SessionDocument | null | undefined>(undefined);
/** A session ended without being logged out. */
export const sessionEnded = signal(false);
export const overview = signal<OverviewDocument | null>(null);
/** This browser's clock, epoch ms, about each second. */
const nowMs = signal(Date.now());
/** When the overview came, by this browser's clock. */
const heardAtMs = signal(0);
const failing = signal(false);

export const connection = computed<Connection>(() => {
  if (failing.value) return overview.value === null ? "connecting" : "lost";
  if (overview.value === null) return "connecting";
  return nowMs.value - heardAtMs.value > LOST_AFTER_MS ? "lost" : "live";
});

/** Seconds since the gateway was last heard of. */
export const silentSeconds = computed(() => Math.max(0, Math.round((nowMs.value - heardAtMs.value) / 1_000)));

/** The gateway's clock now, epoch ms: times shown are its, not this browser's. */
export const gatewayNowMs = computed(() => {
  const at = overview.value?.at;
  return at === undefined ? nowMs.value : at + Math.max(0, nowMs.value - heardAtMs.value);
});

/** The gateway runs for less than a minute: see `isJustStarted`. */
export const justStarted = computed(() => overview.value !== null && isJustStarted(overview.value));

export function roomOf(id: string): OverviewRoom | undefined {
  return overview.value?.rooms.find((room) => room.id === id);
}

/** Begins to listen; to be called once. */
export function start(): void {
  setInterval(() => {
    nowMs.value = Date.now();
  }, POLL_MS);
  void greet();
}

async function greet(): Promise<void> {
  try {
    session.value = await showSession();
    void poll();
  } catch (error) {
    if (error instanceof ApiError && error.status === 0) setTimeout(() => void greet(), POLL_MS);
    else session.value = null;
  }
}

export async function enter(token: string): Promise<void> {
  session.value = await logIn(token);
  sessionEnded.value = false;
  void poll();
}

export async function leave(): Promise<void> {
  await logOut().catch(() => undefined);
  forget(false);
}

/** Takes what an API call said: an ended session leads back to the log-in. */
export function heed(error: unknown): void {
  if (error instanceof ApiError && error.status === 401) forget(true);
}

function forget(ended: boolean): void {
  session.value = null;
  sessionEnded.value = ended;
  overview.value = null;
}

let polling = 0;
/** Rooms heard of by a change of their own. */
let changesHeard = 0;

/** Takes a room as the reply to a change says it is: the next change may follow before the next overview. */
export function hear(room: RoomDocument): void {
  const before = overview.value;
  if (before === null) return;
  changesHeard += 1;
  const rooms = before.rooms.map((one) => (one.id === room.id ? { ...one, ...room } : one));
  overview.value = { ...before, rooms };
}

/** Asks now, and from then on each second. Also called after a change, so that it shows at once. */
export async function poll(): Promise<void> {
  const mine = ++polling;
  while (mine === polling && session.value) {
    const startedMs = Date.now();
    await listen();
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, startedMs + POLL_MS - Date.now())));
  }
}

/** Hears of every room once. */
export async function listen(): Promise<void> {
  try {
    const changesBefore = changesHeard;
    const heard = await readOverview();
    // What was asked for before a change says how it was before it.
    if (!session.value || changesHeard !== changesBefore) return;
    overview.value = heard;
    heardAtMs.value = Date.now();
    nowMs.value = Date.now();
    failing.value = false;
  } catch (error) {
    failing.value = true;
    nowMs.value = Date.now();
    heed(error);
  }
}
