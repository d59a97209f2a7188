/**
 * Limits per address: joins beyond an address's rate are slowed down, since a library, a school or a mobile
 * carrier is one address; nobody is kept from a place that they hold.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestVisitor } from "../testing/visitor.ts";
import { BUSY, type Deployed, deploy, QUIET, reset } from "./deployment.ts";
import { expectProblem } from "./replies.ts";

/** Each second; ten times as many at once, and five times as many wait. */
const RATE = 20;
const BURST = 10 * RATE;
const WAITING = 5 * RATE;

let at: Deployed;

beforeAll(async () => {
  at = await deploy(
    { line: BUSY, keyed: BUSY, spent: BUSY, far: BUSY, other: BUSY, again: BUSY, quiet: QUIET },
    { SLUSE_TRUSTED_PROXIES: "127.0.0.1", SLUSE_JOINS_PER_SECOND_PER_ADDRESS: String(RATE) },
  );
});

afterAll(() => at.close());

interface Timed {
  readonly reply: Response;
  readonly ms: number;
}

/** Joins as somebody at this address, by way of a proxy that is trusted. */
async function joinFrom(
  address: string,
  visitor: TestVisitor,
  headers: Record<string, string> = {},
): Promise<Timed> {
  const startedMs = performance.now();
  const reply = await visitor.join({ "x-forwarded-for": address, ...headers });
  return { reply, ms: performance.now() - startedMs };
}

/** So many newcomers at once. */
function crowdFrom(address: string, room: string, count: number): Promise<Timed[]> {
  return Promise.all(Array.from({ length: count }, () => joinFrom(address, at.visitor(room))));
}

function statuses(joins: readonly Timed[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { reply } of joins) counts[reply.status] = (counts[reply.status] ?? 0) + 1;
  return counts;
}

/** Newcomers of an address without credit, and how many of them have come through so far. */
interface Crowd {
  readonly size: number;
  through: number;
}

/** Runs while newcomers of the same address wait for credit. */
async function whileOthersWait(
  address: string,
  room: string,
  run: (crowd: Crowd) => Promise<void>,
): Promise<void> {
  await crowdFrom(address, room, BURST);
  const crowd: Crowd = { size: WAITING - 10, through: 0 };
  const joins = Array.from({ length: crowd.size }, async () => {
    await joinFrom(address, at.visitor(room));
    crowd.through += 1;
  });
  await run(crowd);
  await Promise.all(joins);
}

/** Told by who comes through before: a busy machine moves every time, and no order. */
async function expectAtOnce(crowd: Crowd, join: Promise<Timed>): Promise<Response> {
  const { reply } = await join;
  expect(reply.status).toBe(200);
  expect(crowd.through).toBeLessThan(crowd.size);
  return reply;
}

async function expectToWait(crowd: Crowd, join: Promise<Timed>): Promise<void> {
  expect((await join).reply.status).toBe(200);
  expect(crowd.through).toBeGreaterThan(crowd.size / 2);
}

describe.concurrent("one address", () => {
  // PROTOCOL: A join beyond the rate of its address waits
  // PROTOCOL: after five seconds it is told 503 `slow-down` with `Retry-After`
  // PROTOCOL: joins that one believed address makes in each process before the others wait in turn
  it("has its burst at once, its pace after that, and 503 `slow-down` with `Retry-After` beyond five seconds", async () => {
    const startedMs = performance.now();
    const joins = await crowdFrom("203.0.113.1", "line", BURST + WAITING + 100);
    const tookMs = performance.now() - startedMs;
    const given = statuses(joins)[200] ?? 0;
    expect(Object.keys(statuses(joins))).toEqual(["200", "503"]);
    // More may come through than burst and queue only by what is earned while they come.
    expect(given).toBeGreaterThanOrEqual(BURST + WAITING);
    expect(given).toBeLessThanOrEqual(BURST + (RATE * tookMs) / 1_000 + 1);
    expect(tookMs).toBeGreaterThan(4_000);
    const refused = joins.find(({ reply }) => reply.status === 503);
    if (refused === undefined) throw new Error("nobody was refused");
    expect(refused.reply.headers.get("retry-after")).toBe("5");
    expect(refused.ms).toBeLessThan(4_000);
    await expectProblem(refused.reply, 503, "slow-down");
  });

  it("does not slow down another; nor does it count what a visitor says of its address", async () => {
    await whileOthersWait("203.0.113.2", "far", async (crowd) => {
      await expectAtOnce(crowd, joinFrom("203.0.113.99", at.visitor("far")));
      // The proxy appends the true address to whatever the visitor wrote.
      await expectToWait(crowd, joinFrom("198.51.100.1, 203.0.113.2", at.visitor("far")));
    });
  });

  it("is an IPv6 network of /64", async () => {
    await whileOthersWait("2001:db8:1:2::1", "far", async (crowd) => {
      await expectAtOnce(crowd, joinFrom("2001:db8:1:3::1", at.visitor("far")));
      await expectToWait(crowd, joinFrom("2001:db8:1:2:aaaa::9", at.visitor("far")));
    });
  });
});

describe("an address is known however a proxy on this machine writes it", () => {
  it("with ports", async () => {
    await whileOthersWait("203.0.113.20", "spent", async (crowd) => {
      await expectToWait(crowd, joinFrom("203.0.113.20:1025", at.visitor("spent")));
      await expectToWait(crowd, joinFrom('"203.0.113.20:1026"', at.visitor("spent")));
    });
  });

  it("visitors of whom it knows none count as one, not as this machine", async () => {
    const sizes = [BURST, WAITING + 50];
    const crowds = sizes.map((size, at) => crowdFrom(at === 0 ? "unknown" : "_hidden", "keyed", size));
    expect(statuses((await Promise.all(crowds)).flat())[503]).toBeGreaterThan(0);
  });
});

describe.concurrent("nobody is kept from a place that they hold", () => {
  it("a join with a ticket comes through at once, with the same number, as often as it is asked", async () => {
    const address = "203.0.113.3";
    const holder = at.visitor("line");
    const { number } = await (await joinFrom(address, holder)).reply.json();
    await whileOthersWait(address, "line", async (crowd) => {
      for (let i = 0; i < 3; i++) {
        const reply = await expectAtOnce(crowd, joinFrom(address, holder));
        expect(await reply.json()).toMatchObject({ number });
      }
    });
  });

  // PROTOCOL: A ticket or an idempotency key that stands for a place in this room is never slowed down
  it("and so does an idempotency key that was let by before", async () => {
    const address = "203.0.113.4";
    const headers = { "idempotency-key": "a-key-of-one-who-lost-the-reply" };
    const { number } = await (await joinFrom(address, at.visitor("keyed"), headers)).reply.json();
    await whileOthersWait(address, "keyed", async (crowd) => {
      const again = await expectAtOnce(crowd, joinFrom(address, at.visitor("keyed"), headers));
      expect(await again.json()).toMatchObject({ number });
      const other = { "idempotency-key": "a-key-that-nobody-ever-saw-before" };
      await expectToWait(crowd, joinFrom(address, at.visitor("keyed"), other));
    });
  });

  // PROTOCOL: one that does not is worth no more than none
  it("a ticket whose place was given up is worth no more than none, as often as it is shown", async () => {
    const address = "203.0.113.5";
    const visitor = at.visitor("spent");
    await joinFrom(address, visitor);
    const old = visitor.cookies.get("sluse_ticket_spent") ?? "";
    expect((await visitor.leave()).status).toBe(204);
    await whileOthersWait(address, "spent", async (crowd) => {
      for (let i = 0; i < 3; i++) await expectToWait(crowd, joinFrom(address, holderOf(old, "spent")));
    });
  });
});

describe.concurrent("what stands for no place here is worth no more than none", () => {
  it("all tickets of a line that is gone", async () => {
    const address = "203.0.113.6";
    const visitors = Array.from({ length: 30 }, () => at.visitor("again"));
    await Promise.all(visitors.map((visitor) => joinFrom(address, visitor)));
    const tickets = visitors.map(({ cookies }) => cookies.get("sluse_ticket_again") ?? "");
    await reset(at, "again");
    await whileOthersWait(address, "again", async (crowd) => {
      await Promise.all(
        tickets
          .slice(0, 5)
          .map((ticket) => expectToWait(crowd, joinFrom(address, holderOf(ticket, "again")))),
      );
    });
  });

  it("a key of another room", async () => {
    const address = "203.0.113.7";
    const headers = { "idempotency-key": "a-key-that-is-used-in-two-rooms" };
    await joinFrom(address, at.visitor("keyed"), headers);
    await whileOthersWait(address, "other", (crowd) =>
      expectToWait(crowd, joinFrom(address, at.visitor("other"), headers)),
    );
  });
});

function holderOf(ticket: string, room: string): TestVisitor {
  const holder = at.visitor(room);
  holder.setCookie(`sluse_ticket_${room}`, ticket);
  return holder;
}

// PROTOCOL: Whoever would be let into a quiet room, beyond the rate of its address, is told to wait as in a busy one, forward-auth too
describe("what lets in past the line is counted as a join is", () => {
  const asked: [string, string, (headers: Record<string, string>) => Promise<boolean>][] = [
    ["a page", "203.0.113.31", async (headers) => hasPass(at.visitor("quiet"), "/quiet", headers)],
    [
      "a program's request",
      "203.0.113.32",
      async (headers) => (await at.visitor("quiet").fetch("/quiet/data", { headers })).status === 200,
    ],
    [
      "forward-auth",
      "203.0.113.33",
      async (headers) =>
        (
          await at.visitor("quiet").fetch("/_sluse/auth", {
            headers: { ...headers, "x-forwarded-uri": "/quiet", "x-forwarded-method": "GET" },
          })
        ).status === 200,
    ],
    [
      "the way in after forward-auth",
      "203.0.113.34",
      async (headers) => hasPass(at.visitor("quiet"), "/_sluse/rooms/quiet/enter?to=/quiet", headers),
    ],
  ];

  it.each(asked)("%s", async (_, address, ask) => {
    const startedMs = performance.now();
    const asks = Array.from({ length: BURST + 100 }, () => ask({ "x-forwarded-for": address }));
    const letIn = (await Promise.all(asks)).filter(Boolean).length;
    const tookMs = performance.now() - startedMs;
    expect(letIn).toBeGreaterThanOrEqual(BURST);
    expect(letIn).toBeLessThanOrEqual(BURST + (RATE * tookMs) / 1_000 + 1);
    expect(await ask({ "x-forwarded-for": "203.0.113.98" })).toBe(true);
  });
});

async function hasPass(
  visitor: TestVisitor,
  path: string,
  headers: Record<string, string>,
): Promise<boolean> {
  await visitor.navigate(path, { headers });
  return visitor.cookies.has("sluse_pass_quiet");
}

describe.concurrent("this machine's own programs, such as benches", () => {
  it("are not slowed down, though the gateway trusts a proxy on it", async () => {
    const startedMs = performance.now();
    const joins = await Promise.all(
      Array.from({ length: 2 * (BURST + WAITING) }, () => at.visitor("far").join()),
    );
    expect(joins.every(({ status }) => status === 200)).toBe(true);
    expect(performance.now() - startedMs).toBeLessThan(4_000);
  });
});

it("`sluse_joins_slowed_total` counts them by room, and no address is told or logged", async () => {
  const text = await (await fetch(`${at.gateway.operatorUrl}/metrics`)).text();
  const count = (outcome: string) =>
    Number(
      new RegExp(`^sluse_joins_slowed_total\\{room="line",outcome="${outcome}"\\} (\\d+)$`, "m").exec(
        text,
      )?.[1],
    );
  expect(count("delayed")).toBeGreaterThanOrEqual(WAITING);
  expect(count("refused")).toBeGreaterThanOrEqual(1);
  expect(text + JSON.stringify(at.gateway.log)).not.toMatch(/203\.0\.113|2001:db8/);
});
