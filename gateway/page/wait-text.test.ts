import fc from "fast-check";
import { expect, test } from "vitest";
import { countedIn, LANGUAGES } from "#languages";
import { keptFor, waitRange, waitSentence } from "./wait-text.ts";

const english = countedIn("en-GB");
const danish = countedIn("da-DK");
const inEnglish = (lowSeconds: number, highSeconds: number) =>
  waitRange({ lowSeconds, highSeconds }, LANGUAGES.en.pages.wait, english);
const inDanish = (lowSeconds: number, highSeconds: number) =>
  waitRange({ lowSeconds, highSeconds }, LANGUAGES.da.pages.wait, danish);

test.each([
  [0, 59, "under 1 minute"],
  [10, 60, "about 1 minute"],
  [30, 90, "up to 2 minutes"],
  [120, 120, "about 2 minutes"],
  [70, 170, "about 1 to 3 minutes"],
  [20 * 60, 24.2 * 60, "about 20 to 25 minutes"],
  [2 * 60, 9 * 60, "about 2 to 9 minutes"],
  [2 * 60, 40 * 60, "up to 40 minutes"],
  [0, 90 * 60, "up to 1 hour 30 minutes"],
  [20 * 60, 60 * 60, "about 20 minutes to 1 hour"],
  [15 * 60, 60 * 60, "up to 1 hour"],
  [58 * 60, 59.5 * 60, "about 55 minutes to 1 hour"],
  [50 * 60, 70 * 60, "about 50 minutes to 1 hour 10 minutes"],
  [80 * 60, 100 * 60, "about 1 hour 20 minutes to 1 hour 40 minutes"],
  [120 * 60, 180 * 60, "about 2 hours to 3 hours"],
  [5.2 * 3600, 6.1 * 3600, "about 5 hours to 6 hours 30 minutes"],
])("%i to %i seconds is %s", (low, high, text) => {
  expect(inEnglish(low, high)).toBe(text);
});

test("Danish", () => {
  expect(inDanish(20 * 60, 25 * 60)).toBe("cirka 20 til 25 minutter");
  expect(inDanish(80 * 60, 100 * 60)).toBe("cirka 1 time og 20 minutter til 1 time og 40 minutter");
  expect(waitSentence({ lowSeconds: 0, highSeconds: 20 }, LANGUAGES.da.pages.wait, danish)).toBe(
    "Ventetiden er under 1 minut.",
  );
  expect(waitSentence(null, LANGUAGES.da.pages.wait, danish)).toBe("Ventetiden kendes ikke endnu.");
});

test("how long a turn is kept, never more than it is", () => {
  expect(keptFor(600, LANGUAGES.en.pages.wait, english)).toBe("10 minutes");
  expect(keptFor(119, LANGUAGES.en.pages.wait, english)).toBe("1 minute");
  expect(keptFor(59, LANGUAGES.da.pages.wait, danish)).toBe("under 1 minut");
  expect(keptFor(5_430, LANGUAGES.da.pages.wait, danish)).toBe("1 time og 30 minutter");
});

test("whole sentences; not known is said, never guessed", () => {
  expect(waitSentence({ lowSeconds: 1_200, highSeconds: 1_500 }, LANGUAGES.en.pages.wait, english)).toBe(
    "The wait is about 20 to 25 minutes.",
  );
  expect(waitSentence(null, LANGUAGES.en.pages.wait, english)).toBe("The wait is not known yet.");
});

test("every wait has a text in which nothing is left to fill in", () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.nat(100_000), (low, extra) => {
      for (const { locale, pages } of Object.values(LANGUAGES)) {
        const wait = { lowSeconds: low, highSeconds: low + extra };
        expect(waitSentence(wait, pages.wait, countedIn(locale))).not.toMatch(/[{}]|NaN| 0 /);
      }
    }),
  );
});
