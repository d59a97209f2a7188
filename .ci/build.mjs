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
/** In dist/: every file that went into it, by the SHA-256 of its content. */
const builtFrom = "built-from.json";

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
  const recorded = join(dist, builtFrom);
  if (!existsSync(recorded)) return false;
  const digests = Object.entries(JSON.parse(readFileSync(recorded, "utf8")));
  return digests.every(([path, digest]) => digestOf(path) === digest);
}

async function build() {
  process.stderr.write("build: making dist/\n");
  const { compile } = await import("./compile.mjs");
  // On the disk of dist/, whose place it then takes: nobody finds half of it.
  const folder = mkdtempSync(join(top, "node_modules/.sluse-build-"));
  try {
    chmodSync(folder, 0o755);
    const sources = await compile(folder);
    const digests = sources.map((path) => [path, digestOf(path)]);
    writeFileSync(join(folder, builtFrom), JSON.stringify(Object.fromEntries(digests), null, 1));
    if (existsSync(dist)) renameSync(dist, `${folder}-old`);
    renameSync(folder, dist);
  } finally {
    for (const left of [folder, `${folder}-old`]) rmSync(left, { recursive: true, force: true });
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
  for (;;) {
    const waiting = new Set();
    const server = createServer((socket) => waiting.add(socket.on("error", () => {})));
    const isOurs = await new Promise((resolve, reject) => {
      server.once("error", (fault) => (fault.code === "EADDRINUSE" ? resolve(false) : reject(fault)));
      server.listen(address, () => resolve(true));
    });
    if (isOurs) {
      return () => {
        server.close();
        for (const socket of waiting) socket.destroy();
      };
    }
    // Whoever builds says nothing; the connection ends when it is done.
    await new Promise((resolve) => {
      connect(address)
        .on("error", () => {})
        .on("close", resolve)
        .resume();
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
