/** What a key of either kind has: its name, and the time from which it signs. */
export interface SigningKey {
  readonly kid: string;
  readonly signsFromMs: number;
}

/**
 * The key that signs now: the newest whose time has come. `newestFirst` holds at least one key. Before the
 * first key's time (the clock of the host that made it runs ahead) the oldest signs all the same.
 */
export function signingKey<Key extends SigningKey>(newestFirst: readonly Key[], nowMs: number): Key {
  const key = newestFirst.find(({ signsFromMs }) => signsFromMs <= nowMs) ?? newestFirst.at(-1);
  if (key === undefined) throw new Error("a key ring holds at least one key of each kind");
  return key;
}

/** Keys in the order that {@link signingKey} expects. */
export function newestFirst<Key extends SigningKey>(keys: readonly Key[]): Key[] {
  return keys.toSorted((a, b) => b.signsFromMs - a.signsFromMs);
}
