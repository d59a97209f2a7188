import { createHash } from "node:crypto";
import type { PageLanguage } from "./page-language.ts";

/** What makes a page: everything inline, so that it is one response. */
export type DocumentParts = {
  readonly language: PageLanguage;
  readonly title: string;
  readonly style: string;
  readonly kind: "waiting" | "portal" | "notice";
  /** What the page shows, for the style; set by the script where there is one. */
  readonly phase?: string;
  /** Where the page is in another language, without script. */
  readonly hrefIn: (lang: string) => string;
  /** HTML of the main part. */
  readonly main: string;
  readonly script?: { readonly source: string; readonly data: unknown };
};

/** Text as HTML, in elements and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A whole HTML document. */
export function htmlDocument(parts: DocumentParts): string {
  const { tag, direction, pages } = parts.language;
  return `<!doctype html>
<html lang="${tag}" dir="${direction}"${parts.phase === undefined ? "" : ` data-phase="${parts.phase}"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(parts.title)}</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(ICON_SVG)}">
<style>${parts.style}</style>
</head>
<body class="${parts.kind}">
<header>
<div class="bar">
<p class="brand">${mark('class="mark" aria-hidden="true"')}<span>Sluse</span></p>
${languageLinks(parts)}</div>
</header>
<main>
${parts.main}
</main>
<footer>
<p class="about">${pages.common.about}</p>
</footer>
${parts.script ? scriptHtml(parts.script.source, parts.script.data) : ""}</body>
</html>
`;
}

/** Each in its own words, so that whoever needs it can read it. */
function languageLinks({ language, hrefIn }: DocumentParts): string {
  if (language.others.length === 0) return "";
  const links = language.others.map(
    ({ tag, name, direction }) =>
      `<li><a href="${escapeHtml(hrefIn(tag))}" lang="${tag}" hreflang="${tag}" dir="${direction}">${name}</a></li>`,
  );
  return `<nav class="languages" aria-label="${language.pages.common.languages}"><ul>${links.join("")}</ul></nav>\n`;
}

/** The data is JSON that no browser runs; `<` is written as an escape, so nothing in it can end the element. */
function scriptHtml(source: string, data: unknown): string {
  const json = JSON.stringify(data).replaceAll("<", "\\u003c");
  return `<script type="application/json" id="page-data">${json}</script>\n<script>${source}</script>\n`;
}

/**
 * The policy of a page: this style and this script and nothing else. `'self'` covers the WebSocket of the same origin
 * where browsers follow CSP 3; where one does not, the page polls.
 */
export function contentSecurityPolicy(parts: Pick<DocumentParts, "kind" | "style" | "script">): string {
  const { kind, style } = parts;
  const script = parts.script?.source;
  return [
    "default-src 'none'",
    ...(script ? [`script-src ${hashSource(script)}`, "connect-src 'self'"] : []),
    `style-src ${hashSource(style)}`,
    "img-src data:",
    // Chromium applies this to every redirect after a form: 'self' would stop who comes in at a service that sends its
    // visitors on to a log-in elsewhere.
    kind === "waiting" ? "form-action http: https:" : "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

function hashSource(source: string): string {
  return `'sha256-${createHash("sha256").update(source).digest("base64")}'`;
}

const MARK_COLOURS = { ground: "", water: "", gate: "" };
const ICON_COLOURS = {
  ground: ' fill="#0b5c74"',
  water: ' fill="#5fb4c9"',
  gate: ' stroke="#fff"',
};

/** Sluse's icon, a document of its own. */
export const ICON_SVG = mark('xmlns="http://www.w3.org/2000/svg"', ICON_COLOURS);

/** A lock seen from above: the water stands against two gates that meet in a point. */
function mark(attributes: string, colours = MARK_COLOURS): string {
  return `<svg ${attributes} viewBox="0 0 32 32"><rect class="ground" width="32" height="32" rx="7"${colours.ground}/><path class="water" d="M7 0h14L13 16l8 16H7a7 7 0 0 1-7-7V7a7 7 0 0 1 7-7z"${colours.water}/><path class="gate" d="M21 0 13 16l8 16" fill="none" stroke-width="3.5"${colours.gate}/></svg>`;
}
