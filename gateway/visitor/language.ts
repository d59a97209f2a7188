import { cookiesOf, languageCookie, readCookie } from "../http/cookies.ts";
import { type Header, headerOf } from "../http/request.ts";
import type { Lang } from "../page/texts.ts";
import { queryParameter, type Visit } from "./visit.ts";

/** The language of Sluse's own pages: `?lang=`, then what was chosen before, then the browser's, then Danish. */
export function languageOf({ request }: Pick<Visit, "request">): Lang {
  return (
    asLang(queryParameter(request, "lang")) ??
    asLang(readCookie(cookiesOf(request), "sluse_lang") ?? null) ??
    preferred(headerOf(request, "accept-language") ?? "") ??
    "da"
  );
}

/** The header that remembers a language chosen by `?lang=`. */
export function languageChoice({ request, deployment }: Pick<Visit, "request" | "deployment">): Header[] {
  const chosen = asLang(queryParameter(request, "lang"));
  return chosen === null ? [] : [["set-cookie", languageCookie(chosen, deployment.secure)]];
}

function asLang(text: string | null): Lang | null {
  return text === "da" || text === "en" ? text : null;
}

/** The first of our languages in an `Accept-Language` by weight (RFC 9110, 12.5.4). */
function preferred(header: string): Lang | null {
  const ranges = header.split(",").map((part) => {
    const [range = "", ...parameters] = part.trim().toLowerCase().split(";");
    const q = parameters.map((p) => p.trim()).find((p) => p.startsWith("q="));
    return { lang: asLang(range.split("-")[0] ?? ""), weight: q === undefined ? 1 : Number(q.slice(2)) || 0 };
  });
  const ours = ranges.filter(({ lang, weight }) => lang !== null && weight > 0);
  // Sorting is stable: among equals the one named first wins.
  return ours.sort((a, b) => b.weight - a.weight)[0]?.lang ?? null;
}
