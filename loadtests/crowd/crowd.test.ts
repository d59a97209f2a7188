import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, it } from "vitest";
import { argumentsFor } from "../node-arguments.ts";
import type { RunningService } from "../services/site.ts";
import { startTaxService } from "../services/tax/service.ts";
import { startVaccineService } from "../services/vaccine/service.ts";
import { type CrowdOptions, readArguments } from "./arguments.ts";
import { everybodyGotIn, orderWasKept, startCrowd } from "./crowd.ts";
import { lineOf, summaryOf } from "./screen.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function running(start: Promise<RunningService>): Promise<string> {
  const service = await start;
  closing.push(() => service.close());
  return `http://127.0.0.1:${service.port}`;
}

/** The real gateway as a process of its own, with the memory store; resolves with the visitors' address. */
async function gatewayBefore(room: Record<string, unknown>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sluse-crowd-"));
  const rooms = join(folder, "rooms.json");
  const name = { da: "Rum", en: "Room" };
  await writeFile(
    rooms,
    JSON.stringify({ rooms: [{ name, match: { host: "*", path: `/${room.id}` }, ...room }] }),
  );
  const gateway = spawn(process.execPath, argumentsFor("gateway"), {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      REDIS_URL: "memory:",
      SLUSE_ROOMS: rooms,
      SLUSE_DATA: join(folder, "data"),
      SLUSE_LISTEN: "127.0.0.1:0",
      SLUSE_OPERATOR_LISTEN: "127.0.0.1:0",
      SLUSE_OPERATOR_TOKEN: "operator-of-a-crowd-test",
    },
  });
  const ended = new Promise<void>((resolve) => gateway.once("exit", () => resolve()));
  closing.push(async () => {
    gateway.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true, force: true });
  });
  for await (const text of createInterface(gateway.stdout)) {
    const line = JSON.parse(text) as { event?: string; visitors?: string };
    if (line.event === "listening") return `http://${line.visitors}`;
  }
  throw new Error("the gateway ended before it took requests");
}

function options(line: string): CrowdOptions {
  return readArguments(line.split(" "), 1);
}

describe("a crowd without a gate", () => {
  it("is served where the service can carry it", async () => {
    const service = await running(startTaxService({ port: 0, host: "127.0.0.1", carries: 100 }));
    const told = options(
      `tax 40 --no-gate --service ${service} --arrive-seconds 1 --think-seconds 0.05 --for-seconds 30`,
    );
    const last = await startCrowd(told).done;
    expect(last).toMatchObject({
      ended: "everybody",
      arrived: 40,
      admitted: 40,
      served: 40,
      gaveUp: 0,
    });
    expect(last.errors).toEqual({});
    expect(everybodyGotIn(last)).toBe(true);
    expect(last).toMatchObject({ answered: expect.any(Number), refused: 0, crashes: 0 });
    expect(summaryOf(told, last)).toContain("40 of 40 got a page of the service and were served.");
  });

  it("kills the service that cannot", async () => {
    const capacity = { restartMs: 60_000 };
    const service = await running(startTaxService({ port: 0, host: "127.0.0.1", carries: 10, capacity }));
    const told = options(`tax 200 --no-gate --service ${service} --arrive-seconds 0.5 --for-seconds 4`);
    const last = await startCrowd(told).done;
    expect(last).toMatchObject({ ended: "time", arrived: 200, served: 0, health: { state: "down" } });
    expect(last.errors["service 503"]).toBeGreaterThan(100);
    expect(everybodyGotIn(last)).toBe(false);
    expect(last.refused).toBeGreaterThan(100);
    expect(last.crashes).toBe(1);
    expect(lineOf(told, last)).toContain("service down");
  });

  it("goes home when it is told to", async () => {
    const service = await running(startTaxService({ port: 0, host: "127.0.0.1", carries: 100 }));
    const crowd = startCrowd(options(`tax 50 --no-gate --service ${service} --arrive-seconds 600`));
    crowd.stop();
    expect(await crowd.done).toMatchObject({ ended: "stopped", served: 0 });
  });

  it("takes what is left of the appointments", async () => {
    const service = await running(
      startVaccineService({ port: 0, host: "127.0.0.1", carries: 200, seatsPerTime: 1 }),
    );
    const told = options(
      `vaccine 60 --no-gate --service ${service} --arrive-seconds 1 --think-seconds 0.05 --for-seconds 40`,
    );
    const last = await startCrowd(told).done;
    expect(last).toMatchObject({ ended: "everybody", served: 60 });
    expect(last.errors).toEqual({});
  });
});

// PROTOCOL: `npm run crowd -- ROOM N` (send visitors)
describe("a crowd at the gate", () => {
  it("waits, comes in by order, and is served by a service that it would have killed", async () => {
    const origin = await running(
      startTaxService({ port: 0, host: "127.0.0.1", carries: 60, capacity: { requestMs: 5 } }),
    );
    const gateway = await gatewayBefore({ id: "tax", origin, outflowPerMinute: 1_200, capacity: 50 });
    const told = options(
      `tax 300 --gateway ${gateway} --service ${origin} --arrive-seconds 2 --think-seconds 0.1 --no-show-percent 10 --for-seconds 50`,
    );
    const last = await startCrowd(told).done;
    expect(last).toMatchObject({
      ended: "everybody",
      gaveUp: 0,
      inversions: 0,
      duplicateNumbers: 0,
      servingFell: 0,
      refused: 0,
      toldClosed: 0,
    });
    expect(last.errors).toEqual({});
    expect(orderWasKept(last)).toBe(true);
    expect(last.served + last.noShows).toBe(300);
    expect(last.noShows).toBeGreaterThan(5);
    expect(last.joined).toBeGreaterThan(200);
    // 20 a second and two seconds' credit: nobody can have been through faster than this.
    expect(last.elapsedSeconds).toBeGreaterThan((last.served - 40) / 20 - 1);
    expect(last.line?.outflowPerMinute).toBe(1_200);
  });

  it("names a closed room apart from errors", async () => {
    const origin = await running(startTaxService({ port: 0, host: "127.0.0.1", carries: 60 }));
    const gateway = await gatewayBefore({ id: "tax", origin, outflowPerMinute: 600, mode: "closed" });
    const told = options(
      `tax 20 --gateway ${gateway} --service ${origin} --arrive-seconds 0.5 --for-seconds 3`,
    );
    const last = await startCrowd(told).done;
    expect(last).toMatchObject({ ended: "time", served: 0, toldClosed: 20, errors: {} });
    expect(everybodyGotIn(last)).toBe(false);
  });
});
