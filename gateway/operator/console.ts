import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { builtFolder } from "../built.ts";
import { type Header, headerOf, type Request } from "../http/request.ts";
import { chooseCoding, type StaticPage } from "../http/static-page.ts";

/** Nothing from elsewhere, nothing inline, in nobody's frame. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

/** A file of the console, ready to send. */
export interface ConsoleFile {
  readonly status: 200;
  readonly headers: readonly Header[];
  readonly body: string | Uint8Array;
}

/** Finds what a request asks for; null: there is no such file. */
export type ConsoleFiles = (request: Request) => ConsoleFile | null;

/** The console as it was built, read once. */
export function consoleFiles(): ConsoleFiles {
  const files = readFiles(builtFolder("console"));
  return (request) => {
    const file = files.get(request.path);
    return file ? found(request, file) : null;
  };
}

/** By the path asked for. The build has compressed each file already: `x.js`, `x.js.br`, `x.js.gz`. */
function readFiles(folder: string): ReadonlyMap<string, StaticPage> {
  const names = readdirSync(join(folder, "assets")).filter((name) => /\.(js|css|svg)$/.test(name));
  const read = (name: string): StaticPage => ({
    identity: readFileSync(join(folder, name)),
    br: readFileSync(join(folder, `${name}.br`)),
    gzip: readFileSync(join(folder, `${name}.gz`)),
  });
  return new Map([
    ["/", read("index.html")],
    ...names.map((name): [string, StaticPage] => [`/assets/${name}`, read(`assets/${name}`)]),
  ]);
}

function found(request: Request, file: StaticPage): ConsoleFile {
  const coding = chooseCoding(headerOf(request, "accept-encoding"));
  const isPage = request.path === "/";
  const type = TYPES[isPage ? "html" : (request.path.split(".").at(-1) ?? "")];
  const headers: Header[] = [
    ["content-type", type ?? "application/octet-stream"],
    // An asset's name holds a hash of its content.
    ["cache-control", isPage ? "no-cache" : "public, max-age=31536000, immutable"],
    ["vary", "accept-encoding"],
    ...protection(),
  ];
  if (coding !== "identity") headers.push(["content-encoding", coding]);
  return { status: 200, headers, body: file[coding] };
}

function protection(): Header[] {
  return [
    ["content-security-policy", CONTENT_SECURITY_POLICY],
    // Not `no-referrer`, which would make the Origin of its own posts `null`.
    ["referrer-policy", "same-origin"],
    ["cross-origin-opener-policy", "same-origin"],
    ["x-content-type-options", "nosniff"],
  ];
}
