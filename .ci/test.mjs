/**
 * `npm test`: everything that must hold, each step with its time. A step that fails shows its output and the rest
 * still runs. The last line is the count, `N passed, N failed`: each step before vitest counts as one, then vitest's
 * tests one by one. A test that did not run counts as failed. Exit code 1 if anything failed; arguments go to vitest:
 *
 *   npm test -- gateway/proxy
 *
 * With `--other-node`, as CI has it, the brief suite runs by another version of Node, too.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { countResults } from "./count.mjs";
import { setUp } from "./setup.mjs";

const top = fileURLToPath(new URL("..", import.meta.url));

/**
 * Redis is real in the tests, and so are the browser, nginx as a service and before one, certificates, and a web
 * application that nobody here wrote, and Prometheus with promtool; wrk is for the measurements, which also run tiny
 * here.
 */
const needs = ["redis", "chromium", "wrk", "nginx", "openssl", "jupyter", "prometheus"];

/** Of the versions that run on any system with Sluse, the one that this is not. */
const otherNode = process.versions.node.startsWith("22.") ? "20" : "22";

const checks = [
  { name: "types", command: ["tsc", "--noEmit"] },
  { name: "lint", command: ["biome", "check", "--error-on-warnings"] },
  { name: "unused", command: ["knip", "--no-progress"] },
];
const onOtherNode = { name: `Node ${otherNode}`, command: ["node", ".ci/nodes.mjs", "--brief", otherNode] };

const count = { passed: 0, failed: 0 };
const withOtherNode = process.argv.includes("--other-node");
const vitestArguments = process.argv.slice(2).filter((argument) => argument !== "--other-node");

/**
 * @param {string} name
 * @param {() => Promise<{ ok: boolean, output?: string }>} work
 */
async function step(name, work) {
  const since = performance.now();
  const { ok, output = "" } = await work();
  count[ok ? "passed" : "failed"] += 1;
  console.log(`${ok ? "ok    " : "FAILED"} ${name} (${((performance.now() - since) / 1000).toFixed(1)} s)`);
  if (!ok && output !== "") console.log(output.trimEnd());
  return ok;
}

/**
 * A program of node_modules, or Node itself; resolves with its exit code when it has ended and all its output is here.
 * @param {string[]} command
 * @param {import("node:child_process").StdioOptions} stdio
 * @param {Record<string, string>} [env] what it has besides this process's own
 */
function run([program, ...args], stdio, env) {
  return new Promise((done) => {
    const path = program === "node" ? process.execPath : join(top, "node_modules/.bin", program);
    const child = spawn(path, args, { cwd: top, stdio, env: { ...process.env, ...env } });
    const chunks = [];
    const stop = () => child.kill();
    process.once("SIGTERM", stop);
    child.stdout?.on("data", (chunk) => chunks.push(chunk));
    child.stderr?.on("data", (chunk) => chunks.push(chunk));
    child.once("error", (fault) => done({ ok: false, output: fault.message }));
    child.once("close", (code) => {
      process.removeListener("SIGTERM", stop);
      done({ ok: code === 0, output: Buffer.concat(chunks).toString() });
    });
  });
}

async function runVitest() {
  const folder = mkdtempSync(join(tmpdir(), "sluse-tests-"));
  const resultsFile = join(folder, "results.json");
  const command = [
    "vitest",
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${resultsFile}`,
  ];
  // vitest ends its workers without a word, so what they have in temporary folders goes with this one.
  const env = { TMPDIR: folder };
  const { ok } = await run([...command, ...vitestArguments], ["ignore", "inherit", "inherit"], env);
  const results = readResults(resultsFile);
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  count.passed += results.passed;
  count.failed += results.failed;
  for (const line of results.notRun) console.log(`FAILED ${line}`);
  if (!ok && results.failed === 0) {
    count.failed += 1;
    console.log("FAILED vitest (an error outside of any test; its words are above)");
  }
}

/** @param {string} file */
function readResults(file) {
  try {
    return countResults(JSON.parse(readFileSync(file, "utf8")));
  } catch (fault) {
    return { passed: 0, failed: 1, notRun: [`vitest left no results: ${fault.message}`] };
  }
}

async function main() {
  const ready = await step("set-up", async () => ({ ok: setUp({ needs }) === 0 }));
  if (!ready) return;
  for (const { name, command } of withOtherNode ? [...checks, onOtherNode] : checks)
    await step(name, () => run(command, ["ignore", "pipe", "pipe"]));
  await runVitest();
}

await main();
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed === 0 ? 0 : 1;
