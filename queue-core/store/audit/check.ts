import { type AuditEntry, type AuditHead, NO_AUDIT_HEAD, nextSequence } from "../../domain/audit.ts";
import { AUDIT_ENTRIES_KEPT } from "../../domain/constants.ts";
import { hashOf, readKept, SENTINEL } from "./entry.ts";

/** A room's audit trail as its store keeps it. */
export interface KeptTrail {
  /** What the line knows of the last entry. */
  readonly head: AuditHead;
  /** The list as it stands, newest first. */
  readonly kept: readonly string[];
}

/** A trail to check. Of a part that was exported nobody knows where it began or ended: its head is null. */
export interface TrailToCheck {
  readonly room: string;
  readonly head: AuditHead | null;
  readonly kept: readonly string[];
}

export interface TrailFault {
  readonly kind: "edited" | "missing" | "reordered" | "rewritten" | "lost";
  /** Where: of the entry that is not right, or the first that is not there. */
  readonly sequence: number;
  /** In plain words. */
  readonly what: string;
}

export interface CheckedTrail {
  readonly entries: number;
  /** Sequences of the first and last entry; 0 where there is none. */
  readonly first: number;
  readonly last: number;
  /** Entries of before there were hashes, which nothing protects. */
  readonly unchained: number;
  /** Of what was remembered elsewhere: how much stands here, unchanged. */
  readonly agreeing: number;
  /** At most one of how the entries hang together, each loss that the trail tells of, one each of end and memory. */
  readonly faults: readonly TrailFault[];
}

/**
 * Checks a trail for what was edited, taken away, put in another place or written anew.
 * @param seen entries that gateways saw, from their disks or logs
 * @param from the first sequence to check; what is before was judged already
 */
export function checkTrail(trail: TrailToCheck, seen: readonly AuditHead[], from = 1): CheckedTrail {
  const list = trail.kept.filter((kept) => kept !== SENTINEL).reverse();
  const read = list.map(readKept);
  const first = read.findIndex((entry) => entry === null || entry.sequence >= from);
  const chain = first < 0 ? [] : read.slice(first);
  const known = chain.filter((entry) => entry !== null);
  const begins = trail.head !== null && from === 1;
  const faults = [
    chainFault(trail, chain, known) ?? (begins ? beginningFault(trail.kept, known) : null),
    ...losses(known, from),
    trail.head && endFault(trail.head, known),
    seenFault(trail, known, seen),
  ];
  return {
    entries: known.length,
    first: known[0]?.sequence ?? 0,
    last: known.at(-1)?.sequence ?? 0,
    unchained: read.filter((entry) => entry?.sequence === 0).length,
    agreeing: seen.filter((one) => known.some((entry) => isSame(entry, one))).length,
    faults: faults.filter((fault) => fault !== null),
  };
}

/** The first entry that is not what it was, or does not follow the one before it. */
function chainFault(
  { room }: TrailToCheck,
  chain: readonly (AuditEntry | null)[],
  known: readonly AuditEntry[],
): TrailFault | null {
  const sequences = new Set(known.map(({ sequence }) => sequence));
  let previous: AuditEntry | null = null;
  for (const entry of chain) {
    const fault =
      entryFault(room, entry, previous) ?? (entry && previous && linkFault(entry, previous, sequences));
    if (fault) return fault;
    previous = entry;
  }
  return null;
}

function entryFault(room: string, entry: AuditEntry | null, previous: AuditEntry | null): TrailFault | null {
  const after = previous?.sequence ?? 0;
  if (entry === null)
    return { kind: "edited", sequence: after + 1, what: `what stands after entry ${after} cannot be read` };
  const { sequence } = entry;
  if (entry.hash !== hashOf(entry.recorded)) {
    return {
      kind: "edited",
      sequence,
      what: `entry ${sequence} does not say what it said when it was written`,
    };
  }
  if (entry.room === room) return null;
  return {
    kind: "edited",
    sequence,
    what: `entry ${sequence} belongs to the room ${JSON.stringify(entry.room)}`,
  };
}

function linkFault(
  entry: AuditEntry,
  previous: AuditEntry,
  sequences: ReadonlySet<number>,
): TrailFault | null {
  const { sequence } = entry;
  const expected = nextSequence(previous, entry);
  if (sequence === expected && entry.previousHash === previous.hash) return null;
  if (sequence <= previous.sequence || (sequence > expected && sequences.has(expected))) {
    return { kind: "reordered", sequence, what: `entry ${sequence} stands after entry ${previous.sequence}` };
  }
  if (sequence > expected) return missing(expected, sequence - 1, "between those that do");
  const what = `entry ${sequence} was written after another entry than the ${previous.sequence} that stands before it`;
  return { kind: "rewritten", sequence: previous.sequence, what };
}

/** Where nothing has fallen off the end the first entry is there; where something has, all are that are kept. */
function beginningFault(kept: readonly string[], known: readonly AuditEntry[]): TrailFault | null {
  const [first] = known;
  if (first === undefined || first.previousHash === NO_AUDIT_HEAD.hash) return null;
  if (kept.at(-1) !== SENTINEL && kept.length === AUDIT_ENTRIES_KEPT) return null;
  return missing(1, first.sequence - 1, "though so many are still to be kept");
}

function losses(known: readonly AuditEntry[], from: number): TrailFault[] {
  return known.flatMap(({ sequence, lost, atMs }, i) => {
    const before = known[i - 1]?.sequence ?? 0;
    if (lost === null || lost.sequence <= before || lost.sequence < from) return [];
    const what = `${range(before + 1, lost.sequence)} lost: the store did not have them any more at ${timeText(atMs)}, as entry ${sequence} says`;
    return [{ kind: "lost", sequence: before + 1, what }];
  });
}

function endFault(head: AuditHead, known: readonly AuditEntry[]): TrailFault | null {
  const last = known.at(-1) ?? NO_AUDIT_HEAD;
  if (isSame(last, head)) return null;
  if (head.sequence > last.sequence) return missing(last.sequence + 1, head.sequence, "at the end");
  const what = `entry ${last.sequence} is not the one that the room's line knows as its last, ${head.sequence}`;
  return { kind: "rewritten", sequence: last.sequence, what };
}

/** Somebody who can write to the store can make a chain that fits: then it is not the one that others saw. */
function seenFault(
  trail: TrailToCheck,
  known: readonly AuditEntry[],
  seen: readonly AuditHead[],
): TrailFault | null {
  const last = known.at(-1)?.sequence ?? 0;
  const bySequence = new Map(known.map((entry) => [entry.sequence, entry]));
  const told = known.flatMap(({ lost }) => lost ?? []);
  for (const { sequence, hash } of [...seen, ...told].sort((a, b) => a.sequence - b.sequence)) {
    const here = bySequence.get(sequence);
    if (here && here.hash !== hash) {
      const what = `entry ${sequence} is not the one that a gateway saw (${hash.slice(0, 12)}..., here ${here.hash.slice(0, 12)}...)`;
      return { kind: "rewritten", sequence, what };
    }
    if (!here && trail.head && sequence > last)
      return missing(last + 1, sequence, `though a gateway saw entry ${sequence}`);
  }
  return null;
}

function isSame(a: AuditHead, b: AuditHead): boolean {
  return a.sequence === b.sequence && a.hash === b.hash;
}

function missing(from: number, to: number, where: string): TrailFault {
  return { kind: "missing", sequence: from, what: `${range(from, to)} not there, ${where}` };
}

function range(from: number, to: number): string {
  return from === to ? `entry ${from} is` : `entries ${from} to ${to} are`;
}

function timeText(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
