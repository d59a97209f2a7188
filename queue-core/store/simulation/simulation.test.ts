import { describe, expect, it } from "vitest";
import type { Kind, Visitor } from "./crowd.ts";
import { everything, expectKept, seeds, stepsOr, timeoutMs } from "./seeds.ts";
import { memorySubject } from "./subject.ts";

const stores = [memorySubject];

describe("every promise holds, whatever visitors, operators and faults do", () => {
  for (const seed of seeds([1, 2, 3, 4])) {
    const steps = stepsOr(1200);
    it(`seed ${seed}`, { timeout: timeoutMs(steps) }, async () => {
      const { visitors, operations } = await expectKept({
        ...everything,
        seed,
        steps,
        stores,
      });
      expect(operations).toBeGreaterThan(steps);
      expect(visitors.some(({ admittedMs }) => admittedMs !== undefined)).toBe(true);
    });
  }

  it("two memory stores give the same replies, also after they were rolled back", async () => {
    await expectKept({ ...everything, seed: 5, steps: 600, stores: [memorySubject, memorySubject] });
  });
});

describe("credit and capacity never stand unused beside a live visitor", () => {
  for (const [outflowPerMinute, capacity] of [
    [60, 0],
    [600, 0],
    [600, 60],
    [6000, 0],
  ] as const) {
    it(`${outflowPerMinute} a minute, capacity ${capacity}`, async () => {
      const settings = { outflowPerMinute, capacity };
      const arrivalsPerSecond = Math.min(60, outflowPerMinute / 30);
      const { admitted } = await expectKept({ seed: 6, steps: 600, settings, arrivalsPerSecond, stores });
      expect(admitted).toBeGreaterThan(50);
    });
  }
});

describe("no fewer rights for the polite", () => {
  const waitMs = ({ admittedMs, arrivedMs }: Visitor) => (admittedMs ?? Number.NaN) - arrivedMs;
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

  it("bots that claim every 10 ms wait as long as pages with the numbers beside theirs", async () => {
    // Of each pair one is a bot: the first of every other pair.
    const waitAtFirst = Array.from(
      { length: 400 },
      (_, i): Kind => ([0, 3].includes(i % 4) ? "bot" : "page"),
    );
    const plan = { seed: 7, steps: 6000, stepMs: 10, gateways: 1, settings: { sessionSeconds: 600 } };
    const { visitors } = await expectKept({ ...plan, waitAtFirst, stores });
    const gains: number[] = [];
    for (let i = 0; i + 1 < visitors.length; i += 2) {
      const pair = visitors.slice(i, i + 2);
      const bot = pair.find(({ kind }) => kind === "bot");
      const page = pair.find(({ kind }) => kind === "page");
      if (bot?.admittedMs && page?.admittedMs) gains.push(waitMs(page) - waitMs(bot));
    }
    expect(gains.length).toBeGreaterThan(150);
    // The first credit goes to whoever is there. After that a page comes in as early as a bot, and hears of
    // it at its next look: half a second later on average.
    const settled = gains.slice(50);
    expect(Math.abs(mean(settled))).toBeLessThan(600);
  });

  for (const outflowPerMinute of [60, 600, 6000]) {
    it(`behind 200 abandoned places: at most 200 / outflow + 5 s, at ${outflowPerMinute} a minute`, async () => {
      const waitAtFirst: Kind[] = [...Array.from({ length: 200 }, (): Kind => "gone"), "page"];
      const plan = { seed: 8, steps: 4000, settings: { outflowPerMinute }, waitAtFirst, stores };
      const { visitors } = await expectKept({ ...plan, untilEmpty: true });
      const live = visitors[200];
      expect(live && waitMs(live)).toBeLessThanOrEqual((200 / outflowPerMinute) * 60_000 + 5_000);
    });
  }
});
