import { expect, test } from "vitest";
import { statusDocument } from "../page-fixture.ts";
import { askAgainMs, gateOrder, isOrderShown } from "./gate.ts";
import { placeAtJoin } from "./place.ts";

const status = statusDocument({ serving: 5_000, reached: 1_000, outflowPerMinute: 300 });
const place = placeAtJoin(3_000, status, null);
const told = (body: object, known: Parameters<typeof gateOrder>[1] = null) =>
  gateOrder({ ...body }, known, place, status);

test("an order is shown where those ahead take the outflow more than ten seconds", () => {
  expect([50, 51].map((ahead) => isOrderShown(ahead, status))).toEqual([false, true]);
  expect(isOrderShown(1, statusDocument({ outflowPerMinute: 1 }))).toBe(true);
  expect(isOrderShown(0, statusDocument({ outflowPerMinute: 1 }))).toBe(false);
});

test("the order that is shown never goes up, but for who was away when the turn came", () => {
  const first = told({ ahead: 40, waitSeconds: 9 });
  expect(first).toEqual({ ahead: 40, waitSeconds: 9, returned: false, early: true });
  expect(told({ ahead: 41 }, first).ahead).toBe(40);
  const returned = told({ ahead: 300, returned: true }, first);
  expect(returned).toMatchObject({ ahead: 300, returned: true });
  expect(told({ ahead: 301, returned: true }, returned).ahead).toBe(300);
});

test("a gateway of an older release tells of nobody ahead, and of no early call", () => {
  const older = { ...status, reached: undefined };
  const order = gateOrder({ retryAfterMs: 1_000 }, null, place, older);
  expect(order).toEqual({ ahead: 0, waitSeconds: null, returned: false, early: false });
});

test("the gate is asked again when it says, within bounds", () => {
  expect([1, 5_000, 1e9, "soon"].map((retryAfterMs) => askAgainMs({ retryAfterMs }))).toEqual([
    250, 5_000, 60_000, 1_000,
  ]);
});
