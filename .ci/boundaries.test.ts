import { describe, expect, it } from "vitest";
import packageJson from "../package.json" with { type: "json" };
import { boundaryViolations, findImports, strayTopLevelNames } from "./boundaries.ts";
import { isCode, listFiles, readFiles } from "./repository.ts";

const doors = {
  "#core": "./queue-core/index.ts",
  "#core/settings": "./queue-core/domain/settings.ts",
  "#operator-api": "./gateway/operator-api/index.ts",
  "#operator-api/schemas": "./gateway/operator-api/schemas.ts",
  "#core/tokens": "./queue-core/tokens/index.ts",
  "#test/*": "./.ci/testing/*.ts",
};

function violationsOf(path: string, text: string): string[] {
  return boundaryViolations([{ path, text }], doors);
}

function specifiersIn(text: string): string[] {
  return findImports({ path: "a.ts", text }, doors).map((found) => found.specifier);
}

describe("the repository", () => {
  const paths = listFiles();

  it("keeps its import boundaries", () => {
    const code = readFiles(paths.filter(isCode));
    expect(code.length).toBeGreaterThan(5);
    expect(boundaryViolations(code, packageJson.imports)).toEqual([]);
  });

  it("has only the agreed names at the top (topLevelNames in .ci/boundaries.ts)", () => {
    expect(strayTopLevelNames(paths)).toEqual([]);
  });

  it("has a file behind each door", () => {
    const missing = Object.entries(packageJson.imports)
      .filter(([door]) => !door.includes("*"))
      .filter(([, path]) => !paths.includes(path.slice(2)));
    expect(missing).toEqual([]);
  });
});

describe("the checker catches", () => {
  it.each([
    ["queue-core/domain/line.ts", 'import { z } from "zod";', "pure"],
    ["queue-core/domain/line.ts", 'import { randomInt } from "node:crypto";', "pure"],
    ["queue-core/domain/line.ts", 'import type { Store } from "../store/store.ts";', "pure"],
    ["queue-core/domain/line.ts", 'import { signTicket } from "#core/tokens";', "pure"],
    ["queue-core/domain/line.ts", 'export * from "../tokens/index.ts";', "pure"],
    ["queue-core/door/facts.ts", 'import { z } from "zod";', "the door is pure"],
    ["queue-core/door/facts.ts", 'import { Buffer } from "node:buffer";', "the door is pure"],
    ["queue-core/door/facts.ts", 'import type { Store } from "../store/store.ts";', "the door is pure"],
    ["queue-core/door/facts.ts", 'import { decide } from "#core";', "the door is pure"],
    ["queue-core/door/facts.ts", 'import { verifyPass } from "../tokens/pass.ts";', "the door is pure"],
    ["queue-core/door/facts.ts", 'import { type Pass, verifyPass } from "#core/tokens";', "the door is pure"],
    ["queue-core/domain/line.ts", 'import { isApp } from "../door/request.ts";', "pure"],
    ["gateway/http/server.ts", 'import Redis from "ioredis";', "only one file"],
    ["gateway/http/server.test.ts", 'import { Redis } from "ioredis";', "only one file"],
    ["gateway/http/server.ts", 'import type { JWK } from "jose";', "#core/tokens"],
    ["gateway/http/server.ts", 'import { jwtVerify } from "jose/jwt/verify";', "#core/tokens"],
    ["gateway/api/operator.ts", 'import type { App } from "uWebSockets.js";', "gateway/http/"],
    ["gateway/api/operator.ts", 'import uws from "@uwsjs/linux-x64-20";', "gateway/http/"],
    ["gateway/api/operator.ts", 'import uws from "@uwsjs-20.51/linux-x64-22";', "gateway/http/"],
    ["gateway/main.ts", 'import { decide } from "../edge-worker/decide.ts";', "never import each other"],
    ["edge-worker/worker.ts", 'import { route } from "../gateway/http/route.ts";', "never import each other"],
    ["queue-core/store/store.ts", 'import { log } from "../../gateway/log.ts";', "stand on"],
    ["queue-core/store/store.test.ts", 'import { crowd } from "../../loadtests/crowd/main.ts";', "stand on"],
    ["gateway/main.ts", 'import { decide } from "../queue-core/index.ts";', "by a door"],
    ["gateway/main.test.ts", 'import { decide } from "../queue-core/index.ts";', "by a door"],
    ["loadtests/crowd/main.ts", 'import { start } from "../../gateway/main.ts";', "speak HTTP"],
    ["loadtests/simulation/run.ts", 'import { decide } from "../../queue-core/index.ts";', "by a door"],
    ["dashboards/console.ts", 'import { decide } from "#core";', "import type"],
    ["dashboards/console.ts", 'import { type Snapshot, decide } from "#core";', "import type"],
    ["dashboards/console.ts", 'import { REPLIES } from "#operator-api/schemas";', "enter by"],
    ["dashboards/console.ts", 'import { FIELDS } from "../gateway/operator-api/settings.ts";', "enter by"],
    ["gateway/cli/views.ts", 'import { troublesOf } from "../../dashboards/trouble.ts";', "operator-api/"],
    ["gateway/cli/views.test.ts", 'import type { Draft } from "../../dashboards/draft.ts";', "operator-api/"],
    ["gateway/operator-api/trouble.ts", 'import { z } from "zod";', "know zod"],
    ["gateway/operator-api/index.ts", 'export * from "./replies.ts";', "know zod"],
  ])("%s: %s", (path, text, mend) => {
    const violations = violationsOf(path, text);
    expect(violations.join("\n")).toContain(mend);
    expect(violations.join("\n")).toContain(path);
  });

  it("a second file that imports ioredis", () => {
    const text = 'import Redis from "ioredis";';
    const files = ["connection.ts", "redis-store.ts", "redis-store.test.ts"].map((name) => ({
      path: `queue-core/store/redis/${name}`,
      text,
    }));
    expect(boundaryViolations(files, doors)).toEqual([expect.stringContaining("redis-store.ts imports")]);
  });

  it("a stray name at the top", () => {
    expect(strayTopLevelNames(["README.md", "gateway/main.ts", "notes/a.md", "try.ts"])).toEqual([
      "notes",
      "try.ts",
    ]);
  });
});

describe("the checker lets pass", () => {
  it.each([
    ["queue-core/domain/line.ts", 'import { pace } from "./pace.ts";'],
    ["queue-core/domain/line.test.ts", 'import { it } from "vitest";'],
    ["queue-core/door/facts.ts", 'import { matchRoom } from "../domain/room-match.ts";'],
    ["queue-core/door/facts.ts", 'import { isApp } from "./request.ts";'],
    ["queue-core/door/facts.ts", 'import type { PassVerdict } from "../tokens/pass.ts";'],
    ["queue-core/door/facts.test.ts", 'import { signPass } from "../tokens/index.ts";'],
    ["queue-core/tokens/pass.ts", 'import { SignJWT } from "jose";'],
    ["gateway/http/pass.test.ts", 'import { jwtVerify } from "jose";'],
    ["gateway/http/load.ts", 'import type { App } from "uWebSockets.js";'],
    ["gateway/main.ts", 'import { decide } from "#core";'],
    ["loadtests/demo/start.mjs", 'import { setUp } from "../../.ci/setup.mjs";'],
    ["loadtests/simulation/run.ts", 'import { decide } from "#core";'],
    ["dashboards/console.ts", 'import type { Snapshot } from "#core";\nimport { draw } from "./draw.ts";'],
    ["dashboards/console.ts", 'import { type Snapshot, type Room } from "#core";'],
    [
      "dashboards/console.ts",
      'import { troublesOf } from "#operator-api";\nimport { SETTINGS } from "#core/settings";',
    ],
    ["dashboards/console.ts", 'import type { ChangeBody } from "#operator-api/schemas";'],
    ["dashboards/console-fixture.ts", 'import { REPLIES } from "#operator-api/schemas";'],
    ["gateway/operator-api/index.ts", 'export type * from "./replies.ts";'],
    ["gateway/operator-api/replies.ts", 'import { z } from "zod";'],
    ["dashboards/console.ts", 'import { fill } from "#languages";'],
  ])("%s: %s", (path, text) => {
    expect(violationsOf(path, text)).toEqual([]);
  });
});

describe("the checker sees every way to import", () => {
  it.each([
    ['import "a";', "a"],
    ["import a from 'a';", "a"],
    ['import * as all from "a";', "a"],
    ['import {\n  one,\n  type Two,\n} from "a";', "a"],
    ['import type {\n  One,\n} from "a";', "a"],
    ['export { one } from "a";', "a"],
    ['export * as all from "a";', "a"],
    ['import data from "./data.json" with { type: "json" };', "./data.json"],
    ['const one = 1;\nexport const two = 2;\nimport three from "a";', "a"],
    [`const a = await ${"import"}("a");`, "a"],
    [`const a = ${"require"}('a');`, "a"],
    [`const a = ${"import"}.meta.resolve("a");`, "a"],
    [`type A = ${"import"}("a").A;`, "a"],
  ])("%s", (text, specifier) => {
    expect(specifiersIn(text)).toEqual([specifier]);
  });

  it.each([
    ['// import a from "a";'],
    ['/**\n * import a from "a";\n */'],
    ['const text = "import a from";\nconst b = "a";'],
    ['export const name = "a";'],
    ['export function hello() {\n  return "a";\n}'],
    ['export const from = ["a"];'],
  ])("and none in %s", (text) => {
    expect(specifiersIn(text)).toEqual([]);
  });
});
