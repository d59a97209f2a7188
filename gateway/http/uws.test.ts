import { describe, expect, it } from "vitest";
import { loadUws, uws, uwsBuild } from "./uws.ts";

const OURS = { App: () => undefined };

const glibc = () => "2.36";

function loaderOf(packages: Record<string, unknown>): (id: string) => unknown {
  return (id) => {
    if (id in packages) return packages[id];
    throw new Error(`Cannot find module '${id}'\nRequire stack: ...`);
  };
}

describe("loadUws", () => {
  it("has loaded a build for this Node", () => {
    expect(uwsBuild.name).toMatch(/^(uWebSockets\.js|@uwsjs(-20\.51)?\/linux-x64-\d\d)$/);
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
    expect(loadUws(load, 22, glibc)).toEqual({
      uws: OURS,
      build: { name: "uWebSockets.js", version: "20.60.0" },
    });
  });

  it.each([20, 22, 24])("takes the build for Node %i", (major) => {
    const load = loaderOf({ [`@uwsjs/linux-x64-${major}`]: OURS });
    expect(loadUws(load, major, glibc).build).toEqual({
      name: `@uwsjs/linux-x64-${major}`,
      version: "unknown",
    });
  });

  it("names every reason when none loads", () => {
    expect(() => loadUws(loaderOf({}), 20, glibc)).toThrow(
      /uWebSockets\.js: Cannot find module 'uWebSockets\.js'\n.*@uwsjs\/linux-x64-20: Cannot find module/,
    );
    expect(() => loadUws(loaderOf({}), 21, glibc)).toThrow(
      "no package is known for Node 21; there are some for 20, 22, 24",
    );
  });

  it("takes the older build for Node 22 where the newer one needs a newer system", () => {
    const older = "@uwsjs-20.51/linux-x64-22";
    const load = loaderOf({ [older]: OURS, [`${older}/package.json`]: { version: "20.51.4" } });
    expect(loadUws(load, 22, glibc).build).toEqual({ name: older, version: "20.51.4" });
    const both = loaderOf({ [older]: OURS, "@uwsjs/linux-x64-22": OURS });
    expect(loadUws(both, 22, glibc).build.name).toBe("@uwsjs/linux-x64-22");
  });

  it("says which glibc there is, which is needed, and what to do", () => {
    const load = (id: string) => {
      if (id === "uWebSockets.js") throw new Error("Cannot find module 'uWebSockets.js'");
      throw new Error("/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by x.node)");
    };
    expect(() => loadUws(load, 24, glibc)).toThrow(
      /this system has glibc 2\.36, and 2\.38 is needed: run Sluse on Debian 13, Ubuntu 24\.04 or newer, or by Node 20 or 22/,
    );
  });
});
