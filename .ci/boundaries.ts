/**
 * Which folder may import what. A rule looks at one import of one file and says how to mend it, or nothing.
 * Everything here is pure: the test gives it the repository, and planted violations.
 */
import { posix } from "node:path";
import { isTest, type SourceFile } from "./repository.ts";

/** One import of one file, and where it leads. */
export interface Import {
  file: string;
  specifier: string;
  typeOnly: boolean;
  /** door: a `#name` of package.json; relative: a path; package: npm's; node: Node's own. */
  kind: "door" | "relative" | "package" | "node";
  /** The path from the top for a door or a relative one; the package's name else. */
  target: string;
}

/** `imports` of package.json: from `#name` (or `#name/*`) to `./path`. */
export type Doors = Record<string, string>;

type Rule = (found: Import) => string | null;

/** What is allowed at the top. Add a name here when it has come to stay. */
const topLevelNames = [
  // folders
  ".ci",
  ".github",
  "dashboards",
  "docs",
  "edge-worker",
  "gateway",
  "loadtests",
  "queue-core",
  // files
  ".dockerignore",
  ".gitignore",
  ".npmrc",
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "DESIGN.md",
  "Dockerfile",
  "LICENSE",
  "PROTOCOL.md",
  "README.md",
  "SECURITY.md",
  "biome.json",
  "knip.json",
  "package-lock.json",
  "package.json",
  "rooms.json",
  "tsconfig.json",
  "vitest.config.ts",
];

const rules: Rule[] = [
  domainImportsNothing,
  doorStandsOnTheDomain,
  ioredisInOneFolder,
  joseInTokens,
  uwsInGatewayHttp,
  gatewayAndEdgeApart,
  coreBelowAll,
  loadtestsSpeakHttp,
  dashboardsTakeTypes,
  gatewayWithoutDashboards,
  operatorApiWithoutSchemas,
  foldersByDoors,
];

/** Every import that crosses a line, as `file imports "x": what to do instead`. */
export function boundaryViolations(files: SourceFile[], doors: Doors): string[] {
  const imports = files.flatMap((file) => findImports(file, doors));
  const crossed = imports.flatMap((found) =>
    rules
      .map((rule) => rule(found))
      .filter((mend) => mend !== null)
      .map((mend) => `${found.file} imports "${found.specifier}": ${mend}`),
  );
  return [...crossed, ...secondRedisClients(imports)];
}

/** Names at the top that are not on the list. */
export function strayTopLevelNames(paths: string[]): string[] {
  const names = new Set(paths.map(topOf));
  return [...names].filter((name) => !topLevelNames.includes(name));
}

/** The imports of a file: static, re-exports, dynamic, `require`, `import.meta.resolve`. */
export function findImports(file: SourceFile, doors: Doors): Import[] {
  return [...staticImports(file.text), ...dynamicImports(file.text)].map(({ specifier, typeOnly }) => ({
    file: file.path,
    specifier,
    typeOnly,
    ...resolve(file.path, specifier, doors),
  }));
}

interface Found {
  specifier: string;
  typeOnly: boolean;
}

/** At the start of a line only: neither prose nor a quoted example begins there. */
function staticImports(text: string): Found[] {
  const statements = /^[ \t]*(?:import|export)\b(?!\s*\()([^"'`;]*?)["']([^"'\n]+)["']/gm;
  return [...text.matchAll(statements)]
    .filter(([, clause = ""]) => clause.trim() === "" || /\bfrom\s*$/.test(clause))
    .map(([, clause = "", specifier = ""]) => ({ specifier, typeOnly: isTypeOnly(clause) }));
}

function isTypeOnly(clause: string): boolean {
  if (/^\s*type\b/.test(clause)) return true;
  const named = /^\s*\{([^}]*)\}/.exec(clause)?.[1];
  if (named === undefined) return false;
  const names = named.split(",").filter((name) => name.trim() !== "");
  return names.every((name) => /^\s*type\s/.test(name));
}

/** Also those in comments, on purpose: to see a violation that is none is better than to miss one. */
function dynamicImports(text: string): Found[] {
  const calls = /\b(?:import|require|import\.meta\.resolve)\s*\(\s*["'`]([^"'`\n$]+)["'`]/g;
  return [...text.matchAll(calls)].map(([, specifier = ""]) => ({ specifier, typeOnly: false }));
}

function resolve(file: string, specifier: string, doors: Doors): Pick<Import, "kind" | "target"> {
  if (specifier.startsWith("node:")) return { kind: "node", target: specifier };
  if (specifier.startsWith("#")) return { kind: "door", target: throughDoor(specifier, doors) };
  if (specifier.startsWith(".")) {
    return { kind: "relative", target: posix.join(posix.dirname(file), specifier) };
  }
  return { kind: "package", target: packageOf(specifier) };
}

function throughDoor(specifier: string, doors: Doors): string {
  for (const [door, path] of Object.entries(doors)) {
    const [before = "", after] = door.split("*");
    if (after === undefined ? door === specifier : specifier.startsWith(before)) {
      return posix.normalize(path.replace("*", specifier.slice(before.length)));
    }
  }
  return specifier;
}

function packageOf(specifier: string): string {
  const [first = "", second = ""] = specifier.split("/");
  return first.startsWith("@") ? `${first}/${second}` : first;
}

function topOf(path: string): string {
  return path.split("/")[0] ?? "";
}

function leadsTo(found: Import, ...folders: string[]): boolean {
  return (found.kind === "door" || found.kind === "relative") && folders.includes(topOf(found.target));
}

function isIn(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}

function domainImportsNothing(found: Import): string | null {
  if (!isIn(found.file, "queue-core/domain") || isTest(found.file)) return null;
  if (found.kind === "relative" && isIn(found.target, "queue-core/domain")) return null;
  return "the domain is pure and imports nothing but itself; hand it what it needs as an argument";
}

/** So that a worker at the edge can run it as a gateway does. */
function doorStandsOnTheDomain(found: Import): string | null {
  if (!isIn(found.file, "queue-core/door") || isTest(found.file)) return null;
  const isPath = found.kind === "relative" || found.kind === "door";
  if (isPath && ["queue-core/door", "queue-core/domain"].some((folder) => isIn(found.target, folder)))
    return null;
  if (isPath && found.typeOnly && isIn(found.target, "queue-core/tokens")) return null;
  return "the door is pure: it imports the domain, and types of the tokens; what it needs to know is an argument";
}

const redisClientFolder = "queue-core/store/redis";

function ioredisInOneFolder(found: Import): string | null {
  if (found.target !== "ioredis" || isIn(found.file, redisClientFolder)) return null;
  return `only one file under ${redisClientFolder}/ knows ioredis; use the store (#core, #core/redis)`;
}

function secondRedisClients(imports: Import[]): string[] {
  const files = imports.filter((found) => found.target === "ioredis" && !isTest(found.file));
  const [first, ...others] = [...new Set(files.map((found) => found.file))]
    .filter((file) => isIn(file, redisClientFolder))
    .sort();
  return others.map((file) => `${file} imports "ioredis": ${first} does already, and one file is enough`);
}

function joseInTokens(found: Import): string | null {
  if (found.target !== "jose" || isIn(found.file, "queue-core/tokens") || isTest(found.file)) return null;
  return "only queue-core/tokens/ knows jose; use #core/tokens";
}

function uwsInGatewayHttp(found: Import): string | null {
  const isUws = /^(?:uWebSockets\.js|@uwsjs[^/]*\/.*|@btc-vision\/uwebsockets\.js)$/i.test(found.target);
  if (found.kind !== "package" || !isUws || isIn(found.file, "gateway/http")) return null;
  return "only gateway/http/ knows uWebSockets.js; put what you need there under a name of our own";
}

function gatewayAndEdgeApart(found: Import): string | null {
  const from = topOf(found.file);
  const apart =
    (from === "gateway" && leadsTo(found, "edge-worker")) ||
    (from === "edge-worker" && leadsTo(found, "gateway"));
  return apart
    ? "gateway and edge worker never import each other; what both need belongs in queue-core/"
    : null;
}

function coreBelowAll(found: Import): string | null {
  if (!isIn(found.file, "queue-core")) return null;
  if (!leadsTo(found, "gateway", "edge-worker", "dashboards", "loadtests")) return null;
  return "queue-core/ is what the others stand on; move what it needs into it, or pass it in";
}

function loadtestsSpeakHttp(found: Import): string | null {
  if (!isIn(found.file, "loadtests") || isTest(found.file) || !leadsTo(found, "gateway")) return null;
  return "loadtests speak HTTP to a gateway of its own process; start `npm run gateway` and ask it";
}

/** What is pure and small enough for a browser: the settings, the languages, what may be judged of the operators' API. */
const dashboardDoors = ["#core/settings", "#languages", "#operator-api"];

function dashboardsTakeTypes(found: Import): string | null {
  if (!isIn(found.file, "dashboards") || found.typeOnly || isTest(found.file)) return null;
  if (!leadsTo(found, "queue-core", "gateway", "edge-worker", "loadtests")) return null;
  if (dashboardDoors.includes(found.specifier) || found.file.endsWith("-fixture.ts")) return null;
  return `dashboards take types only: write \`import type\`, or enter by ${dashboardDoors.join(" or ")}`;
}

/** Who asks a gateway stands on what it says, not the other way round. */
function gatewayWithoutDashboards(found: Import): string | null {
  if (!isIn(found.file, "gateway") || !leadsTo(found, "dashboards")) return null;
  return "gateway/ imports nothing of dashboards/; what both need belongs in gateway/operator-api/";
}

/** The console is made of it: a schema's library would be half of its size. */
function operatorApiWithoutSchemas(found: Import): string | null {
  const isPure = isIn(found.file, "gateway/operator-api") && !schemaFiles.includes(found.file);
  if (!isPure || found.typeOnly || isTest(found.file)) return null;
  const isBare = found.target !== "zod" && !schemaFiles.includes(found.target);
  return isBare
    ? null
    : "only the schemas of gateway/operator-api/ know zod; take their types by `import type`";
}

const schemaFiles = ["settings-schema", "requests", "replies", "schemas"].map(
  (name) => `gateway/operator-api/${name}.ts`,
);

const parts = ["queue-core", "gateway", "edge-worker", "dashboards", "loadtests"];

function foldersByDoors(found: Import): string | null {
  const from = topOf(found.file);
  if (found.kind !== "relative" || !parts.includes(from)) return null;
  if (topOf(found.target) === from || !leadsTo(found, ...parts)) return null;
  return `enter ${topOf(found.target)}/ by a door of package.json's "imports" (#core, #core/tokens, ...), not by a path`;
}
