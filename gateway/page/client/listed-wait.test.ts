import { expect, test } from "vitest";
import { LANGUAGES, type LanguageTag } from "#languages";
import { listedWait } from "./listed-wait.ts";
import { formatsFor } from "./view.ts";

const NOW_MS = Date.UTC(2026, 2, 9, 18, 4, 12);

function listed(room: Parameters<typeof listedWait>[0], lang: LanguageTag = "en") {
  return listedWait(
    room,
    LANGUAGES[lang].pages,
    formatsFor(LANGUAGES[lang].locale, LANGUAGES[lang].pages.wait.clock, "Europe/Copenhagen"),
    NOW_MS,
  );
}

test("a line has its wait and its length", () => {
  const room = { mode: "queue", waiting: 1_204, wait: [1_200, 1_500] } as const;
  expect(listed(room, "da")).toEqual({
    wait: "Ventetiden er cirka 20 til 25 minutter.",
    waiting: "1.204 venter.",
    state: "line",
  });
  expect(listed({ ...room, waiting: 1 }).waiting).toBe("1 person waiting.");
});

test("a wait that is not known is not guessed", () => {
  expect(listed({ mode: "queue", waiting: 3, wait: null })).toEqual({
    wait: "The wait is not known yet.",
    waiting: "3 people waiting.",
    state: "line",
  });
  expect(listed({ mode: null, waiting: null, wait: null })).toEqual({
    wait: "The wait is not known yet.",
    waiting: null,
    state: "unknown",
  });
});

test("free, paused, closed", () => {
  const free = { wait: "No line right now", waiting: null, state: "free" };
  expect(listed({ mode: "queue", waiting: 0, wait: [0, 0] })).toEqual(free);
  expect(listed({ mode: "open", waiting: 9, wait: [0, 0] })).toEqual(free);
  expect(listed({ mode: "hold", waiting: 9, wait: null })).toEqual({
    wait: "The line is paused.",
    waiting: "9 people waiting.",
    state: "shut",
  });
  expect(listed({ mode: "closed", waiting: 9, wait: null })).toEqual({
    wait: "Closed right now",
    waiting: null,
    state: "shut",
  });
});

test("a paused line says when it opens, if that is known and to come", () => {
  const opens = (opensAt: number, lang: LanguageTag = "en") =>
    listed({ mode: "hold", waiting: 9, wait: null, opensAt }, lang);
  expect(opens(Date.UTC(2026, 2, 9, 19, 0))).toEqual({
    wait: "Opens at 20:00.",
    waiting: "9 people waiting.",
    state: "shut",
  });
  expect(opens(Date.UTC(2026, 2, 10, 6, 0)).wait).toBe("Opens on 10 March at 07:00.");
  expect(opens(Date.UTC(2029, 2, 1, 6, 0), "da").wait).toBe("Åbner den 1. marts 2029 kl. 07.00.");
  expect(opens(NOW_MS).wait).toBe("The line is paused.");
});

test("an empty line that admits nobody is not free", () => {
  const room = { mode: "queue", waiting: 0, wait: null } as const;
  expect(listed({ ...room, admitting: false })).toEqual({
    wait: "Nobody is let in just now. The line opens again by itself.",
    waiting: null,
    state: "shut",
  });
  expect(listed({ ...room, waiting: 2, admitting: false }).waiting).toBe("2 people waiting.");
  expect(listed({ ...room, admitting: true }).state).toBe("free");
});
