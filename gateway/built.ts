import { createRequire } from "node:module";
import { dirname } from "node:path";

const { resolve } = createRequire(import.meta.url);

/**
 * The folder of what `npm run build` has made for browsers: by a name of package.json's "imports", since it is the same
 * for the sources and for the programs made of them. Throws where nothing is built.
 */
export function builtFolder(name: "page" | "console"): string {
  return dirname(resolve({ page: "#built/page/waiting.js", console: "#built/console/index.html" }[name]));
}
