// Runs at the edge too, as pass.ts does.
import {
  judgePass,
  type Pass,
  type PassCheck,
  type PassVerdict,
  type PassVerifier,
  readSignedPass,
  type SignedPass,
} from "./pass.ts";

/**
 * Remembers the passes whose signature was checked, so that it is checked once. Room, time and revocation are
 * judged anew at each look. Make a new one with the new verifier when keys change: a pass of a key that was
 * taken away is then forgotten with it.
 *
 *     const verdict = passes.get(token, check) ?? (await passes.verify(token, check));
 */
export class VerifiedPasses {
  readonly #verifier: PassVerifier;
  readonly #maxEntries: number;
  readonly #passes = new Map<string, Pass>();
  readonly #underWay = new Map<string, Promise<SignedPass>>();

  /** `maxEntries`: at least 1; about 0.5 KB each. The oldest is forgotten first. */
  constructor(verifier: PassVerifier, { maxEntries = 100_000 }: { readonly maxEntries?: number } = {}) {
    if (!Number.isSafeInteger(maxEntries) || maxEntries < 1) throw new Error("maxEntries is at least 1");
    this.#verifier = verifier;
    this.#maxEntries = maxEntries;
  }

  get size(): number {
    return this.#passes.size;
  }

  /** The verdict on a token that is remembered; undefined for one that {@link verify} has to look at. */
  get(token: string, check: PassCheck): PassVerdict | undefined {
    const pass = this.#passes.get(token);
    if (pass === undefined) return undefined;
    const verdict = judgePass(pass, check);
    if (!verdict.ok && verdict.reason === "expired") this.#passes.delete(token);
    return verdict;
  }

  /** Verifies a token and remembers it if it is good; requests that come together share one check. */
  async verify(token: string, check: PassCheck): Promise<PassVerdict> {
    const signed = await this.#readOnce(token);
    if (!signed.ok) return signed;
    const verdict = judgePass(signed.pass, check);
    if (verdict.ok) this.#remember(token, signed.pass);
    return verdict;
  }

  async #readOnce(token: string): Promise<SignedPass> {
    const reading = this.#underWay.get(token) ?? readSignedPass(this.#verifier, token);
    this.#underWay.set(token, reading);
    try {
      return await reading;
    } finally {
      this.#underWay.delete(token);
    }
  }

  #remember(token: string, pass: Pass): void {
    // A token cut out of a Cookie header keeps all of that header in memory; this copy does not.
    this.#passes.set(token.split(".").join("."), pass);
    if (this.#passes.size <= this.#maxEntries) return;
    for (const oldest of this.#passes.keys()) {
      this.#passes.delete(oldest);
      return;
    }
  }
}
