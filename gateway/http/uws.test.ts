import { describe, expect, it } from "vitest";
import { loadUws, uws, uwsBuild } from "./uws.ts";

const OURS = { App: () => undefined };

function loaderOf(packages: Record<string, unknown>): (id: string) => unknown {
  return (id) => {
    if (id in packages) return packages[id];
    throw new Error(`Cannot find module '${id}'\nRequire stack: ...`);
  };
}

describe("loadUws", () => {
  it("has loaded a build for this Node", () => {
    expect(uwsBuild.name).toMatch(/^(uWebSockets\.js|@uwsjs\/linux-x64-\d\d)$/);
    expect(uwsBuild.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(typeof uws.App).toBe("function");
    expect(process.env.UWS_HTTP_MAX_HEADERS_SIZE).toBe("16384");
  });

  it("prefers upstream's own package", () => {
    const load = loaderOf({
      "uWebSockets.js": OURS,
      "uWebSockets.js/package.json": { version: "20.60.0" },
      "@uwsjs/linux-x64-22": {},
    });
    expect(loadUws(load, 22)).toEqual({ uws: OURS, build: { name: "uWebSockets.js", version: "20.60.0" } });
  });

  it.each([20, 22, 24])("takes the build for Node %i", (major) => {
    const load = loaderOf({ [`@uwsjs/linux-x64-${major}`]: OURS });
    expect(loadUws(load, major).build).toEqual({ name: `@uwsjs/linux-x64-${major}`, version: "unknown" });
  });

  it("names every reason when none loads", () => {
    expect(() => loadUws(loaderOf({}), 20)).toThrow(
      /uWebSockets\.js: Cannot find module 'uWebSockets\.js'\n.*@uwsjs\/linux-x64-20: Cannot find module/,
    );
    expect(() => loadUws(loaderOf({}), 21)).toThrow(
      "no package is known for Node 21; there are some for 20, 22, 24",
    );
  });
});
