import { expect } from "vitest";
import { FAULTS, type Outcome, type Plan, simulate } from "./simulate.ts";

/** All kinds of visitors, an operator who changes his mind, and every fault. */
export const everything: Omit<Plan, "seed" | "steps" | "stores"> = {
  arrivalsPerSecond: 12,
  kinds: { page: 6, bot: 1, gone: 3, leaver: 1, sleeper: 1, burner: 1 },
  gateways: 3,
  faults: FAULTS,
  withOperator: true,
};

const { SLUSE_SEED, SLUSE_SIMULATION_STEPS } = process.env;

/** The fixed seeds and a fresh one; `SLUSE_SEED` alone, to replay what failed. */
export function seeds(fixed: readonly number[]): number[] {
  if (SLUSE_SEED) return [Number(SLUSE_SEED)];
  return [...fixed, Date.now() % 1_000_000_000];
}

/** The steps of a run; `SLUSE_SIMULATION_STEPS` makes it longer. */
export function stepsOr(usual: number): number {
  return SLUSE_SIMULATION_STEPS ? Number(SLUSE_SIMULATION_STEPS) : usual;
}

/** How long a run of so many steps may take on a busy machine. */
export const timeoutMs = (steps: number) => 60_000 + steps * 50;

/** Runs the plan; fails with the broken promises and how to replay them. */
export async function expectKept(plan: Plan): Promise<Outcome> {
  const outcome = await simulate(plan);
  const replay = `SLUSE_SEED=${plan.seed} SLUSE_SIMULATION_STEPS=${plan.steps} npx vitest run queue-core/store/simulation`;
  expect(outcome.violations, `replay with: ${replay}`).toEqual([]);
  return outcome;
}
