/**
 * Before the tests: compiles the programs that they start, once. tsx, by which `npm run gateway` runs the same sources,
 * would do it for each of some two hundred starts, for half of each start's time. Watching, tsx does it, as sources change.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin, stop } from "esbuild";
import type { TestProject } from "vitest/node";

const TOP = fileURLToPath(new URL("..", import.meta.url));
const PROGRAMS = ["gateway/main.ts", "gateway/keys-command.ts", "gateway/audit-verify-command.ts"];

/** Each module finds the files beside it, such as scripts and styles, where its source is. */
const ownAddresses: Plugin = {
  name: "own addresses",
  setup({ onLoad }) {
    onLoad({ filter: /\/(gateway|queue-core)\/.*\.ts$/ }, ({ path }) => {
      const address = JSON.stringify(pathToFileURL(path).href);
      return { loader: "ts", contents: readFileSync(path, "utf8").replaceAll("import.meta.url", address) };
    });
  },
};

/** Resolves with what undoes it. `gateway/testing/programs.ts` finds the folder by its name in the environment. */
export default async function compile({ config }: TestProject): Promise<(() => void) | undefined> {
  if (config.watch) return undefined;
  // Packages stay as they are installed, and are looked for from here.
  const folder = mkdtempSync(join(TOP, "node_modules/.sluse-tests-"));
  await build({
    entryPoints: PROGRAMS.map((program) => join(TOP, program)),
    outbase: TOP,
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    plugins: [ownAddresses],
  });
  await stop();
  process.env.PROGRAMS_FOR_TESTS = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
