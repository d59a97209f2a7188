/**
 * What a fresh clone needs before anything else can run. Plain JavaScript on Node alone, for nothing is installed yet.
 * It says nothing when nothing is to be done.
 *
 *   node .ci/setup.mjs [--needs=redis,chromium,wrk] [--wants=redis]
 *
 * Exit codes: 0 ready; 1 Node is too old, or an installation or the build failed; 2 wrong arguments; 3 a Debian package is needed
 * that we may not install ourselves (neither root nor CI): the command that does it is printed.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, readFileSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isBuilt } from "./build.mjs";

const top = fileURLToPath(new URL("..", import.meta.url));

export const exitCodes = { ready: 0, failed: 1, wrongArguments: 2, packageNeeded: 3 };

/** What a command may need beyond npm's packages: the program looked for, and Debian's package that has it. */
export const programs = {
  redis: { program: "redis-server", package: "redis-server" },
  chromium: { program: "chromium", package: "chromium" },
  wrk: { program: "wrk", package: "wrk" },
  nginx: { program: "nginx", package: "nginx-light" },
  openssl: { program: "openssl", package: "openssl" },
  jupyter: { program: "jupyter-notebook", package: "jupyter-notebook" },
  prometheus: { program: "promtool", package: "prometheus" },
};

const serverFolder = "/usr/sbin";
const oldestNode = [20, 12];

/** A package that is only wanted must not keep anybody waiting: apt has this long for it, in ms. */
const wantedTimeoutMs = 90_000;

/**
 * Makes the clone ready: Node's version, npm's packages, dist/, Debian's packages.
 * @param {{ needs?: string[], wants?: string[] }} [what] names of `programs`; without a wanted one it goes on
 * @returns {number} one of `exitCodes`
 */
export function setUp({ needs = [], wants = [] } = {}) {
  const tooOld = nodeProblem(process.versions.node);
  if (tooOld) return fail(exitCodes.failed, tooOld);
  const npmCode = installNpmPackages();
  if (npmCode !== exitCodes.ready) return npmCode;
  if (!isBuilt() && !run(process.execPath, [join(top, ".ci/build.mjs")])) return exitCodes.failed;
  const wanted = missing(wants);
  if (wanted.length > 0) installWanted(wanted);
  return installNeeded(missing(needs));
}

/**
 * @param {string} version such as `20.12.0`
 * @returns {string | null} what is wrong with it
 */
export function nodeProblem(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const newEnough = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return newEnough ? null : `Sluse needs Node ${oldestNode.join(".")} or newer; this is Node ${version}`;
}

/**
 * Whether what npm installed is what the lockfile asks for, by content: a checkout's file times mean nothing.
 * @param {string | null} lockText package-lock.json
 * @param {string | null} installedText node_modules/.package-lock.json, which npm writes when it is done
 * @param {string} nativeSuffix how the packages made for this very system and Node end: `linux-x64-20`
 * @returns {string | null} why `npm ci` must run
 */
export function npmProblem(lockText, installedText, nativeSuffix) {
  if (installedText === null) return "npm's packages are not installed";
  if (lockText === null) return "there is no package-lock.json";
  const wanted = JSON.parse(lockText).packages;
  const installed = JSON.parse(installedText).packages;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === "") continue;
    const found = installed[path];
    // Those for other systems are optional, and left out.
    if (!found && entry.optional && !path.endsWith(nativeSuffix)) continue;
    if (!found) return `${path} is missing`;
    if (found.version !== entry.version || found.integrity !== entry.integrity)
      return `${path} is another version`;
  }
  const stranger = Object.keys(installed).find((path) => !(path in wanted));
  return stranger ? `${stranger} is not in the lockfile` : null;
}

/**
 * @param {string[]} argv
 * @returns {{ needs: string[], wants: string[] }}
 * @throws {Error} for a flag or a name that does not exist
 */
export function parseArguments(argv) {
  const parsed = { needs: [], wants: [] };
  for (const argument of argv) {
    const [, flag, list] = /^--(needs|wants)=(.+)$/.exec(argument) ?? [];
    if (!flag) throw new Error(`${argument}: allowed are --needs=NAME,... and --wants=NAME,...`);
    for (const name of list.split(",")) {
      if (!Object.hasOwn(programs, name)) {
        throw new Error(`${name}: allowed are ${Object.keys(programs).join(", ")}`);
      }
      parsed[flag].push(name);
    }
  }
  return parsed;
}

/**
 * @param {string} program
 * @returns {boolean} whether it is on the PATH, or where Debian keeps servers, which is on root's PATH alone
 */
export function isInstalled(program) {
  return [...(process.env.PATH ?? "").split(delimiter), serverFolder].some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== "";
    } catch {
      return false;
    }
  });
}

function installNpmPackages() {
  const nativeSuffix = `${process.platform}-${process.arch}-${process.versions.node.split(".")[0]}`;
  const lock = readText(join(top, "package-lock.json"));
  const problem = npmProblem(lock, readText(join(top, "node_modules/.package-lock.json")), nativeSuffix);
  if (!problem) return exitCodes.ready;
  say(`${problem}: npm ci`);
  if (run("npm", ["ci", "--no-audit", "--no-fund"])) return exitCodes.ready;
  return fail(exitCodes.failed, "npm ci failed; its words are above");
}

/** @param {string[]} names */
function missing(names) {
  return names.filter((name) => !isInstalled(programs[name].program));
}

/** @param {string[]} names */
function installNeeded(names) {
  if (names.length === 0) return exitCodes.ready;
  const commands = aptCommands(names);
  if (!mayInstall()) {
    const line = commands.map((command) => ["sudo", ...command].join(" ")).join(" && ");
    return fail(
      exitCodes.packageNeeded,
      `needed and not installed: ${names.join(", ")}. Install with\n  ${line}`,
    );
  }
  say(`installing ${packagesOf(names).join(", ")}`);
  install(commands);
  const still = missing(names);
  if (still.length === 0) return exitCodes.ready;
  return fail(exitCodes.failed, `could not install ${still.join(", ")}; the words of apt-get are above`);
}

/** @param {string[]} names */
function installWanted(names) {
  if (mayInstall()) {
    say(`installing ${packagesOf(names).join(", ")}`);
    install(aptCommands(names), wantedTimeoutMs);
  }
  const still = missing(names);
  if (still.length > 0)
    say(`going on without ${still.join(", ")} (apt-get install ${packagesOf(still).join(" ")})`);
}

/** @param {string[]} names */
function packagesOf(names) {
  return names.map((name) => programs[name].package);
}

/** @param {string[]} names */
function aptCommands(names) {
  return [
    ["apt-get", "update", "-q"],
    ["apt-get", "install", "-q", "-y", "--no-install-recommends", ...packagesOf(names)],
  ];
}

/** Nobody's own machine is changed unasked: root's container is, and so is a CI runner. */
function mayInstall() {
  return isInstalled("apt-get") && (isRoot() || Boolean(process.env.CI));
}

function isRoot() {
  return process.getuid?.() === 0;
}

/**
 * @param {string[][]} commands
 * @param {number} [timeoutMs]
 */
function install(commands, timeoutMs) {
  // Several of these packages bring a service, and none of it is wanted: systemd starts nothing when it is "offline".
  const environment = ["env", "DEBIAN_FRONTEND=noninteractive", "SYSTEMD_OFFLINE=1"];
  const asRoot = isRoot() ? environment : ["sudo", "-n", ...environment];
  // Where `update` fails for one source, the lists of the others may do; `install` has the last word.
  for (const [program, ...args] of commands.map((command) => [...asRoot, ...command])) {
    run(program, args, timeoutMs);
  }
}

/**
 * Everything goes to stderr: stdout belongs to the command that follows.
 * @param {string} program
 * @param {string[]} args
 * @param {number} [timeoutMs]
 */
function run(program, args, timeoutMs) {
  const { status, error } = spawnSync(program, args, {
    cwd: top,
    stdio: ["ignore", 2, 2],
    timeout: timeoutMs,
  });
  if (error) say(`${program}: ${error.message}`);
  return status === 0;
}

/** @param {string} file */
function readText(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`setup: ${line}\n`);
}

/**
 * @param {number} code
 * @param {string} line
 */
function fail(code, line) {
  say(line);
  return code;
}

function main() {
  try {
    return setUp(parseArguments(process.argv.slice(2)));
  } catch (fault) {
    return fail(exitCodes.wrongArguments, fault.message);
  }
}

// By its real path, for a clone may be reached through a link.
if (realpathSync(process.argv[1] ?? ".") === fileURLToPath(import.meta.url)) process.exitCode = main();
