/**
 * `npm run build`: makes dist/, which is all that runs in production. Copied beside package.json and the node_modules
 * of `npm ci --omit=dev` it runs by plain Node. What is in it: compile.mjs.
 *
 * It says nothing where dist/ is made from the files as they are. Plain JavaScript, since what reads TypeScript may not
 * be installed. Exit codes: 0 dist/ is there; 1 it could not be made, and is as it was.
 */
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const top = fileURLToPath(new URL("..", import.meta.url));
const dist = join(top, "dist");
/** In dist/: every file that went into it, by the SHA-256 of its content, and the files that came of it. */
const builtFrom = "built-from.json";
/** Beside dist/, since source maps say where sources are from there. */
const workFolder = ".sluse-build-";
/** Somebody else's build takes a second or two. */
const saidAfterMs = 5_000;
const mostWaitMs = 120_000;

/** Makes dist/ where it is not made from the files as they are. Throws where it cannot be made. */
export async function buildWhenNeeded() {
  if (isBuilt()) return;
  const release = await onlyOne();
  try {
    // Another process may have made it meanwhile.
    if (!isBuilt()) await build();
  } finally {
    release();
  }
}

/** vitest's global set-up: tests start the programs of dist/. Watching, it is made again as sources change. */
export async function setup(project) {
  await buildWhenNeeded();
  project.onTestsRerun(buildWhenNeeded);
}

/** By content: a checkout's file times mean nothing. A new file counts once one that is known here imports it. */
export function isBuilt() {
  const { sources, made } = readRecord();
  const digests = Object.entries(sources);
  return (
    digests.length > 0 &&
    digests.every(([path, digest]) => digestOf(path) === digest) &&
    made.every((path) => existsSync(join(dist, path)))
  );
}

/** Of nothing where there is none, or none that can be read. */
function readRecord() {
  try {
    const { sources, made } = JSON.parse(readFileSync(join(dist, builtFrom), "utf8"));
    return { sources: Object(sources), made: Array.from(made) };
  } catch {
    return { sources: {}, made: [] };
  }
}

async function build() {
  process.stderr.write("build: making dist/\n");
  const compile = await loadCompiler();
  // Nobody else builds: what lies here was left by a build that was killed.
  for (const name of readdirSync(top).filter((name) => name.startsWith(workFolder)))
    rmSync(join(top, name), { recursive: true, force: true });
  // On the disk of dist/, whose place it then takes: nobody finds half of it.
  const folder = mkdtempSync(join(top, workFolder));
  try {
    chmodSync(folder, 0o755);
    const sources = await compile(folder);
    const digests = sources.map((path) => [path, digestOf(path)]);
    const made = readdirSync(folder, { recursive: true });
    const record = { sources: Object.fromEntries(digests), made };
    writeFileSync(join(folder, builtFrom), JSON.stringify(record, null, 1));
    if (existsSync(dist)) renameSync(dist, `${folder}-old`);
    renameSync(folder, dist);
  } finally {
    for (const left of [folder, `${folder}-old`]) rmSync(left, { recursive: true, force: true });
  }
}

async function loadCompiler() {
  try {
    return (await import("./compile.mjs")).compile;
  } catch (fault) {
    if (fault.code !== "ERR_MODULE_NOT_FOUND") throw fault;
    throw new Error(
      "dist/ must be made, and the packages that make it are not installed: run `npm ci` without --omit=dev, " +
        "or copy a dist/ that was made from these files",
      { cause: fault },
    );
  }
}

/** @param {string} path from the top */
function digestOf(path) {
  try {
    return createHash("sha256")
      .update(readFileSync(join(top, path)))
      .digest("hex");
  } catch {
    return null;
  }
}

/**
 * Resolves with what ends it, when no other process of this machine builds here. The kernel keeps the name (an abstract
 * unix socket) for as long as its process lives, so nothing is left behind by one that was killed.
 */
async function onlyOne() {
  const { dev, ino } = statSync(top);
  const address = `\0sluse-build-${dev}-${ino}`;
  const sayLater = setTimeout(() => {
    process.stderr.write("build: waiting for another process that builds here\n");
  }, saidAfterMs);
  const giveUp = AbortSignal.timeout(mostWaitMs);
  for (;;) {
    const waiting = new Set();
    const server = createServer((socket) => waiting.add(socket.on("error", () => {})));
    const isOurs = await new Promise((resolve, reject) => {
      server.once("error", (fault) => (fault.code === "EADDRINUSE" ? resolve(false) : reject(fault)));
      server.listen(address, () => resolve(true));
    });
    if (isOurs) {
      clearTimeout(sayLater);
      return () => {
        server.close();
        for (const socket of waiting) socket.destroy();
      };
    }
    // Whoever builds says nothing; the connection ends when it is done.
    await new Promise((resolve, reject) => {
      const socket = connect(address)
        .on("error", () => {})
        .on("close", resolve)
        .resume();
      giveUp.addEventListener("abort", () => {
        reject(
          new Error(`another process has held the build for ${mostWaitMs / 1_000} s; end it, or try again`),
        );
        socket.destroy();
      });
    });
  }
}

async function main() {
  try {
    await buildWhenNeeded();
  } catch (fault) {
    process.stderr.write(`build: ${fault.message}\n`);
    process.exitCode = 1;
  }
}

// By its real path, for a clone may be reached through a link.
if (realpathSync(process.argv[1] ?? ".") === fileURLToPath(import.meta.url)) await main();
