/**
 * What dist/ is made of:
 *
 *   gateway.mjs, keys.mjs, audit-verify.mjs, sluse.mjs   the programs, each in one file, with its source map
 *   gateway/, queue-core/                                files that the programs read, where their readers' sources are
 *   page/, console/                                      what browsers get
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const top = fileURLToPath(new URL("..", import.meta.url));

const programs = {
  gateway: "gateway/main.ts",
  keys: "gateway/keys-command.ts",
  "audit-verify": "gateway/audit-verify-command.ts",
  sluse: "gateway/cli/sluse.ts",
  // What `npm run bench` measures beside.
  "bare-server": "gateway/http/bare-server.ts",
};
const readByPrograms = /^(gateway|queue-core)\/.*\.lua$/;

const page = ["gateway/page/client/waiting.ts", "gateway/page/client/portal.ts", "gateway/page/style.css"];
/** The oldest browsers that the page's script is compiled for; they show the form without script where even this fails. */
const visitorsBrowsers = ["chrome87", "firefox98", "safari15.4"];

const consoleFolder = "dashboards/operator";
const consoleParts = ["main.tsx", "style.css", "mark.svg"].map((name) => `${consoleFolder}/${name}`);
/** `light-dark()` and nested rules stay as they are: an operator's browser is a recent one. */
const operatorsBrowsers = ["es2023", "chrome123", "firefox120", "safari17.5"];

/** Decides about the outcome as the sources do. */
const terms = [".ci/compile.mjs", "package.json", "package-lock.json", "tsconfig.json"];

/**
 * Compiles everything into an empty folder.
 * @param {string} folder
 * @returns {Promise<string[]>} the files that it was made from, sorted; npm's packages by their lockfile
 */
export async function compile(folder) {
  try {
    const [ofPrograms, ofPage, ofConsole] = await Promise.all([
      compilePrograms(folder),
      compilePage(join(folder, "page")),
      compileConsole(join(folder, "console")),
    ]);
    const files = [...terms, ...ofPrograms, ...copyRead(folder), ...ofPage, ...ofConsole];
    return [...new Set(files)].filter((path) => !path.startsWith("node_modules/")).sort();
  } finally {
    // esbuild is a process of its own.
    await esbuild.stop();
  }
}

async function compilePrograms(outdir) {
  const { metafile } = await run({
    entryPoints: programs,
    outdir,
    outExtension: { ".js": ".mjs" },
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20.12",
    // A stack trace names the lines of TypeScript (`node --enable-source-maps`), and needs no copy of them for it.
    sourcemap: true,
    sourcesContent: false,
    plugins: [ownAddresses],
  });
  return Object.keys(metafile.inputs);
}

async function compilePage(outdir) {
  const { metafile } = await run({
    entryPoints: page,
    outdir,
    entryNames: "[name]",
    format: "iife",
    minify: true,
    target: visitorsBrowsers,
  });
  return Object.keys(metafile.inputs);
}

/** An asset's name holds a hash of its content. */
async function compileConsole(outdir) {
  const { metafile } = await run({
    entryPoints: consoleParts,
    outdir,
    entryNames: "assets/[name]-[hash]",
    format: "esm",
    minify: true,
    target: operatorsBrowsers,
    loader: { ".svg": "copy" },
  });
  const document = `${consoleFolder}/index.html`;
  let html = readFileSync(join(top, document), "utf8");
  for (const [path, { inputs }] of Object.entries(metafile.outputs)) {
    const part = consoleParts.find((one) => one in inputs);
    html = html.replace(`"./${basename(part)}"`, `"./assets/${basename(path)}"`);
  }
  writeFileSync(join(outdir, "index.html"), html);
  compressAll(outdir);
  return [document, ...Object.keys(metafile.inputs)];
}

/** @param {import("esbuild").BuildOptions} options */
function run(options) {
  return esbuild.build({
    absWorkingDir: top,
    bundle: true,
    charset: "utf8",
    legalComments: "none",
    metafile: true,
    ...options,
  });
}

/** In dist/ as among the sources a module finds the files beside it. */
const ownAddresses = {
  name: "own addresses",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const address = `new URL(${JSON.stringify(`./${relative(top, path)}`)}, import.meta.url).href`;
      return { loader: "ts", contents: readFileSync(path, "utf8").replaceAll("import.meta.url", address) };
    });
  },
};

/** @param {string} folder */
function copyRead(folder) {
  const paths = ["gateway", "queue-core"]
    .flatMap((part) => readdirSync(join(top, part), { recursive: true }).map((name) => join(part, name)))
    .filter((path) => readByPrograms.test(path));
  for (const path of paths) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    copyFileSync(join(top, path), join(folder, path));
  }
  return paths;
}

/** Every file also as `.br` and `.gz`: the gateway sends them as they are, and compresses nothing itself. */
function compressAll(folder) {
  for (const name of readdirSync(folder, { recursive: true })) {
    if (!/\.(html|js|css|svg)$/.test(name)) continue;
    const bytes = readFileSync(join(folder, name));
    const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(bytes, { params }));
    writeFileSync(join(folder, `${name}.gz`), gzipSync(bytes, { level: 9 }));
  }
}
