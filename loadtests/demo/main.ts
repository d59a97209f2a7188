/**
 * The demo: two services that fall over when too many come, and a gateway in front of them. The gateway is a
 * process of its own, as it would be in earnest; when it ends by itself, so does the demo.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startTaxService } from "../services/tax/service.ts";
import { startVaccineService } from "../services/vaccine/service.ts";

/** People that each demo service carries at once; the rooms let fewer in. */
const TAX_CARRIES = 400;
const VACCINE_CARRIES = 150;

const dataFolder = process.env.SLUSE_DATA || ".sluse";
mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
const operatorToken = process.env.SLUSE_OPERATOR_TOKEN || keptToken(join(dataFolder, "operator-token"));
const visitors = process.env.SLUSE_LISTEN || "127.0.0.1:8080";
const operators = process.env.SLUSE_OPERATOR_LISTEN || "127.0.0.1:8081";

const [tax, vaccine] = await startServices();
const origins = { tax: tax.port, vaccine: vaccine.port };
const gateway = spawn(
  process.execPath,
  [
    "--max-semi-space-size=64",
    "--import",
    "tsx",
    fileURLToPath(new URL("../../gateway/main.ts", import.meta.url)),
  ],
  {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      SLUSE_ROOMS: process.env.SLUSE_ROOMS || writtenRooms(origins),
      SLUSE_DATA: dataFolder,
      SLUSE_OPERATOR_TOKEN: operatorToken,
      SLUSE_PUBLIC_URL: process.env.SLUSE_PUBLIC_URL || `http://localhost:${visitors.split(":").at(-1)}`,
    },
  },
);
passOnSignals(gateway);
for await (const line of createInterface({ input: gateway.stdout })) {
  print(line);
  if (line.includes('"event":"listening"')) print(welcome(line.includes('"store":"memory"')));
}
const code = await exitCodeOf(gateway);
await Promise.all([tax.close(), vaccine.close()]);
process.exit(code);

async function startServices() {
  const host = "127.0.0.1";
  try {
    return await Promise.all([
      startTaxService({ port: portOf("DEMO_TAX_PORT", 8091), host, carries: TAX_CARRIES }),
      startVaccineService({ port: portOf("DEMO_VACCINE_PORT", 8092), host, carries: VACCINE_CARRIES }),
    ]);
  } catch (error) {
    process.stderr.write(
      `the demo's services need ports of their own (8091 and 8092, or DEMO_TAX_PORT and DEMO_VACCINE_PORT): ${(error as Error).message}\n`,
    );
    return process.exit(1);
  }
}

function portOf(name: string, usual: number): number {
  const given = process.env[name];
  return given === undefined ? usual : Number(given);
}

/** The demo's rooms file, with the ports that its services really have. */
function writtenRooms(ports: Readonly<Record<string, number>>): string {
  const file = JSON.parse(readFileSync(new URL("rooms.json", import.meta.url), "utf8")) as {
    rooms: { id: string; origin: string }[];
  };
  for (const room of file.rooms) room.origin = `http://127.0.0.1:${ports[room.id]}`;
  const path = join(dataFolder, "demo-rooms.json");
  writeFileSync(path, JSON.stringify(file, null, 2));
  return path;
}

/** Made once, so that a second start has the same. */
function keptToken(path: string): string {
  if (!existsSync(path)) {
    writeFileSync(path, randomBytes(18).toString("base64url"), { mode: 0o600 });
  }
  return readFileSync(path, "utf8").trim();
}

/** A signal ends the gateway first; the services follow when its last visitor is served. */
function passOnSignals(child: ChildProcess): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => child.kill("SIGTERM"));
  process.on("exit", () => child.kill("SIGTERM"));
}

function exitCodeOf(child: ChildProcess): Promise<number> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once("exit", (exitCode) => resolve(exitCode ?? 1)));
}

function welcome(inMemory: boolean): string {
  const port = visitors.split(":").at(-1);
  const store = inMemory
    ? "\n  Store       in memory: no redis-server is installed, so the line is LOST when this ends.\n              apt-get install redis-server, then start again, to keep it.\n"
    : `\n  Store       a private Redis in ${dataFolder}/redis: the line outlives this process.\n`;
  return `
  Sluse is open.

  Visitors    http://localhost:${port}/           the portal, with each service's present wait
              http://localhost:${port}/tax        a small tax site
              http://localhost:${port}/vaccine    a vaccination booking
  Operators   http://${operators}/api/rooms   with  Authorization: Bearer ${operatorToken}
  Metrics     http://${operators}/metrics
${store}
  Send a crowd (in another terminal):
    npm run crowd -- tax 2000              through the gate
    npm run crowd -- tax 2000 --no-gate    straight at the service: watch it fall
`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
