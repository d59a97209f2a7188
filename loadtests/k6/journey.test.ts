import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, it } from "vitest";

it("is a script that k6 can run: TypeScript that strips, and nothing but k6's own modules", async () => {
  const script = fileURLToPath(new URL("journey.ts", import.meta.url));
  const { outputFiles, metafile } = await build({
    entryPoints: [script],
    bundle: true,
    external: ["k6"],
    format: "esm",
    metafile: true,
    write: false,
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  expect(imports.sort()).toEqual(["k6", "k6/execution", "k6/http", "k6/metrics", "k6/websockets"]);
  expect(outputFiles[0]?.text).toContain("export {");
});
