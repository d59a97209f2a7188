/** Attacks that waste turns: places and calls that nobody uses, so that the service stands idle while people wait. */
import { address, comesTrue, type Guest } from "./guest.ts";
import type { Ground, TurnAttack } from "./turns.ts";

const OUTFLOW = 300;
const GHOSTS = { full: 12_000, short: 600 };
const MOST_IDLE_SECONDS = 12;
const AT_ONCE = 50;
const GREEDY = 25;
/** One credit a second, and more people than that. */
const SLOW_OUTFLOW = 60;
const PEOPLE_PER_SECOND = 1.2;
/** A grant is kept for a minute. */
const GRANT_LAPSED_MS = 62_000;
/** Three of them, and some. */
const GREEDY_SECONDS = 200;
const BEAT_MS = 500;

export const EMPTY_TURNS: readonly TurnAttack[] = [
  {
    name: "abandoned places",
    words: "take thousands of places in front and come for none of them",
    rooms: { tax: { mode: "hold", outflowPerMinute: OUTFLOW } },
    play: async (ground, form) => {
      await takePlaces(ground, GHOSTS[form]);
      const honest = ground.guest("tax", address(60_000));
      await honest.join();
      await ground.gateway.configure("tax", { mode: "queue" });
      const openedMs = performance.now();
      await comesTrue(async () => (await honest.claim()).status === 200, 90_000);
      return [
        {
          what: `seconds that the service stood idle behind ${GHOSTS[form].toLocaleString("en")} of them`,
          got: Math.round((performance.now() - openedMs) / 100) / 10,
          most: MOST_IDLE_SECONDS,
        },
      ];
    },
  },
  {
    name: "turns that nobody collects",
    words: `come to the gate with ${GREEDY} tickets in front, collect nothing, and come again`,
    onlyInFull: true,
    rooms: { tax: { mode: "hold", outflowPerMinute: SLOW_OUTFLOW } },
    play: async (ground) => {
      const tickets = Array.from({ length: GREEDY }, (_, i) => ground.guest("tax", address(1_000 + i)));
      for (const guest of tickets) await guest.join();
      await ground.gateway.configure("tax", { mode: "queue" });
      const greedy = tickets.map((guest) => new Greedy(guest));
      const people: Guest[] = [];
      const startedMs = performance.now();
      const elapsedSeconds = () => (performance.now() - startedMs) / 1_000;
      while (elapsedSeconds() < GREEDY_SECONDS) {
        while (people.length < 10 + elapsedSeconds() * PEOPLE_PER_SECOND) {
          const guest = ground.guest("tax", address(2_000 + people.length));
          people.push(guest);
          await guest.join();
        }
        await Promise.all(greedy.map((one) => one.ask()));
        await Promise.all(
          people
            .filter(({ isIn }) => !isIn)
            .slice(0, AT_ONCE)
            .map((guest) => guest.claim()),
        );
        await new Promise((resolve) => setTimeout(resolve, BEAT_MS));
      }
      const credits = (GREEDY_SECONDS * SLOW_OUTFLOW) / 60;
      return [
        {
          what: `admissions of ${credits} that ${GREEDY} tickets used up`,
          got: credits - people.filter(({ isIn }) => isIn).length,
          most: GREEDY + 5,
        },
      ];
    },
  },
];

async function takePlaces(ground: Ground, count: number): Promise<void> {
  let next = 0;
  const take = async () => {
    while (next < count) {
      const reply = await ground.guest("tax", address(next++)).join();
      if (reply.status !== 200) throw new Error(`a place was refused: ${reply.status}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, take));
}

/** Asks until they stand at the gate, and not again before their grant has surely lapsed. */
class Greedy {
  readonly #guest: Guest;
  #cameAtMs = Number.NEGATIVE_INFINITY;

  constructor(guest: Guest) {
    this.#guest = guest;
  }

  async ask(): Promise<void> {
    if (performance.now() - this.#cameAtMs < GRANT_LAPSED_MS) return;
    const { status } = await this.#guest.claim();
    if (status === 202) this.#cameAtMs = performance.now();
  }
}
