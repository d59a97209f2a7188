import { expect, test } from "vitest";
import { TEXTS } from "../texts.ts";
import { listedWait } from "./listed-wait.ts";
import { formatsFor } from "./view.ts";

const da = formatsFor("da").number;
const en = formatsFor("en").number;

test("a line has its wait and its length", () => {
  const room = { mode: "queue", waiting: 1_204, waitSeconds: [1_200, 1_500] } as const;
  expect(listedWait(room, TEXTS.da, da)).toEqual({
    text: "Ventetiden er cirka 20 til 25 minutter. 1.204 venter.",
    state: "line",
  });
  expect(listedWait({ ...room, waiting: 1 }, TEXTS.en, en).text).toBe(
    "The wait is about 20 to 25 minutes. 1 person waiting.",
  );
});

test("a wait that is not known is not guessed", () => {
  expect(listedWait({ mode: "queue", waiting: 3, waitSeconds: null }, TEXTS.en, en).text).toBe(
    "The wait is not known yet. 3 people waiting.",
  );
});

test("free, paused, closed", () => {
  const room = { waiting: 0, waitSeconds: null };
  expect(listedWait({ ...room, mode: "queue" }, TEXTS.en, en)).toEqual({
    text: "No line right now",
    state: "free",
  });
  expect(listedWait({ ...room, mode: "open", waiting: 9 }, TEXTS.en, en).state).toBe("free");
  expect(listedWait({ ...room, mode: "hold" }, TEXTS.en, en).text).toBe("The line is paused.");
  expect(listedWait({ ...room, mode: "closed" }, TEXTS.en, en)).toEqual({
    text: "Closed right now",
    state: "shut",
  });
});
