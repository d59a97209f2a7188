import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
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

/** What `npm start` runs, on ports of its own; resolves with all it said when it says where to click. */
async function startDemo(
  port: number,
): Promise<{ said: string; ended: Promise<number | null>; stop(): void }> {
  const child = spawn(process.execPath, [START], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      SLUSE_DATA: folder,
      SLUSE_LISTEN: `127.0.0.1:${port}`,
      SLUSE_OPERATOR_LISTEN: `127.0.0.1:${await freePort()}`,
      DEMO_TAX_PORT: "0",
      DEMO_VACCINE_PORT: "0",
    },
  });
  running.push(child);
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const said = await new Promise<string>((resolve, reject) => {
    let text = "";
    void ended.then((code) => reject(new Error(`the demo ended with ${code}: ${text}`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      text += `${line}\n`;
      if (line.includes("--no-gate")) resolve(text);
    });
  });
  return { said, ended, stop: () => child.kill("SIGTERM") };
}

async function page(url: string): Promise<{ status: number; text: string }> {
  const reply = await request(url, { headers: { accept: "text/html", "sec-fetch-mode": "navigate" } });
  return { status: reply.statusCode, text: await reply.body.text() };
}

const tokenIn = (said: string) => /Bearer (\S+)/.exec(said)?.[1];

describe("npm start", () => {
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
    }
    first.stop();
    expect(await first.ended).toBe(0);
    const second = await startDemo(port);
    expect(tokenIn(second.said)).toBe(tokenIn(first.said));
    second.stop();
    expect(await second.ended).toBe(0);
  });
});
