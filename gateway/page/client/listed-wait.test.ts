import { expect, test } from "vitest";
import { TEXTS } from "../texts.ts";
import { listedWait } from "./listed-wait.ts";
import { formatsFor } from "./view.ts";

const da = formatsFor("da").number;
const en = formatsFor("en").number;

test("a line has its wait and its length", () => {
  const room = { mode: "queue", waiting: 1_204, wait: [1_200, 1_500] } as const;
  expect(listedWait(room, TEXTS.da, da)).toEqual({
    wait: "Ventetiden er cirka 20 til 25 minutter.",
    waiting: "1.204 venter.",
    state: "line",
  });
  expect(listedWait({ ...room, waiting: 1 }, TEXTS.en, en).waiting).toBe("1 person waiting.");
});

test("a wait that is not known is not guessed", () => {
  expect(listedWait({ mode: "queue", waiting: 3, wait: null }, TEXTS.en, en)).toEqual({
    wait: "The wait is not known yet.",
    waiting: "3 people waiting.",
    state: "line",
  });
  expect(listedWait({ mode: null, waiting: null, wait: null }, TEXTS.en, en)).toEqual({
    wait: "The wait is not known yet.",
    waiting: null,
    state: "unknown",
  });
});

test("free, paused, closed", () => {
  const free = { wait: "No line right now", waiting: null, state: "free" };
  expect(listedWait({ mode: "queue", waiting: 0, wait: [0, 0] }, TEXTS.en, en)).toEqual(free);
  expect(listedWait({ mode: "open", waiting: 9, wait: [0, 0] }, TEXTS.en, en)).toEqual(free);
  expect(listedWait({ mode: "hold", waiting: 9, wait: null }, TEXTS.en, en)).toEqual({
    wait: "The line is paused.",
    waiting: "9 people waiting.",
    state: "shut",
  });
  expect(listedWait({ mode: "closed", waiting: 9, wait: null }, TEXTS.en, en)).toEqual({
    wait: "Closed right now",
    waiting: null,
    state: "shut",
  });
});
