import { createRequire } from "node:module";
import type { Uws } from "./uws-types.ts";

export type * from "./uws-types.ts";

/** What was loaded: the package's name and its version. */
export interface UwsBuild {
  name: string;
  version: string;
}

/** Request line and headers together; read by the native code once, while it loads. */
const MAX_HEADER_BYTES = 16_384;

const UPSTREAM = "uWebSockets.js";
/** Newest first. Those of 20.51 need glibc 2.27, those of 20.69 glibc 2.38: Debian 13, Ubuntu 24.04. */
const PACKAGES_OF_NODE = new Map<number, readonly string[]>([
  [20, ["@uwsjs/linux-x64-20"]],
  [22, ["@uwsjs/linux-x64-22", "@uwsjs-20.51/linux-x64-22"]],
  [24, ["@uwsjs/linux-x64-24"]],
]);

/**
 * Loads upstream's own package where it is installed, else the newest build for this major version of Node that loads
 * here. `load` is `require`, `glibc` says which version this system has.
 * Throws an error that names every package tried and why each would not load.
 */
export function loadUws(
  load: (id: string) => unknown,
  nodeMajor: number,
  glibc: () => string | undefined,
): { uws: Uws; build: UwsBuild } {
  process.env.UWS_HTTP_MAX_HEADERS_SIZE ??= String(MAX_HEADER_BYTES);
  const packages = PACKAGES_OF_NODE.get(nodeMajor);
  const reasons: string[] = [];
  for (const name of [UPSTREAM, ...(packages ?? [])]) {
    try {
      const uws = load(name) as Uws;
      return { uws, build: { name, version: versionOf(load, name) } };
    } catch (error) {
      reasons.push(`${name}: ${firstLine(error)}`);
    }
  }
  if (packages === undefined) {
    reasons.push(
      `no package is known for Node ${nodeMajor}; there are some for ${[...PACKAGES_OF_NODE.keys()].join(", ")}`,
    );
  }
  const needed = /GLIBC_([\d.]+)' not found/.exec(reasons.join())?.[1];
  if (needed !== undefined) {
    reasons.push(
      `this system has glibc ${glibc() ?? "of an unknown version"}, and ${needed} is needed: run Sluse on Debian 13, Ubuntu 24.04 or newer, or by Node 20 or 22`,
    );
  }
  throw new Error(
    `uWebSockets.js cannot be loaded on ${process.platform}-${process.arch}.\n  ${reasons.join("\n  ")}`,
  );
}

function versionOf(load: (id: string) => unknown, name: string): string {
  try {
    const { version } = load(`${name}/package.json`) as { version?: string };
    return version ?? "unknown";
  } catch {
    return "unknown";
  }
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0] ?? message;
}

function glibcVersion(): string | undefined {
  const { header } = (process.report?.getReport() ?? {}) as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime;
}

const loaded = loadUws(
  createRequire(import.meta.url),
  Number.parseInt(process.versions.node, 10),
  glibcVersion,
);

export const uws: Uws = loaded.uws;
export const uwsBuild: UwsBuild = loaded.build;
