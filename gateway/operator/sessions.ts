import { createHash, randomBytes } from "node:crypto";
import type { Operator } from "./roles.ts";

/** A session ends when nothing was asked in it for this long: the console asks each second while it is open. */
export const SESSION_IDLE_MS = 15 * 60_000;
/** However much it is used, a session ends after this long. */
export const SESSION_MOST_MS = 8 * 60 * 60_000;
/** Beyond so many the one that was used longest ago ends. */
const MOST_SESSIONS = 1_000;

export interface Session {
  readonly operator: Operator;
  /** Epoch ms. */
  readonly endsAtMs: number;
}

interface Kept {
  readonly operator: Operator;
  readonly openedAtMs: number;
  usedAtMs: number;
}

/** Who has logged in at the console. Kept in this process's memory alone: a restart ends them all. */
export class Sessions {
  /** By the hash of the id, so that looking one up says nothing about its neighbours. In order of use. */
  readonly #kept = new Map<string, Kept>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Opens a session and gives its id: 256 random bits, to be told to its browser alone. */
  open(operator: Operator): string {
    const id = randomBytes(32).toString("base64url");
    const nowMs = this.#now();
    this.#kept.set(keyOf(id), { operator, openedAtMs: nowMs, usedAtMs: nowMs });
    for (const key of this.#kept.keys()) {
      if (this.#kept.size <= MOST_SESSIONS) break;
      this.#kept.delete(key);
    }
    return id;
  }

  /** The live session of this id, which is thereby used; null where there is none. */
  use(id: string): Session | null {
    const key = keyOf(id);
    const kept = this.#kept.get(key);
    if (kept === undefined) return null;
    const nowMs = this.#now();
    this.#kept.delete(key);
    if (nowMs - kept.usedAtMs >= SESSION_IDLE_MS || nowMs - kept.openedAtMs >= SESSION_MOST_MS) return null;
    kept.usedAtMs = nowMs;
    this.#kept.set(key, kept);
    return {
      operator: kept.operator,
      endsAtMs: Math.min(nowMs + SESSION_IDLE_MS, kept.openedAtMs + SESSION_MOST_MS),
    };
  }

  end(id: string): void {
    this.#kept.delete(keyOf(id));
  }
}

function keyOf(id: string): string {
  return createHash("sha256").update(id).digest("base64");
}
