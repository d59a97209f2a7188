/** Attacks that want more time inside, or more of the service, than one visitor's session gives. */
import { once } from "node:events";
import { WebSocket } from "ws";
import { address, comesTrue, type Guest } from "./guest.ts";
import type { Ground, TurnAttack } from "./turns.ts";

const CAPACITY = 40;
const WAITING = 28;
const SESSION_SECONDS = 4;
const FULL = { outflowPerMinute: 600_000, capacity: CAPACITY, sessionSeconds: SESSION_SECONDS };
/** What one pass may do at once. */
const MOST_REQUESTS_OF_A_PASS = 64;
const MOST_SOCKETS_OF_A_PASS = 32;
/** Sockets are looked at each second. */
const ENDED_WITHIN_MS = 12_000;
/** What takes longer does not come. */
const SLOW_MS = 10_000;

export const MORE_TIME: readonly TurnAttack[] = [
  {
    name: "sockets without a session",
    words: "open WebSockets without a pass, and keep them when the room is closed with its sessions",
    rooms: { tax: { outflowPerMinute: 600_000, capacity: 5 } },
    play: async (ground) => {
      const sockets = await openSockets(ground, 60, (i) => ({ "x-forwarded-for": address(i) }));
      const opened = alive(sockets);
      await ground.gateway.configure("tax", { mode: "closed", endSessions: true });
      await comesTrue(() => alive(sockets) === 0, ENDED_WITHIN_MS);
      const figures = [
        { what: "WebSockets of 60 that stood, in a room for 5", got: opened, least: 1, most: 5 },
        { what: "WebSockets left when the room was closed", got: alive(sockets), most: 0 },
      ];
      for (const socket of sockets) socket.terminate();
      return figures;
    },
  },
  {
    name: "forms after the end",
    words: `send a form with a pass that has lapsed, ${CAPACITY} of them, while ${WAITING} people wait`,
    rooms: { tax: FULL },
    play: async (ground) => {
      const inside = await guestsInside(ground);
      const people = await peopleInLine(ground);
      const most = watchSessions(ground);
      const admitted = untilAllIn(people);
      await comesTrue(async () => people.some((guest) => guest.isIn), 5 * SESSION_SECONDS * 1_000);
      await Promise.all(inside.map((guest) => guest.goIn({ method: "POST", body: "a=1" })));
      const got = await admitted;
      return [
        { what: `people inside at once, of ${CAPACITY}`, got: await most.stop(), most: CAPACITY },
        { what: `honest people of ${WAITING} who came in`, got, least: WAITING },
      ];
    },
  },
  {
    name: "one pass for many",
    words: "use one pass from 100 addresses for 500 slow requests and 100 WebSockets",
    rooms: { tax: { outflowPerMinute: 600_000 } },
    play: async (ground) => {
      const cookie = await cookiesOfOneInside(ground);
      const from = (i: number) => ({ cookie, "x-forwarded-for": address(i % 100) });
      const slow = Array.from({ length: 500 }, (_, i) =>
        ground.guest("tax", address(i % 100)).ask("/tax/held", { headers: from(i) }),
      );
      await comesTrue(() => ground.service.held > 0, SLOW_MS);
      const sockets = await openSockets(ground, 100, from);
      const honest = await honestReplies(ground, 10);
      const { held } = ground.service;
      const stood = alive(sockets);
      ground.service.release();
      await Promise.allSettled(slow);
      for (const socket of sockets) socket.terminate();
      return [
        { what: "slow requests at the service at once", got: held, least: 1, most: MOST_REQUESTS_OF_A_PASS },
        { what: "WebSockets of one pass", got: stood, least: 1, most: MOST_SOCKETS_OF_A_PASS },
        { what: "honest visitors of 10 who were answered meanwhile", got: honest, least: 10 },
      ];
    },
  },
];

async function guestsInside(ground: Ground): Promise<Guest[]> {
  const guests = Array.from({ length: CAPACITY }, (_, i) => ground.guest("tax", address(1_000 + i)));
  await Promise.all(guests.map((guest) => guest.goIn()));
  if (!(await comesTrue(async () => (await sessionsOf(ground)) === CAPACITY, SLOW_MS))) {
    throw new Error("the room did not fill");
  }
  return guests;
}

async function peopleInLine(ground: Ground): Promise<Guest[]> {
  const people = Array.from({ length: WAITING }, (_, i) => ground.guest("tax", address(2_000 + i)));
  await Promise.all(people.map((guest) => guest.join()));
  return people;
}

/** How many of them come in within some session lengths, as pages do it. */
async function untilAllIn(people: readonly Guest[]): Promise<number> {
  await comesTrue(
    async () => {
      await Promise.all(people.filter(({ isIn }) => !isIn).map((guest) => guest.claim()));
      return people.every(({ isIn }) => isIn);
    },
    5 * SESSION_SECONDS * 1_000,
  );
  return people.filter(({ isIn }) => isIn).length;
}

async function sessionsOf({ gateway }: Ground): Promise<number> {
  const room = (await gateway.operate("GET", "/api/rooms/tax")) as { sessions: number };
  return room.sessions;
}

/** The most sessions that were seen at once. */
function watchSessions(ground: Ground): { stop(): Promise<number> } {
  let most = 0;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      most = Math.max(most, await sessionsOf(ground));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    async stop() {
      isOver = true;
      await watching;
      return most;
    },
  };
}

async function cookiesOfOneInside(ground: Ground): Promise<string> {
  const guest = ground.guest("tax", address(3_000));
  await guest.goIn();
  return guest.cookies;
}

async function honestReplies(ground: Ground, count: number): Promise<number> {
  const guests = Array.from({ length: count }, (_, i) => ground.guest("tax", address(4_000 + i)));
  const replies = await Promise.all(guests.map((guest) => guest.goIn()));
  return replies.filter(({ text }) => text === "ok").length;
}

async function openSockets(
  { gateway }: Ground,
  count: number,
  headers: (i: number) => Record<string, string>,
): Promise<WebSocket[]> {
  const url = `${gateway.url.replace("http", "ws")}/tax/socket`;
  const sockets = Array.from({ length: count }, (_, i) => new WebSocket(url, { headers: headers(i) }));
  await Promise.all(
    sockets.map((socket) => Promise.race([once(socket, "open"), once(socket, "error")]).catch(() => {})),
  );
  for (const socket of sockets) socket.on("error", () => {});
  return sockets;
}

function alive(sockets: readonly WebSocket[]): number {
  return sockets.filter(({ readyState }) => readyState === WebSocket.OPEN).length;
}
