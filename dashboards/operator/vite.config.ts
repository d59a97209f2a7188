import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

/** Every file also as `.br` and `.gz`: the gateway sends them as they are, and compresses nothing itself. */
function compressed(): Plugin {
  let folder = "";
  return {
    name: "compressed",
    configResolved(config) {
      folder = config.build.outDir;
    },
    closeBundle() {
      const dist = join(import.meta.dirname, folder);
      for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
        if (!/\.(html|js|css|svg)$/.test(name)) continue;
        const bytes = readFileSync(join(dist, name));
        const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
        writeFileSync(join(dist, `${name}.br`), brotliCompressSync(bytes, { params }));
        writeFileSync(join(dist, `${name}.gz`), gzipSync(bytes, { level: 9 }));
      }
    },
  };
}

/** Builds the console into `dist`, from where the operators' listener serves it. */
export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  logLevel: "warn",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    // `light-dark()` and nested rules stay as they are: an operator's browser is a recent one.
    target: "es2023",
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // The policy of the page allows no inline script and no data: script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  plugins: [compressed()],
});
