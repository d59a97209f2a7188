import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { request } from "undici";
import { afterAll, describe, expect, it } from "vitest";
import { startOrigin } from "../servers.ts";

const START = fileURLToPath(new URL("start.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "sluse-demo-"));
const running: ChildProcess[] = [];

afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const probe = await startOrigin();
  await probe.stop();
  return Number(new URL(probe.url).port);
}

interface Ended {
  readonly code: number | null;
  readonly said: string;
  readonly complained: string;
}

/** What `npm start` runs, on ports of its own unless `env` says otherwise. */
function runDemo(env: Record<string, string>): {
  child: ChildProcess;
  ended: Promise<Ended>;
  opened: Promise<string>;
} {
  const child = spawn(process.execPath, [START], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, SLUSE_DATA: folder, DEMO_TAX_PORT: "0", DEMO_VACCINE_PORT: "0", ...env },
  });
  running.push(child);
  let said = "";
  let complained = "";
  child.stderr.on("data", (text) => {
    complained += text;
  });
  const ended = new Promise<Ended>((resolve) =>
    child.once("close", (code) => resolve({ code, said, complained })),
  );
  const opened = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      said += `${line}\n`;
      if (line.includes("--no-gate")) resolve(said);
    });
    void ended.then(({ code }) => reject(new Error(`the demo ended with ${code}: ${said}${complained}`)));
  });
  // A demo that is expected to end is not expected to open.
  opened.catch(() => {});
  return { child, ended, opened };
}

/** Resolves with all it said when it says where to click. */
async function startDemo(port: number): Promise<{ said: string; stop(): Promise<number | null> }> {
  const { child, ended, opened } = runDemo(await listeners(port));
  return {
    said: await opened,
    async stop() {
      child.kill("SIGTERM");
      return (await ended).code;
    },
  };
}

async function listeners(port: number): Promise<Record<string, string>> {
  return {
    SLUSE_LISTEN: `127.0.0.1:${port}`,
    SLUSE_OPERATOR_LISTEN: `127.0.0.1:${await freePort()}`,
  };
}

/** The gateway's process among the demo's own (proc(5)). */
function gatewayOf(demo: ChildProcess): number {
  const children = readFileSync(`/proc/${demo.pid}/task/${demo.pid}/children`, "utf8").trim().split(" ");
  const found = children.find((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("dist/gateway.mjs"),
  );
  if (found === undefined) throw new Error(`no gateway among ${children}`);
  return Number(found);
}

async function page(url: string, cookie = ""): Promise<{ status: number; text: string }> {
  const reply = await request(url, {
    headers: { accept: "text/html", "accept-language": "da", "sec-fetch-mode": "navigate", cookie },
  });
  return { status: reply.statusCode, text: await reply.body.text() };
}

const tokenIn = (said: string) => /Bearer (\S+)/.exec(said)?.[1];

describe("npm start", () => {
  // PROTOCOL: `npm start` (demo: gateway, two services, a store)
  // PROTOCOL: (`npm start` makes one)
  it("opens the demo, says where to click, and keeps the operator token over a restart", async () => {
    const port = await freePort();
    const first = await startDemo(port);
    expect(first.said).toContain('"event":"listening"');
    expect(first.said).toContain(`http://localhost:${port}/`);
    expect(first.said).toContain("npm run crowd -- tax 2000");
    expect(tokenIn(first.said)).toMatch(/^.{16,}$/);
    const portal = await page(`http://127.0.0.1:${port}/`);
    expect(portal.status).toBe(200);
    expect(portal.text).toContain('href="/tax"');
    expect(portal.text).toContain('href="/vaccine"');
    for (const service of ["tax", "vaccine"]) {
      const found = await page(`http://127.0.0.1:${port}/${service}`);
      expect([service, found.status]).toEqual([service, 200]);
      expect(found.text).toContain("<form");
      expect(found.text).toContain('<html lang="da">');
      const inEnglish = await page(`http://127.0.0.1:${port}/${service}`, "sluse_lang=en");
      expect(inEnglish.text).toContain('<html lang="en">');
    }
    const meanwhile = await runDemo({ SLUSE_LISTEN: `127.0.0.1:${port}` }).ended;
    expect(meanwhile.code).toBe(2);
    expect(meanwhile.complained).toContain(`Sluse runs already: http://localhost:${port}/\n`);
    expect(await first.stop()).toBe(0);
    const second = await startDemo(port);
    expect(tokenIn(second.said)).toBe(tokenIn(first.said));
    expect(await second.stop()).toBe(0);
  });

  it("says so when the gateway ends by itself, and a start takes up the line where it was", async () => {
    const { child, ended, opened } = runDemo(await listeners(await freePort()));
    await opened;
    process.kill(gatewayOf(child), "SIGKILL");
    const { code, complained } = await ended;
    expect(code).toBe(1);
    expect(complained).toContain("The gateway ended by itself (SIGKILL), and so does the demo.");
    const again = await startDemo(await freePort());
    expect(await again.stop()).toBe(0);
  });

  it("says which port is taken, for whom, and what to set", async () => {
    const other = await startOrigin();
    const taken = new URL(other.url).port;
    const { code, said, complained } = await runDemo({
      ...(await listeners(await freePort())),
      DEMO_VACCINE_PORT: taken,
    }).ended;
    const gateways = await runDemo(await listeners(Number(taken))).ended;
    await other.stop();
    expect([code, said]).toEqual([2, ""]);
    expect(complained).toBe(
      `DEMO_VACCINE_PORT: ${taken}, for the demo's vaccine service, is taken by another program; allowed: a free port, such as DEMO_VACCINE_PORT=8192\n`,
    );
    expect(gateways.code).toBe(2);
    expect(gateways.complained).toMatch(
      /^SLUSE_LISTEN: "[^"]+" for the visitors' listener is taken .*; allowed: .*\n$/,
    );
  });

  it.each([
    ["SLUSE_DATA", "/proc/sluse"],
    ["SLUSE_DATA", START],
    ["DEMO_TAX_PORT", "http"],
    ["DEMO_TAX_CARRIES", "0"],
    ["SLUSE_LISTN", "127.0.0.1:0"],
  ])("says what is wrong with %s=%s", async (name, value) => {
    const env = { ...(await listeners(await freePort())), [name]: value };
    const { code, complained } = await runDemo(env).ended;
    expect(code).toBe(2);
    expect(complained).toMatch(new RegExp(`^${name}: [^\\n]+\n$`));
  });
});
