import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestVisitor, until } from "../testing/visitor.ts";
import {
  configure,
  type Deployed,
  deploy,
  QUIET,
  roomSeen,
  roomTimePasses,
  type SeenRoom,
} from "./deployment.ts";
import { jtiOf } from "./replies.ts";

let at: Deployed;

beforeAll(async () => {
  at = await deploy({
    renewed: { ...QUIET, capacity: 2, sessionSeconds: 2 },
    lowered: { ...QUIET, capacity: 3 },
    full: { ...QUIET, capacity: 1 },
    handed: { ...QUIET, capacity: 1, sessionSeconds: 2, sessionGraceSeconds: 0 },
    away: { ...QUIET, capacity: 1, origin: "http://127.0.0.1:9" },
    app: { ...QUIET, capacity: 1 },
    // Two at once and one a second, until four are inside.
    both: { outflowPerMinute: 60, capacity: 4 },
    paced: { outflowPerMinute: 240 },
  });
});

afterAll(() => at?.close());

/** Longer than any grace that a stalled line or a look-ahead could be waiting for. */
const LONG_MS = 3_500;

async function inside(room: string): Promise<TestVisitor> {
  const visitor = at.visitor(room);
  expect(await (await visitor.join()).json()).toMatchObject({ state: "admitted" });
  return visitor;
}

async function waiting(room: string): Promise<TestVisitor> {
  const visitor = at.visitor(room);
  expect((await (await visitor.join()).json()).state).not.toBe("admitted");
  return visitor;
}

async function isIn(visitor: TestVisitor): Promise<boolean> {
  return (await visitor.claim()).status === 200;
}

/** Watches a room until what it asks for is so; every moment of it, in order. */
async function watch(room: string, isOver: () => Promise<boolean>): Promise<SeenRoom[]> {
  const moments: SeenRoom[] = [await roomSeen(at, room)];
  await until(
    `${room} to have been watched`,
    async () => {
      const over = await isOver();
      moments.push(await roomSeen(at, room));
      return over;
    },
    20_000,
  );
  return moments;
}

const most = (moments: readonly SeenRoom[]) => Math.max(...moments.map(({ sessions }) => sessions));

// PROTOCOL: capacity | 0 = no bound
describe.concurrent("`capacity`: most sessions at once", () => {
  it("is exact with renewals by use: who goes on stays, and who stops makes room for one", async () => {
    const [stays, stops] = [await inside("renewed"), await inside("renewed")];
    const next = await waiting("renewed");
    const { updatedAt: begunMs } = (await roomSeen(at, "renewed")).state;
    let enteredMs = 0;
    const moments = await watch("renewed", async () => {
      const { updatedAt } = (await roomSeen(at, "renewed")).state;
      // Two session lengths of use; then one of them falls silent.
      if (updatedAt < begunMs + 4_000) expect((await stops.navigate("/renewed")).status).toBe(200);
      expect(await (await stays.navigate("/renewed/x")).json()).toMatchObject({ url: "/renewed/x" });
      if (await isIn(next)) enteredMs = updatedAt;
      return enteredMs > 0;
    });
    expect(most(moments)).toBe(2);
    // A session's length after the last renewal, which comes past half of the one before.
    expect(enteredMs - begunMs).toBeGreaterThan(4_000);
    expect(jtiOf(stays.cookies.get("sluse_pass_renewed") ?? "")).toBe(
      jtiOf(stays.cookies.get("sluse_ticket_renewed") ?? ""),
    );
  });

  it("a place changes hands at the end of a session: never do two passes open it", async () => {
    const first = await inside("handed");
    const next = await waiting("handed");
    await until("the place to be free", () => isIn(next));
    const late = await first.navigate("/handed/late");
    expect(late.headers.get("content-type")).toContain("text/html");
    expect((await roomSeen(at, "handed")).sessions).toBe(1);
  });

  it("a service that is away costs its visitors no second place: the first is theirs", async () => {
    const visitor = at.visitor("away");
    for (let i = 0; i < 3; i++) expect((await visitor.navigate("/away/x")).status).toBe(502);
    expect([...visitor.cookies.keys()]).toEqual(["sluse_pass_away", "sluse_ticket_away"]);
    expect((await roomSeen(at, "away")).sessions).toBe(1);
  });

  it("an app is no browser, whatever it accepts: a request in a quiet room takes no place", async () => {
    const headers = { "sluse-client": "app" };
    for (let i = 0; i < 3; i++) {
      const reply = await at.visitor("app").navigate("/app/x", { headers });
      expect(await reply.json()).toMatchObject({ url: "/app/x" });
    }
    expect((await roomSeen(at, "app")).sessions).toBe(0);
  });

  it("lowered below the active count it admits nobody until so many have gone", async () => {
    const [first, second, third] = [
      await inside("lowered"),
      await inside("lowered"),
      await inside("lowered"),
    ];
    const next = await waiting("lowered");
    await configure(at, "lowered", { capacity: 1 });
    // Nobody inside is put out.
    expect((await roomSeen(at, "lowered")).sessions).toBe(3);
    for (const leaver of [first, second]) {
      await leaver?.leave();
      const { updatedAt } = (await roomSeen(at, "lowered")).state;
      await watch("lowered", async () => {
        expect(await isIn(next)).toBe(false);
        return (await roomSeen(at, "lowered")).state.updatedAt > updatedAt + 1_000;
      });
    }
    expect((await roomSeen(at, "lowered")).sessions).toBe(1);
    await third?.leave();
    await until("the place to be free", () => isIn(next));
    expect((await roomSeen(at, "lowered")).sessions).toBe(1);
  });

  it("a full service calls no one it cannot take soon", async () => {
    const visitor = await inside("full");
    for (let i = 0; i < 5; i++) await waiting("full");
    const { serving } = await roomSeen(at, "full");
    await roomTimePasses(at, "full", LONG_MS);
    expect((await roomSeen(at, "full")).serving).toBe(serving);
    await visitor.leave();
    await until("the next to be called", async () => (await roomSeen(at, "full")).serving > serving);
  });
});

/** The most that came in between two moments beyond what was earned between them. */
function mostBeyondOutflow(moments: readonly SeenRoom[]): number {
  const beyond = moments.flatMap((from, index) =>
    moments.slice(index).map((to) => {
      const minutes = (to.state.updatedAt - from.state.updatedAt) / 60_000;
      return to.state.admittedTotal - from.state.admittedTotal - minutes * to.outflowPerMinute;
    }),
  );
  return Math.max(...beyond);
}

describe.concurrent("outflow", () => {
  // PROTOCOL: queue | claim: by number, as credit and capacity allow
  it("and capacity bound together: two at once, then one a second, then only as places get free", async () => {
    const visitors = Array.from({ length: 7 }, () => at.visitor("both"));
    for (const visitor of visitors) await visitor.join();
    const entered = new Set<TestVisitor>();
    const come = async () => {
      for (const visitor of visitors)
        if (!entered.has(visitor) && (await isIn(visitor))) entered.add(visitor);
    };
    const filling = await watch("both", async () => {
      await come();
      return entered.size === 4;
    });
    expect(mostBeyondOutflow(filling)).toBeLessThanOrEqual(2);
    const { updatedAt } = (await roomSeen(at, "both")).state;
    const full = await watch("both", async () => {
      await come();
      return (await roomSeen(at, "both")).state.updatedAt > updatedAt + 1_500;
    });
    expect(entered.size).toBe(4);
    await [...entered][0]?.leave();
    const freed = await watch("both", async () => {
      await come();
      return entered.size === 5;
    });
    expect(most([...filling, ...full, ...freed])).toBe(4);
    // In the order in which they came.
    expect([...entered]).toEqual(visitors.slice(0, 5));
  });

  // PROTOCOL: Credit. The outflow earns it evenly
  // PROTOCOL: at most two seconds' worth (at least one admission) is kept
  // PROTOCOL: In any T minutes at most `outflowPerMinute * T` + that cap are let in
  it("is kept in every span of time, however many come at once after a pause", async () => {
    // Nobody has come yet: as much credit is there as is ever kept.
    const visitors = Array.from({ length: 24 }, () => at.visitor("paced"));
    const begun = await roomSeen(at, "paced");
    const joins = await Promise.all(visitors.map(async (visitor) => (await visitor.join()).json()));
    expect(joins.filter(({ state }) => state === "admitted").length).toBeGreaterThan(0);
    const entered = new Set<TestVisitor>();
    const moments = await watch("paced", async () => {
      const ins = await Promise.all(visitors.map(isIn));
      for (const [index, visitor] of visitors.entries()) if (ins[index]) entered.add(visitor);
      return entered.size === visitors.length;
    });
    expect(mostBeyondOutflow([begun, ...moments])).toBeLessThanOrEqual(8);
    const { state } = await roomSeen(at, "paced");
    const seconds = (state.updatedAt - begun.state.updatedAt) / 1_000;
    // Evenly: 24 less the eight kept, at four a second, and no faster or much slower.
    expect(seconds).toBeGreaterThan(4 - 0.3);
    expect(seconds).toBeLessThan(4 + 8);
  });
});
