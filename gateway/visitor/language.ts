import { cookiesOf, LANGUAGE_COOKIE, languageCookie, readCookie } from "#core/door";
import { type LanguageTag, nearestLanguage, preferredLanguage } from "#languages";
import { type Header, headerOf } from "../http/request.ts";
import { queryParameter, type Visit } from "./visit.ts";

type Asked = Pick<Visit, "request" | "deployment">;

/** The language of Sluse's own pages: `?lang=`, then what was chosen before, then the browser's, then the first offered. */
export function languageOf({ request, deployment }: Asked): LanguageTag {
  const { languages } = deployment.settings;
  return (
    nearestLanguage(queryParameter(request, "lang") ?? "", languages) ??
    nearestLanguage(readCookie(cookiesOf(request), LANGUAGE_COOKIE) ?? "", languages) ??
    preferredLanguage(headerOf(request, "accept-language") ?? "", languages) ??
    languages[0]
  );
}

/** The header that remembers a language chosen by `?lang=`. */
export function languageChoice({ request, deployment }: Asked): Header[] {
  const chosen = nearestLanguage(queryParameter(request, "lang") ?? "", deployment.settings.languages);
  return chosen === null ? [] : [["set-cookie", languageCookie(chosen, deployment.secure)]];
}
