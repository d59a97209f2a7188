import { describe, expect, it } from "vitest";
import type { Kind } from "./crowd.ts";
import type { Rule } from "./observer.ts";
import { FAULTS, type Fault, type Plan, simulate } from "./simulate.ts";
import { memorySubject, type OpenSubject } from "./subject.ts";
import {
  countingAdmissions,
  forgetful,
  givingTwice,
  hasty,
  impatient,
  inClaimOrder,
  makingUp,
  overtaking,
  squandering,
} from "./wrong-stores.ts";

type Circumstances = Omit<Plan, "stores" | "seed">;

const rush: Circumstances = { steps: 1500, arrivalsPerSecond: 15, gateways: 2 };
const faulty = (...faults: Fault[]): Circumstances => ({ ...rush, faults });
const fullService: Circumstances = {
  steps: 1200,
  stepMs: 500,
  arrivalsPerSecond: 3,
  kinds: { page: 4, gone: 1 },
  settings: { outflowPerMinute: 60, capacity: 20, claimWindowSeconds: 30 },
};

const people = (count: number, kind: Kind): Kind[] => Array.from({ length: count }, () => kind);
/** The probe that gets past those who are gone calls beyond what the outflow can take, the sleepers last. */
const ghosts: Circumstances = {
  steps: 1200,
  settings: { outflowPerMinute: 30, claimWindowSeconds: 5 },
  waitAtFirst: [...people(320, "gone"), ...people(210, "page"), ...people(60, "sleeper")],
};
const burners: Circumstances = {
  steps: 3000,
  settings: { outflowPerMinute: 12, sessionSeconds: 20 },
  waitAtFirst: people(30, "burner"),
};

/** No session lapses: the time that a store plays in secret ends none before its time. */
const LASTING = { outflowPerMinute: 300, sessionSeconds: 86_400 };

const wrongs: [name: string, store: OpenSubject, rule: Rule, circumstances: Circumstances][] = [
  ["lets newcomers overtake", overtaking, "overtaken", rush],
  ["forgets its last second", forgetful, "floor-not-kept", faulty("rollback")],
  ["admits in the order of claims", inClaimOrder, "overtaken", rush],
  ["counts admissions as shows", countingAdmissions, "missed-in-time", fullService],
  ["gives a number twice after a repeat", givingTwice, "number-twice", faulty("lost-reply")],
  ["opens the gate at once after a wipe", hasty, "overtaken", faulty("wipe")],
  ["lets windows run before the gate gets there", impatient, "missed-in-time", ghosts],
  ["grants again what nobody collects", squandering, "burned-twice", burners],
  ["releases a burst after an outage", makingUp, "over-outflow", { ...faulty("outage"), settings: LASTING }],
];

describe("a store that breaks a promise is found out", () => {
  for (const [name, store, rule, circumstances] of wrongs) {
    it(`${name}: ${rule}`, async () => {
      const { violations } = await simulate({ ...circumstances, seed: 1, stores: [store] });
      expect(violations.map((one) => one.rule)).toContain(rule);
    });
  }

  for (const [name, circumstances] of Object.entries({
    rush,
    faulty: faulty(...FAULTS),
    fullService,
    ghosts,
    burners,
  })) {
    it(`the true store breaks none in the same circumstances: ${name}`, async () => {
      const { violations } = await simulate({ ...circumstances, seed: 1, stores: [memorySubject] });
      expect(violations).toEqual([]);
    });
  }

  it("a store that differs from another is found out by its replies", async () => {
    const { violations } = await simulate({ ...rush, seed: 1, stores: [memorySubject, overtaking] });
    expect(new Set(violations.map((one) => one.rule))).toEqual(new Set(["stores-differ"]));
  });
});
