import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import { LANGUAGE_TAGS, LANGUAGES } from "#languages";
import { buildPages, type Page, type Pages } from "./build.ts";
import { NOTICE_STATUS, type NoticeKind } from "./notice-page.ts";
import { FIXTURE_ROOMS } from "./page-fixture.ts";
import type { PageRoom } from "./waiting-page.ts";

const MOST_BYTES = 14 * 1024;
const KINDS = Object.keys(NOTICE_STATUS) as NoticeKind[];
const HOSTILE: PageRoom = {
  id: "hostile",
  name: { da: `</script><b>"'&`, en: "<!--<script>" },
  path: `/a"><i>`,
};

const BACK = { lang: "en", text: "Back at 9" };

let pages: Pages;
let all: Page[];

beforeAll(async () => {
  const rooms = [...FIXTURE_ROOMS, HOSTILE];
  pages = await buildPages(rooms, LANGUAGE_TAGS);
  all = LANGUAGE_TAGS.flatMap((lang) => [
    ...rooms.flatMap((room) => [pages.waiting(room.id, lang), pages.waiting(room.id, lang, true)]),
    pages.portal(lang),
    ...KINDS.map((kind) => pages.notice(kind, lang, { name: "Tax", message: BACK })),
  ]);
});

test("every page is at most 14 KB, by gzip and by brotli", () => {
  for (const page of all) {
    expect(page.gzip.length).toBeLessThanOrEqual(MOST_BYTES);
    expect(page.brotli.length).toBeLessThanOrEqual(page.gzip.length);
  }
});

test("a page holds the texts of its own language alone", () => {
  for (const lang of LANGUAGE_TAGS) {
    const html = String(pages.waiting("tax", lang).html);
    for (const tag of LANGUAGE_TAGS) {
      expect(html.includes(LANGUAGES[tag].pages.waiting.leadMissed), `${tag} in ${lang}`).toBe(tag === lang);
    }
  }
});

test("a page after a form says so above all else, and the usual one does not", () => {
  for (const lang of LANGUAGE_TAGS) {
    const { afterForm } = LANGUAGES[lang].pages.common;
    expect(String(pages.waiting("tax", lang, true).html)).toContain(
      `<main>\n<p class="note">${afterForm}</p>`,
    );
    expect(String(pages.waiting("tax", lang).html)).not.toContain(afterForm);
  }
});

test("what is compressed is the page", () => {
  for (const page of all) {
    expect(gunzipSync(page.gzip).equals(page.html)).toBe(true);
    expect(brotliDecompressSync(page.brotli).equals(page.html)).toBe(true);
  }
});

test("the policy allows nothing inline but what it names, and nothing from elsewhere", () => {
  for (const { contentSecurityPolicy, html } of all) {
    expect(contentSecurityPolicy.replace("form-action http: https:", "")).not.toMatch(/unsafe|\*|https?:/);
    expect(contentSecurityPolicy).toContain("default-src 'none'");
    expect(contentSecurityPolicy).toMatch(/style-src 'sha256-[\w+/]+={0,2}'/);
    expect(String(html)).not.toMatch(/\sstyle=|\son[a-z]+=|(?:src|href)="(?:https?:)?\/\//);
  }
  expect(pages.waiting("tax", "da").contentSecurityPolicy).toMatch(/script-src 'sha256-/);
  expect(pages.notice("closed", "da").contentSecurityPolicy).not.toContain("script-src");
  expect(pages.notice("closed", "da").contentSecurityPolicy).toContain("form-action 'self'");
});

test("names cannot break out of the page", () => {
  for (const lang of LANGUAGE_TAGS) {
    for (const page of [pages.waiting("hostile", lang), pages.portal(lang)]) {
      const html = String(page.html);
      expect(html).not.toContain("<b>");
      expect(html).not.toContain("<i>");
      expect(html).not.toContain("<!--");
      expect(html.match(/<\/script>/g)).toHaveLength(2);
    }
    const notice = String(
      pages.notice("closed", lang, { name: HOSTILE.name.da, message: { lang, text: "<b>" } }).html,
    );
    expect(notice).not.toContain("<b>");
  }
});

test("entity tags differ where pages differ and stay the same from build to build", async () => {
  expect(new Set(all.map((page) => page.etag)).size).toBe(all.length);
  const again = await buildPages([...FIXTURE_ROOMS, HOSTILE], LANGUAGE_TAGS);
  expect(again.waiting("tax", "da").etag).toBe(pages.waiting("tax", "da").etag);
});

test("a notice names the room, carries the message, and is made once", () => {
  const page = pages.notice("closed", "en", { name: "Tax", message: BACK });
  expect(String(page.html)).toContain("<h1>Tax is closed right now</h1>");
  expect(String(page.html)).toContain("Back at 9");
  expect(pages.notice("closed", "en", { name: "Tax", message: BACK })).toBe(page);
  expect(String(pages.notice("closed", "en").html)).toContain("<h1>The service is closed right now</h1>");
});

test("a room that was not built is a bug", () => {
  expect(() => pages.waiting("nowhere", "da")).toThrow("no waiting page was built for room nowhere");
});
