import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Reply } from "./reply.ts";
import type { Header } from "./request.ts";

type Coding = "br" | "gzip" | "identity";

/** A page in each coding that a browser may ask for. */
export type StaticPage = Readonly<Record<Coding, Uint8Array>>;

/** Ours in order of preference, best first. */
const CODINGS: readonly Coding[] = ["br", "gzip", "identity"];

/** Compresses a page as far as it goes; some milliseconds, so done when the page changes, not per request. */
export function staticPage(text: string): StaticPage {
  const identity = Buffer.from(text);
  return {
    br: brotliCompressSync(identity, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: identity.length } }),
    gzip: gzipSync(identity, { level: 9 }),
    identity,
  };
}

/** Answers with a page in the best coding that the browser takes. `headers` must say its type. */
export function sendStaticPage(
  reply: Reply,
  status: number,
  page: StaticPage,
  acceptEncoding: string | undefined,
  headers: readonly Header[],
): void {
  const coding = chooseCoding(acceptEncoding);
  const codingHeaders: Header[] = [["vary", "accept-encoding"]];
  if (coding !== "identity") codingHeaders.push(["content-encoding", coding]);
  reply.send(status, [...headers, ...codingHeaders], page[coding]);
}

/** The coding with the highest q-value, ours to choose among equals; `identity` where none is acceptable. */
export function chooseCoding(acceptEncoding: string | undefined): Coding {
  if (acceptEncoding === undefined) return "identity";
  const weights = new Map<string, number>();
  for (const entry of acceptEncoding.toLowerCase().split(",")) {
    const [name = "", ...parameters] = entry.split(";").map((part) => part.trim());
    weights.set(name, weightOf(parameters));
  }
  const others = weights.get("*") ?? 0;
  // Uncompressed is acceptable unless refused, but anything asked for by name is better.
  const weight = (coding: Coding) => weights.get(coding) ?? (coding === "identity" ? 0 : others);
  const best = CODINGS.reduce((chosen, coding) => (weight(coding) > weight(chosen) ? coding : chosen));
  return weight(best) > 0 ? best : "identity";
}

function weightOf(parameters: readonly string[]): number {
  const q = parameters.find((parameter) => parameter.startsWith("q="));
  if (q === undefined) return 1;
  const value = Number(q.slice(2));
  return value >= 0 && value <= 1 ? value : 0;
}
