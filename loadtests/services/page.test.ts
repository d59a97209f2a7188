import { describe, expect, it } from "vitest";
import { html } from "./markup.ts";
import { chooseLanguage } from "./page.ts";

describe("the language", () => {
  it("is what was asked, then what was chosen, then what the browser speaks, then Danish", () => {
    expect(chooseLanguage("en", "da", "da")).toBe("en");
    expect(chooseLanguage("fr", "en", "da")).toBe("en");
    expect(chooseLanguage(null, undefined, "fr, da;q=0.5, en-GB;q=0.8")).toBe("en");
    expect(chooseLanguage(null, undefined, "en;q=0, fr")).toBe("da");
    expect(chooseLanguage(null, undefined, undefined)).toBe("da");
  });
});

describe("markup", () => {
  it("escapes what is put in, save other markup", () => {
    const rows = ["a&b", "<i>"].map((text) => html`<li>${text}</li>`);
    expect(html`<ul id="${'"'}">${rows}${undefined}</ul>`.text).toBe(
      '<ul id="&quot;"><li>a&amp;b</li><li>&lt;i&gt;</li></ul>',
    );
  });
});
