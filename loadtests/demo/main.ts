/**
 * The demo: two services that fall over when too many come, and a gateway in front of them. The gateway is a
 * process of its own, as it would be in earnest; when it ends by itself, so does the demo.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { argumentsFor } from "../node-arguments.ts";
import type { RunningService } from "../services/site.ts";
import { startTaxService } from "../services/tax/service.ts";
import { startVaccineService } from "../services/vaccine/service.ts";

/** Wrong settings, and ports that others have. */
const EXIT_WRONG_SETTINGS = 2;

/** People that each demo service carries at once; the rooms let fewer in. */
const TAX_CARRIES = carriedBy("DEMO_TAX_CARRIES", 400);
const VACCINE_CARRIES = 150;
const HOST = "127.0.0.1";

const dataFolder = process.env.SLUSE_DATA || ".sluse";
const visitors = process.env.SLUSE_LISTEN || "127.0.0.1:8080";
const operators = process.env.SLUSE_OPERATOR_LISTEN || "127.0.0.1:8081";

if (await answersAsSluse(visitors)) giveUp(runsAlready());
makeDataFolder();
const operatorToken = process.env.SLUSE_OPERATOR_TOKEN || keptToken(join(dataFolder, "operator-token"));
const [tax, vaccine] = await Promise.all([
  startService("tax", "DEMO_TAX_PORT", 8091, (port) =>
    startTaxService({ port, host: HOST, carries: TAX_CARRIES }),
  ),
  startService("vaccine", "DEMO_VACCINE_PORT", 8092, (port) =>
    startVaccineService({ port, host: HOST, carries: VACCINE_CARRIES }),
  ),
]);
const gateway = spawn(process.execPath, argumentsFor("gateway"), {
  stdio: ["ignore", "pipe", "inherit"],
  env: {
    ...process.env,
    SLUSE_ROOMS: process.env.SLUSE_ROOMS || writtenRooms({ tax: tax.port, vaccine: vaccine.port }),
    SLUSE_DATA: dataFolder,
    // What the demo's rooms are named in.
    SLUSE_LANGUAGES: process.env.SLUSE_LANGUAGES || "da,en,de",
    SLUSE_OPERATOR_TOKEN: operatorToken,
    SLUSE_PUBLIC_URL: publicUrl(),
  },
});
/** Whether the demo was told to end. */
let asked = false;
let opened = false;
passOnSignals(gateway);
for await (const line of createInterface({ input: gateway.stdout })) {
  print(line);
  if (line.includes('"event":"listening"')) {
    opened = true;
    print(welcome(JSON.parse(line).store));
  }
  if (line.includes('"event":"wrong-settings"')) process.stderr.write(`${JSON.parse(line).message}\n`);
}
const code = await exitCodeOf(gateway);
if (opened && !asked)
  process.stderr.write(
    `The gateway ended by itself (${gateway.signalCode ?? `exit code ${code}`}), and so does the demo. npm start goes on where it was: nobody has lost a place.\n`,
  );
await Promise.all([tax.close(), vaccine.close()]);
process.exit(code);

/** Whether a gateway takes requests there already. */
async function answersAsSluse(address: string): Promise<boolean> {
  try {
    const reply = await fetch(`http://${address}/_sluse/rooms`, { signal: AbortSignal.timeout(2_000) });
    return Array.isArray(((await reply.json()) as { rooms?: unknown }).rooms);
  } catch {
    return false;
  }
}

function runsAlready(): string {
  return `Sluse runs already: ${publicUrl()}/
End it with Ctrl-C where it was started, or start a second one beside it:
  SLUSE_LISTEN=${HOST}:8180 SLUSE_OPERATOR_LISTEN=${HOST}:8181 DEMO_TAX_PORT=8191 DEMO_VACCINE_PORT=8192 SLUSE_DATA=.sluse-2 npm start`;
}

function giveUp(why: string): never {
  process.stderr.write(`${why}\n`);
  return process.exit(EXIT_WRONG_SETTINGS);
}

/** Not `recursive`, which never returns under /proc; whether it can be written to shows with the first file. */
function makeDataFolder(): void {
  try {
    mkdirSync(dataFolder, { mode: 0o700 });
  } catch (error) {
    if (!isCode(error, "EEXIST")) giveUp(unusableFolder(error));
  }
}

function unusableFolder(error: unknown): string {
  return `SLUSE_DATA: "${dataFolder}" (${(error as Error).message}); allowed: a folder to write to, in one that is there`;
}

async function startService(
  name: string,
  setting: string,
  usualPort: number,
  start: (port: number) => Promise<RunningService>,
): Promise<RunningService> {
  const given = process.env[setting] || String(usualPort);
  if (!/^\d{1,5}$/.test(given) || Number(given) > 65_535)
    giveUp(`${setting}: "${given}"; allowed: a port from 0 to 65535`);
  try {
    return await start(Number(given));
  } catch (error) {
    if (!isCode(error, "EADDRINUSE")) throw error;
    return giveUp(
      `${setting}: ${given}, for the demo's ${name} service, is taken by another program; allowed: a free port, such as ${setting}=${usualPort + 100}`,
    );
  }
}

/** How many people a service carries at once; a smaller one shows the same with a smaller crowd. */
function carriedBy(setting: string, usual: number): number {
  const given = process.env[setting] || String(usual);
  if (!/^[1-9]\d{0,4}$/.test(given))
    giveUp(`${setting}: "${given}"; allowed: a whole number from 1 to 99999`);
  return Number(given);
}

function isCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}

function publicUrl(): string {
  return process.env.SLUSE_PUBLIC_URL || `http://localhost:${visitors.split(":").at(-1)}`;
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
  try {
    if (!existsSync(path)) writeFileSync(path, randomBytes(18).toString("base64url"), { mode: 0o600 });
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    return giveUp(unusableFolder(error));
  }
}

/** A signal ends the gateway first; the services follow when its last visitor is served. */
function passOnSignals(child: ChildProcess): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => {
      asked = true;
      child.kill("SIGTERM");
    });
  process.on("exit", () => child.kill("SIGTERM"));
}

function exitCodeOf(child: ChildProcess): Promise<number> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once("exit", (exitCode) => resolve(exitCode ?? 1)));
}

function welcome(store: unknown): string {
  const url = publicUrl();
  const gate = visitors === "127.0.0.1:8080" ? "" : ` --gateway http://${visitors}`;
  const service = tax.port === 8091 ? "" : ` --service http://${HOST}:${tax.port}`;
  return `
  Sluse is open. Ctrl-C ends it.

  Visitors    ${url}/           the portal
              ${url}/tax        a small tax site
              ${url}/vaccine    vaccination appointments
  Operators   http://${operators}/         the console; its token, also for the API: Bearer ${operatorToken}
  The line    ${whereKept(store)}

  From another terminal, send a crowd through the gate, then the same straight at the service:
    npm run crowd -- tax 2000${gate}${service}
    npm run crowd -- tax 2000 --no-gate${service}
`;
}

function whereKept(store: unknown): string {
  if (store === "memory")
    return "in memory: it is LOST when this ends; apt-get install redis-server, start again, and it is kept";
  if (store === "redis") return "in the Redis of REDIS_URL";
  return `in a private Redis, ${join(dataFolder, "redis")}: it outlives this process`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
