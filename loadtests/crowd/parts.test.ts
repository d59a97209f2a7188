import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CookieJar } from "./cookies.ts";
import { DueList } from "./due.ts";
import { journeyThrough } from "./journeys.ts";
import { OrderWatch } from "./order.ts";
import { randomOf } from "./random.ts";
import { readLine, readMetrics } from "./watch.ts";

describe("what is due", () => {
  it("comes out earliest first and never before its time", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 1_000 })),
        fc.integer({ min: 0, max: 1_000 }),
        (times, now) => {
          const due = new DueList<number>();
          for (const time of times) due.add(time, time);
          const taken: number[] = [];
          for (let item = due.take(now); item !== undefined; item = due.take(now)) taken.push(item);
          expect(taken).toEqual(times.filter((time) => time <= now).sort((a, b) => a - b));
          expect(due.size).toBe(times.length - taken.length);
        },
      ),
    );
  });
});

describe("a visitor's cookies", () => {
  it("go where their path says", () => {
    const jar = new CookieJar();
    jar.store(["visit=1; Path=/tax; HttpOnly", "sluse_ticket_tax=t.t.t; Path=/; Max-Age=600"], 0);
    expect(jar.header("/tax/statement?x=1")).toBe("visit=1; sluse_ticket_tax=t.t.t");
    expect(jar.header("/tax")).toBe("visit=1; sluse_ticket_tax=t.t.t");
    expect(jar.header("/taxes")).toBe("sluse_ticket_tax=t.t.t");
    expect(jar.header("/_sluse/rooms/tax/join")).toBe("sluse_ticket_tax=t.t.t");
  });

  it("are replaced and taken back", () => {
    const jar = new CookieJar();
    jar.store(["a=1", "b=1", "c=1"], 0);
    jar.store(["a=2", "b=; Max-Age=0", "c=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], 1_000);
    expect(jar.header("/")).toBe("a=2");
    expect([jar.has("a"), jar.has("b")]).toEqual([true, false]);
  });
});

describe("the watch on the order", () => {
  it("counts a number that is lower than one already told, unless the requests crossed", () => {
    const order = new OrderWatch();
    order.numbered(5, 0, 100);
    order.numbered(4, 50, 120);
    expect(order.inversions).toBe(0);
    order.numbered(3, 110, 130);
    expect(order.inversions).toBe(1);
    order.numbered(6, 200, 210);
    expect(order.inversions).toBe(1);
  });

  it("counts a number given twice, but not after the line began anew", () => {
    const order = new OrderWatch();
    order.numbered(1, 0, 1);
    order.numbered(1, 0, 1);
    expect(order.duplicateNumbers).toBe(1);
    order.forget();
    order.numbered(1, 10, 11);
    expect([order.duplicateNumbers, order.inversions]).toEqual([1, 0]);
  });

  it("counts who was overtaken at the gate, unless the requests crossed or the other came first", () => {
    const order = new OrderWatch();
    order.admitted(9, 100, 200);
    order.stillAtGate(8, 150, 300);
    order.stillAtGate(8, 50, 150);
    order.stillAtGate(10, 50, 300);
    expect(order.inversions).toBe(0);
    order.stillAtGate(8, 50, 300);
    order.stillAtGate(8, 50, 400);
    expect(order.inversions).toBe(1);
    order.stillAtGate(7, 50, 400);
    expect(order.inversions).toBe(2);
  });
});

describe("chance", () => {
  it("is the same for the same seed and visitor, and differs for others", () => {
    const three = (seed: number, index: number) => {
      const random = randomOf(seed, index);
      return [random(), random(), random()];
    };
    expect(three(7, 3)).toEqual(three(7, 3));
    expect(three(7, 3)).not.toEqual(three(7, 4));
    expect(three(7, 3)).not.toEqual(three(8, 3));
  });

  it("spreads first draws evenly over visitors", () => {
    const tenths = new Array(10).fill(0);
    for (let index = 0; index < 10_000; index += 1) tenths[Math.floor(randomOf(1, index)() * 10)] += 1;
    for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});

describe("journeys", () => {
  it("lead from the front page to the log-out", () => {
    const journey = journeyThrough("tax", "/tax");
    const paths: string[] = [];
    for (let step = journey.next(0, undefined, randomOf(1, 1)); step; ) {
      paths.push(`${step.method} ${step.path}`);
      step = journey.next(paths.length, undefined, randomOf(1, 1));
    }
    expect(paths).toHaveLength(6);
    expect(paths[0]).toBe("GET /tax");
    expect(paths.at(-1)).toBe("POST /tax/logout");
  });

  it("try another time where one was taken, and finish when all are", () => {
    const { next } = journeyThrough("vaccine", "/vaccine");
    const random = randomOf(1, 1);
    expect(next(3, "/vaccine/times", random)?.path).toBe("/vaccine/book");
    expect(next(3, "/vaccine/full", random)?.path).toBe("/vaccine/finish");
    expect(next(3, "/vaccine/confirmation", random)?.path).toBe("/vaccine/finish");
    expect(next(4, "/vaccine/finish", random)).toBeUndefined();
  });
});

describe("what is read of the gate", () => {
  it("takes a status document, and nothing else for one", () => {
    const status = {
      room: "tax",
      mode: "queue",
      generation: 3,
      issued: 9,
      serving: 4,
      waiting: 5,
      outflowPerMinute: 60,
    };
    expect(readLine({ ...status, seal: "s" })).toEqual({
      mode: "queue",
      generation: 3,
      issued: 9,
      serving: 4,
      waiting: 5,
      outflowPerMinute: 60,
      seal: "s",
    });
    for (const other of [undefined, null, "x", {}, { serving: "1", issued: 1 }])
      expect(readLine(other)).toBeUndefined();
  });

  it("takes a room's numbers from the metrics", () => {
    const text = [
      'sluse_active_sessions{room="tax"} 12',
      'sluse_active_sessions{room="vaccine"} 99',
      'sluse_admissions_total{room="tax",how="gate"} 30',
      'sluse_admissions_total{room="tax",how="quiet"} 4 1700000000000',
    ].join("\n");
    expect(readMetrics(text, "tax")).toEqual({ activeSessions: 12, admissionsTotal: 34 });
    expect(readMetrics(text, "none")).toBeUndefined();
  });
});
