import { describe, expect, it } from "vitest";
import packageJson from "../package.json" with { type: "json" };
import { listFiles, readFiles } from "./repository.ts";
import { type UntestedFolders, untestedFolders, untidyLines } from "./tidy.ts";

const reasons: UntestedFolders = {
  "dashboards/operator/parts": "is tested in Chromium, in dashboards/operator/ and gateway/browser/",
  "dashboards/operator/views": "is tested in Chromium, in dashboards/operator/ and gateway/browser/",
  "queue-core/languages/*": "is data; registry.test.ts beside it holds every language whole",
};

const binary = /\.(?:png|jpg|ico|woff2?|gz|br)$/;

describe("the repository is tidy", () => {
  const paths = listFiles();

  it("has no test left out, no promise instead of work, no path of one machine, no registry's name", () => {
    expect(untidyLines(readFiles(paths.filter((path) => !binary.test(path))))).toEqual([]);
  });

  it("has tests where it has code", () => {
    expect(untestedFolders(paths, reasons)).toEqual([]);
  });
});

describe("npm's scripts", () => {
  // npm runs them in a shell, which ends at SIGTERM and leaves what it started running.
  it.each(Object.entries(packageJson.scripts).filter(([, script]) => script.includes("node ")))(
    "%s ends with `exec`, so that a signal to npm reaches the program",
    (_name, script) => {
      expect(script.split("&&").at(-1)?.trim()).toMatch(/^exec node /);
    },
  );
});

describe("the checker catches", () => {
  // Apart, so that this file has none of them.
  const marker = "TO".concat("DO");
  const home = "/ho".concat("me/ada/sluse");
  const only = "on".concat("ly");
  const skip = "sk".concat("ip");

  it.each([
    ["a.test.ts", `it.${only}("x", () => {});`],
    ["a.test.ts", `describe.concurrent.${skip}("x", () => {});`],
    ["a.test.ts", `it.${skip}If(process.env.CI)("x", () => {});`],
    ["a.test.ts", `ctx.${skip}();`],
    ["a.ts", `// ${marker}: later`],
    ["docs/a.md", `run it in ${home}`],
    ["a.ts", `const folder = "${home}";`],
    ["package-lock.json", '      "resolved": "https://registry.example/a.tgz",'],
  ])("%s: %s", (path, line) => {
    expect(untidyLines([{ path, text: `first\n${line}\n` }])).toEqual([
      expect.stringContaining(`${path}:2 `),
    ]);
  });

  it("a folder without tests, and a reason that is not needed", () => {
    const paths = ["a/x.ts", "b/x.ts", "b/x.test.ts", "c/x.ts", "c/deep/x.test.ts", "d/readme.md", "e/x.ts"];
    expect(untestedFolders(paths, { b: "why not", e: "generated" })).toEqual([
      expect.stringContaining("a/ has code and no test"),
      expect.stringContaining("b/ has a reason"),
    ]);
    const nested = ["d/x/a.ts", "d/y/a.ts"];
    expect(untestedFolders(nested, { "d/*": "data", "e/*": "gone" })).toEqual([
      "e/*/ has a reason for having no test, and needs none: take it out",
    ]);
  });
});

describe("the checker lets pass", () => {
  it.each([
    ["a.ts", "list.only(1);"],
    ["a.test.ts", 'it.each([1])("x", () => {});'],
    ["docs/a.md", "GET /_sluse/rooms/tax/job/1 and https://example.org/home/page"],
    ["package-lock.json", '      "integrity": "sha512-abc"'],
  ])("%s: %s", (path, line) => {
    expect(untidyLines([{ path, text: line }])).toEqual([]);
  });
});
