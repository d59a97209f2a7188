/** Attacks that want more places in line, or sessions, than one address may have. */
import { address, type Guest, type Reply, siteAddress } from "./guest.ts";
import type { Figure, Ground, TurnAttack } from "./turns.ts";

/** So that what is too much shows within seconds. */
const JOINS_PER_SECOND = 1;
const SETTINGS = { SLUSE_JOINS_PER_SECOND_PER_ADDRESS: String(JOINS_PER_SECOND) };
/** What an address may have saved up. */
const SAVED_UP = 10 * JOINS_PER_SECOND;
/** All of an IPv6 /48 may have what so many addresses have. */
const NETWORKS_OF_A_SITE = 8;
const ATTACKER = address(1);
const NEIGHBOUR = address(2);
const SECONDS = { full: 60, short: 6 };

const HOLD = { mode: "hold", outflowPerMinute: 600 };
const QUIET = { outflowPerMinute: 600_000 };

export const MORE_PLACES: readonly TurnAttack[] = [
  {
    name: "side doors",
    words:
      "ask for the service from one address without any cookie, as a browser and as a program, again and again",
    rooms: { quiet: QUIET },
    settings: SETTINGS,
    play: (ground, form) =>
      gained(ground, "quiet", SECONDS[form], async (_, i) => {
        const guest = ground.guest("quiet", ATTACKER);
        const reply = await (i % 2 === 0 ? guest.goIn() : guest.ask("/quiet/data"));
        return reply.text === "ok" ? [`session ${i}`] : [];
      }),
  },
  {
    name: "tickets thrown away",
    words: "leave the line and join it again, each with every ticket that they had",
    rooms: { line: HOLD },
    settings: SETTINGS,
    play: async (ground, form) => {
      const guests = Array.from({ length: SAVED_UP - 1 }, () => ground.guest("line", ATTACKER));
      for (const guest of guests) await guest.join();
      return gained(ground, "line", SECONDS[form], (at) => leaveAndJoin(guests[at % guests.length]));
    },
  },
  {
    name: "tickets of a line that is gone",
    words: "join again and again with tickets from before a reset",
    rooms: { line: HOLD },
    settings: SETTINGS,
    play: async (ground, form) => {
      const tickets = await ticketsOf(ground, "line", SAVED_UP - 1);
      await ground.gateway.operate("POST", "/api/rooms/line/reset", { confirm: "line" });
      return gained(ground, "line", SECONDS[form], async (_, i) => {
        const guest = ground.guest("line", ATTACKER);
        guest.ticket = tickets[i % tickets.length] ?? "";
        return numberOf(await guest.join());
      });
    },
  },
  {
    name: "one key, many rooms",
    words: "join one room with a key, then each other room with the same key",
    rooms: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`room${i}`, HOLD])),
    settings: SETTINGS,
    play: (ground, form) =>
      gained(ground, "room0", SECONDS[form], async (_, i) => {
        const room = `room${i % 20}`;
        const key = String(Math.floor(i / 20)).padStart(22, "k");
        const reply = await ground.guest(room, ATTACKER).join({ "idempotency-key": key });
        return numberOf(reply).map((number) => `${room} ${number}`);
      }),
  },
  {
    name: "a site of many networks",
    words: "join from another /64 of the same IPv6 /48 each time",
    rooms: { line: HOLD },
    settings: SETTINGS,
    play: (ground, form) =>
      gained(
        ground,
        "line",
        SECONDS[form],
        async (_, i) => numberOf(await ground.guest("line", siteAddress(i)).join()),
        NETWORKS_OF_A_SITE,
      ),
  },
];

/** Does the same in eight tasks for this time, and counts what differs in what it brings. */
async function gained(
  ground: Ground,
  room: string,
  seconds: number,
  again: (at: number, i: number) => Promise<string[]>,
  asManyAs = 1,
): Promise<readonly Figure[]> {
  const startedMs = performance.now();
  const elapsedMs = () => performance.now() - startedMs;
  const brought = new Set<string>();
  let count = 0;
  const tasks = Array.from({ length: 8 }, async (_, at) => {
    while (elapsedMs() < seconds * 1_000) {
      for (const each of await again(at, count++)) brought.add(each);
    }
  });
  const neighbour = await neighbourJoins(ground, room);
  await Promise.all(tasks);
  return [
    {
      what: `gained in ${seconds} s and ${count} requests`,
      got: brought.size,
      most: asManyAs * (SAVED_UP + Math.ceil(elapsedMs() / 1_000) * JOINS_PER_SECOND),
    },
    neighbour,
  ];
}

/** An honest visitor of another address, in the middle of it. */
async function neighbourJoins(ground: Ground, room: string): Promise<Figure> {
  const reply = await ground.guest(room, NEIGHBOUR).join();
  return {
    what: "honest joins beside it that were answered at once",
    got: reply.status === 200 ? 1 : 0,
    least: 1,
  };
}

async function leaveAndJoin(guest: Guest | undefined): Promise<string[]> {
  if (!guest) return [];
  const { ticket } = guest;
  await guest.leave();
  if (ticket !== undefined) guest.ticket = ticket;
  return numberOf(await guest.join());
}

async function ticketsOf(ground: Ground, room: string, count: number): Promise<string[]> {
  const guests = Array.from({ length: count }, () => ground.guest(room, ATTACKER));
  for (const guest of guests) await guest.join();
  return guests.flatMap(({ ticket }) => ticket ?? []);
}

function numberOf({ status, text }: Reply): string[] {
  return status === 200 ? [String((JSON.parse(text) as { number: number }).number)] : [];
}
