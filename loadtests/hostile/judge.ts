/** What the figures of all rounds say, against what is promised. Pure. */

import { ASKED, type Asked, percentile } from "./honest.ts";
import type { Round } from "./hostile.ts";

/** An attack over all its rounds: medians of the latencies, the worst of everything else. */
export interface Finding {
  readonly attack: string;
  readonly connections: number;
  readonly closedByGateway: number;
  /** p50 and p99, ms, alone and attacked. */
  readonly latency: Record<
    Asked,
    { aloneP50: number; aloneP99: number; attackedP50: number; attackedP99: number }
  >;
  readonly failures: number;
  readonly peakMemoryGrowth: number;
  readonly descriptors: Round["descriptors"];
  /** What does not hold, in plain words. */
  readonly faults: readonly string[];
}

/** Honest visitors may be kept waiting twice as long, and no longer. */
const MOST_RATIO = 2;
/** Differences below this are the machine's. Raised where the same visitors alone differ by more from round to round. */
const LEAST_NOISE_MS = 20;
/** The gateway at any attack's peak, over what it took before the first one. */
const MOST_GROWTH_BYTES = 512 * 1_024 * 1_024;
/** What an attack may leave behind at its last round, over what it left at the one before: as much as V8's young generation takes. */
const MOST_LEAK_BYTES = 192 * 1_024 * 1_024;
/** Connections to the store and the service come and go. */
const SPARE_DESCRIPTORS = 20;

/** How far apart p99 lies between rounds in which nobody attacks, ms: the noise floor of each kind of reply. */
export function noiseFloors(rounds: readonly Round[]): Record<Asked, number> {
  const floorOf = (asked: Asked) => {
    const quiet = rounds.map(({ alone }) => alone[asked].p99);
    return Math.max(LEAST_NOISE_MS, percentile(quiet, 0.9) - percentile(quiet, 0.5));
  };
  return Object.fromEntries(ASKED.map((asked) => [asked, floorOf(asked)])) as Record<Asked, number>;
}

export function judge(rounds: readonly Round[]): Finding[] {
  const floors = noiseFloors(rounds);
  const memoryAtFirst = rounds[0]?.memory.before ?? 0;
  return [...new Set(rounds.map(({ attack }) => attack))].map((attack) =>
    findingOf(
      rounds.filter((round) => round.attack === attack),
      floors,
      memoryAtFirst,
    ),
  );
}

function findingOf(rounds: readonly Round[], floors: Record<Asked, number>, memoryAtFirst: number): Finding {
  const [first] = rounds;
  const last = rounds.at(-1);
  if (first === undefined || last === undefined) throw new Error("an attack without rounds");
  const median = (pick: (round: Round) => number) => percentile(rounds.map(pick), 0.5);
  const most = (pick: (round: Round) => number) => Math.max(...rounds.map(pick));
  const latency = Object.fromEntries(
    ASKED.map((asked) => [
      asked,
      {
        aloneP50: median(({ alone }) => alone[asked].p50),
        aloneP99: median(({ alone }) => alone[asked].p99),
        attackedP50: median(({ attacked }) => attacked[asked].p50),
        attackedP99: median(({ attacked }) => attacked[asked].p99),
      },
    ]),
  ) as Finding["latency"];
  const failures = most((round) => round.failures);
  const peakMemoryGrowth = most(({ memory }) => memory.peak) - memoryAtFirst;
  // Not from the first round: the process comes to its size in the course of that one.
  const leak = last.memory.after - (rounds.at(-2) ?? last).memory.after;
  const kept = most(({ descriptors }) => descriptors.after - descriptors.before);
  const slowed = ASKED.filter((asked) => {
    const { aloneP99, attackedP99 } = latency[asked];
    return attackedP99 > MOST_RATIO * aloneP99 && attackedP99 - aloneP99 > floors[asked];
  });
  const faults = [
    ...slowed.map((asked) => {
      const { aloneP99, attackedP99 } = latency[asked];
      return `p99 of ${asked} rose from ${Math.round(aloneP99)} to ${Math.round(attackedP99)} ms`;
    }),
    ...(failures > 0 ? [`${failures} honest requests failed`] : []),
    ...(peakMemoryGrowth > MOST_GROWTH_BYTES ? [`memory grew by ${megabytes(peakMemoryGrowth)} MB`] : []),
    ...(leak > MOST_LEAK_BYTES ? [`${megabytes(leak)} MB more are kept after a round`] : []),
    ...(kept > SPARE_DESCRIPTORS ? [`${kept} descriptors were not given back`] : []),
  ];
  return {
    attack: first.attack,
    connections: most(({ connections }) => connections),
    closedByGateway: most(({ closedByGateway }) => closedByGateway),
    latency,
    failures,
    peakMemoryGrowth,
    descriptors: {
      before: first.descriptors.before,
      peak: most(({ descriptors }) => descriptors.peak),
      after: last.descriptors.after,
    },
    faults,
  };
}

export function megabytes(bytes: number): number {
  return Math.round(bytes / 1_048_576);
}

/** What the judgement goes by, for whoever reads the table. */
export function measureOf(floors: Record<Asked, number>): string {
  const noise = ASKED.map((asked) => `${asked} ${Math.round(floors[asked])} ms`).join(", ");
  return (
    `Held: p99 at most ${MOST_RATIO} times that of the same visitors alone (medians over the rounds; less than the noise of ` +
    `this machine does not count: ${noise}), no honest request failed, memory at most ${megabytes(MOST_GROWTH_BYTES)} MB more ` +
    `at the peak and not growing from round to round, all descriptors but ${SPARE_DESCRIPTORS} given back.`
  );
}
