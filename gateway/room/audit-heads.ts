import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AuditHead, Reply, Store } from "#core";
import type { Log } from "../log.ts";

/** Of each room so many are remembered: whoever rewrites the trail in the store must undo them all. */
const HEADS_KEPT = 100;
const FILE = /^audit-heads.*\.json$/;

/**
 * The last entries of each room's audit trail that this gateway saw, in the data folder and in its log, so that
 * `npm run audit:verify` can tell a trail that was written anew in the store.
 */
export class AuditHeads {
  readonly #path: string;
  readonly #log: Log;
  readonly #seen: Map<string, readonly AuditHead[]>;

  /** `suffix` tells the files of several workers apart. */
  constructor(folder: string, suffix: string, log: Log) {
    this.#path = join(folder, `audit-heads${suffix}.json`);
    this.#log = log;
    this.#seen = readHeads(this.#path);
  }

  /** The store as rooms should use it: it is told which entry was seen last, and each reply says which is the last. */
  watching(store: Store): Store {
    const watched =
      <Asked extends [room: string, ...rest: unknown[]], Result>(
        ask: (...asked: Asked) => Promise<Reply<Result>>,
      ) =>
      async (...asked: Asked): Promise<Reply<Result>> => {
        const reply = await ask(...asked);
        if (reply.kind === "done") this.#saw(asked[0], reply.snapshot.auditHead);
        return reply;
      };
    return {
      ...store,
      join: watched(store.join),
      claim: watched(store.claim),
      extend: watched(store.extend),
      advance: watched(store.advance),
      renew: watched(store.renew),
      end: watched(store.end),
      configure: watched(store.configure),
      restore: watched((room, gateway, restoration) =>
        store.restore(room, gateway, { ...restoration, auditHead: this.#seen.get(room)?.at(-1) }),
      ),
    };
  }

  #saw(room: string, head: AuditHead): void {
    const seen = this.#seen.get(room) ?? [];
    const last = seen.at(-1);
    if (head.hash === last?.hash || head.sequence === 0) return;
    this.#log.info({ event: "audit", room, ...head }, "the audit trail has a new last entry");
    if (last && head.sequence <= last.sequence) {
      this.#log.error(
        { event: "audit-rewritten", room, sequence: head.sequence, seenBefore: last.sequence },
        "the audit trail was changed in the store: npm run audit:verify says where",
      );
    }
    this.#seen.set(room, [...seen, head].slice(-HEADS_KEPT));
    this.#write();
  }

  #write(): void {
    try {
      writeFileSync(`${this.#path}.new`, JSON.stringify(Object.fromEntries(this.#seen)), { mode: 0o600 });
      renameSync(`${this.#path}.new`, this.#path);
    } catch (error) {
      this.#log.warn(
        { event: "audit-heads-not-kept", error: String(error) },
        "cannot write to the data folder",
      );
    }
  }
}

/** What the gateways of a data folder saw of each room's trail; empty where there was none. */
export function seenInFolder(folder: string): Map<string, AuditHead[]> {
  const all = new Map<string, AuditHead[]>();
  for (const name of filesIn(folder)) {
    for (const [room, heads] of readHeads(join(folder, name))) {
      all.set(room, [...(all.get(room) ?? []), ...heads]);
    }
  }
  return all;
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => FILE.test(name));
  } catch {
    return [];
  }
}

function readHeads(path: string): Map<string, readonly AuditHead[]> {
  try {
    const found = Object.entries(JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>);
    return new Map(
      found.map(([room, heads]) => [room, Array.isArray(heads) ? heads.filter(isAuditHead) : []]),
    );
  } catch {
    // None yet, or unreadable: the log and other gateways remember too.
    return new Map();
  }
}

/** Whether a value that was read from a file or a log is one. */
export function isAuditHead(value: unknown): value is AuditHead {
  const { sequence, hash } = (value ?? {}) as Partial<AuditHead>;
  return Number.isSafeInteger(sequence) && /^[0-9a-f]{64}$/.test(String(hash));
}
