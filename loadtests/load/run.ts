import { setTimeout as sleep } from "node:timers/promises";
import { type Crowd, type CrowdView, startCrowd } from "../crowd/crowd.ts";
import { type GatewayServer, startGateway } from "../servers.ts";
import type { RunningService } from "../services/site.ts";
import { startTaxService } from "../services/tax/service.ts";
import { startVaccineService } from "../services/vaccine/service.ts";
import { EVERYWHERE, type Outcome, type Sample, sum, type Verdict } from "./checks.ts";
import type { Scenario, Wave } from "./scenarios.ts";
import { runStorm, type StormCount } from "./storm.ts";

const HOST = "127.0.0.1";
const SAMPLE_MS = 500;
const CONNECTIONS = 800;
const HOUR_SECONDS = 3_600;
/** A part's visitors are few, but each still takes the time that a busy machine takes. */
const LEAST_SECONDS = 30;

/** A scenario that has run, with what was checked. */
export interface Run extends Outcome {
  readonly verdicts: readonly Verdict[];
  readonly tookSeconds: number;
}

export interface RunOptions {
  /** Who comes when, and what they choose. */
  readonly seed: number;
  /** 1: as the scenario says; a part of it: so much of its visitors and of its time. */
  readonly part: number;
  /** Told each half second; the view of each wave that has begun. */
  readonly onSample: (sample: Sample, waves: readonly CrowdView[]) => void;
}

/** Runs a scenario against a service, a gateway and a Redis of its own on loopback; ends by itself. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<Run> {
  const service = await startService(scenario);
  const origin = `http://${HOST}:${service.port}`;
  const gateway = await startGateway([roomOf(scenario, origin)]);
  try {
    return await runAgainst(scenario, options, gateway, origin);
  } finally {
    await gateway.stop();
    await service.close();
  }
}

async function runAgainst(
  scenario: Scenario,
  { seed, part, onSample }: RunOptions,
  gateway: GatewayServer,
  origin: string,
): Promise<Run> {
  // Counted from now, however long the gateway took to start.
  if (scenario.opensAfterSeconds !== undefined)
    await gateway.configure(scenario.service, opensIn(scenario.opensAfterSeconds * part));
  const startedMs = performance.now();
  const elapsedSeconds = () => (performance.now() - startedMs) / 1_000;
  const begun: Crowd[] = [];
  const samples: Sample[] = [];
  const sampling = setInterval(() => {
    const views = begun.map((crowd) => crowd.view());
    const sample = sampleOf(elapsedSeconds(), views);
    samples.push(sample);
    onSample(sample, views);
  }, SAMPLE_MS);

  const waves = scenario.waves.map(async (wave, index) => {
    await sleep(wave.afterSeconds * part * 1_000);
    const crowd = startCrowd({
      ...crowdOf(scenario, wave, part),
      gateway: gateway.url,
      service: origin,
      seed: (seed + index) >>> 0,
    });
    begun.push(crowd);
    return crowd.done;
  });
  const steps = (scenario.steps ?? []).map(async ({ afterSeconds, change }) => {
    await sleep(afterSeconds * part * 1_000);
    await gateway.configure(scenario.service, change);
  });
  try {
    const [views, storm] = await Promise.all([
      Promise.all(waves),
      stormIn(scenario, part, gateway.url),
      ...steps,
    ]);
    const outcome: Outcome = {
      outflowPerMinute: scenario.room.outflowPerMinute,
      capacity: Number(scenario.room.capacity ?? 0),
      servesAll: scenario.servesAll ?? true,
      ungated: "ungated" in scenario.room,
      samples,
      waves: views,
      stormAnswered: storm.answered,
      stormLetIn: storm.letIn,
    };
    // A part is over before what is particular to the peak can show.
    const checks = part === 1 ? [...EVERYWHERE, ...(scenario.also ?? [])] : EVERYWHERE;
    return { ...outcome, verdicts: checks.map((check) => check(outcome)), tookSeconds: elapsedSeconds() };
  } finally {
    clearInterval(sampling);
    for (const crowd of begun) crowd.stop();
  }
}

function startService({ service, carries, seatsPerTime }: Scenario): Promise<RunningService> {
  const options = { port: 0, host: HOST, carries };
  if (service === "tax") return startTaxService(options);
  return startVaccineService({ ...options, ...(seatsPerTime === undefined ? {} : { seatsPerTime }) });
}

function roomOf({ service, room, opensAfterSeconds }: Scenario, origin: string): object {
  return {
    id: service,
    name: { da: "Prøve", en: "Trial" },
    match: { host: "*", path: `/${service}` },
    origin,
    ...room,
    ...(opensAfterSeconds === undefined ? {} : opensIn(HOUR_SECONDS)),
  };
}

function opensIn(seconds: number): { opensAt: string } {
  return { opensAt: new Date(Date.now() + seconds * 1_000).toISOString() };
}

function crowdOf({ service, forSeconds }: Scenario, wave: Wave, part: number) {
  return {
    room: service,
    visitors: Math.max(1, Math.round(wave.visitors * part)),
    path: wave.path ?? `/${service}`,
    operator: undefined,
    arriveSeconds: wave.arriveSeconds * part,
    noShowPercent: wave.noShowPercent ?? 0,
    forSeconds: Math.max(LEAST_SECONDS, (forSeconds - wave.afterSeconds) * part),
    thinkSeconds: (wave.thinkSeconds ?? 1) * part,
    connections: CONNECTIONS,
  };
}

async function stormIn({ service, storm }: Scenario, part: number, url: string): Promise<StormCount> {
  if (storm === undefined) return { answered: 0, letIn: 0 };
  await sleep(storm.afterSeconds * part * 1_000);
  return runStorm(url, service, { ...storm, forSeconds: storm.forSeconds * part });
}

function sampleOf(atSeconds: number, views: readonly CrowdView[]): Sample {
  return {
    atSeconds,
    admitted: sum(views, "admitted"),
    waiting: sum(views, "waiting"),
    inside: Math.max(0, ...views.map(({ health }) => health?.inside ?? 0)),
  };
}
