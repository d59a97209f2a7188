import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isInstalled, nodeProblem, npmProblem, parseArguments } from "./setup.mjs";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluse-setup-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What dist/ is said to be made from: a file that is in the clone as it was. */
const BUILT = {
  sources: { "package-lock.json": createHash("sha256").update(lockfile({})).digest("hex") },
  made: [],
};

/** A clone whose packages are installed and that is built, on a system with nothing but `programs` (scripts by name) on its PATH. */
function runSetup(
  args: string[],
  programs: Record<string, string>,
  environment: Record<string, string> = {},
  builtFrom: object = BUILT,
) {
  const bin = join(folder, "bin");
  mkdirSync(join(folder, ".ci"));
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  mkdirSync(bin);
  for (const name of ["setup.mjs", "build.mjs", "compile.mjs"])
    copyFileSync(join(import.meta.dirname, name), join(folder, ".ci", name));
  mkdirSync(join(folder, "dist"));
  writeFileSync(join(folder, "dist/built-from.json"), JSON.stringify(builtFrom));
  for (const file of ["package-lock.json", "node_modules/.package-lock.json"]) {
    writeFileSync(join(folder, file), lockfile({}));
  }
  // What `env` and the scripts themselves stand on.
  for (const tool of ["env", "sh", "touch", "chmod"]) symlinkSync(`/bin/${tool}`, join(bin, tool));
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const result = spawnSync(process.execPath, [join(folder, ".ci/setup.mjs"), ...args], {
    encoding: "utf8",
    env: { PATH: bin, BIN: bin, ...environment },
  });
  return { code: result.status, out: result.stdout, err: result.stderr };
}

type Entry = Record<string, string | boolean>;

function lockfile(packages: Record<string, Entry>): string {
  return JSON.stringify({ packages: { "": {}, ...packages } });
}

const one = { version: "1.0.0", integrity: "sha512-a" };

describe("what runs", () => {
  it("is built where it was not, and stops all where it cannot be", () => {
    const { code, err } = runSetup(
      [],
      {},
      {},
      { sources: { "package-lock.json": "of another content" }, made: [] },
    );
    expect(err).toMatch(/^build: making dist\/\nbuild: .*run `npm ci`/);
    expect(code).toBe(1);
  });
});

describe("Node's version", () => {
  it.each(["20.12.0", "20.20.2", "22.0.0", "24.1.0"])("%s will do", (version) => {
    expect(nodeProblem(version)).toBeNull();
  });

  it.each(["20.10.9", "18.20.0", "8.0.0"])("%s is refused in one clear line", (version) => {
    expect(nodeProblem(version)).toBe(`Sluse needs Node 20.12 or newer; this is Node ${version}`);
  });
});

describe("npm's packages are installed again when", () => {
  const native = "linux-x64-20";
  const lock = lockfile({ "node_modules/a": one });

  it.each([
    ["there are none", lock, null, "not installed"],
    ["one is missing", lock, lockfile({}), "node_modules/a is missing"],
    [
      "one has another version",
      lock,
      lockfile({ "node_modules/a": { ...one, version: "1.0.1" } }),
      "another version",
    ],
    [
      "one has other content",
      lock,
      lockfile({ "node_modules/a": { ...one, integrity: "b" } }),
      "another version",
    ],
    ["one was taken out", lockfile({}), lock, "not in the lockfile"],
    [
      "the one for this Node is missing",
      lockfile({ "node_modules/@uwsjs/linux-x64-20": { ...one, optional: true } }),
      lockfile({}),
      "linux-x64-20 is missing",
    ],
  ])("%s", (_case, wanted, installed, problem) => {
    expect(npmProblem(wanted, installed, native)).toContain(problem);
  });

  it("one of the two that Node 22 may take is missing", () => {
    const both = ["node_modules/@uwsjs/linux-x64-22", "node_modules/@uwsjs-20.51/linux-x64-22"];
    const wanted = lockfile(Object.fromEntries(both.map((path) => [path, { ...one, optional: true }])));
    for (const path of both) {
      expect(npmProblem(wanted, lockfile({ [path]: one }), "linux-x64-22")).toContain("is missing");
      expect(npmProblem(wanted, lockfile({}), "linux-x64-24")).toBeNull();
    }
  });

  it("and not when only those for other systems are missing", () => {
    const wanted = lockfile({
      "node_modules/a": one,
      "node_modules/b": { ...one, optional: true },
      "node_modules/@uwsjs/linux-x64-22": { ...one, optional: true },
      "node_modules/@uwsjs-20.51/linux-x64-22": { ...one, optional: true },
    });
    expect(npmProblem(wanted, lock, native)).toBeNull();
  });
});

describe("arguments", () => {
  it("are lists of names", () => {
    expect(parseArguments(["--needs=redis,wrk", "--wants=chromium"])).toEqual({
      needs: ["redis", "wrk"],
      wants: ["chromium"],
    });
  });

  it.each(["--needs=apache", "--needs=toString", "--need=redis", "redis", "--needs="])(
    "%s is refused",
    (argument) => {
      expect(() => parseArguments([argument])).toThrow("allowed are");
    },
  );
});

describe("Debian's packages", () => {
  // Both tries of becoming root end here: as root apt-get is run as it is, otherwise through sudo.
  const sudo = 'shift; exec "$@"';
  const aptGet =
    'echo "$DEBIAN_FRONTEND $SYSTEMD_OFFLINE $*" >&2; case "$*" in *install*) touch "$BIN/redis-server"; chmod +x "$BIN/redis-server";; esac';

  it("are looked for on the PATH", () => {
    expect(isInstalled("node")).toBe(true);
    expect(isInstalled("no-such-program")).toBe(false);
  });

  it("are not spoken of when they are there", () => {
    expect(runSetup(["--needs=redis", "--wants=redis"], { "redis-server": "" })).toEqual({
      code: 0,
      out: "",
      err: "",
    });
  });

  it("are installed in CI, after an update, without a question and without starting a service", () => {
    const { code, err } = runSetup(["--needs=redis"], { "apt-get": aptGet, sudo }, { CI: "true" });
    expect(err).toContain(
      "noninteractive 1 update -q\nnoninteractive 1 install -q -y --no-install-recommends redis-server",
    );
    expect(code).toBe(0);
  });

  it("are an error when they cannot be installed", () => {
    const { code, err } = runSetup(["--needs=redis"], { "apt-get": "exit 100", sudo }, { CI: "true" });
    expect(err).toContain("could not install redis");
    expect(code).toBe(1);
  });

  it("are left to the owner of the machine where we may not install, with the command", () => {
    const { code, err } = runSetup(["--needs=redis,wrk"], {});
    expect(err).toContain("sudo apt-get update -q && sudo apt-get install");
    expect(err).toContain("--no-install-recommends redis-server wrk");
    expect(code).toBe(3);
  });

  it("that are only wanted stop nobody", () => {
    const { code, err } = runSetup(["--wants=redis"], { "apt-get": "exit 100", sudo }, { CI: "true" });
    expect(err).toContain("going on without redis");
    expect(code).toBe(0);
  });
});
