import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listFiles } from "./repository.ts";

const top = join(import.meta.dirname, "..");
const MADE = { code: 0, said: "build: making dist/\n" };
const NOTHING_TO_DO = { code: 0, said: "" };
/** Goes into one program and into nothing else. */
const SOURCE = "gateway/keys-command.ts";
let clone: string;

// On the disk of the repository, and below its node_modules, so that esbuild is found.
beforeAll(() => {
  clone = mkdtempSync(join(top, "node_modules/.sluse-tests-"));
  mkdirSync(join(clone, "node_modules"));
  for (const path of listFiles().filter((path) => !/^loadtests|\.(png|md)$/.test(path))) {
    mkdirSync(join(clone, dirname(path)), { recursive: true });
    cpSync(join(top, path), join(clone, path));
  }
});

afterAll(() => rmSync(clone, { recursive: true, force: true }));

interface Ran {
  readonly code: number;
  readonly said: string;
}

function runIn(folder: string, args: readonly string[]): Promise<Ran> {
  return new Promise((done) => {
    execFile(process.execPath, args, { cwd: folder }, (error, out, err) =>
      done({ code: Number(error?.code ?? 0), said: out + err }),
    );
  });
}

const build = () => runIn(clone, [".ci/build.mjs"]);

function change(path: string, from: string, to: string): void {
  const file = join(clone, path);
  const text = readFileSync(file, "utf8");
  expect(text).toContain(from);
  writeFileSync(file, text.replaceAll(from, to));
}

/** Puts something else in the place of what dist/ was made from. */
const record = (text: string) => writeFileSync(join(clone, "dist/built-from.json"), text);

it("makes dist/ once, however many ask for it at the same time", async () => {
  const ran = await Promise.all([build(), build(), build(), build()]);
  expect(ran.filter(({ said }) => said !== "")).toEqual([MADE]);
  expect(ran.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(await build()).toEqual(NOTHING_TO_DO);
});

it("makes it anew where something that went into it has changed, and only there", async () => {
  change("gateway/keys-command.test.ts", "keys", "anything");
  expect(await build()).toEqual(NOTHING_TO_DO);
  for (const [path, from, to] of [
    [SOURCE, "new keys added", "more keys added"],
    ["queue-core/store/redis/lua/trail.lua", "\n", " \n"],
    ["dashboards/operator/index.html", "Sluse", "Lock"],
    ["gateway/page/style.css", "\n", "\n\n"],
    ["package-lock.json", '"version": "0.1.0"', '"version": "0.1.1"'],
  ] as const) {
    change(path, from, to);
    expect(await build(), path).toEqual(MADE);
  }
  expect(readFileSync(join(clone, "dist/keys.mjs"), "utf8")).toContain("more keys added");
  expect(readFileSync(join(clone, "dist/console/index.html"), "utf8")).toContain("<title>Lock</title>");
});

it("leaves dist/ as it was where a source is wrong, and says where", async () => {
  change(SOURCE, "const given = readArguments();", "const given = = readArguments();");
  const { code, said } = await build();
  expect(code).toBe(1);
  expect(said).toContain(`${SOURCE}:`);
  expect(readFileSync(join(clone, "dist/keys.mjs"), "utf8")).toContain("more keys added");
  change(SOURCE, "const given = = readArguments();", "const given = readArguments();");
  expect(await build()).toEqual(NOTHING_TO_DO);
});

it("is known by its real path, so that a clone may be reached through a link", async () => {
  const link = `${clone}-link`;
  symlinkSync(clone, link);
  rmSync(join(clone, "dist"), { recursive: true });
  const ran = await runIn(link, [join(link, ".ci/build.mjs")]);
  rmSync(link);
  expect([ran, existsSync(join(clone, "dist/gateway.mjs"))]).toEqual([MADE, true]);
});

it("keeps the lines of TypeScript for stack traces, and calls no wrapper for names", async () => {
  change(
    SOURCE,
    "const given = readArguments();",
    'const given = (() => { throw new Error("planted"); })();',
  );
  await build();
  const lines = readFileSync(join(clone, SOURCE), "utf8").split("\n");
  const line = lines.findIndex((text) => text.includes("planted")) + 1;
  const { said } = await runIn(clone, ["--enable-source-maps", "dist/keys.mjs"]);
  expect(said).toContain(`${SOURCE}:${line}:`);
  expect(readFileSync(join(clone, "dist/gateway.mjs"), "utf8")).not.toMatch(/__name\(/);
});

it.each(["", "{", "null", "{}", '{"sources":{},"made":[]}', '{"sources":[],"made":7}'])(
  "makes dist/ anew where %j is said to be what it was made from",
  async (text) => {
    record(text);
    expect(await build()).toEqual(MADE);
    expect(await build()).toEqual(NOTHING_TO_DO);
  },
);

it("makes dist/ anew where a program is missing, and takes away what a killed build has left", async () => {
  rmSync(join(clone, "dist/gateway.mjs"));
  mkdirSync(join(clone, ".sluse-build-killed"));
  expect(await build()).toEqual(MADE);
  expect(existsSync(join(clone, "dist/gateway.mjs"))).toBe(true);
  expect(existsSync(join(clone, ".sluse-build-killed"))).toBe(false);
});

it("names sources where they are", () => {
  const { sources } = JSON.parse(readFileSync(join(clone, "dist/gateway.mjs.map"), "utf8"));
  expect(sources).toContain("../gateway/main.ts");
});
