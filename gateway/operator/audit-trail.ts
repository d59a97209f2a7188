import type { AuditEntry } from "#core";
import type { Room } from "../room/room.ts";
import type { AskedAudit } from "./asked.ts";

/** So many are read at once where most may not be asked for: others wait while they are decoded. */
const CHUNK = 250;

/** The newest entries of a room's trail that are asked for, newest first. Rejects with `StoreError`. */
export async function readTrail(
  room: Pick<Room, "audit">,
  { actor, before, limit }: AskedAudit,
): Promise<AuditEntry[]> {
  const isFiltered = actor !== null || before !== null;
  const chunk = isFiltered ? CHUNK : limit;
  const found = new Map<string, AuditEntry>();
  for (let skip = 0; found.size < limit; skip += chunk) {
    const entries = await room.audit(chunk, skip);
    for (const entry of entries) {
      if (actor !== null && entry.actor !== actor) continue;
      if (before !== null && entry.sequence >= before) continue;
      // By its text: a change while the trail is read moves entries into the next chunk, once more.
      found.set(entry.recorded, entry);
    }
    if (entries.length === 0 || !isFiltered) break;
  }
  return [...found.values()].slice(0, limit);
}
