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
const PACKAGE_OF_NODE = new Map([
  [20, "@uwsjs/linux-x64-20"],
  [22, "@uwsjs/linux-x64-22"],
  [24, "@uwsjs/linux-x64-24"],
]);

/**
 * Loads upstream's own package where it is installed, else the build for this major version of Node.
 * `load` is `require`. Throws an error that names every package tried and why each would not load.
 */
export function loadUws(load: (id: string) => unknown, nodeMajor: number): { uws: Uws; build: UwsBuild } {
  process.env.UWS_HTTP_MAX_HEADERS_SIZE ??= String(MAX_HEADER_BYTES);
  const platformPackage = PACKAGE_OF_NODE.get(nodeMajor);
  const reasons: string[] = [];
  for (const name of platformPackage === undefined ? [UPSTREAM] : [UPSTREAM, platformPackage]) {
    try {
      const uws = load(name) as Uws;
      return { uws, build: { name, version: versionOf(load, name) } };
    } catch (error) {
      reasons.push(`${name}: ${firstLine(error)}`);
    }
  }
  if (platformPackage === undefined) {
    reasons.push(
      `no package is known for Node ${nodeMajor}; there are some for ${[...PACKAGE_OF_NODE.keys()].join(", ")}`,
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

const loaded = loadUws(createRequire(import.meta.url), Number.parseInt(process.versions.node, 10));

export const uws: Uws = loaded.uws;
export const uwsBuild: UwsBuild = loaded.build;
