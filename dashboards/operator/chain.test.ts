import { describe, expect, it } from "vitest";
import type { AuditEntryDocument } from "#operator-api";
import { browserDigest, faultsIn, type ShownTrail } from "./chain.ts";
import { chained } from "./console-fixture.ts";

const fact = (room: string, at: number, action: AuditEntryDocument["action"] = "change") => ({
  at,
  room,
  actor: "Anna",
  action,
  reason: "why",
  changes: [],
  version: at,
});

/** Newest first: three of tax, two of school between them. */
const WHOLE = chained([
  fact("tax", 5),
  fact("school", 4),
  fact("tax", 3),
  fact("school", 2, "reset"),
  fact("tax", 1),
]);
const [newest, , middle, , oldest] = WHOLE as [
  AuditEntryDocument,
  AuditEntryDocument,
  AuditEntryDocument,
  AuditEntryDocument,
  AuditEntryDocument,
];

const faults = (
  entries: readonly AuditEntryDocument[],
  more: Partial<ShownTrail> = {},
  digest = browserDigest,
) => faultsIn({ entries, heads: new Map(), isAll: true, ...more }, digest);
const changed = (which: AuditEntryDocument, part: Partial<AuditEntryDocument>) =>
  WHOLE.map((entry) => (entry === which ? { ...entry, ...part } : entry));
const without = (which: AuditEntryDocument) => WHOLE.filter((entry) => entry !== which);
const tax = (kind: string, from: number, to = from) => [{ room: "tax", kind, from, to }];

describe("a trail as it is shown", () => {
  it("is whole, also where its older entries are not shown", async () => {
    const heads = new Map([["tax", newest]]);
    expect(await faults(WHOLE, { heads })).toEqual([]);
    expect(await faults(WHOLE.slice(0, 3), { heads, isAll: false })).toEqual([]);
    expect(await faults([], { heads: new Map([["tax", { sequence: 0, hash: "0".repeat(64) }]]) })).toEqual(
      [],
    );
  });

  it("has an entry that was edited: in what is shown, or in what was recorded", async () => {
    expect(await faults(changed(middle, { actor: "Jens" }))).toEqual(tax("edited", 2));
    const recorded = middle.recorded.replaceAll("Anna", "Jens");
    const both = changed(middle, { actor: "Jens", recorded });
    expect(await faults(both)).toEqual(tax("edited", 2));
    expect(await faults(both, {}, null)).toEqual([]);
    expect(await faults(changed(middle, { recorded: "{" }))).toEqual(tax("edited", 2));
  });

  it("has entries missing: between others, at the beginning, at the end", async () => {
    expect(await faults(without(middle))).toEqual(tax("missing", 2));
    expect(await faults(without(oldest))).toEqual(tax("missing", 1));
    expect(await faults(without(newest), { heads: new Map([["tax", newest]]) })).toEqual(tax("missing", 3));
    expect(await faults([], { heads: new Map([["tax", newest]]) })).toEqual(tax("missing", 1, 3));
  });

  it("has an entry that was written anew", async () => {
    expect(await faults(changed(middle, { hash: "a".repeat(64) }), {}, null)).toEqual(tax("broken", 3));
    const heads = new Map([["tax", { sequence: 3, hash: "b".repeat(64) }]]);
    expect(await faults(WHOLE, { heads })).toEqual(tax("broken", 3));
  });

  it("tells of entries that the store had lost", async () => {
    const lossy = chained([fact("tax", 3), fact("tax", 2, "lost"), fact("tax", 1)]);
    expect(lossy.map(({ sequence }) => sequence)).toEqual([7, 6, 1]);
    expect(await faults(lossy)).toEqual(tax("lost", 6));
  });

  it("says nothing of entries of before there were hashes", async () => {
    const old = { ...fact("tax", 0), sequence: 0, hash: "", previousHash: "", recorded: "" };
    expect(await faults([...WHOLE, old])).toEqual([]);
  });
});
