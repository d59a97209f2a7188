import { describe, expect, it } from "vitest";
import { fallbackOrder, gapsIn, nearestLanguage, preferredLanguage, textIn } from "./choose.ts";

const OFFERED = ["da", "en", "de", "pt-BR", "zh-Hant"] as const;

describe("the nearest language", () => {
  it.each([
    ["da", "da"],
    ["DE", "de"],
    ["de-AT", "de"],
    ["zh-hant-tw", "zh-Hant"],
    ["pt", "pt-BR"],
    ["pt-PT", "pt-BR"],
    ["d", null],
    ["fr", null],
    ["", null],
    ["*", null],
    ["-", null],
  ])("to %j is %j", (asked, nearest) => {
    expect(nearestLanguage(asked, OFFERED)).toBe(nearest);
  });
});

describe("Accept-Language", () => {
  it.each([
    ["en-GB,en;q=0.9", "en"],
    ["en;q=0.5,da;q=0.9", "da"],
    ["de-AT, de;q=0.9, en;q=0.8", "de"],
    ["fr, de-CH;q=0.7, *;q=0.5", "de"],
    ["fr, *;q=0.5", "da"],
    ["da;q=0, *", "en"],
    ["*, da;q=0.5", "en"],
    ["en;q=0, en-GB", null],
    ["en;q=1, da;q=1", "en"],
    ["EN ; Q=0.3 , de ; q=0.2", "en"],
    ["en;q=nonsense, da;q=,;q=1", null],
    ["da;q=0.1, en;q=5", "da"],
    ["fr", null],
    ["", null],
  ])("%j prefers %j", (header, preferred) => {
    expect(preferredLanguage(header, OFFERED)).toBe(preferred);
  });
});

describe("what a stranger asks for", () => {
  const long = [
    `${"*,".repeat(480)}${"da;q=.1,en;q=.1,de;q=.1,".repeat(8)}`,
    `${"*,".repeat(1_000)}${"a-".repeat(6_000)}`,
    `${"a-".repeat(8_000)},*`,
    "-".repeat(16_000),
    `${"x".repeat(16_000)};q=0.5`,
    `en${" ".repeat(16_000)}`,
    ";q=".repeat(5_000),
  ];

  // The worst of them took half a minute when every range was compared with every other.
  it.each(long.map((asked) => [`${asked.slice(0, 12)}… of ${asked.length}`, asked]))(
    "costs no more than a few comparisons: %s",
    (_, asked) => {
      let looks = 0;
      const offered = new Proxy([...OFFERED], {
        get(list, name) {
          looks += 1;
          return Reflect.get(list, name);
        },
      });
      preferredLanguage(asked, offered);
      nearestLanguage(asked, offered);
      expect(looks).toBeLessThan(5_000);
    },
  );

  it("is no language where it is too long for one", () => {
    expect(nearestLanguage(`de-${"x".repeat(40)}`, OFFERED)).toBeNull();
    expect(preferredLanguage(`${"fr,".repeat(20)}de`, OFFERED)).toBeNull();
  });
});

describe("a text that may be missing", () => {
  const order = fallbackOrder("de-AT", ["da", "en"]);

  it("is looked for in the language, in what it is a part of, then in the others", () => {
    expect(order).toEqual(["de-AT", "de", "da", "en"]);
    expect(fallbackOrder("en", ["da", "en"])).toEqual(["en", "da"]);
    expect(textIn({ en: "Tax", de: "Steuer" }, order)).toEqual({ lang: "de", text: "Steuer" });
    expect(textIn({ en: "Tax", da: "Skat" }, order)).toEqual({ lang: "da", text: "Skat" });
  });

  it("is in any language where those have none, and nowhere where there is none", () => {
    expect(textIn({ fi: "Vero" }, order)).toEqual({ lang: "fi", text: "Vero" });
    expect(textIn({}, order)).toBeNull();
  });

  it("is not missing where it is empty, but an empty one stands in for no other", () => {
    expect(textIn({ "de-AT": "", da: "Skat" }, order)).toEqual({ lang: "de-AT", text: "" });
    expect(textIn({ da: "", en: "Tax" }, order)).toEqual({ lang: "en", text: "Tax" });
    expect(textIn({ da: "" }, order)).toBeNull();
  });
});

describe("where a message is not read as others read it", () => {
  it.each([
    [{ da: "Hej", en: " ", de: "" }, ["en null", "de null"]],
    [{ da: "Hej", de: "Hallo" }, ["en da"]],
    [{ en: "Hello", da: "" }, ["da null", "de en"]],
    [{ fi: "Hei" }, ["da fi", "en fi", "de fi"]],
    [{ da: "Hej", en: "Hello", de: "Hallo" }, []],
    [{ da: "", en: "" }, []],
    [null, []],
    [undefined, []],
  ])("%j", (message, gaps) => {
    const found = gapsIn(message, ["da", "en", "de"]);
    expect(found.map(({ lang, instead }) => `${lang} ${instead}`)).toEqual(gaps);
  });
});
