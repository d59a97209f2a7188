import fc from "fast-check";
import { Pool } from "undici";
import { expect, it } from "vitest";
import { readGoodToken } from "./forged-tokens.ts";
import { sendRaw } from "./raw-request.ts";
import {
  badPasses,
  type GatedPlace,
  passInGrace,
  TOKEN_METHODS,
  WAYS_ROUND,
  withPass,
} from "./ways-round.ts";

/** A door under test: where requests go in, and what came out at the other side. */
export interface DoorUnderTest {
  /** Of the listener that visitors reach. */
  readonly url: string;
  readonly place: GatedPlace;
  /** Of a session that lives. The room must not be quiet, or everybody is let in. */
  readonly pass: string;
  readonly ticket: string;
  /** A pass whose session its service has ended. */
  readonly endedPass: string;
  /** The gateway's folder, with its keys. */
  readonly folder: string;
  /** How many requests have reached the service, but those for `outerOf(place)`. */
  readonly reached: () => number;
}

const LANES = 16;
const { SLUSE_SEED } = process.env;

/** Shows that nothing gated came to the service by these bytes. */
async function expectKept({ url, reached }: DoorUnderTest, name: string, bytes: string): Promise<void> {
  const before = reached();
  const { text } = await sendRaw(url, bytes);
  expect(reached() - before, `${name} reached the service; the reply was:\n${text}`).toBe(0);
}

/** Runs every way that needs no token against a door. */
export function waysRound(door: () => DoorUnderTest): void {
  it.each(WAYS_ROUND)("$name: never reaches the service", async ({ name, bytes }) => {
    await expectKept(door(), name, bytes(door().place, []));
  });
}

/**
 * Shows that the table's requests are ones that lead in with a good pass, so that it was the gate that kept them
 * out. `refused` names those that this door refuses all the same, besides the malformed; `read`, those of the
 * malformed that it reads.
 */
export function waysIn(
  door: () => DoorUnderTest,
  { refused: refusedAnyway, read }: { readonly refused: readonly string[]; readonly read: readonly string[] },
): void {
  it("every way leads in with a good pass, but what this door does not read", async () => {
    const { url, place, pass, reached } = door();
    const refused: string[] = [];
    for (const { name, bytes } of WAYS_ROUND) {
      const before = reached();
      await sendRaw(url, bytes(place, [`Cookie: ${place.passCookie}=${pass}`]));
      if (reached() === before) refused.push(name);
    }
    const malformed = WAYS_ROUND.filter((way) => way.malformed).map(({ name }) => name);
    const unread = malformed.filter((name) => !read.includes(name));
    expect(refused.sort()).toEqual([...unread, ...refusedAnyway].sort());
  });
}

/** Runs every token that is no good pass against a door, and so many mutations of one that is. */
export function tokensRound(door: () => DoorUnderTest, mutations: number): void {
  it("a token that is no pass never reaches the service", async () => {
    const { pass, ticket, endedPass, folder, place } = door();
    const good = readGoodToken(pass);
    const bad = [...(await badPasses({ pass: good, ticket }, folder)), ["an ended session's", endedPass]];
    for (const [name = "", token = ""] of bad) {
      for (const method of TOKEN_METHODS) {
        await expectKept(door(), `${method} with ${name}`, withPass(place, method, token));
      }
    }
    const inGrace = await passInGrace(good, folder);
    await expectKept(door(), "GET with a pass in its grace", withPass(place, "GET", inGrace));
  });

  it(`${mutations} mutations of a good pass never reach the service`, async () => {
    const { url, pass, place, reached } = door();
    const seed = SLUSE_SEED ? Number(SLUSE_SEED) : Date.now() % 1_000_000_000;
    const mutants = fc.sample(mutantOf(pass), { seed, numRuns: mutations });
    const before = reached();
    const pool = new Pool(url, { connections: LANES });
    const ask = async (token: string) => {
      const cookie = `${place.passCookie}=${token}`;
      const headers = { host: place.host, cookie };
      const { body } = await pool.request({ path: `${place.path}/form`, method: "GET", headers });
      await body.dump();
      if (reached() > before) throw new Error(`SLUSE_SEED=${seed}: this came through: ${token}`);
    };
    const lane = async (first: number) => {
      for (let index = first; index < mutants.length; index += LANES) await ask(mutants[index] ?? "");
    };
    await Promise.all(Array.from({ length: LANES }, (_, first) => lane(first)));
    await pool.close();
    expect(mutants).toHaveLength(mutations);
  });

  it("the pass of all these is good", async () => {
    const { url, place, pass, reached } = door();
    for (const method of TOKEN_METHODS) {
      const before = reached();
      await sendRaw(url, withPass(place, method, pass));
      expect(reached() - before).toBe(1);
    }
  });
}

const CHARACTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/~%"];

/** A token with one to four letters changed, put in, left out, or changing places; never the token itself. */
function mutantOf(token: string): fc.Arbitrary<string> {
  const edit = fc.record({
    kind: fc.constantFrom("change", "insert", "omit", "swap", "cut"),
    at: fc.nat({ max: token.length - 1 }),
    letter: fc.constantFrom(...CHARACTERS),
  });
  return fc
    .array(edit, { minLength: 1, maxLength: 4 })
    .map((edits) =>
      edits.reduce((text, { kind, at, letter }) => {
        const [before, after] = [text.slice(0, at), text.slice(at)];
        if (kind === "insert") return before + letter + after;
        if (kind === "omit") return before + after.slice(1);
        if (kind === "swap") return before + after.slice(1, 2) + after.slice(0, 1) + after.slice(2);
        if (kind === "cut" && letter === ".") return before;
        return before + letter + after.slice(1);
      }, token),
    )
    .filter((text) => text !== token);
}
