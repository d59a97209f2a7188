import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, brotliCompressSync, constants, gzip, gzipSync } from "node:zlib";
import type { LanguageTag } from "#languages";
import { builtFolder } from "../built.ts";
import { contentSecurityPolicy, type DocumentParts, htmlDocument } from "./document.ts";
import { type NoticeKind, type NoticeOptions, noticeMain, noticeTitle } from "./notice-page.ts";
import { nameOf, type PageLanguage, pageLanguage } from "./page-language.ts";
import { type PlaceView, placeHref, placeMain, placeTitle } from "./place-page.ts";
import { portalData, portalMain } from "./portal-page.ts";
import { type PageRoom, waitingData, waitingMain } from "./waiting-page.ts";

/** One page, ready to send: the same bytes for everybody. */
export type Page = {
  readonly html: Buffer;
  readonly gzip: Buffer;
  readonly brotli: Buffer;
  /** The value of the `Content-Security-Policy` header that the page needs. */
  readonly contentSecurityPolicy: string;
  /** A strong entity tag with its quotes. */
  readonly etag: string;
};

export type Pages = {
  /** The waiting page of a room; an id that was not built is a bug and throws. */
  waiting(roomId: string, lang: LanguageTag, isAfterForm?: boolean): Page;
  portal(lang: LanguageTag): Page;
  /** The page of one ticket without JavaScript: of one visitor, so it is made for each request. */
  place(roomId: string, lang: LanguageTag, place: PlaceView): Page;
  /** Small pages for when there is neither service nor waiting page. Made once for each different text. */
  notice(kind: NoticeKind, lang: LanguageTag, options?: NoticeOptions): Page;
};

/** Notices differ by room and message, both few; a bound all the same. */
const MOST_NOTICES = 200;

/** The two qualities above take 30 times as long for 5 % less: with twenty rooms that is seconds of each start. */
const BUILD_QUALITY = 9;

/** Makes every page of script and style as they are built, fills in rooms and languages, compresses. Well under a second for a few rooms. */
export async function buildPages(
  rooms: readonly PageRoom[],
  offered: readonly LanguageTag[],
): Promise<Pages> {
  const languages = new Map(offered.map((tag) => [tag, pageLanguage(tag, offered)]));
  const folder = builtFolder("page");
  const [waitingScript, portalScript, style] = ["waiting.js", "portal.js", "style.css"].map((name) =>
    readFileSync(join(folder, name), "utf8").trim(),
  ) as [string, string, string];
  const waiting = await inEach(languages, (language) =>
    Promise.all(rooms.map((room) => compressed(waitingParts(room, language, style, waitingScript)))),
  );
  const portal = await inEach(languages, (language) =>
    compressed(portalParts(rooms, language, style, portalScript)),
  );
  const indexes = new Map(rooms.map((room, index) => [room.id, index]));
  const roomOf = (id: string): PageRoom => {
    const room = rooms[indexes.get(id) ?? -1];
    if (!room) throw new Error(`there is no room ${id}`);
    return room;
  };
  const afterForm = afterFormWith(languages, style, waitingScript);
  return {
    waiting(roomId, lang, isAfterForm = false) {
      if (isAfterForm) return afterForm(roomOf(roomId), lang);
      const page = of(waiting, lang)[indexes.get(roomId) ?? -1];
      if (!page) throw new Error(`no waiting page was built for room ${roomId}`);
      return page;
    },
    portal: (lang) => of(portal, lang),
    place: (roomId, lang, place) =>
      compressedNow(placeParts(roomOf(roomId), of(languages, lang), style, place)),
    notice: noticesWith(languages, style),
  };
}

type ByLanguage<T> = ReadonlyMap<LanguageTag, T>;

async function inEach<T>(
  languages: ByLanguage<PageLanguage>,
  make: (language: PageLanguage) => Promise<T>,
): Promise<ByLanguage<T>> {
  return new Map(
    await Promise.all([...languages].map(async ([tag, language]) => [tag, await make(language)] as const)),
  );
}

/** A language that was not built is a bug. */
function of<T>(made: ByLanguage<T>, lang: LanguageTag): T {
  const found = made.get(lang);
  if (found === undefined) throw new Error(`nothing was built in ${lang}`);
  return found;
}

/** Few ever see these: each is made when it is first asked for. */
function afterFormWith(
  languages: ByLanguage<PageLanguage>,
  style: string,
  script: string,
): (room: PageRoom, lang: LanguageTag) => Page {
  const made = new Map<string, Page>();
  return (room, lang) => {
    const key = `${room.id} ${lang}`;
    const page = made.get(key) ?? compressedNow(waitingParts(room, of(languages, lang), style, script, true));
    made.set(key, page);
    return page;
  };
}

function waitingParts(
  room: PageRoom,
  language: PageLanguage,
  style: string,
  script: string,
  isAfterForm = false,
): DocumentParts {
  return {
    language,
    // Without JavaScript it stays.
    title: `${language.pages.waiting.titleFirst} - ${nameOf(room, language)}`,
    style,
    kind: "waiting",
    hrefIn: queryIn,
    main: waitingMain(room, language, isAfterForm),
    script: { source: script, data: waitingData(room, language) },
  };
}

function placeParts(room: PageRoom, language: PageLanguage, style: string, place: PlaceView): DocumentParts {
  return {
    language,
    title: placeTitle(room, language, place),
    style,
    kind: "waiting",
    phase: place.standing === "gate" || place.standing === "called" ? "called" : place.standing,
    hrefIn: (lang) => `${placeHref(room.id, place.to)}&lang=${lang}`,
    main: placeMain(room, language, place),
  };
}

function portalParts(
  rooms: readonly PageRoom[],
  language: PageLanguage,
  style: string,
  script: string,
): DocumentParts {
  return {
    language,
    title: language.pages.portal.title,
    style,
    kind: "portal",
    hrefIn: queryIn,
    main: portalMain(rooms, language),
    script: { source: script, data: portalData(language) },
  };
}

function noticesWith(languages: ByLanguage<PageLanguage>, style: string): Pages["notice"] {
  const made = new Map<string, Page>();
  return (kind, lang, options = {}) => {
    const key = JSON.stringify([kind, lang, options.name, options.message, options.again]);
    const known = made.get(key);
    if (known) return known;
    const language = of(languages, lang);
    if (made.size >= MOST_NOTICES) made.clear();
    const page = compressedNow({
      language,
      title: noticeTitle(kind, language, options),
      style,
      kind: "notice",
      hrefIn: (other) => (options.again ? `${options.again}&lang=${other}` : queryIn(other)),
      main: noticeMain(kind, language, options),
    });
    made.set(key, page);
    return page;
  };
}

function queryIn(lang: string): string {
  return `?lang=${lang}`;
}

const gzipAsync = promisify(gzip);
const brotliAsync = promisify(brotliCompress);

async function compressed(parts: DocumentParts): Promise<Page> {
  const html = Buffer.from(htmlDocument(parts));
  const [gzipped, brotli] = await Promise.all([
    gzipAsync(html, { level: constants.Z_BEST_COMPRESSION }),
    brotliAsync(html, brotliOptions(html, BUILD_QUALITY)),
  ]);
  return pageOf(parts, html, gzipped, brotli);
}

/** For pages made while serving: a middling quality, as the event loop waits for it; and each coding as it is asked for. */
function compressedNow(parts: DocumentParts): Page {
  const html = Buffer.from(htmlDocument(parts));
  let gzipped: Buffer | undefined;
  let brotli: Buffer | undefined;
  return {
    ...pageOf(parts, html, html, html),
    get gzip() {
      gzipped ??= gzipSync(html);
      return gzipped;
    },
    get brotli() {
      brotli ??= brotliCompressSync(html, brotliOptions(html, 5));
      return brotli;
    },
  };
}

function brotliOptions(html: Buffer, quality: number) {
  return {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: quality,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: html.length,
    },
  };
}

function pageOf(parts: DocumentParts, html: Buffer, gzipped: Buffer, brotli: Buffer): Page {
  return {
    html,
    gzip: gzipped,
    brotli,
    contentSecurityPolicy: contentSecurityPolicy(parts),
    etag: `"${createHash("sha256").update(html).digest("base64url").slice(0, 22)}"`,
  };
}
