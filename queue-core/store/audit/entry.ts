import { createHash } from "node:crypto";
import type { AuditEntry } from "../../domain/audit.ts";

/** What stands for an empty list in the store, and at the end of one from which nothing has fallen off. */
export const SENTINEL = "~";

const OWN_HASH = /,"hash":"([0-9a-f]{64})"\}$/;

/** SHA-256 as 64 hexadecimal digits. */
export function hashOf(recorded: string): string {
  return createHash("sha256").update(recorded).digest("hex");
}

/** An entry as it is kept: what was recorded, and its hash at the end. */
export function keptText(recorded: string, hash: string): string {
  return `${recorded.slice(0, -1)},"hash":"${hash}"}`;
}

/** A kept entry as it stands, whether or not its hash fits; one of before there were hashes has sequence 0. */
export function readKept(kept: string): AuditEntry | null {
  const hash = OWN_HASH.exec(kept)?.[1] ?? "";
  const recorded = kept.replace(OWN_HASH, "}");
  try {
    const entry: AuditEntry = JSON.parse(recorded);
    if (!entry.before?.mode || !entry.after?.mode || !entry.change) return null;
    const { sequence = 0, previousHash = "", lost = null } = entry;
    const { room, atMs, actor, reason, change, reset, before, after } = entry;
    const facts = { room, actor, reason, change, reset, lost };
    return { sequence, previousHash, ...facts, atMs, before, after, recorded, hash };
  } catch {
    return null;
  }
}

/** The entries that can be read, in the order of the list. What else is there, `checkTrail` tells. */
export function readKeptList(list: readonly string[]): AuditEntry[] {
  return list.flatMap((kept) => (kept === SENTINEL ? [] : (readKept(kept) ?? [])));
}
