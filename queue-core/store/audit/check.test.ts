/** Each way to tamper with a trail, done to a real Redis as one would who can write to it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type AuditHead, NO_AUDIT_HEAD, recordedText } from "../../domain/audit.ts";
import { AUDIT_ENTRIES_KEPT } from "../../domain/constants.ts";
import { NO_FLOOR } from "../../domain/floor.ts";
import type { RoomSettings } from "../../domain/settings.ts";
import { TEST_SETTINGS } from "../../domain/test-settings.ts";
import { askRedis } from "../redis/ask-redis.ts";
import { type PrivateRedis, startTestRedis } from "../redis/private-redis.ts";
import { type RedisStore, redisStore } from "../redis/redis-store.ts";
import { FIRST_FIELDS } from "../redis/wire.ts";
import { checkTrail, type KeptTrail } from "./check.ts";
import { hashOf, keptText, readKept, SENTINEL } from "./entry.ts";

const seed: RoomSettings = { ...TEST_SETTINGS, mode: "hold" };

let redis: PrivateRedis;
let store: RedisStore;
let rooms = 0;
let room: string;
/** What a gateway saw: every reply's last entry. */
let seen: AuditHead[];

beforeAll(async () => {
  redis = await startTestRedis();
  store = redisStore({ connection: { kind: "socket", path: redis.socketPath } });
});

afterAll(async () => {
  await store.close();
  await redis.stop();
});

beforeEach(async () => {
  rooms += 1;
  room = `audited-${rooms}`;
  seen = [];
  await restore();
});

const ask = (...words: string[]) => askRedis({ path: redis.socketPath }, words);

async function restore(auditHead?: AuditHead) {
  await store.restore(room, "g1", { floor: NO_FLOOR, seed, mayStartLine: true, confirmed: true, auditHead });
}

async function change(count: number): Promise<void> {
  for (let i = 1; i <= count; i += 1) {
    const asked = { change: { capacity: i }, reset: null, expectedVersion: null };
    const id = `${room}-${seen.length}`;
    const done = await store.configure(
      room,
      "g1",
      { ...asked, id, actor: "Ærø", reason: `"${i}"` },
      NO_FLOOR,
    );
    if (done.kind === "done") seen.push(done.snapshot.auditHead);
  }
}

/** Puts another list in the place of the room's, newest first. */
async function put(kept: readonly string[]): Promise<void> {
  await ask("DEL", `sluse:{${room}}:audit`);
  if (kept.length > 0) await ask("RPUSH", `sluse:{${room}}:audit`, ...kept);
}

async function tamper(how: (kept: string[]) => readonly string[]): Promise<void> {
  await put(how([...(await store.trail(room)).kept]));
}

/** Where a field of the line is kept, as Lua counts. */
const fieldAt = (name: string) => FIRST_FIELDS.indexOf(name) + 1;

/** Makes the line say that this was the last entry. */
async function putHead({ sequence, hash }: AuditHead): Promise<void> {
  const script = [
    "local kept = cmsgpack.unpack(redis.call('GET', KEYS[1]))",
    `kept[${fieldAt("audit_sequence")}], kept[${fieldAt("audit_hash")}] = tonumber(ARGV[1]), ARGV[2]`,
    "redis.call('SET', KEYS[1], cmsgpack.pack(kept))",
  ].join(" ");
  await ask("EVAL", script, "1", `sluse:{${room}}:line`, String(sequence), hash);
}

/** A list whose entry `sequence` says something else, and whose chain fits again from there on. */
function rewritten(kept: readonly string[], sequence: number): string[] {
  const list: string[] = [];
  let previousHash = NO_AUDIT_HEAD.hash;
  for (const text of [...kept].reverse()) {
    const entry = readKept(text);
    if (!entry) {
      list.unshift(text);
      continue;
    }
    const recorded = entry.recorded
      .replace(/"previousHash":"[0-9a-f]+"/, `"previousHash":"${previousHash}"`)
      .replace(/"actor":"[^"]+"/, (actor) => (entry.sequence === sequence ? '"actor":"nobody"' : actor));
    previousHash = hashOf(recorded);
    list.unshift(keptText(recorded, previousHash));
  }
  return list;
}

/** A list of so many entries, newest first, from which nothing has fallen off. */
function longTrail(count: number): string[] {
  const facts = { room, actor: "Ærø", reason: "", change: {}, reset: null, lost: null };
  const list = [SENTINEL];
  let head = NO_AUDIT_HEAD;
  while (head.sequence < count) {
    const recorded = recordedText(head, facts, 1, seed, seed);
    head = { sequence: head.sequence + 1, hash: hashOf(recorded) };
    list.push(keptText(recorded, head.hash));
  }
  return list.reverse();
}

function headOf(kept: readonly string[]): AuditHead {
  return readKept(kept[0] ?? "") ?? NO_AUDIT_HEAD;
}

async function check(known: readonly AuditHead[] = seen, from?: number) {
  return checkTrail({ room, ...(await store.trail(room)) }, known, from);
}

async function faults(known?: readonly AuditHead[]): Promise<[string, number][]> {
  return (await check(known)).faults.map(({ kind, sequence }) => [kind, sequence]);
}

describe("a trail that nobody touched", () => {
  it("is whole, from nothing on", async () => {
    expect(await check()).toEqual({ entries: 0, first: 0, last: 0, unchained: 0, agreeing: 0, faults: [] });
    await change(5);
    expect(await check()).toEqual({ entries: 5, first: 1, last: 5, unchained: 0, agreeing: 5, faults: [] });
    expect(seen.at(-1)).toEqual((await store.trail(room)).head);
  });

  it("goes on where its line was lost but not the trail", async () => {
    await change(3);
    await ask("DEL", `sluse:{${room}}:line`);
    await restore(seen.at(-1));
    await change(1);
    expect(await check()).toMatchObject({ entries: 4, last: 4, agreeing: 4, faults: [] });
  });

  it("is whole when its oldest entries have fallen off, but not when they were taken away", async () => {
    await put(longTrail(AUDIT_ENTRIES_KEPT - 1));
    await putHead(headOf((await store.trail(room)).kept));
    expect(await check()).toMatchObject({ entries: AUDIT_ENTRIES_KEPT - 1, first: 1, faults: [] });
    await change(3);
    expect(await check()).toMatchObject({ entries: AUDIT_ENTRIES_KEPT, first: 3, agreeing: 3, faults: [] });
    await tamper((kept) => kept.slice(0, -1));
    expect(await faults()).toEqual([["missing", 1]]);
  });

  it("may go back to before there were hashes, which is said", async () => {
    const old = JSON.stringify({ room, atMs: 1, change: {}, before: seed, after: seed });
    await put([old, old, SENTINEL]);
    await change(2);
    expect(await check()).toMatchObject({ entries: 2, unchained: 2, faults: [] });
    await tamper((kept) => kept.toSpliced(1, 0, old));
    expect(await faults()).toEqual([["edited", 0]]);
  });
});

describe("found in the store alone", () => {
  beforeEach(() => change(6));

  it("an entry that was edited", async () => {
    await tamper((kept) => kept.map((text) => text.replace('"reason":"\\"3\\""', '"reason":"\\"4\\""')));
    expect(await faults([])).toEqual([["edited", 3]]);
  });

  it("an entry that was edited with its own hash", async () => {
    await tamper((kept) =>
      kept.map((text, i) => {
        const recorded = readKept(text)?.recorded.replace("Ærø", "nobody");
        return i === 3 && recorded ? keptText(recorded, hashOf(recorded)) : text;
      }),
    );
    expect(await faults([])).toEqual([["rewritten", 3]]);
    expect((await check()).faults.map(({ sequence }) => sequence)).toEqual([3, 3]);
  });

  it("an entry that cannot be read, has lost its hash, or is another room's", async () => {
    const { kept } = await store.trail(room);
    for (const [broken, kind] of [
      ["{", "edited"],
      ["{}", "edited"],
      [kept[2]?.replace(/,"hash":"[0-9a-f]+"/, "") ?? "", "edited"],
      [kept[2]?.replace(room, "elsewhere") ?? "", "edited"],
    ] as const) {
      await put(kept.with(2, broken));
      expect(await faults([])).toEqual([[kind, 4]]);
    }
    expect(await store.audit(room, 10)).toHaveLength(6);
    await put(kept.with(2, "{"));
    expect(await store.audit(room, 10)).toHaveLength(5);
    const elsewhere = readKept(kept[2] ?? "")?.recorded.replace(room, "elsewhere") ?? "";
    await put(kept.with(2, keptText(elsewhere, hashOf(elsewhere))));
    expect((await check()).faults[0]?.what).toContain('belongs to the room "elsewhere"');
  });

  it("entries that were taken away between others", async () => {
    await tamper((kept) => kept.toSpliced(2, 2));
    expect(await faults([])).toEqual([["missing", 3]]);
  });

  it("entries that were taken away at the end, also after a further change", async () => {
    await tamper((kept) => kept.slice(2));
    expect(await faults([])).toEqual([["missing", 5]]);
    await change(1);
    expect(await faults([])).toEqual([["missing", 5]]);
  });

  it("entries that were taken away at the beginning, with the sentinel or without", async () => {
    await tamper((kept) => kept.toSpliced(4, 2));
    expect(await faults([])).toEqual([["missing", 1]]);
    await tamper((kept) => kept.slice(0, -1));
    expect(await faults([])).toEqual([["missing", 1]]);
  });

  it("a trail that was taken away whole", async () => {
    await put([]);
    expect(await faults([])).toEqual([["missing", 1]]);
  });

  it("entries in another order, or twice", async () => {
    const { kept } = await store.trail(room);
    await put(kept.with(2, kept[3] ?? "").with(3, kept[2] ?? ""));
    expect(await faults([])).toEqual([["reordered", 4]]);
    await put(kept.toSpliced(2, 0, kept[2] ?? ""));
    expect(await faults([])).toEqual([["reordered", 4]]);
  });

  it("a chain that was written anew without the line's knowledge", async () => {
    await tamper((kept) => rewritten(kept, 4));
    expect(await faults([])).toEqual([["rewritten", 6]]);
  });
});

describe("found by what a gateway saw", () => {
  beforeEach(() => change(6));

  it("a chain that was written anew, line and all, also after further changes", async () => {
    const kept = rewritten((await store.trail(room)).kept, 4);
    await put(kept);
    await putHead(headOf(kept));
    expect(await faults([])).toEqual([]);
    expect(await faults()).toEqual([["rewritten", 4]]);
    await change(2);
    expect(await faults()).toEqual([["rewritten", 4]]);
  });

  it("an end that was taken away, line and all", async () => {
    const kept = (await store.trail(room)).kept.slice(2);
    await put(kept);
    await putHead(headOf(kept));
    expect(await faults([])).toEqual([]);
    expect(await faults()).toEqual([["missing", 5]]);
  });

  it("entries that the store lost, as it says itself once it was told", async () => {
    const kept = (await store.trail(room)).kept.slice(2);
    await put(kept);
    await putHead(headOf(kept));
    await restore(seen.at(-1));
    await change(1);
    expect(await check()).toMatchObject({ entries: 6, last: 8, agreeing: 5 });
    expect(await faults()).toEqual([["lost", 5]]);
    expect((await check(seen, 7)).faults).toEqual([]);
  });

  it("a trail that was lost whole", async () => {
    await ask("FLUSHALL");
    await restore(seen.at(-1));
    await change(1);
    expect(await faults()).toEqual([["lost", 1]]);
    expect(await check()).toMatchObject({ entries: 2, first: 7, last: 8 });
  });

  it("another entry in the place of one that the store had lost", async () => {
    const before: KeptTrail = await store.trail(room);
    const kept = before.kept.slice(1);
    await put(kept);
    await putHead(headOf(kept));
    await change(1);
    await restore(before.head);
    // Nobody else remembers it: the store's own entry does.
    expect(await faults([])).toEqual([["rewritten", 6]]);
  });
});

describe("a part that was exported", () => {
  it("is checked as far as it goes", async () => {
    await change(6);
    const kept = (await store.trail(room)).kept.slice(1, 4);
    const part = { room, head: null, kept };
    expect(checkTrail(part, seen)).toMatchObject({ entries: 3, first: 3, last: 5, agreeing: 3, faults: [] });
    const cut = checkTrail({ ...part, kept: kept.toSpliced(1, 1) }, seen);
    expect(cut.faults).toMatchObject([{ kind: "missing", sequence: 4 }]);
  });
});
