import { describe, expect, it } from "vitest";
import {
  type ClaimOutcome,
  NO_FLOOR,
  type Reply,
  type Snapshot,
  type Store,
  type TicketRef,
  type Watched,
  waitRows,
  watchLine,
} from "#core";
import { memoryStore } from "#core/memory";
import { FIRST_START, SETTINGS } from "./line-fixture.ts";
import { Witness } from "./witness.ts";

const STEP_MS = 500;
interface Found {
  overtaken: number;
  beyond: number;
  readonly lost: string[];
  readonly waited: { promised: number; line: number }[];
}

interface Visitor extends TicketRef {
  /** Every third one looks away, and asks only once the line has gone by. */
  readonly isAway: boolean;
  admitted: boolean;
}

/** 300 visitors before one gateway of a store that may be wrong, until all who ask are in. */
async function watched(wrong: (store: Store) => Store): Promise<Found> {
  const found: Found = { overtaken: 0, beyond: 0, lost: [], waited: [] };
  const witness = new Witness("tax", {
    overtaken: (_, count) => {
      found.overtaken += count;
    },
    admittedBeyondOutflow: (_, count) => {
      found.beyond += count;
    },
    placesLost: (_, how) => found.lost.push(how),
    waited: (_, promised, line) => found.waited.push({ promised, line }),
  });
  let nowMs = 1_750_000_000_000;
  const store = witness.watching(wrong(memoryStore({ now: () => nowMs })));
  const seed = { ...SETTINGS, outflowPerMinute: 600 };
  let line = done(await store.restore("tax", "a", { ...FIRST_START, seed })).snapshot;
  let seen: Watched | null = null;
  const heard = <Result>(reply: Reply<Result>): Result => {
    const { snapshot, result } = done(reply);
    line = snapshot;
    seen = watchLine(seen, line);
    witness.published(line, waitRows(line, seen));
    return result;
  };
  const visitors: Visitor[] = [];
  for (let step = 0; step < 150; step += 1) {
    if (step < 30) {
      const entries = Array.from({ length: 10 }, (_, i) => ({
        jti: `visitor-${visitors.length + i}`,
        intent: "join" as const,
      }));
      const outcomes = heard(await store.join("tax", { gateway: "a", id: step, entries }, floorOf(line)));
      for (const outcome of outcomes) {
        if (!("number" in outcome)) continue;
        const { jti, number, state } = outcome;
        visitors.push({
          jti,
          number,
          generation: line.generation,
          isAway: number % 3 === 0,
          admitted: state === "admitted",
        });
      }
    }
    const asking = visitors.filter(
      ({ number, admitted, isAway }) => !admitted && number <= line.serving - (isAway ? 60 : 0),
    );
    // Highest first: the order of the asking must not matter.
    const tickets = asking.reverse();
    const outcomes = heard(
      await store.claim("tax", { gateway: "a", id: step, entries: tickets }, floorOf(line)),
    );
    for (const [i, ticket] of tickets.entries()) ticket.admitted = outcomes[i]?.state === "admitted";
    nowMs += STEP_MS;
  }
  return found;
}

function done<Result>(reply: Reply<Result>): { snapshot: Snapshot; result: Result } {
  if (reply.kind !== "done") throw new Error(`the store says ${reply.kind}`);
  return reply;
}

function floorOf({ generation, issued, serving }: Snapshot) {
  return { ...NO_FLOOR, generation, issued, serving };
}

describe("before a store that keeps its promises, the witness", () => {
  it("finds nothing wrong, and measures the waits", async () => {
    const { waited, ...found } = await watched((store) => store);
    expect(found).toEqual({ overtaken: 0, beyond: 0, lost: [] });
    expect(waited.length).toBeGreaterThan(200);
    expect(Math.max(...waited.map(({ line }) => line))).toBeGreaterThan(10);
    // Who looked away for ten seconds and more is not held against the line.
    expect(waited.filter(({ promised, line }) => line > promised)).toEqual([]);
  });
});

describe("before a wrong store, the witness", () => {
  it("sees a higher number come in first", async () => {
    const { overtaken } = await watched((store) => ({
      ...store,
      claim: async (...asked) => {
        const reply = await store.claim(...asked);
        return reply.kind === "done" ? { ...reply, result: theOtherWayRound(reply.result) } : reply;
      },
    }));
    expect(overtaken).toBeGreaterThan(5);
  });

  it("sees more admitted than the outflow", async () => {
    const { beyond } = await watched((store) => ({
      ...store,
      claim: async (...asked) => withTwiceAdmitted(await store.claim(...asked)),
      join: async (...asked) => withTwiceAdmitted(await store.join(...asked)),
    }));
    expect(beyond).toBeGreaterThan(20);
  });

  it("sees numbers given twice, and places that are not known", async () => {
    let behind = 0;
    const { lost } = await watched((store) => ({
      ...store,
      join: async (room, batch, floor) => {
        const reply = await store.join(room, batch, floor);
        if (reply.kind !== "done") return reply;
        if (batch.id === 20) behind = 5;
        const result = reply.result.map((one) =>
          one.state === "placed" ? { ...one, number: one.number - behind } : one,
        );
        return { ...reply, result };
      },
      claim: async (room, batch, floor) => {
        const reply = await store.claim(room, batch, floor);
        if (reply.kind !== "done" || batch.id !== 40) return reply;
        return { ...reply, snapshot: { ...reply.snapshot, issued: 0 } };
      },
    }));
    expect(lost).toContain("given_twice");
    expect(lost).toContain("unknown");
  });
});

/** Tells the highest what the lowest should hear, and so on. */
function theOtherWayRound(outcomes: readonly ClaimOutcome[]): readonly ClaimOutcome[] {
  return [...outcomes].reverse();
}

function withTwiceAdmitted<Result>(reply: Reply<Result>): Reply<Result> {
  if (reply.kind !== "done") return reply;
  const { snapshot } = reply;
  return { ...reply, snapshot: { ...snapshot, admittedTotal: snapshot.admittedTotal * 2 } };
}
