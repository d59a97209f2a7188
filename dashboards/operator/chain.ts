/** Whether the audit trail as it is shown is whole: each entry carries the hash of the one before it. */
import type { AuditEntryDocument, AuditHead } from "#operator-api";

export interface ChainFault {
  readonly room: string;
  /**
   * `edited`: it does not say what it said when it was written; `broken`: it does not follow the one before it;
   * `missing`: from `from` to `to` there are none; `lost`: the entry itself says that the store had lost others.
   */
  readonly kind: "edited" | "broken" | "missing" | "lost";
  readonly from: number;
  readonly to: number;
}

export interface ShownTrail {
  readonly entries: readonly AuditEntryDocument[];
  /** By room, the last entry that its line knows of; of rooms whose entries are shown. */
  readonly heads: ReadonlyMap<string, AuditHead>;
  /** Nothing older is left to show. */
  readonly isAll: boolean;
}

/** Null where this browser reckons no hashes, as over plain http from another machine. */
export type Digest = ((text: string) => Promise<string>) | null;

const NO_HASH = "0".repeat(64);

/** What is wrong with the trail of each room; empty: nothing that can be seen from here. */
export async function faultsIn(shown: ShownTrail, digest: Digest): Promise<readonly ChainFault[]> {
  // Entries of before there were hashes have no sequence, and nothing protects them.
  const chained = shown.entries.filter(({ sequence }) => sequence > 0);
  const rooms = new Set([...chained.map(({ room }) => room), ...(shown.isAll ? shown.heads.keys() : [])]);
  const faults = [...rooms].map(async (room) => {
    const chain = chained.filter((entry) => entry.room === room).sort((a, b) => a.sequence - b.sequence);
    return [
      ...(await Promise.all(chain.map((entry) => editedIn(entry, digest)))).flat(),
      ...chain.flatMap((entry, i) => linkFaults(entry, chain[i - 1] ?? null, shown.isAll)),
      ...endFaults(room, chain.at(-1) ?? null, shown.heads.get(room)),
    ];
  });
  return (await Promise.all(faults)).flat();
}

async function editedIn(entry: AuditEntryDocument, digest: Digest): Promise<ChainFault[]> {
  const { room, recorded, hash, sequence } = entry;
  const fits = saysWhatIsRecorded(entry) && (digest === null || (await digest(recorded)) === hash);
  return fits ? [] : [{ room, kind: "edited", from: sequence, to: sequence }];
}

function saysWhatIsRecorded({ recorded, ...entry }: AuditEntryDocument): boolean {
  try {
    const { room, actor, reason, atMs, sequence, previousHash } = JSON.parse(recorded);
    const said = [entry.room, entry.actor, entry.reason, entry.at, entry.sequence, entry.previousHash];
    return [room, actor, reason, atMs, sequence, previousHash].every((value, i) => value === said[i]);
  } catch {
    return false;
  }
}

function linkFaults(
  entry: AuditEntryDocument,
  before: AuditEntryDocument | null,
  isAll: boolean,
): ChainFault[] {
  const { room, sequence, previousHash, action } = entry;
  const here = { room, from: sequence, to: sequence };
  const expected = (before?.sequence ?? 0) + 1;
  const follows = before === null && !isAll ? true : previousHash === (before?.hash ?? NO_HASH);
  if (action === "lost") return [{ ...here, kind: follows ? "lost" : "broken" }];
  if (before === null && !isAll) return [];
  if (sequence > expected) return [{ room, kind: "missing", from: expected, to: sequence - 1 }];
  return follows ? [] : [{ ...here, kind: "broken" }];
}

function endFaults(room: string, last: AuditEntryDocument | null, head: AuditHead | undefined): ChainFault[] {
  const sequence = last?.sequence ?? 0;
  if (head === undefined || head.sequence < sequence) return [];
  if (head.sequence > sequence) return [{ room, kind: "missing", from: sequence + 1, to: head.sequence }];
  return last === null || last.hash === head.hash
    ? []
    : [{ room, kind: "broken", from: sequence, to: sequence }];
}

/** SHA-256 as hexadecimal digits, where the browser reckons it: on https, and on this machine. */
export const browserDigest: Digest =
  globalThis.crypto?.subtle === undefined
    ? null
    : async (text) => {
        const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
        return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      };
