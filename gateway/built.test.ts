import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  freePort,
  type GatewayProcess,
  OPERATOR_TOKEN,
  startGatewayProcess,
} from "./testing/gateway-process.ts";
import { argumentsFor } from "./testing/programs.ts";
import { TestVisitor } from "./testing/visitor.ts";

const TOP = fileURLToPath(new URL("..", import.meta.url));
/** As on the machine that serves: nothing of the repository is above it. */
const artefact = mkdtempSync(join(tmpdir(), "sluse-artefact-"));
let gateway: GatewayProcess;

beforeAll(async () => {
  for (const path of ["dist", "package.json", ...packagesOfProduction()])
    cpSync(join(TOP, path), join(artefact, path), { recursive: true });
  gateway = await startGatewayProcess({
    top: artefact,
    port: await freePort(),
    env: { SLUSE_WORKERS: "2", SLUSE_OPERATOR_LISTEN: `127.0.0.1:${await freePort()}` },
    rooms: [
      {
        id: "tax",
        name: { da: "Skat", en: "Tax" },
        match: { host: "*", path: "/tax" },
        origin: "http://127.0.0.1:9",
        outflowPerMinute: 60,
        mode: "hold",
      },
    ],
  });
});

afterAll(async () => {
  await gateway?.stop();
  rmSync(artefact, { recursive: true, force: true });
});

/** What `npm ci --omit=dev` leaves here. */
function packagesOfProduction(): string[] {
  const lock = JSON.parse(readFileSync(join(TOP, "package-lock.json"), "utf8"));
  const packages: [string, { dev?: boolean; devOptional?: boolean }][] = Object.entries(lock.packages);
  return packages
    .filter(([path, { dev, devOptional }]) => path !== "" && !dev && !devOptional)
    .map(([path]) => path)
    .filter((path) => existsSync(join(TOP, path)));
}

it("serves the waiting page, takes joins by two workers, and has the console", async () => {
  const visitor = new TestVisitor(gateway.url, "tax");
  const page = await visitor.fetch("/tax/", {
    headers: { accept: "text/html", "sec-fetch-mode": "navigate" },
  });
  expect(await page.text()).toContain("<script");
  expect((await visitor.join()).status).toBe(200);
  const shown = await fetch(`${gateway.operatorUrl}/`);
  const script = /src="\.(\/assets\/[^"]+\.js)"/.exec(await shown.text())?.[1];
  expect([shown.status, (await fetch(gateway.operatorUrl + script)).status]).toEqual([200, 200]);
});

it("answers its operator's command line", async () => {
  const env = { SLUSE_OPERATOR_URL: gateway.operatorUrl, SLUSE_OPERATOR_TOKEN: OPERATOR_TOKEN };
  const said = await runProgram("sluse", ["rooms"], env);
  expect(said).toContain("tax");
});

it("writes keys, and checks the audit trail", async () => {
  expect(await runProgram("keys", ["--file", join(artefact, "keys.json")])).toContain("written");
  expect(await runProgram("audit-verify", ["--help"])).toContain("Usage");
});

async function runProgram(
  name: Parameters<typeof argumentsFor>[0],
  args: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, [...argumentsFor(name, artefact), ...args], { env });
  return stdout;
}
