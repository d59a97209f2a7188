import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { type AuditHead, NO_FLOOR, type Store } from "#core";
import { memoryStore } from "#core/memory";
import { TEST_SETTINGS } from "#core/test-settings";
import { createLog, type Log } from "../log.ts";
import { testFolder } from "../testing/gateway-process.ts";
import { AuditHeads, seenInFolder } from "./audit-heads.ts";

const seed = TEST_SETTINGS;

let folder: string;
let logged: Record<string, unknown>[];
let wishes = 0;

beforeEach(() => {
  folder = testFolder();
  logged = [];
});

/** A silent log that is read here. */
function log(): Log {
  const note = (line: object) => logged.push({ ...line });
  return Object.assign(createLog("silent"), { info: note, error: note, warn: note });
}

function watched(store: Store, suffix = ""): Store {
  return new AuditHeads(folder, suffix, log()).watching(store);
}

const restore = (store: Store) =>
  store.restore("tax", "g1", { floor: NO_FLOOR, seed, mayStartLine: true, confirmed: true });

async function change(store: Store): Promise<AuditHead> {
  wishes += 1;
  const asked = { change: { capacity: wishes }, reset: null, expectedVersion: null };
  const reply = await store.configure(
    "tax",
    "g1",
    { ...asked, id: `w${wishes}`, actor: "a", reason: "" },
    NO_FLOOR,
  );
  if (reply.kind !== "done") throw new Error(`the store replied ${reply.kind}`);
  return reply.snapshot.auditHead;
}

const events = () => logged.map(({ event, sequence }) => [event, sequence]);

describe("what a gateway saw of the audit trail", () => {
  it("is in its log and in its folder, each entry once, whichever reply told of it", async () => {
    const store = memoryStore({ now: Date.now });
    const gateway = watched(store);
    await restore(gateway);
    const first = await change(gateway);
    // Made at another gateway.
    const second = await change(store);
    for (let i = 0; i < 2; i += 1) await gateway.join("tax", { gateway: "g1", id: i, entries: [] }, NO_FLOOR);
    expect(events()).toEqual([
      ["audit", 1],
      ["audit", 2],
    ]);
    expect(logged[1]).toMatchObject({ room: "tax", ...second });
    expect(seenInFolder(folder).get("tax")).toEqual([first, second]);
  });

  it("is told to a store that lost it, by the next process too", async () => {
    const gateway = watched(memoryStore({ now: Date.now }));
    await restore(gateway);
    await change(gateway);
    const next = watched(memoryStore({ now: Date.now }));
    await restore(next);
    const [entry] = await next.audit("tax", 1);
    expect(entry).toMatchObject({ sequence: 2, lost: { sequence: 1 } });
    expect(events()).toEqual([
      ["audit", 1],
      ["audit", 2],
    ]);
  });

  it("raises an error where the store goes back, or has another entry in its place, and is kept all the same", async () => {
    const store = memoryStore({ now: Date.now });
    const gateway = watched(store);
    await restore(gateway);
    const seen = [await change(gateway), await change(gateway)];
    const tampered = memoryStore({ now: Date.now });
    await restore(tampered);
    const other = await change(tampered);
    const forger = new AuditHeads(folder, "", log()).watching(tampered);
    await forger.advance("tax", "g1", NO_FLOOR);
    expect(events().slice(2)).toEqual([
      ["audit", 1],
      ["audit-rewritten", 1],
    ]);
    expect(seenInFolder(folder).get("tax")).toEqual([...seen, other]);
  });

  it("is at most the last hundred of a room, of every worker, and nothing where a file cannot be read", async () => {
    const store = memoryStore({ now: Date.now });
    const [one, two] = [watched(store, "-0"), watched(store, "-1")];
    await restore(one);
    for (let i = 0; i < 105; i += 1) await change(one);
    await change(two);
    const seen = seenInFolder(folder).get("tax") ?? [];
    expect(seen.map(({ sequence }) => sequence).toSorted((a, b) => a - b)).toEqual([
      ...Array.from({ length: 100 }, (_, i) => i + 6),
      106,
    ]);
    expect(readdirSync(folder).toSorted()).toEqual(["audit-heads-0.json", "audit-heads-1.json"]);
    writeFileSync(join(folder, "audit-heads-0.json"), "{");
    writeFileSync(join(folder, "audit-heads-1.json"), '{"tax":[{"sequence":"x"}],"vaccine":null}');
    expect([...seenInFolder(folder)].flatMap(([, heads]) => heads)).toEqual([]);
    expect(seenInFolder(join(folder, "none")).size).toBe(0);
  });
});
