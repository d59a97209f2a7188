import { describe, expect, it } from "vitest";
import type { ClaimOutcome } from "#core";
import { GateOrder } from "./gate-order.ts";
import { lineAt } from "./line-fixture.ts";

type Answered = readonly [number: number, state: ClaimOutcome["state"]];

/** Judges batches of claims, a second apart, and says how many were overtaken in each. */
function judged(
  batches: readonly (readonly Answered[])[],
  options: { everyMs?: number; serving?: number } = {},
) {
  const { everyMs = 1_000, serving = 100 } = options;
  const order = new GateOrder();
  return batches.map((batch, i) => judge(order, batch, { roomTimeMs: i * everyMs, serving }));
}

function judge(order: GateOrder, batch: readonly Answered[], line: Parameters<typeof lineAt>[0]): number {
  const tickets = batch.map(([number]) => ({ jti: `visitor-${number}`, number, generation: 1 }));
  const outcomes = batch.map(([, state]): ClaimOutcome => {
    if (state === "admitted") return { state, remainingMs: 60_000 };
    return state === "called" || state === "returned" ? { state, ahead: 0 } : { state };
  });
  return order.judge(tickets, outcomes, lineAt(line));
}

describe("the order at the gate", () => {
  it("is kept where the lowest numbers come in first, in whatever order they ask", () => {
    const batches: Answered[][] = [
      [
        [3, "called"],
        [1, "called"],
        [2, "called"],
      ],
      [
        [3, "called"],
        [1, "admitted"],
      ],
      [
        [2, "admitted"],
        [3, "called"],
      ],
      [[3, "admitted"]],
    ];
    expect(judged(batches)).toEqual([0, 0, 0, 0]);
  });

  it("is not broken for somebody who came back after a grant that nobody collected", () => {
    const batches: Answered[][] = [
      [
        [1, "returned"],
        [9, "called"],
      ],
      [
        [9, "admitted"],
        [1, "returned"],
      ],
    ];
    expect(judged(batches)).toEqual([0, 0]);
  });

  it("is broken where a higher number comes in while a lower one stands there; each overtaken counts once", () => {
    const batches: Answered[][] = [
      [
        [1, "called"],
        [2, "called"],
        [9, "called"],
      ],
      [
        [9, "admitted"],
        [1, "called"],
      ],
      [
        [1, "called"],
        [2, "called"],
      ],
      [
        [1, "called"],
        [2, "called"],
      ],
    ];
    expect(judged(batches)).toEqual([0, 1, 1, 0]);
  });

  it("is broken where somebody called just now is let in past the gate", () => {
    const order = new GateOrder();
    expect(judge(order, [[1, "called"]], { serving: 5 })).toBe(0);
    expect(
      judge(
        order,
        [
          [9, "admitted"],
          [1, "called"],
        ],
        { serving: 20 },
      ),
    ).toBe(1);
  });

  it("says nothing of a number that may have been let in before the lower one came", () => {
    const batches: Answered[][] = [
      [[9, "called"]],
      [[1, "called"]],
      [
        [9, "admitted"],
        [1, "called"],
      ],
      [
        [8, "admitted"],
        [1, "called"],
      ],
    ];
    expect(judged(batches)).toEqual([0, 0, 0, 0]);
  });

  it("says nothing of somebody who was silent long enough to have been let in and to have lost that again", () => {
    const batches: Answered[][] = [
      [
        [1, "called"],
        [9, "called"],
      ],
      [[9, "admitted"]],
      [[1, "called"]],
    ];
    expect(judged(batches, { everyMs: 31_000 })).toEqual([0, 0, 0]);
    expect(judged(batches, { everyMs: 29_000 })).toEqual([0, 0, 1]);
  });

  it("starts anew with the line's generation, its settings and its mode", () => {
    for (const change of [{ generation: 2 }, { version: 2 }, { mode: "open" as const }]) {
      const order = new GateOrder();
      judge(
        order,
        [
          [1, "called"],
          [9, "called"],
        ],
        {},
      );
      expect(
        judge(
          order,
          [
            [9, "admitted"],
            [1, "called"],
          ],
          change,
        ),
      ).toBe(0);
    }
  });

  it("knows since when somebody stands there", () => {
    const order = new GateOrder();
    expect(order.arrivedMs("visitor-1")).toBeNull();
    judge(order, [[1, "called"]], { storeTimeMs: 5_000 });
    judge(order, [[1, "called"]], { storeTimeMs: 6_000 });
    expect(order.arrivedMs("visitor-1")).toBe(5_000);
  });
});
