import { createHash } from "node:crypto";
import { html, Markup } from "./markup.ts";

export type Language = "da" | "en";
export type Words = Record<Language, string>;

export interface Page {
  title: string;
  content: Markup;
  /** Where the other language is found: a path below the mount; the page itself when left out. */
  languagePath?: string;
}

// System fonts and inline style only: a page is one request, also on the day when the service is slow.
const style = `
:root{color-scheme:light dark;--ground:#f4f5f3;--paper:#fff;--ink:#1b2422;--soft:#4d5a56;--line:#c9d0cc;
--accent:#0b5c53;--on-accent:#fff;--tint:#e6f0ed;--alarm:#9c2a10;--focus:#b35900}
@media (prefers-color-scheme:dark){:root{--ground:#141a19;--paper:#1d2524;--ink:#edf2f0;--soft:#aebab6;
--line:#46534f;--accent:#7fd1c3;--on-accent:#08211d;--tint:#20332f;--alarm:#ffb39e;--focus:#ffb454}}
*{box-sizing:border-box}
html{font:100%/1.55 system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif}
body{margin:0;background:var(--ground);color:var(--ink);overflow-wrap:break-word}
.wrap{max-width:44rem;margin:0 auto;padding:0 1rem}
.notice{background:var(--tint);font-size:.9rem}.notice p{margin:0;padding:.4rem 0}
.site{background:var(--paper);border-bottom:1px solid var(--line)}
.site .wrap{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:center;min-height:4rem}
.name{font-weight:700;font-size:1.15rem;margin-right:auto;text-decoration:none;color:var(--ink);padding:.6rem 0}
main.wrap{padding-top:2rem;padding-bottom:3rem}
h1{font-size:clamp(1.55rem,6vw,2.15rem);line-height:1.2;margin:0 0 1rem;text-wrap:balance}
h2{font-size:1.2rem;margin:2rem 0 .75rem}
.lead{font-size:1.1rem;color:var(--soft);margin:0 0 1.5rem}
.card{background:var(--paper);border:1px solid var(--line);border-radius:.5rem;padding:clamp(1rem,4vw,1.75rem);margin:0 0 1.5rem}
.card>:first-child{margin-top:0}.card>:last-child{margin-bottom:0}
a{color:var(--accent);text-underline-offset:.2em}
.language{display:inline-block;padding:.6rem 0}
table{width:100%;border-collapse:collapse}caption{text-align:left;font-weight:700;padding-bottom:.5rem}
th,td{text-align:left;padding:.55rem 0;border-bottom:1px solid var(--line);font-weight:400;vertical-align:top}
td{text-align:right;white-space:nowrap;padding-left:.75rem;font-variant-numeric:tabular-nums}
td.text{white-space:normal}
tr.sum th,tr.sum td{font-weight:700;border-bottom:0}
.result{font-size:clamp(1.6rem,8vw,2.4rem);font-weight:700;line-height:1.2;margin:0 0 .25rem;font-variant-numeric:tabular-nums}
fieldset{border:0;margin:0 0 1.5rem;padding:0;min-width:0}legend{font-weight:700;padding:0;margin-bottom:.5rem}
.choice{display:flex;gap:.75rem;align-items:center;border:1px solid var(--line);border-radius:.4rem;padding:.7rem .9rem;margin:0 0 .5rem;min-height:3rem;cursor:pointer}
.choice:has(input:checked){border-color:var(--accent);background:var(--tint)}
.choice:has(input:disabled){color:var(--soft);cursor:default}
.choice input{width:1.25rem;height:1.25rem;flex:none;accent-color:var(--accent);margin:0}
.choice .more{margin-left:auto;color:var(--soft);font-size:.95rem;text-align:right}
.times{display:grid;grid-template-columns:repeat(auto-fill,minmax(12.5rem,1fr));gap:.5rem}.times .choice{margin:0}
label.field{display:block;font-weight:700;margin:0 0 .35rem}
.hint{color:var(--soft);font-size:.95rem;margin:0 0 .35rem}
input[type=text]{font:inherit;width:100%;max-width:14rem;padding:.65rem .75rem;border:1px solid var(--soft);border-radius:.3rem;background:var(--paper);color:var(--ink);margin:0 0 1.25rem}
input[aria-invalid=true]{border:2px solid var(--alarm)}
.alarm{color:var(--alarm);font-weight:700;margin:0 0 .5rem}
.actions{display:flex;flex-wrap:wrap;gap:.75rem 1.25rem;align-items:center;margin:1.5rem 0 0}
.actions form{margin:0}
button,.button{font:inherit;font-weight:700;min-height:2.9rem;padding:.65rem 1.4rem;border-radius:.3rem;border:2px solid var(--accent);background:var(--accent);color:var(--on-accent);cursor:pointer;text-decoration:none;display:inline-block}
button.quiet,.button.quiet{background:transparent;color:var(--accent)}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
footer{border-top:1px solid var(--line);color:var(--soft);font-size:.95rem}footer p{padding:1rem 0;margin:0}
`;

const styleHash = createHash("sha256").update(style).digest("base64");

/** Nothing but the page itself and its own style; forms go to this host alone. */
export const contentSecurityPolicy = `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

const words = {
  demo: {
    da: "Demonstration. Alle personer og tal er opdigtede.",
    en: "Demonstration. All people and figures are invented.",
  },
  other: { da: "English", en: "Dansk" },
  footer: { da: "Tjenesten er en del af Sluses demo.", en: "This service is part of Sluse's demo." },
};

/** The whole document around a page's content. */
export function renderPage(page: Page, siteName: Words, mount: string, language: Language): string {
  const other = language === "da" ? "en" : "da";
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title} - ${siteName[language]}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<header>
<div class="notice"><div class="wrap"><p>${words.demo[language]}</p></div></div>
<div class="site"><div class="wrap">
<a class="name" href="${mount}">${siteName[language]}</a>
<a class="language" lang="${other}" hreflang="${other}" href="${page.languagePath ?? ""}?lang=${other}">${words.other[language]}</a>
</div></div>
</header>
<main class="wrap">
${page.content}
</main>
<footer><div class="wrap"><p>${words.footer[language]}</p></div></footer>
</body>
</html>
`.text;
}

/** `?lang=`, else what was chosen before, else the first of `Accept-Language` that is spoken here, else Danish. */
export function chooseLanguage(
  asked: string | null,
  chosenBefore: string | undefined,
  acceptLanguage: string | undefined,
): Language {
  if (isLanguage(asked)) return asked;
  if (isLanguage(chosenBefore)) return chosenBefore;
  const wanted = (acceptLanguage ?? "")
    .split(",")
    .map((part) => {
      const [tag = "", ...parameters] = part.trim().toLowerCase().split(";");
      const quality = parameters.find((parameter) => parameter.trim().startsWith("q="));
      return { language: tag.split("-")[0] ?? "", quality: quality ? Number(quality.trim().slice(2)) : 1 };
    })
    .filter(({ language, quality }) => isLanguage(language) && quality > 0)
    .sort((a, b) => b.quality - a.quality)[0];
  return isLanguage(wanted?.language) ? wanted.language : "da";
}

export function isLanguage(value: string | null | undefined): value is Language {
  return value === "da" || value === "en";
}
